//! Every step is reached by a start of its scope.

use super::Checker;
use crate::definition::Diagnostic;
use crate::graph::code;
use crate::graph::finding::Findings;

impl Checker<'_, '_> {
    pub(super) fn reach(&self, findings: &mut Findings) {
        for (number, at) in self.layout.steps.iter().enumerate() {
            if self.shape.reached[number] || !self.is_whole(number as u32) {
                continue;
            }
            let steps = &self.layout.scopes[at.scope as usize].steps;
            let first = self.shape.starts.partition_point(|&start| start < steps.start);
            let starts = &self.shape.starts[first..];
            let starts = &starts[..starts.partition_point(|&start| start < steps.end)];
            let message = format!(
                "no start of the scope reaches `{}`; the scope starts with {}",
                at.step.id,
                self.ids(starts, 3)
            );
            let help =
                "lead an edge to it from a step that is reached, or take out the edges that make it wait";
            findings.push(Diagnostic::error(code::UNREACHABLE_STEP, at.source.clone(), message).help(help));
        }
    }
}
