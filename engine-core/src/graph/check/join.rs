//! Joins that can be met.

use super::Checker;
use crate::definition::{Diagnostic, Join};
use crate::graph::code;
use crate::graph::finding::Findings;
use crate::graph::join::{Exclusion, needed};

impl Checker<'_, '_> {
    pub(super) fn joins(&self, findings: &mut Findings) {
        let Some(order) = &self.shape.order else { return };
        // Only built where a join needs more than one edge.
        let mut exclusion = None;
        for (number, at) in self.layout.steps.iter().enumerate() {
            let number = number as u32;
            let arity = self.shape.forward_in(self.layout, number).count();
            let needed = needed(at.step.join, arity);
            let starts = arity == 0 && needed <= 1;
            if !self.is_whole(number) || !self.shape.reached[number as usize] || starts {
                continue;
            }
            let path = format!("{}.join", at.source);
            if needed > arity {
                let edges = if arity == 1 { "edge leads" } else { "edges lead" };
                let message =
                    format!("the join of `{}` needs {needed} edges, but {arity} {edges} to it", at.step.id);
                let help = "an edge that goes back does not count; lower the number or add edges";
                findings.push(Diagnostic::error(code::JOIN_UNREACHABLE, path, message).help(help));
            } else if needed == 0 {
                let message = "a join needs at least one edge".to_owned();
                findings.push(Diagnostic::error(code::JOIN_UNREACHABLE, path, message).help("write `any`"));
            } else if needed > 1 {
                let exclusion =
                    exclusion.get_or_insert_with(|| Exclusion::of(self.layout, self.shape, order));
                let most = exclusion.most(number);
                if most < needed {
                    let excluding = exclusion.excluding_pair(number).map(|(a, b)| {
                        let edges = &self.layout.edges;
                        let (a, b) = (&edges[a as usize], &edges[b as usize]);
                        format!(
                            ": {} ({}) and {} ({}) exclude one another",
                            self.layout.edge_name(a),
                            a.source,
                            self.layout.edge_name(b),
                            b.source
                        )
                    });
                    let message = format!(
                        "the join of `{}` needs {needed} edges, but at most {most} can be taken in one run{}",
                        at.step.id,
                        excluding.unwrap_or_default()
                    );
                    let help = match at.step.join {
                        Join::Every => {
                            "write `join: all` to go on when every edge is decided and one was taken"
                        }
                        _ => "lower the number, or write `join: all`",
                    };
                    findings.push(Diagnostic::error(code::JOIN_UNREACHABLE, path, message).help(help));
                }
            }
        }
    }
}
