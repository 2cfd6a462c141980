//! Rust sources as far as the rules need them: what is code, what is comment, what is test.

use std::ops::Range;

/// A Rust file.
pub struct Source<'a> {
    /// Its path from the workspace's root.
    pub path: &'a str,
    /// What it holds.
    pub text: &'a str,
    /// The same with blanks in place of comments and of what is between quotes.
    pub code: String,
    /// Whether the whole file is a test.
    test: bool,
    /// Lines (from 0) of items that only tests have.
    tests: Vec<Range<usize>>,
}

impl<'a> Source<'a> {
    /// Reads a file.
    pub fn new(path: &'a str, text: &'a str) -> Self {
        let code = blank(text);
        let tests = test_items(&code);
        Self { path, text, code, test: is_test_file(path), tests }
    }

    /// Lines of code that are no tests, numbered from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.code.lines().enumerate().filter(|(number, _)| !self.is_test(*number));
        lines.map(|(number, line)| (number + 1, line))
    }

    /// How many lines there are apart from tests.
    pub fn length(&self) -> usize {
        (0..self.text.lines().count()).filter(|number| !self.is_test(*number)).count()
    }

    fn is_test(&self, line: usize) -> bool {
        self.test || self.tests.iter().any(|range| range.contains(&line))
    }
}

/// Files that only tests have, by their path.
fn is_test_file(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs") || path.contains("/benches/")
}

/// Items under `#[cfg(test)]`: from the attribute to the closing brace or the semicolon.
fn test_items(code: &str) -> Vec<Range<usize>> {
    let line_of = |offset: usize| code[..offset].matches('\n').count();
    let ends = code.match_indices("#[cfg(test)]").map(|(start, attribute)| {
        let mut depth = 0;
        let end = code[start + attribute.len()..].char_indices().find_map(|(offset, letter)| {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            (depth == 0 && matches!(letter, '}' | ';')).then_some(start + attribute.len() + offset)
        });
        line_of(start)..line_of(end.unwrap_or(code.len())) + 1
    });
    ends.collect()
}

/// The text with blanks in place of comments and of what is between quotes; lines stay where they are.
fn blank(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(letter) = rest.chars().next() {
        let length = opaque(rest, before).unwrap_or(0);
        if length == 0 {
            code.push(letter);
            rest = &rest[letter.len_utf8()..];
        } else {
            code.extend(rest[..length].chars().map(|hidden| if hidden == '\n' { '\n' } else { ' ' }));
            rest = &rest[length..];
        }
        before = letter;
    }
    code
}

/// The length of the comment or literal that the text begins with; `before` is the letter before it.
fn opaque(text: &str, before: char) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(block(text));
    }
    if text.starts_with('"') {
        return Some(quoted(text, '"'));
    }
    let in_word = before.is_alphanumeric() || before == '_';
    if text.starts_with('r') && !in_word {
        return raw(text);
    }
    text.starts_with('\'').then(|| character(text)).flatten()
}

/// The length of a block comment; they nest.
fn block(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        let step = match rest {
            [b'/', b'*', ..] => {
                depth += 1;
                2
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                2
            }
            _ => 1,
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a literal between quotes, in which a backslash hides what follows.
fn quoted(text: &str, quote: char) -> usize {
    let mut hidden = false;
    for (at, letter) in text.char_indices().skip(1) {
        if !hidden && letter == quote {
            return at + 1;
        }
        hidden = !hidden && letter == '\\';
    }
    text.len()
}

/// The length of a raw string, if the text begins with one.
fn raw(text: &str) -> Option<usize> {
    let hashes = text[1..].bytes().take_while(|byte| *byte == b'#').count();
    let body = text[1 + hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = body.find(&end).map_or(body.len(), |at| at + end.len());
    Some(1 + hashes + 1 + length)
}

/// The length of a character between quotes; a lifetime is none.
fn character(text: &str) -> Option<usize> {
    let mut letters = text.char_indices().skip(1);
    match letters.next()?.1 {
        '\\' => Some(quoted(text, '\'')),
        _ => letters.next().filter(|(_, letter)| *letter == '\'').map(|(at, _)| at + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_nothing_else() {
        for (text, code) in [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r#"f("x \" y", z)"#, r"f(        , z)"),
            (r###"f(r#"a " b"#, z)"###, "f(          , z)"),
            ("fn f<'a>(x: &'a str) { 'b' }", "fn f<'a>(x: &'a str) {     }"),
            (r"('\'', '\u{7f}', 'ü')", r"(    ,         ,    )"),
            ("var\"x\"", "var   "),
        ] {
            let blanked = blank(text);
            assert_eq!(blanked, code, "{text}");
        }
    }

    #[test]
    fn what_only_tests_have_is_left_out() {
        let text = "use a;\n#[cfg(test)]\nuse b;\nfn f() {}\n#[cfg(test)]\nmod tests {\n  fn g() { \"}\" }\n}\nfn h() {}\n";
        let source = Source::new("x/src/a.rs", text);
        let lines: Vec<_> = source.lines().map(|(number, _)| number).collect();
        assert_eq!(lines, [1, 4, 9]);
        assert_eq!(source.length(), 3);
        assert_eq!(Source::new("x/tests/a.rs", text).lines().count(), 0);
    }
}
