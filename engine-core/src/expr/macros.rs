//! What looks like a call but is none: `has(…)` and the comprehensions.

use super::ast::{Comprehension, Id, Node, StepKind};
use super::lexer::{Lexeme, Mistake};
use super::parser::Parser;

/// The comprehension of a name.
pub(super) fn comprehension(name: &str) -> Option<Comprehension> {
    Some(match name {
        "all" => Comprehension::All,
        "exists" => Comprehension::Exists,
        "exists_one" | "existsOne" => Comprehension::ExistsOne,
        "map" => Comprehension::Map,
        "filter" => Comprehension::Filter,
        _ => return None,
    })
}

impl<'s> Parser<'s> {
    /// `has(a.b)`, from its bracket on.
    pub(super) fn has(&mut self, start: usize) -> Result<Id, Mistake> {
        let arguments = self.arguments(None)?;
        let what = "`has` takes the field that is looked for";
        let help = "write `has(a.b)`; for a key that is no name, `\"my-key\" in a`";
        let [operand] = *arguments else { return Err(Mistake::new(start, what).help(help)) };
        let at = self.start_of(operand);
        let (steps, base) = match &mut self.tree.nodes[operand as usize] {
            Node::Access { base, steps } => (steps, Some(*base)),
            Node::Search { candidates, steps } => {
                // No candidate may take up the field itself.
                let fitting = candidates.iter().filter(|(_, taken)| *taken <= steps.len()).cloned();
                *candidates = fitting.collect();
                (steps, None)
            }
            _ => return Err(Mistake::new(at, what).help(help)),
        };
        let Some(StepKind::Field(key)) = steps.pop().map(|step| step.kind) else {
            return Err(Mistake::new(at, what).help(help));
        };
        let base = base.filter(|_| steps.is_empty()).unwrap_or(operand);
        self.add(Node::Has { base, key }, start)
    }

    /// `range.all(x, body)` and its like, from the bracket on. The name stands at byte `at`.
    pub(super) fn comprehension(
        &mut self,
        kind: Comprehension,
        name: &str,
        range: Id,
        at: usize,
    ) -> Result<Id, Mistake> {
        let opened = self.open()?;
        let variable = self.variable(name, at)?;
        self.variables.push(variable);
        let first = self.expression()?;
        let second = match kind {
            Comprehension::Map if self.take(",")? => Some(self.expression()?),
            _ => None,
        };
        self.variables.pop();
        if self.at(",") {
            let mistake = Mistake::new(self.token.start, format!("`{name}` takes no further argument"));
            return Err(mistake.help(usage(kind)));
        }
        self.close(")", opened)?;
        let (filter, body) = match second {
            Some(body) => (Some(first), body),
            None => (None, first),
        };
        let start = self.start_of(range);
        self.add(Node::Comprehension { kind, range, filter, body }, start)
    }

    /// `x,`: the variable of a comprehension.
    fn variable(&mut self, name: &str, at: usize) -> Result<&'s str, Mistake> {
        let Lexeme::Word(variable) = self.token.lexeme else { return Err(self.no_variable(name, at)) };
        self.advance()?;
        if self.take(",")? { Ok(variable) } else { Err(self.no_variable(name, at)) }
    }

    fn no_variable(&self, name: &str, at: usize) -> Mistake {
        let mistake =
            Mistake::new(at, format!("`{name}` takes the name of a variable first, then an expression"));
        mistake.help(comprehension(name).map_or_else(String::new, usage))
    }
}

fn usage(kind: Comprehension) -> String {
    let usage = match kind {
        Comprehension::All => "list.all(x, condition)",
        Comprehension::Exists => "list.exists(x, condition)",
        Comprehension::ExistsOne => "list.exists_one(x, condition)",
        Comprehension::Map => "list.map(x, result)",
        Comprehension::Filter => "list.filter(x, condition)",
    };
    format!("write `{usage}`")
}
