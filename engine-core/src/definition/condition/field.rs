//! The field of a rule: a path of names and indices, and its CEL.

use super::cel::write_text;

/// A step of a path.
enum Part {
    Name(String),
    Index(u64),
}

/// A path that was read.
pub(super) struct FieldPath {
    root: String,
    parts: Vec<Part>,
}

/// Whether a text is a path: `vars.score`, `steps.pull-credit.output[0]`, `vars["two words"]`.
pub(crate) fn is_field(text: &str) -> bool {
    FieldPath::parse(text).is_some()
}

impl FieldPath {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let end = text.find(['.', '[']).unwrap_or(text.len());
        let (root, mut rest) = text.split_at(end);
        let mut parts = Vec::new();
        while !rest.is_empty() {
            let (part, tail) = parse_part(rest)?;
            parts.push(part);
            rest = tail;
        }
        is_identifier(root).then(|| Self { root: root.to_owned(), parts })
    }

    /// The CEL that reads the field.
    pub(super) fn to_cel(&self) -> String {
        self.prefix(self.parts.len())
    }

    /// The CEL that tells whether the field is there and not null. Each part is looked at only when the one before
    /// it is there.
    pub(super) fn exists(&self) -> String {
        // Steps and their fields always exist; so do the variables and the instance, whatever is in them.
        let sure = match self.root.as_str() {
            "steps" => 2,
            _ => 0,
        };
        let never_null = matches!(self.root.as_str(), "steps" | "vars" | "instance");
        let mut tests = Vec::new();
        for (at, part) in self.parts.iter().enumerate().skip(sure) {
            let outer = self.prefix(at);
            if at > 0 || !never_null {
                tests.push(format!("{outer} != null"));
            }
            tests.push(presence(&outer, part));
        }
        tests.push(format!("{} != null", self.to_cel()));
        tests.join(" && ")
    }

    fn prefix(&self, parts: usize) -> String {
        let mut cel = self.root.clone();
        for part in &self.parts[..parts] {
            match part {
                Part::Name(name) if is_identifier(name) => {
                    cel.push('.');
                    cel.push_str(name);
                }
                Part::Name(name) => {
                    cel.push('[');
                    write_text(&mut cel, name);
                    cel.push(']');
                }
                Part::Index(index) => cel.push_str(&format!("[{index}]")),
            }
        }
        cel
    }
}

/// The CEL that tells whether a value has a part.
fn presence(outer: &str, part: &Part) -> String {
    match part {
        Part::Name(name) if is_identifier(name) => format!("has({outer}.{name})"),
        Part::Name(name) => {
            let mut test = String::new();
            write_text(&mut test, name);
            format!("{test} in {outer}")
        }
        Part::Index(index) => format!("size({outer}) > {index}"),
    }
}

fn parse_part(rest: &str) -> Option<(Part, &str)> {
    if let Some(name) = rest.strip_prefix('.') {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let name = name.get(..end).filter(|name| !name.is_empty() && name.chars().all(allowed))?;
        return Some((Part::Name(name.to_owned()), &rest[1 + end..]));
    }
    let inside = rest.strip_prefix('[')?;
    if let Some(quote) = inside.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let end = inside[1..].find(quote)?;
        // No escapes: a name that needs them is written in CEL.
        let name = inside[1..1 + end].to_owned();
        let tail = inside[end + 2..].strip_prefix(']')?;
        return (!name.contains('\\')).then_some((Part::Name(name), tail));
    }
    let (index, tail) = inside.split_once(']')?;
    let digits = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
    let index = index.parse::<u64>().ok().filter(|index| digits && i64::try_from(*index).is_ok())?;
    Some((Part::Index(index), tail))
}

/// Words that CEL keeps for itself.
const RESERVED: [&str; 21] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !RESERVED.contains(&name)
}
