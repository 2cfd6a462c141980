//! Outputs are read by those who come after.

use super::Checker;
use crate::definition::Diagnostic;
use crate::graph::code;
use crate::graph::compile::{Moment, Place};
use crate::graph::finding::Findings;

/// So many edges are looked at; after that the rule says nothing more. It is enough for some ten thousand readings of
/// distant steps in a flow of a thousand.
const MOST_VISITS: usize = 20_000_000;

/// Asks whether one step can come before another, cycles included.
struct Ways<'a, 'd> {
    checker: &'a Checker<'a, 'd>,
    /// The question in which a step was last seen.
    seen: Vec<u32>,
    question: u32,
    visits: usize,
}

impl Checker<'_, '_> {
    pub(super) fn before(&self, findings: &mut Findings) {
        let mut ways = Ways { checker: self, seen: vec![0; self.layout.steps.len()], question: 0, visits: 0 };
        for used in self.uses {
            for reference in used.expression.references() {
                let [id, field, ..] = reference.path.as_slice() else { continue };
                if reference.root != "steps" || field != "output" {
                    continue;
                }
                let Some(scope) = used.place.scope else { continue };
                let Some(read) = self.layout.visible_step(scope, id) else { continue };
                if let Some(reader) = ways.misses(used.place, read) {
                    let reader = self.layout.id(reader);
                    let (message, help) = if reader == id {
                        (
                            format!(
                                "`steps.{id}.output` is read before `{id}` completes, and is `null` here"
                            ),
                            "read the output of a step that comes before".to_owned(),
                        )
                    } else {
                        (
                            format!(
                                "`steps.{id}.output` is read at `{reader}`, but no way leads from `{id}` to it: it may not have run by then"
                            ),
                            format!("add an edge from `{id}` to `{reader}`, or to a step before it"),
                        )
                    };
                    let offset = used.offset.map(|offset| offset + reference.offset);
                    let diagnostic = Diagnostic::warning(code::STEP_NOT_BEFORE, used.path.clone(), message);
                    findings.push_at(diagnostic.help(help), offset);
                }
            }
        }
    }

    /// The step of the scope of `read` that an expression belongs to, and whether that step has ended by then. None
    /// where every step of that scope has.
    fn reader(&self, place: Place, read: u32) -> Option<(u32, bool)> {
        let (mut step, ended) = match place.moment {
            Moment::Start => return None,
            Moment::Before(step) => (step, false),
            Moment::After(step) => (step, true),
            Moment::End(scope) if scope == self.layout.steps[read as usize].scope => return None,
            Moment::End(scope) => (self.layout.scopes[scope as usize].owner?, false),
        };
        let scope = self.layout.steps[read as usize].scope;
        let mut inside = false;
        while self.layout.steps[step as usize].scope != scope {
            step = self.layout.scopes[self.layout.steps[step as usize].scope as usize].owner?;
            inside = true;
        }
        Some((step, ended && !inside))
    }
}

impl Ways<'_, '_> {
    /// The step that reads, if what it reads cannot have run by then.
    fn misses(&mut self, place: Place, read: u32) -> Option<u32> {
        let (reader, ended) = self.checker.reader(place, read)?;
        let there = if read == reader {
            ended || self.checker.shape.loops.of_step[reader as usize].is_some()
        } else {
            self.leads(read, reader)
        };
        (!there).then_some(reader)
    }

    /// Whether a way leads from a step to another one; `true` once too much was looked at.
    fn leads(&mut self, from: u32, to: u32) -> bool {
        let rank = &self.checker.shape.loops.rank;
        let (low, high) = (rank[to as usize], rank[from as usize]);
        if low >= high {
            // Only the steps of one cycle have the same number.
            return low == high;
        }
        self.question += 1;
        let mut stack = vec![to];
        while let Some(step) = stack.pop() {
            for &edge in self.checker.layout.incoming.of(step) {
                self.visits += 1;
                let before = self.checker.layout.ends[edge as usize].0;
                if before == from || self.visits > MOST_VISITS {
                    return true;
                }
                if rank[before as usize] <= high && self.seen[before as usize] != self.question {
                    self.seen[before as usize] = self.question;
                    stack.push(before);
                }
            }
        }
        false
    }
}
