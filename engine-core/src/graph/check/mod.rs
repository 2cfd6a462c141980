//! What is wrong with a flow, rule by rule.

mod before;
mod cycle;
mod edge;
mod join;
mod names;
mod reach;
mod redundant;
mod types;

use std::collections::BTreeMap;

use super::compile::{Truth, Use};
use super::finding::Findings;
use super::layout::Layout;
use super::shape::Shape;
use crate::definition::Definition;

/// What the rules look at.
pub(super) struct Checker<'a, 'd> {
    pub(super) definition: &'d Definition,
    pub(super) layout: &'a Layout<'d>,
    pub(super) shape: &'a Shape,
    /// What is known of the condition of each edge.
    pub(super) truths: &'a [Truth],
    /// Every expression with its place.
    pub(super) uses: &'a [Use],
    /// The losers of each join, if they could be listed.
    pub(super) losers: Option<&'a BTreeMap<u32, Vec<u32>>>,
}

impl Checker<'_, '_> {
    /// Applies all rules.
    pub(super) fn run(&self, findings: &mut Findings) {
        self.reach(findings);
        self.cycles(findings);
        self.edges(findings);
        self.joins(findings);
        self.names(findings);
        if !findings.has_errors() {
            // What follows reads a flow that could run; in one that cannot it would mislead.
            self.before(findings);
            self.redundant(findings);
        }
    }

    /// Whether the edges of a step's scope are all there.
    fn is_whole(&self, step: u32) -> bool {
        !self.layout.scopes[self.layout.steps[step as usize].scope as usize].broken
    }

    /// The place of a step in the document.
    fn source(&self, step: u32) -> &str {
        &self.layout.steps[step as usize].source
    }

    /// Ids of steps in words, at most so many.
    fn ids(&self, steps: &[u32], most: usize) -> String {
        let mut words: Vec<String> =
            steps.iter().take(most).map(|&step| format!("`{}`", self.layout.id(step))).collect();
        if steps.len() > most {
            words.push(format!("{} more", steps.len() - most));
        }
        match words.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => words.concat(),
        }
    }
}
