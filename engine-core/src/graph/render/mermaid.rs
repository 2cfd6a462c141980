//! Mermaid flowcharts.

use std::fmt::Write;

use super::label::{Style, Visit, edge_label, step_lines, style, walk};
use crate::graph::{Graph, Kind};

/// The flow as a [Mermaid](https://mermaid.js.org) flowchart.
pub fn mermaid(graph: &Graph) -> String {
    let mut out = String::from("flowchart TD\n");
    walk(graph, |visit, depth| {
        let pad = "  ".repeat(depth + 1);
        match visit {
            Visit::Step(step) => {
                let (open, close) = shape(&graph.steps[step as usize].kind);
                line(&mut out, format_args!("{pad}s{step}{open}\"{}\"{close}", label(graph, step)));
            }
            Visit::Open(step) => {
                line(&mut out, format_args!("{pad}subgraph s{step}[\"{}\"]", label(graph, step)));
                line(&mut out, format_args!("{pad}  direction TB"));
            }
            Visit::Close => line(&mut out, format_args!("{pad}end")),
        }
    });
    for link in &graph.edges {
        let arrow = match style(link) {
            Style::Plain => "-->",
            Style::Failure | Style::Aside => "-.->",
            Style::Back => "==>",
        };
        let label = edge_label(link);
        if label.is_empty() {
            line(&mut out, format_args!("  s{} {arrow} s{}", link.from, link.to));
        } else {
            line(&mut out, format_args!("  s{} {arrow}|\"{}\"| s{}", link.from, escape(&label), link.to));
        }
    }
    colours(graph, &mut out);
    out
}

fn colours(graph: &Graph, out: &mut String) {
    for (wanted, colour) in [(Style::Failure, "#c0392b"), (Style::Back, "#2c6fbb")] {
        let of_style = graph.edges.iter().enumerate().filter(|(_, link)| style(link) == wanted);
        let numbers: Vec<String> = of_style.map(|(number, _)| number.to_string()).collect();
        if !numbers.is_empty() {
            line(out, format_args!("  linkStyle {} stroke:{colour}", numbers.join(",")));
        }
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let written = writeln!(out, "{text}");
    debug_assert!(written.is_ok());
}

fn label(graph: &Graph, step: u32) -> String {
    let lines = step_lines(&graph.steps[step as usize]);
    lines.iter().map(|line| escape(line)).collect::<Vec<_>>().join("<br/>")
}

/// The brackets of each type of step.
fn shape(kind: &Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Activity(_) | Kind::Assign => ("[", "]"),
        Kind::UserTask(_) => ("[/", "/]"),
        Kind::Timer { .. } => ("((", "))"),
        Kind::Signal { .. } => ("{{", "}}"),
        Kind::Emit { .. } => (">", "]"),
        Kind::Decision { .. } => ("{", "}"),
        Kind::Call { .. } => ("[[", "]]"),
        Kind::Group | Kind::ForEach { .. } | Kind::Loop { .. } => ("(", ")"),
        Kind::End { .. } => ("(((", ")))"),
    }
}

/// Mermaid reads `#code;` inside quotes. Whatever could end the label, be markup or begin such a code is written so.
fn escape(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    for (at, &c) in letters.iter().enumerate() {
        let lone = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_none_or(|c| !c.is_alphanumeric());
        let special = match c {
            '"' | '<' | '>' | '&' | '#' | '`' | '|' | '\\' | '*' | '$' | ';' => true,
            // Emphasis, unless inside a word.
            '_' => lone(at.checked_sub(1)) || lone(Some(at + 1)),
            // The beginning of a list.
            '-' | '+' => at == 0,
            '.' | ')' => at > 0 && letters[..at].iter().all(char::is_ascii_digit),
            _ => false,
        };
        if special {
            out.push_str(&format!("#{};", c as u32));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_in_a_label_is_markup() {
        for (text, written) in [
            ("a < b && c == \"x\"", "a #60; b #38;#38; c == #34;x#34;"),
            ("#quot;", "#35;quot#59;"),
            ("Prüfen – später (bald)", "Prüfen – später (bald)"),
            ("1. Take in", "1#46; Take in"),
            ("- first", "#45; first"),
            ("credit_score _x_", "credit_score #95;x#95;"),
            ("a\\nb", "a#92;nb"),
        ] {
            assert_eq!(escape(text), written);
        }
    }
}
