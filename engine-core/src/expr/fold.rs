//! Constants that can be computed when the expression is compiled.

use super::ast::{Id, Node, Tree};
use super::eval::Evaluator;
use super::function::Function;
use super::{Budget, Value};

/// A constant that takes more steps than these is left to the evaluation.
const MAX_STEPS: u64 = 2_000;

/// Replaces a call of constants by its result. An error stays what it is: it happens when it is evaluated.
pub(super) fn call(tree: &mut Tree, id: Id) -> Id {
    // `dyn` says that the type is not to be looked at.
    if matches!(tree.node(id), Node::Call { function: Function::Dyn, .. }) {
        return id;
    }
    collection(tree, id)
}

/// Replaces a list or map of constants by its value.
pub(super) fn collection(tree: &mut Tree, id: Id) -> Id {
    let mut constant = true;
    tree.node(id).children(|child| constant &= matches!(tree.node(child), Node::Literal(_)));
    if constant && let Some(value) = value_of(tree, id) {
        tree.nodes[id as usize] = Node::Literal(value);
    }
    id
}

fn value_of(tree: &Tree, id: Id) -> Option<Value<'static>> {
    let mut budget = Budget::new(MAX_STEPS);
    Evaluator::new(tree, &(), &mut budget, 0).eval(id).ok()?.into_owned()
}
