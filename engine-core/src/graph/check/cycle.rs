//! Every cycle has one head, and `back` marks say something.

use super::Checker;
use crate::definition::Diagnostic;
use crate::graph::analysis::{Head, LoopRegion, way_round};
use crate::graph::code;
use crate::graph::finding::Findings;
use crate::graph::region::MAX_DEPTH;

/// So many steps of a cycle, and edges that could be marked, are named.
const NAMED: usize = 8;

impl Checker<'_, '_> {
    pub(super) fn cycles(&self, findings: &mut Findings) {
        for region in &self.shape.loops.regions {
            if self.is_whole(region.head) {
                self.head(region, findings);
            }
        }
        if let Some(region) = self.shape.loops.too_deep {
            let head = self.shape.loops.regions[region as usize].head;
            let message =
                format!("cycles are nested more than {MAX_DEPTH} deep around `{}`", self.layout.id(head));
            let help = "put inner cycles into steps of type `loop`";
            findings.push(Diagnostic::error(code::TOO_COMPLEX, self.source(head), message).help(help));
        }
        for edge in 0..self.layout.edges.len() as u32 {
            self.mark(edge, findings);
            self.bound(edge, findings);
        }
    }

    fn head(&self, region: &LoopRegion, findings: &mut Findings) {
        match region.found {
            Head::OnlyEntry | Head::Marked(_) | Head::Unreachable => {}
            Head::Unmarked => {
                let cycle = self.cycle_through(region.entries[0], region);
                let entries = self.ids(&region.entries, NAMED);
                let message = format!(
                    "the cycle {cycle} can be entered at {entries}, so it is not clear where a pass begins"
                );
                let help =
                    format!("mark the edge that goes back with `back: true`: {}", self.markable(region));
                let path = self.source(region.entries[0]);
                findings.push(Diagnostic::error(code::CYCLE_ENTRIES, path, message).help(help));
            }
            Head::MarkedNoEntry(edge) => {
                let edge = &self.layout.edges[edge as usize];
                let message = format!(
                    "the edge {} is marked `back`, but its cycle is not entered at `{}`: only at {}",
                    self.layout.edge_name(edge),
                    self.layout.id(edge.to),
                    self.ids(&region.entries, NAMED)
                );
                let help = format!("mark one of these instead, or first: {}", self.markable(region));
                findings.push(
                    Diagnostic::error(code::INVALID_BACK, format!("{}.back", edge.source), message)
                        .help(help),
                );
            }
        }
    }

    /// A shortest cycle through a step, in words.
    fn cycle_through(&self, step: u32, region: &LoopRegion) -> String {
        let inside = |step: u32| {
            let targets = self.layout.outgoing.of(step).iter().map(|&edge| self.layout.ends[edge as usize].1);
            targets.filter(|to| region.steps.binary_search(to).is_ok()).collect()
        };
        let way = way_round(step, inside);
        let mut words: Vec<String> =
            way.iter().take(NAMED).map(|&step| format!("`{}`", self.layout.id(step))).collect();
        if way.len() > NAMED {
            words.push("…".to_owned());
        }
        words.push(format!("`{}`", self.layout.id(step)));
        words.join(" → ")
    }

    /// The edges inside a region that lead to one of its entries, in words.
    fn markable(&self, region: &LoopRegion) -> String {
        let edges = region.entries.iter().flat_map(|&entry| self.layout.incoming.of(entry));
        let edges = edges.map(|&edge| &self.layout.edges[edge as usize]);
        let mut inside: Vec<_> =
            edges.filter(|edge| region.steps.binary_search(&edge.from).is_ok()).collect();
        inside.sort_by_key(|edge| edge.written);
        let named = inside
            .iter()
            .take(NAMED)
            .map(|edge| format!("{} ({})", self.layout.edge_name(edge), edge.source));
        named.collect::<Vec<_>>().join(", ")
    }

    /// A mark on an edge that goes back nowhere.
    fn mark(&self, number: u32, findings: &mut Findings) {
        let edge = &self.layout.edges[number as usize];
        let loops = &self.shape.loops;
        if !edge.back || loops.back[number as usize].is_some() || !self.is_whole(edge.from) {
            return;
        }
        let common = loops.meet(loops.of_step[edge.from as usize], loops.of_step[edge.to as usize]);
        let unclear = loops.around(common).any(|region| {
            matches!(loops.regions[region as usize].found, Head::Unmarked | Head::MarkedNoEntry(_))
        });
        if unclear {
            return;
        }
        let name = self.layout.edge_name(edge);
        let (message, help) = match common {
            None => (
                format!(
                    "the edge {name} is marked `back`, but no way leads from `{}` back to it",
                    self.layout.id(edge.from)
                ),
                "take the mark out".to_owned(),
            ),
            Some(region) => {
                let head = self.layout.id(loops.regions[region as usize].head);
                (
                    format!("the edge {name} is marked `back`, but the cycle around it begins at `{head}`"),
                    format!("take the mark out, or lead the edge to `{head}`"),
                )
            }
        };
        findings
            .push(Diagnostic::error(code::INVALID_BACK, format!("{}.back", edge.source), message).help(help));
    }

    /// A bound on an edge that goes back nowhere.
    fn bound(&self, number: u32, findings: &mut Findings) {
        let edge = &self.layout.edges[number as usize];
        let loops = &self.shape.loops;
        if edge.max_iterations.is_none() || loops.back[number as usize].is_some() || !self.is_whole(edge.from)
        {
            return;
        }
        let message = format!(
            "`max_iterations` bounds an edge that goes back, and {} does not",
            self.layout.edge_name(edge)
        );
        let path = format!("{}.max_iterations", edge.source);
        findings.push(Diagnostic::error(code::INVALID_MAX_ITERATIONS, path, message).help("take it out"));
    }
}
