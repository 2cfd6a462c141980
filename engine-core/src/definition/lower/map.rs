//! Reading the fields of a mapping.

use super::{Cx, Fault, Lower, Object, Path};
use crate::definition::code;
use crate::definition::suggest::nearest;
use crate::definition::tree::{Fields, Key, Node, Shape};

/// What a value must satisfy. The message goes on after the field's name: "must be 1 or more".
pub(super) type Check<T> = fn(&T) -> Option<Fault>;

/// A mapping of known fields, while it is read.
pub(super) struct Map<'n, 'p> {
    pub(super) fields: Fields<'n>,
    pub(super) at: Option<u32>,
    pub(super) path: &'p Path<'p>,
}

/// Lowers an object: its fields, what they must be together, and that there are no others.
pub(super) fn object<T: Object>(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>) -> Option<T> {
    let map = Map::open(cx, node, path, T::WHAT)?;
    T::check(cx, &map);
    let object = T::read(cx, &map);
    map.refuse_unknown(cx, T::WHAT, &[T::FIELDS], |_| None);
    object
}

impl<'n, 'p> Map<'n, 'p> {
    /// The mapping that a node is.
    pub(super) fn open(cx: &mut Cx<'_>, node: Node<'n>, path: &'p Path<'p>, what: &str) -> Option<Self> {
        let Shape::Map(fields) = node.shape() else {
            cx.mismatch(node, path, &format!("a mapping with the fields of {what}"));
            return None;
        };
        Some(Self { fields, at: node.at(), path })
    }

    pub(super) fn get(&self, key: &str) -> Option<(Key<'n>, Node<'n>)> {
        self.fields.get(key)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The text of a field, if it has one.
    pub(super) fn text(&self, key: &str) -> Option<&'n str> {
        match self.get(key)?.1.shape() {
            Shape::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether a field is given as `true`.
    pub(super) fn is_true(&self, key: &str) -> bool {
        self.get(key).is_some_and(|(_, node)| matches!(node.shape(), Shape::Bool(true)))
    }

    pub(super) fn optional<T: Lower>(
        &self,
        cx: &mut Cx<'_>,
        key: &str,
        check: Option<Check<T>>,
    ) -> Option<Option<T>> {
        match self.get(key) {
            None => Some(None),
            Some((_, node)) => self.value(cx, key, node, check).map(Some),
        }
    }

    pub(super) fn defaulted<T: Lower + Default>(
        &self,
        cx: &mut Cx<'_>,
        key: &str,
        check: Option<Check<T>>,
    ) -> Option<T> {
        self.optional(cx, key, check).map(Option::unwrap_or_default)
    }

    pub(super) fn required<T: Lower>(
        &self,
        cx: &mut Cx<'_>,
        key: &str,
        check: Option<Check<T>>,
    ) -> Option<T> {
        match self.get(key) {
            None => {
                let fault = Fault::new(code::MISSING_FIELD, format!("`{key}` is missing"));
                cx.report(self.at, &self.path.key(key), fault);
                None
            }
            Some((_, node)) => self.value(cx, key, node, check),
        }
    }

    fn value<T: Lower>(
        &self,
        cx: &mut Cx<'_>,
        key: &str,
        node: Node<'_>,
        check: Option<Check<T>>,
    ) -> Option<T> {
        let path = self.path.key(key);
        let value = T::lower(cx, node, &path)?;
        match check.and_then(|check| check(&value)) {
            None => Some(value),
            Some(fault) => {
                let message = format!("`{key}` {}", fault.message);
                cx.report(node.at(), &path, Fault { message, ..fault });
                None
            }
        }
    }

    /// Reports something at a field: at its key.
    pub(super) fn report(&self, cx: &mut Cx<'_>, key: &str, fault: Fault) {
        let at = self.get(key).map_or(self.at, |(key, _)| key.at);
        cx.report(at, &self.path.key(key), fault);
    }

    /// Reports fields that exclude one another, each but the first.
    pub(super) fn exclusive(&self, cx: &mut Cx<'_>, keys: &[&str]) {
        let mut given: Vec<Key<'n>> = keys.iter().filter_map(|key| Some(self.get(key)?.0)).collect();
        given.sort_by_key(|key| key.at);
        for key in given.iter().skip(1) {
            let message = format!("`{}` and `{}` exclude one another", given[0].name, key.name);
            self.report(cx, key.name, Fault::new(code::CONFLICTING_FIELDS, message).help("keep one of them"));
        }
    }

    /// As [`Map::exclusive`]; and one of them must be there.
    pub(super) fn exactly_one(&self, cx: &mut Cx<'_>, keys: &[&str]) {
        self.exclusive(cx, keys);
        self.at_least_one(cx, keys);
    }

    pub(super) fn at_least_one(&self, cx: &mut Cx<'_>, keys: &[&str]) {
        if !keys.iter().any(|key| self.has(key)) {
            let message = format!("one of {} must be given", listed(keys));
            cx.report(self.at, self.path, Fault::new(code::MISSING_FIELD, message));
        }
    }

    /// Reports every field that is in none of the tables. `elsewhere` may know where such a field belongs.
    pub(super) fn refuse_unknown(
        &self,
        cx: &mut Cx<'_>,
        what: &str,
        tables: &[&[&'static str]],
        elsewhere: impl Fn(&str) -> Option<String>,
    ) {
        for (key, _) in self.fields.iter() {
            let mut known = tables.iter().flat_map(|table| table.iter().copied());
            if key.name == "<<" && key.at.is_some() || known.any(|field| field == key.name) {
                // A merge key is reported where the text is read.
                continue;
            }
            let shown = super::shortened(key.name);
            let mut fault = Fault::new(code::UNKNOWN_FIELD, format!("`{shown}` is not a field of {what}"));
            if !cx.sink.is_full() {
                fault.help = elsewhere(key.name).or_else(|| expected(key.name, tables));
            }
            cx.report(key.at, &self.path.key(key.name), fault);
        }
    }
}

/// Which field was probably meant; without a guess, those of the first table.
fn expected(name: &str, tables: &[&[&'static str]]) -> Option<String> {
    if let Some(near) = nearest(name, tables.iter().flat_map(|table| table.iter().copied())) {
        return Some(format!("did you mean `{near}`?"));
    }
    match tables {
        [only] => Some(format!("there are {}", listed(only))),
        [[], ..] => Some("it has only the fields that every step has".to_owned()),
        [own, ..] => Some(format!("there are {}, and the fields that every step has", listed(own))),
        [] => None,
    }
}

/// Which of the names was probably meant; without a guess, all of them.
pub(super) fn meant(name: &str, known: &[&'static str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", listed(known)),
    }
}

/// Names as people list them.
pub(super) fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
