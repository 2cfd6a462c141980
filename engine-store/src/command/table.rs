//! Columns for people.

/// Rows under a heading, each column as wide as its widest cell.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with a heading.
    pub fn new<const N: usize>(heading: [&str; N]) -> Self {
        Self { rows: vec![heading.map(str::to_owned).to_vec()] }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }

    /// The text. Nothing stands behind the last cell of a line.
    pub fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
        };
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
        };
        self.rows.iter().map(line).collect()
    }
}

/// A value as one short line.
pub fn short(value: &serde_json::Value, most: usize) -> String {
    match value {
        serde_json::Value::Null => String::new(),
        other => cut(&other.to_string(), most),
    }
}

/// A text on one line, cut where it is too long.
pub fn cut(text: &str, most: usize) -> String {
    let text = text.replace('\n', " ");
    if text.chars().count() <= most {
        return text;
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(["STEP", "STATUS", ""]);
        table.row(["größe".into(), "ok".into(), String::new()]);
        table.row(["a".into(), "completed".into(), "x".into()]);
        assert_eq!(table.text(), "STEP   STATUS\ngröße  ok\na      completed  x\n");
    }

    #[test]
    fn long_values_are_cut() {
        assert_eq!(short(&serde_json::json!({"a": "b"}), 80), r#"{"a":"b"}"#);
        assert_eq!(cut("a\nbcdef", 5), "a bc…");
        assert_eq!(short(&serde_json::Value::Null, 5), "");
    }
}
