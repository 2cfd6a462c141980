//! Fields with expressions in them.

use serde_json::Value;

use super::Compiler;
use super::place::{Place, Use};
use crate::base::Span;
use crate::definition::{Backoff, Compensate, Condition, Diagnostic, Length, Retry, Sla};
use crate::expr::{CompileError, Expression, Template};
use crate::graph::code;
use crate::graph::finding::with_help;
use crate::graph::{CompiledRetry, RunTimeLength, Setter, SlaNode, UndoNode};

/// What a retry policy has where it says nothing.
const FIRST_PAUSE: Span = Span::from_secs(1);
const LONGEST_PAUSE: Span = Span::from_secs(300);
const FACTOR: f64 = 2.0;
/// Attempts where a policy is given and does not say how many.
const ATTEMPTS: u32 = 3;

impl Compiler<'_, '_> {
    /// An expression as it stands.
    pub(super) fn expression(&mut self, cel: &str, path: String, place: Place) -> Option<Expression> {
        self.compiled(cel, path, Some(0), place, false)
    }

    /// A condition.
    pub(super) fn condition(
        &mut self,
        condition: &Condition,
        path: String,
        place: Place,
    ) -> Option<Expression> {
        match condition {
            Condition::Cel(cel) => self.compiled(cel, path, Some(0), place, true),
            Condition::Rule(rule) => self.compiled(&rule.to_cel(), path, None, place, true),
        }
    }

    /// A condition that need not be there. The outer option is none where it does not compile.
    pub(super) fn optional_condition(
        &mut self,
        condition: Option<&Condition>,
        path: String,
        place: Place,
    ) -> Option<Option<Expression>> {
        condition.map_or(Some(None), |condition| self.condition(condition, path, place).map(Some))
    }

    fn compiled(
        &mut self,
        cel: &str,
        path: String,
        offset: Option<usize>,
        place: Place,
        is_condition: bool,
    ) -> Option<Expression> {
        match Expression::compile(cel) {
            Ok(expression) => {
                let used = expression.clone();
                self.uses.push(Use { expression: used, path, offset, place, is_condition });
                Some(expression)
            }
            Err(error) => {
                self.refuse(error, path, offset);
                None
            }
        }
    }

    fn refuse(&mut self, error: CompileError, path: String, offset: Option<usize>) {
        let diagnostic = with_help(Diagnostic::error(code::EXPRESSION, path, error.message), error.help);
        self.findings.push_at(diagnostic, offset.map(|offset| offset + error.offset));
    }

    /// Data with `${ }`.
    pub(super) fn template(&mut self, data: &Value, path: &str, place: Place) -> Option<Template> {
        match Template::compile(data) {
            Ok(template) => {
                for (inside, offset, expression) in template.expressions() {
                    self.uses.push(Use {
                        expression: expression.clone(),
                        path: format!("{path}{inside}"),
                        offset: Some(offset),
                        place,
                        is_condition: false,
                    });
                }
                Some(template)
            }
            Err(errors) => {
                for (inside, error) in errors {
                    self.refuse(error, format!("{path}{inside}"), Some(0));
                }
                None
            }
        }
    }

    /// Data with `${ }` that need not be there.
    pub(super) fn optional_template(
        &mut self,
        data: Option<&Value>,
        path: String,
        place: Place,
    ) -> Option<Template> {
        data.and_then(|data| self.template(data, &path, place))
    }

    /// A length of time.
    pub(super) fn length(&mut self, length: &Length, path: String, place: Place) -> Option<RunTimeLength> {
        match length {
            Length::Fixed(span) => Some(RunTimeLength::Fixed(*span)),
            Length::Expression(cel) => {
                let offset = self.offset_in_braces(cel, &path);
                self.compiled(cel, path, Some(offset), place, false).map(RunTimeLength::Expression)
            }
        }
    }

    /// Where in `${ … }` the expression begins, in characters.
    fn offset_in_braces(&self, cel: &str, path: &str) -> usize {
        let text = self.source.and_then(|source| source.text_at(path));
        let before = text.and_then(|text| text.find(cel).map(|at| text[..at].chars().count()));
        before.unwrap_or("${ ".len())
    }

    /// A length of time that need not be there.
    pub(super) fn optional_length(
        &mut self,
        length: Option<&Length>,
        path: String,
        place: Place,
    ) -> Option<RunTimeLength> {
        length.and_then(|length| self.length(length, path, place))
    }

    /// SLA durations; `owner` is the path of what has them.
    pub(super) fn sla(&mut self, sla: Option<&Sla>, path: &str, place: Place) -> SlaNode {
        let Some(sla) = sla else { return SlaNode::default() };
        SlaNode {
            target: self.optional_length(sla.target.as_ref(), format!("{path}.target"), place),
            warn: self.optional_length(sla.warn.as_ref(), format!("{path}.warn"), place),
        }
    }

    /// A retry policy; without one nothing is tried again. A step's own policy counts as a whole: it takes nothing from
    /// that of the defaults.
    pub(super) fn retry(
        &mut self,
        retry: Option<&Retry>,
        path: &str,
        place: Place,
    ) -> CompiledRetry<RunTimeLength> {
        let Some(retry) = retry else { return no_retry() };
        let initial = self.optional_length(retry.initial.as_ref(), format!("{path}.initial"), place);
        let max = self.optional_length(retry.max.as_ref(), format!("{path}.max"), place);
        CompiledRetry {
            attempts: retry.attempts.unwrap_or(ATTEMPTS),
            backoff: retry.backoff,
            initial: initial.unwrap_or(RunTimeLength::Fixed(FIRST_PAUSE)),
            max: max.unwrap_or(RunTimeLength::Fixed(LONGEST_PAUSE)),
            factor: retry.factor.unwrap_or(FACTOR),
            jitter: retry.jitter.unwrap_or(0.0),
            only: retry.only.clone(),
            except: retry.except.clone(),
        }
    }

    /// What undoes a step; `place` is that of the step's end. The defaults of activities hold for it too.
    pub(super) fn undo(&mut self, undo: &Compensate, path: &str, place: Place) -> UndoNode {
        let defaults = self.definition.defaults.activity.as_ref();
        let (retry, retry_path) = match (&undo.retry, defaults.and_then(|defaults| defaults.retry.as_ref())) {
            (None, Some(retry)) => (Some(retry), "defaults.activity.retry".to_owned()),
            (retry, _) => (retry.as_ref(), format!("{path}.retry")),
        };
        let (timeout, timeout_path) =
            match (&undo.timeout, defaults.and_then(|defaults| defaults.timeout.as_ref())) {
                (None, Some(timeout)) => (Some(timeout), "defaults.activity.timeout".to_owned()),
                (timeout, _) => (timeout.as_ref(), format!("{path}.timeout")),
            };
        UndoNode {
            handler: undo.handler.as_str().into(),
            with: self.optional_template(undo.with.as_ref(), format!("{path}.with"), place),
            retry: self.retry(retry, &retry_path, place),
            timeout: self.optional_length(timeout, timeout_path, place),
        }
    }

    /// The value of a variable that a step sets: a string is CEL, anything else is data.
    pub(super) fn setter(&mut self, value: &Value, path: String, place: Place) -> Option<Setter> {
        match value {
            Value::String(cel) => self.expression(cel, path, place).map(Setter::Expression),
            data => self.template(data, &path, place).map(Setter::Data),
        }
    }

    /// A JSON Schema.
    pub(super) fn schema(&mut self, schema: &Value, path: &str) -> Option<jsonschema::Validator> {
        match jsonschema::draft202012::new(schema) {
            Ok(validator) => Some(validator),
            Err(error) => {
                let message = format!("this is not a JSON Schema: {error}");
                self.findings.push(Diagnostic::error(code::INVALID_SCHEMA, path, message));
                None
            }
        }
    }
}

/// One attempt.
fn no_retry() -> CompiledRetry<RunTimeLength> {
    CompiledRetry {
        attempts: 1,
        backoff: Backoff::default(),
        initial: RunTimeLength::Fixed(FIRST_PAUSE),
        max: RunTimeLength::Fixed(LONGEST_PAUSE),
        factor: FACTOR,
        jitter: 0.0,
        only: Vec::new(),
        except: Vec::new(),
    }
}
