//! Functions of numbers.

use std::cmp::Ordering;

use super::{Answer, Function};
use crate::expr::compare::order;
use crate::expr::fault::{Fault, FaultBox};
use crate::expr::items::Items;
use crate::expr::{Budget, EvalErrorKind, TypeName, Value};

pub(super) fn call<'a>(function: Function, arguments: &[Value<'a>], budget: &mut Budget) -> Answer<'a> {
    match (function, arguments) {
        (Function::MathGreatest, _) => extreme(arguments, Ordering::Greater, budget),
        (Function::MathLeast, _) => extreme(arguments, Ordering::Less, budget),
        (_, [Value::Double(double)]) => Ok(Some(Value::Double(match function {
            Function::MathAbs => double.abs(),
            Function::MathCeil => double.ceil(),
            Function::MathFloor => double.floor(),
            Function::MathRound => double.round(),
            Function::MathTrunc => double.trunc(),
            Function::MathSign if *double == 0.0 || double.is_nan() => *double,
            Function::MathSign => double.signum(),
            _ => return Ok(None),
        }))),
        (Function::MathAbs, [Value::Int(int)]) => match int.checked_abs() {
            Some(int) => Ok(Some(Value::Int(int))),
            None => Err(Fault::text(EvalErrorKind::Overflow, "the result leaves the 64 bits of an int")),
        },
        (Function::MathSign, [Value::Int(int)]) => Ok(Some(Value::Int(int.signum()))),
        (Function::MathSign, [Value::Uint(uint)]) => Ok(Some(Value::Uint((*uint).min(1)))),
        // Whole numbers are rounded as they are.
        (_, [Value::Int(_) | Value::Uint(_)]) => Ok(arguments.first().cloned()),
        _ => Ok(None),
    }
}

/// The greatest or least of several numbers, or of the numbers of one list.
fn extreme<'a>(arguments: &[Value<'a>], wanted: Ordering, budget: &mut Budget) -> Answer<'a> {
    let list = match arguments {
        [list] if list.type_name() == TypeName::List => Items::of(list),
        _ => None,
    };
    match list {
        Some(items) => extreme_of(items, wanted, budget),
        None => extreme_of(arguments.iter().cloned(), wanted, budget),
    }
}

fn extreme_of<'a>(
    items: impl Iterator<Item = Value<'a>>,
    wanted: Ordering,
    budget: &mut Budget,
) -> Answer<'a> {
    let mut best: Option<Value<'a>> = None;
    for item in items {
        budget.charge(1)?;
        if !matches!(item.type_name(), TypeName::Int | TypeName::Uint | TypeName::Double) {
            return Ok(None);
        }
        let better = match &best {
            None => true,
            Some(best) => order(&item, best, budget)?.flatten() == Some(wanted),
        };
        if better {
            best = Some(item);
        }
    }
    match best {
        Some(best) => Ok(Some(best)),
        None => Err(empty()),
    }
}

fn empty<'a>() -> FaultBox<'a> {
    Fault::text(EvalErrorKind::Invalid, "an empty list has no greatest or least element")
}
