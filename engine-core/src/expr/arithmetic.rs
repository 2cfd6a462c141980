//! `+ - * / %`. Whole numbers that leave their 64 bits are errors; doubles follow IEEE 754.

use std::sync::Arc;

use super::ast::Operator;
use super::fault::{Detail, Fault, FaultBox};
use super::function::time;
use super::{Blob, Budget, EvalErrorKind, Text, TypeName, Value};

type Outcome<'a> = Result<Value<'a>, FaultBox<'a>>;

/// The operator does not exist for values of these types.
#[cold]
pub(super) fn no_operator<'a>(operator: Operator, left: &Value<'a>, right: &Value<'a>) -> FaultBox<'a> {
    let types = [left.type_name(), right.type_name()];
    Fault::new(EvalErrorKind::NoOverload, Detail::Operator { operator, types, operands: None })
}

#[inline(never)]
pub(super) fn operate<'a>(
    operator: Operator,
    left: Value<'a>,
    right: Value<'a>,
    budget: &mut Budget,
) -> Outcome<'a> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => ints(operator, left, right),
        (Value::Double(left), Value::Double(right)) => match doubles(operator, left, right) {
            Some(double) => Ok(Value::Double(double)),
            None => Err(no_operator(operator, &Value::Double(left), &Value::Double(right))),
        },
        (Value::Uint(left), Value::Uint(right)) => uints(operator, left, right),
        (left, right) => others(operator, left, right, budget),
    }
}

fn ints<'a>(operator: Operator, left: i64, right: i64) -> Outcome<'a> {
    let result = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        _ if right == 0 => return Err(by_zero()),
        Operator::Divide => left.checked_div(right),
        _ => left.checked_rem(right),
    };
    result.map(Value::Int).ok_or_else(|| overflow(TypeName::Int))
}

fn uints<'a>(operator: Operator, left: u64, right: u64) -> Outcome<'a> {
    let result = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        _ if right == 0 => return Err(by_zero()),
        Operator::Divide => left.checked_div(right),
        _ => left.checked_rem(right),
    };
    result.map(Value::Uint).ok_or_else(|| overflow(TypeName::Uint))
}

fn doubles(operator: Operator, left: f64, right: f64) -> Option<f64> {
    Some(match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        _ => return None,
    })
}

#[cold]
fn by_zero<'a>() -> FaultBox<'a> {
    Fault::text(EvalErrorKind::DivideByZero, "divided by zero")
}

#[cold]
fn overflow<'a>(kind: TypeName) -> FaultBox<'a> {
    Fault::text(EvalErrorKind::Overflow, format!("the result leaves the 64 bits of {kind}"))
}

/// Sums of what is no number.
fn others<'a>(operator: Operator, left: Value<'a>, right: Value<'a>, budget: &mut Budget) -> Outcome<'a> {
    match (operator, left, right) {
        (Operator::Add, Value::String(left), Value::String(right)) => {
            joined_text(left, &right, budget).map(Value::String)
        }
        (Operator::Add, Value::Bytes(left), Value::Bytes(right)) => {
            budget.charge_bytes(left.len() + right.len())?;
            Ok(Value::Bytes(Blob::from([&*left, &*right].concat())))
        }
        (Operator::Add, Value::Timestamp(time), Value::Duration(nanos))
        | (Operator::Add, Value::Duration(nanos), Value::Timestamp(time)) => time::moved(time, nanos, 1),
        (Operator::Subtract, Value::Timestamp(time), Value::Duration(nanos)) => time::moved(time, nanos, -1),
        (Operator::Subtract, Value::Timestamp(left), Value::Timestamp(right)) => time::between(left, right),
        (Operator::Add, Value::Duration(left), Value::Duration(right)) => {
            time::duration(left.checked_add(right))
        }
        (Operator::Subtract, Value::Duration(left), Value::Duration(right)) => {
            time::duration(left.checked_sub(right))
        }
        (Operator::Add, left, right)
            if left.type_name() == TypeName::List && right.type_name() == TypeName::List =>
        {
            joined_lists(left, &right, budget)
        }
        (_, left, right) => Err(no_operator(operator, &left, &right)),
    }
}

/// Text after text; in place where the first is used nowhere else, so that long sums take linear time.
fn joined_text<'a>(left: Text<'a>, right: &str, budget: &mut Budget) -> Result<Text<'a>, FaultBox<'a>> {
    budget.charge_bytes(right.len())?;
    if let Text::Shared(mut shared) = left {
        if let Some(text) = Arc::get_mut(&mut shared) {
            text.push_str(right);
            return Ok(Text::Shared(shared));
        }
        return joined_text(Text::from(copied(&shared, right.len(), budget)?), right, budget);
    }
    let mut text = copied(&left, right.len(), budget)?;
    text.push_str(right);
    Ok(Text::from(text))
}

fn copied<'a>(text: &str, room: usize, budget: &mut Budget) -> Result<String, FaultBox<'a>> {
    budget.charge_bytes(text.len())?;
    let mut copy = String::with_capacity(text.len() + room);
    copy.push_str(text);
    Ok(copy)
}

fn joined_lists<'a>(left: Value<'a>, right: &Value<'a>, budget: &mut Budget) -> Outcome<'a> {
    let mut items = match left {
        Value::List(mut shared) => match Arc::get_mut(&mut shared) {
            Some(items) => std::mem::take(items),
            None => {
                budget.charge(shared.len() as u64)?;
                (*shared).clone()
            }
        },
        other => elements(&other, budget)?,
    };
    items.extend(elements(right, budget)?);
    Ok(Value::list(items))
}

fn elements<'a>(list: &Value<'a>, budget: &mut Budget) -> Result<Vec<Value<'a>>, FaultBox<'a>> {
    let mut all = Vec::new();
    for item in super::items::Items::of(list).into_iter().flatten() {
        budget.charge(1)?;
        all.push(item);
    }
    Ok(all)
}

/// `-value`
pub(super) fn negate<'a>(value: Value<'a>) -> Outcome<'a> {
    match value {
        Value::Int(int) => int.checked_neg().map(Value::Int).ok_or_else(|| overflow(TypeName::Int)),
        Value::Double(double) => Ok(Value::Double(-double)),
        other => {
            let message = format!("there is no `-` before a value of type {}", other.type_name().plain());
            Err(Fault::text(EvalErrorKind::NoOverload, message))
        }
    }
}
