//! Words on edges, and the nesting of scopes.

use crate::definition::{Choose, Join, Outcome};
use crate::graph::{Graph, Link, Node};

/// Labels longer than this are cut.
const LONGEST: usize = 80;

/// What kind of edge it is, for its style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Taken when the step completes.
    Plain,
    /// Taken when the step fails.
    Failure,
    /// Taken while the step is active.
    Aside,
    /// It restarts a cycle.
    Back,
}

pub(super) fn style(link: &Link) -> Style {
    match link.on {
        _ if link.back.is_some() => Style::Back,
        Outcome::Failure => Style::Failure,
        Outcome::Escalation | Outcome::Signal => Style::Aside,
        Outcome::Success | Outcome::Any => Style::Plain,
    }
}

/// What an edge listens to and its condition, in words; empty for a plain one.
pub(super) fn edge_label(link: &Link) -> String {
    let mut words = Vec::new();
    match (link.on, &link.signal) {
        (Outcome::Success, _) => {}
        (Outcome::Failure, _) => words.push("failure".to_owned()),
        (Outcome::Any, _) => words.push("any".to_owned()),
        (Outcome::Escalation, _) => words.push("escalation".to_owned()),
        (Outcome::Signal, None) => words.push("signal".to_owned()),
        (Outcome::Signal, Some((name, true))) => words.push(format!("signal {name}")),
        (Outcome::Signal, Some((name, false))) => words.push(format!("signal {name}, goes on")),
    }
    if let Some(when) = &link.when {
        words.push(when.source().to_owned());
    }
    if link.otherwise {
        words.push("else".to_owned());
    }
    if link.back.is_some() {
        words.push(format!("at most {}", link.max_iterations));
    }
    cut(&words.join(": "))
}

/// The title of a step, with what is unusual about its start and its choice.
pub(super) fn step_lines(node: &Node) -> Vec<String> {
    let mut lines = vec![cut(&node.title)];
    let join = match node.join {
        Join::All => None,
        Join::Every => Some("join: every".to_owned()),
        Join::Count(1) => Some("join: any".to_owned()),
        Join::Count(count) => Some(format!("join: {count}")),
        Join::Each => Some("join: each".to_owned()),
    };
    let choose = match node.choose {
        Choose::All => None,
        Choose::First => Some("choose: first".to_owned()),
        Choose::Race => Some("choose: race".to_owned()),
    };
    lines.extend(join.into_iter().chain(choose));
    lines
}

fn cut(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= LONGEST {
        return flat;
    }
    let mut short: String = flat.chars().take(LONGEST - 1).collect();
    short.push('…');
    short
}

/// What a drawing comes upon, from the outside in and in the order written.
pub(super) enum Visit {
    /// A step without a scope inside.
    Step(u32),
    /// A step with a scope inside begins.
    Open(u32),
    /// The one that began last ends.
    Close,
}

/// Walks over the steps of all scopes, without recursion.
pub(super) fn walk(graph: &Graph, mut visit: impl FnMut(Visit, usize)) {
    let mut stack: Vec<(u32, u32)> =
        graph.scopes.first().map(|scope| (scope.steps.start, scope.steps.end)).into_iter().collect();
    let mut depth = 0;
    while let Some((next, end)) = stack.last_mut() {
        if next == end {
            stack.pop();
            if depth > 0 {
                depth -= 1;
                visit(Visit::Close, depth);
            }
            continue;
        }
        let step = *next;
        *next += 1;
        match graph.steps[step as usize].inner {
            None => visit(Visit::Step(step), depth),
            Some(inner) => {
                visit(Visit::Open(step), depth);
                let steps = &graph.scopes[inner as usize].steps;
                depth += 1;
                stack.push((steps.start, steps.end));
            }
        }
    }
}
