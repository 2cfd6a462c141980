//! DOT, for Graphviz.

use std::fmt::Write;

use super::label::{Style, Visit, edge_label, step_lines, style, walk};
use crate::graph::{Graph, Kind};

/// The flow in [DOT](https://graphviz.org/doc/info/lang.html). Edges from and to a scope end at its box.
pub fn dot(graph: &Graph) -> String {
    let mut out = String::new();
    line(&mut out, format_args!("digraph {} {{", quoted(&[graph.flow.to_string()])));
    line(
        &mut out,
        format_args!(
            "  compound=true; rankdir=TB; node [fontname=\"sans-serif\"]; edge [fontname=\"sans-serif\"];"
        ),
    );
    walk(graph, |visit, depth| {
        let pad = "  ".repeat(depth + 1);
        match visit {
            Visit::Step(step) => {
                let node = &graph.steps[step as usize];
                let label = quoted(&step_lines(node));
                line(&mut out, format_args!("{pad}s{step} [label={label}, {}];", shape(&node.kind)));
            }
            Visit::Open(step) => {
                let label = quoted(&step_lines(&graph.steps[step as usize]));
                line(
                    &mut out,
                    format_args!("{pad}subgraph cluster_s{step} {{ label={label}; style=rounded;"),
                );
                // A point inside for the edges to end at, so that an empty scope is drawn as well.
                line(&mut out, format_args!("{pad}  s{step} [shape=point, style=invis];"));
            }
            Visit::Close => line(&mut out, format_args!("{pad}}}")),
        }
    });
    for link in &graph.edges {
        let mut attributes = Vec::new();
        let label = edge_label(link);
        if !label.is_empty() {
            attributes.push(format!("label={}", quoted(&[label])));
        }
        attributes.extend(match style(link) {
            Style::Plain => None,
            Style::Failure => Some("style=dashed, color=\"#c0392b\"".to_owned()),
            Style::Aside => Some("style=dashed".to_owned()),
            Style::Back => Some("style=bold, color=\"#2c6fbb\", constraint=false".to_owned()),
        });
        for (end, word) in [(link.from, "ltail"), (link.to, "lhead")] {
            if graph.steps[end as usize].inner.is_some() {
                attributes.push(format!("{word}=cluster_s{end}"));
            }
        }
        let attributes =
            if attributes.is_empty() { String::new() } else { format!(" [{}]", attributes.join(", ")) };
        line(&mut out, format_args!("  s{} -> s{}{attributes};", link.from, link.to));
    }
    out.push_str("}\n");
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let written = writeln!(out, "{text}");
    debug_assert!(written.is_ok());
}

fn shape(kind: &Kind) -> &'static str {
    match kind {
        Kind::Activity(_) => "shape=box",
        Kind::Assign => "shape=note",
        Kind::UserTask(_) => "shape=parallelogram",
        Kind::Timer { .. } => "shape=circle",
        Kind::Signal { .. } => "shape=hexagon",
        Kind::Emit { .. } => "shape=cds",
        Kind::Decision { .. } => "shape=diamond",
        Kind::Call { .. } => "shape=box, peripheries=2",
        Kind::Group | Kind::ForEach { .. } | Kind::Loop { .. } => "shape=box, style=rounded",
        Kind::End { .. } => "shape=doublecircle",
    }
}

/// Lines as a quoted string.
fn quoted(lines: &[String]) -> String {
    let escaped = lines.iter().map(|line| line.replace('\\', "\\\\").replace('"', "\\\""));
    format!("\"{}\"", escaped.collect::<Vec<_>>().join("\\n"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn quotes_and_backslashes_are_escaped() {
        assert_eq!(quoted(&["a \"b\" \\n".to_owned(), "c".to_owned()]), r#""a \"b\" \\n\nc""#);
    }
}
