//! What an expression reads.

use super::ast::{Id, Node, Step, Tree};

/// A path that an expression reads from a root, as far as it is known without evaluating: `steps.credit.output.score`,
/// `steps["my-step"].status`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The name at the root.
    pub root: String,
    /// The keys from there.
    pub path: Vec<String>,
    /// Where the root stands, in characters from the start of the source.
    pub offset: usize,
    /// Whether that is the whole path. `false` when an index follows that only an evaluation knows.
    pub whole: bool,
    /// Whether the last key is only asked for with `has(…)`, so that it need not be there.
    pub tested: bool,
}

/// Every path of a tree, in the order of the source.
pub(super) fn of_tree(source: &str, tree: &Tree) -> Vec<Reference> {
    // Names that begin a path, and paths that end in a field that is looked for.
    let mut continued = vec![false; tree.nodes.len()];
    for node in &tree.nodes {
        match node {
            Node::Access { base, steps } if !steps.is_empty() => continued[*base as usize] = true,
            Node::Has { base, .. } => continued[*base as usize] = true,
            _ => {}
        }
    }
    let mut found = Vec::new();
    for (at, node) in tree.nodes.iter().enumerate() {
        let id = at as Id;
        let path = match node {
            Node::Has { base, key } => path_of(tree, *base).map(|path| path.tested(key)),
            _ if continued[at] => None,
            _ => path_of(tree, id),
        };
        found.extend(path.map(|path| (tree.span(path.name).start as usize, path)));
    }
    found.sort_by_key(|(start, _)| *start);
    let mut counted = Counted { source, byte: 0, chars: 0 };
    found.into_iter().map(|(start, path)| path.into_reference(counted.to(start))).collect()
}

struct Path<'t> {
    name: Id,
    root: &'t str,
    keys: Vec<&'t str>,
    whole: bool,
    tested: bool,
}

impl<'t> Path<'t> {
    fn tested(mut self, key: &'t str) -> Self {
        if self.whole {
            self.keys.push(key);
            self.tested = true;
        }
        self
    }

    fn into_reference(self, offset: usize) -> Reference {
        Reference {
            root: self.root.to_owned(),
            path: self.keys.into_iter().map(str::to_owned).collect(),
            offset,
            whole: self.whole,
            tested: self.tested,
        }
    }
}

/// The path that a node is, if it begins with a name.
fn path_of(tree: &Tree, id: Id) -> Option<Path<'_>> {
    let (name, steps): (Id, &[Step]) = match tree.node(id) {
        Node::Name(_) | Node::Search { .. } => (id, &[]),
        Node::Access { base, steps } if !steps.is_empty() => (*base, steps),
        _ => return None,
    };
    let (root, steps): (&str, &[Step]) = match tree.node(name) {
        Node::Name(root) => (root, steps),
        Node::Search { candidates, steps } => (candidates.last().map_or("", |(name, _)| name), steps),
        _ => return None,
    };
    let keys: Vec<&str> = steps.iter().map_while(|step| step.kind.key()).collect();
    Some(Path { name, root, whole: keys.len() == steps.len(), keys, tested: false })
}

/// Counts characters up to places that only move forward.
struct Counted<'s> {
    source: &'s str,
    byte: usize,
    chars: usize,
}

impl Counted<'_> {
    fn to(&mut self, byte: usize) -> usize {
        self.chars += self.source.get(self.byte..byte).map_or(0, |passed| passed.chars().count());
        self.byte = byte;
        self.chars
    }
}
