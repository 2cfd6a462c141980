//! Source text to tokens.

use super::literal;

/// A mistake in the source, at a byte of it. Behind a pointer, because the parser passes it through many calls.
#[derive(Debug)]
pub(super) struct Mistake(Box<Details>);

#[derive(Debug)]
pub(super) struct Details {
    pub message: String,
    pub at: usize,
    pub help: Option<String>,
}

impl Mistake {
    #[cold]
    pub fn new(at: usize, message: impl Into<String>) -> Self {
        Self(Box::new(Details { message: message.into(), at, help: None }))
    }

    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        self.maybe(Some(help.into()))
    }

    /// Adds help, if there is any.
    #[must_use]
    pub fn maybe(mut self, help: Option<String>) -> Self {
        self.0.help = help;
        self
    }

    pub fn into_details(self) -> Details {
        *self.0
    }
}

/// A token, from byte `start` to before byte `end`.
#[derive(Clone, Debug)]
pub(super) struct Token<'s> {
    pub lexeme: Lexeme<'s>,
    pub start: usize,
    pub end: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Lexeme<'s> {
    /// The end of the source.
    End,
    /// A whole number: its magnitude, at most 2^63.
    Int(u64),
    Uint(u64),
    Double(f64),
    String(String),
    Bytes(Vec<u8>),
    /// A word: name, keyword or reserved word.
    Word(&'s str),
    /// A name between back-ticks.
    Quoted(&'s str),
    /// An operator or bracket.
    Symbol(&'static str),
}

/// Two characters before one, so that the longest is found first.
const SYMBOLS: [&str; 23] = [
    "==", "!=", "<=", ">=", "&&", "||", "(", ")", "[", "]", "{", "}", ",", ":", ".", "?", "!", "-", "+", "*",
    "/", "%", "<",
];

/// What other languages write, and what CEL writes.
const FOREIGN: [(&str, &str, &str); 11] = [
    ("===", "`===` is not an operator", "write `==`"),
    ("!==", "`!==` is not an operator", "write `!=`"),
    ("<>", "`<>` is not an operator", "write `!=`"),
    ("=>", "`=>` is not an operator", "write `>=` for `greater or equal`"),
    ("=<", "`=<` is not an operator", "write `<=`"),
    ("**", "`**` is not an operator", "powers have no operator; multiply"),
    ("??", "`??` is not an operator", "write `has(a.b) ? a.b : other`"),
    ("?.", "`?.` is not an operator", "write `has(a.b) ? a.b : other`"),
    (".?", "optional selection is not supported", "write `has(a.b) ? a.b : other`"),
    ("->", "`->` is not an operator", "write `.`"),
    ("::", "`::` is not an operator", "write `.`"),
];

#[derive(Clone)]
pub(super) struct Lexer<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Lexer<'s> {
    pub fn new(source: &'s str) -> Self {
        Self { source, at: 0 }
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    /// The next token.
    pub fn next(&mut self) -> Result<Token<'s>, Mistake> {
        self.skip_blank();
        let start = self.at;
        let (lexeme, length) = self.lexeme()?;
        self.at = start + length;
        Ok(Token { lexeme, start, end: self.at })
    }

    /// Skips white space and comments (`// …` to the end of the line).
    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0C']);
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with("//") {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    fn lexeme(&self) -> Result<(Lexeme<'s>, usize), Mistake> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok((Lexeme::End, 0)) };
        if first.is_ascii_digit() || (first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) {
            return literal::number(rest, self.at);
        }
        if let Some(found) = literal::string(rest, self.at)? {
            return Ok(found);
        }
        if first == '_' || first.is_ascii_alphabetic() {
            let length = word_length(rest);
            return Ok((Lexeme::Word(&rest[..length]), length));
        }
        if first == '`' {
            return self.quoted(rest);
        }
        self.symbol(rest, first)
    }

    fn quoted(&self, rest: &'s str) -> Result<(Lexeme<'s>, usize), Mistake> {
        let name = rest[1..].split_once('`').map(|(name, _)| name);
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-/ ".contains(c);
        match name {
            Some(name) if !name.is_empty() && name.chars().all(allowed) => {
                Ok((Lexeme::Quoted(name), name.len() + 2))
            }
            Some(_) => {
                Err(Mistake::new(self.at, "between back-ticks only letters, digits and `_ . - /` may stand")
                    .help("write the key as an index: `a[\"key\"]`"))
            }
            None => Err(Mistake::new(self.at, "the back-tick is not closed")),
        }
    }

    fn symbol(&self, rest: &'s str, first: char) -> Result<(Lexeme<'s>, usize), Mistake> {
        let foreign = FOREIGN.iter().find(|(text, ..)| rest.starts_with(text));
        if let Some((_, message, help)) = foreign {
            return Err(Mistake::new(self.at, *message).help(*help));
        }
        if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            return Ok((Lexeme::Symbol(symbol), symbol.len()));
        }
        let (message, help) = match first {
            '>' => return Ok((Lexeme::Symbol(">"), 1)),
            '=' => ("`=` is not an operator".to_owned(), "write `==` to compare"),
            '&' => ("`&` is not an operator".to_owned(), "write `&&`"),
            '|' => ("`|` is not an operator".to_owned(), "write `||`"),
            '“' | '”' | '‘' | '’' | '„' | '«' | '»' => {
                (format!("`{first}` is not a quotation mark"), "write `\"` or `'`")
            }
            '≥' => ("`≥` is not an operator".to_owned(), "write `>=`"),
            '≤' => ("`≤` is not an operator".to_owned(), "write `<=`"),
            '≠' => ("`≠` is not an operator".to_owned(), "write `!=`"),
            '$' if rest.starts_with("${") => (
                "`${` begins no expression here".to_owned(),
                "this field is an expression as it stands; leave `${ }` out",
            ),
            ';' => ("`;` has no meaning here".to_owned(), "an expression is one value, without an end mark"),
            '\u{a0}' => ("there is a no-break space here".to_owned(), "write an ordinary space"),
            other => {
                return Err(Mistake::new(self.at, format!("`{}` has no meaning here", other.escape_debug())));
            }
        };
        Err(Mistake::new(self.at, message).help(help))
    }
}

/// How many bytes of letters, digits and underscores the text begins with.
pub(super) fn word_length(text: &str) -> usize {
    text.find(|c: char| !(c == '_' || c.is_ascii_alphanumeric())).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexemes(source: &str) -> Result<Vec<Lexeme<'_>>, Mistake> {
        let mut lexer = Lexer::new(source);
        let mut all = Vec::new();
        loop {
            match lexer.next()?.lexeme {
                Lexeme::End => return Ok(all),
                lexeme => all.push(lexeme),
            }
        }
    }

    #[test]
    fn the_longest_symbol_is_found() {
        let symbols: Vec<_> = ["a<=b", "a<b", "!a!=b", "a>b>=c", "a?b:c"]
            .iter()
            .map(|source| {
                lexemes(source).unwrap().into_iter().filter(|one| !matches!(one, Lexeme::Word(_))).count()
            })
            .collect();
        assert_eq!(symbols, [1, 1, 2, 2, 2]);
    }

    #[test]
    fn comments_and_white_space_are_skipped() {
        assert_eq!(lexemes(" a // one\n\t// two\n b //").unwrap(), [Lexeme::Word("a"), Lexeme::Word("b")]);
    }

    #[test]
    fn what_other_languages_write_is_explained() {
        for (source, at, help) in [
            ("a = 1", 2, "`==`"),
            ("a === 1", 2, "`==`"),
            ("a <> 1", 2, "`!=`"),
            ("a & b", 2, "`&&`"),
            ("a | b", 2, "`||`"),
            ("a ?? b", 2, "has("),
            ("“a”", 0, "`'`"),
            ("${ a }", 0, "leave"),
        ] {
            let mistake = lexemes(source).unwrap_err().into_details();
            assert_eq!(mistake.at, at, "{source}");
            assert!(mistake.help.unwrap().contains(help), "{source}");
        }
    }
}
