//! Functions of lists.

use std::cmp::Ordering;

use super::{Answer, Function};
use crate::expr::compare::{equal, order};
use crate::expr::fault::{Fault, FaultBox};
use crate::expr::items::Items;
use crate::expr::{Budget, EvalErrorKind, TypeName, Value};

pub(super) fn call<'a>(function: Function, arguments: &[Value<'a>], budget: &mut Budget) -> Answer<'a> {
    let [list, arguments @ ..] = arguments else { return Ok(None) };
    if list.type_name() != TypeName::List {
        return Ok(None);
    }
    match (function, arguments) {
        (Function::Join, []) => join(list, "", budget),
        (Function::Join, [Value::String(separator)]) => join(list, separator, budget),
        (Function::Distinct, []) => distinct(list, budget),
        (Function::Sort, []) => sort(list, budget),
        (Function::Flatten, []) => flatten(list, budget),
        (Function::Slice, [Value::Int(from), Value::Int(to)]) => slice(list, *from, *to, budget),
        _ => Ok(None),
    }
}

/// The elements, each charged.
fn elements<'a>(list: &Value<'a>, budget: &mut Budget) -> Result<Vec<Value<'a>>, FaultBox<'a>> {
    let mut all = Vec::new();
    for item in Items::of(list).into_iter().flatten() {
        budget.charge(1)?;
        all.push(item);
    }
    Ok(all)
}

fn join<'a>(list: &Value<'a>, separator: &str, budget: &mut Budget) -> Answer<'a> {
    let mut out = String::new();
    for (at, item) in Items::of(list).into_iter().flatten().enumerate() {
        let Value::String(text) = item else { return Ok(None) };
        budget.charge(1)?;
        budget.charge_bytes(text.len() + separator.len())?;
        if at > 0 {
            out.push_str(separator);
        }
        out.push_str(&text);
    }
    Ok(Some(Value::text(out)))
}

fn distinct<'a>(list: &Value<'a>, budget: &mut Budget) -> Answer<'a> {
    let mut kept: Vec<Value<'a>> = Vec::new();
    for item in elements(list, budget)? {
        let mut known = false;
        for other in &kept {
            budget.charge(1)?;
            known = known || equal(&item, other, budget)?;
        }
        if !known {
            kept.push(item);
        }
    }
    Ok(Some(Value::list(kept)))
}

/// Sorts numbers, or values of one other type that has an order.
fn sort<'a>(list: &Value<'a>, budget: &mut Budget) -> Answer<'a> {
    let mut items = elements(list, budget)?;
    let rounds = u64::from(usize::BITS - items.len().leading_zeros());
    budget.charge(rounds * items.len() as u64)?;
    if items.iter().all(|item| whole_and_rest(item).is_some()) {
        items.sort_by(|left, right| {
            whole_and_rest(left).partial_cmp(&whole_and_rest(right)).unwrap_or(Ordering::Equal)
        });
        return Ok(Some(Value::list(items)));
    }
    let Some(first) = items.first().cloned() else { return Ok(Some(list.clone())) };
    let mut bytes = 0;
    for item in &items {
        if item.type_name() != first.type_name() || order(item, &first, budget)?.flatten().is_none() {
            let message = "the elements have no order: sort takes numbers, or values of one other type";
            return Err(Fault::text(EvalErrorKind::NoOverload, message));
        }
        bytes += item.as_str().map_or(0, str::len);
    }
    // Paid for here at once, because a sort cannot stop half-way.
    budget.charge_bytes(bytes.saturating_mul(rounds as usize))?;
    let mut free = Budget::new(u64::MAX);
    items.sort_by(|left, right| {
        order(left, right, &mut free).ok().flatten().flatten().unwrap_or(Ordering::Equal)
    });
    Ok(Some(Value::list(items)))
}

/// A number in parts that compare exactly over all types of numbers: the whole number below, what is above it, and
/// the number itself for those beyond 128 bits.
fn whole_and_rest(value: &Value<'_>) -> Option<(i128, f64, f64)> {
    match value {
        Value::Int(int) => Some((i128::from(*int), 0.0, 0.0)),
        Value::Uint(uint) => Some((i128::from(*uint), 0.0, 0.0)),
        Value::Double(double) if double.is_nan() => None,
        Value::Double(double) if double.abs() < 1e30 => {
            Some((double.floor() as i128, double - double.floor(), 0.0))
        }
        Value::Double(double) => Some((*double as i128, 0.0, *double)),
        _ => None,
    }
}

fn flatten<'a>(list: &Value<'a>, budget: &mut Budget) -> Answer<'a> {
    let mut all = Vec::new();
    for item in elements(list, budget)? {
        match item.type_name() {
            TypeName::List => all.extend(elements(&item, budget)?),
            _ => all.push(item),
        }
    }
    Ok(Some(Value::list(all)))
}

fn slice<'a>(list: &Value<'a>, from: i64, to: i64, budget: &mut Budget) -> Answer<'a> {
    let items = elements(list, budget)?;
    let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
    match range.and_then(|(from, to)| items.get(from..to)) {
        Some(part) => Ok(Some(Value::list(part.to_vec()))),
        None => {
            let message = format!("there are no elements {from} to {to} in a list of {}", items.len());
            Err(Fault::text(EvalErrorKind::Range, message))
        }
    }
}
