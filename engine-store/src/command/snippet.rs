//! A line of a text with a mark under the place that is meant.

/// So many characters of a line are shown at most.
const WIDEST: usize = 120;

/// Draws a place: line from 1, column from 1 in characters. None where the text has no such line.
pub fn draw(text: &str, line: usize, column: usize) -> Option<String> {
    let content: Vec<char> = text.lines().nth(line.checked_sub(1)?)?.chars().collect();
    let column = column.saturating_sub(1).min(content.len());
    // A long line is shown around the place.
    let start = if content.len() <= WIDEST {
        0
    } else {
        column.saturating_sub(WIDEST / 2).min(content.len() - WIDEST)
    };
    let end = content.len().min(start + WIDEST);
    let (before, after) = (if start > 0 { "…" } else { "" }, if end < content.len() { "…" } else { "" });
    let shown: String = content[start..end].iter().collect();
    let pad: String = content[start..column.max(start)].iter().map(|letter| blank(*letter)).collect();
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let shift = " ".repeat(before.chars().count());
    Some(format!("{margin} |\n{number} | {before}{shown}{after}\n{margin} | {shift}{pad}^\n"))
}

/// A tab stays one, so that the mark stands where the terminal puts the letter.
fn blank(letter: char) -> char {
    if letter == '\t' { '\t' } else { ' ' }
}

/// The column in characters of a column in bytes, both from 1.
pub fn column_of_byte(text: &str, line: usize, column: usize) -> usize {
    let content = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let byte = column.saturating_sub(1);
    content.char_indices().take_while(|(at, _)| *at < byte).count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_under_the_place() {
        assert_eq!(draw("a\n\tbc: d\n", 2, 3).unwrap(), "  |\n2 | \tbc: d\n  | \t ^\n");
        assert_eq!(draw("größe: 1", 1, 8).unwrap(), "  |\n1 | größe: 1\n  |        ^\n");
        assert_eq!(draw("ab", 1, 99).unwrap(), "  |\n1 | ab\n  |   ^\n");
    }

    #[test]
    fn places_outside_of_the_text_are_not_drawn() {
        assert_eq!(draw("a", 0, 1), None);
        assert_eq!(draw("a", 2, 1), None);
    }

    #[test]
    fn a_long_line_is_shown_around_the_place() {
        let text = format!("{}X{}", "a".repeat(500), "b".repeat(500));
        let drawn = draw(&text, 1, 501).unwrap();
        let lines: Vec<&str> = drawn.lines().collect();
        assert!(lines[1].chars().count() < WIDEST + 10);
        let mark = lines[2].chars().position(|letter| letter == '^').unwrap();
        assert_eq!(lines[1].chars().nth(mark), Some('X'));
    }

    #[test]
    fn bytes_become_characters() {
        assert_eq!(column_of_byte("größe", 1, 6), 5);
        assert_eq!(column_of_byte("abc", 1, 1), 1);
    }
}
