//! Words to choose from.

use super::map::{listed, meant};
use super::value::shown;
use super::{Cx, Fault, Lower, Path};
use crate::definition::tree::{Node, Shape};
use crate::definition::{
    Backoff, Choose, Early, EndStatus, HitPolicy, Losers, OnCancel, OnFailure, Operator, Outcome, Routing,
    TaskPriority, WhileSuspended, code,
};

/// The word that a text is.
pub(super) fn word<T: Copy>(
    cx: &mut Cx<'_>,
    node: Node<'_>,
    path: &Path<'_>,
    code: &'static str,
    words: &[(&'static str, T)],
) -> Option<T> {
    let known: Vec<&'static str> = words.iter().map(|(word, _)| *word).collect();
    let Shape::Text(text) = node.shape() else {
        cx.mismatch(node, path, &format!("one of {}", listed(&known)));
        return None;
    };
    let found = words.iter().find(|(word, _)| *word == text);
    if found.is_none() {
        let message = format!("{} cannot be {}", path.name(), shown(text));
        cx.report(node.at(), path, Fault::new(code, message).help(meant(text, &known)));
    }
    found.map(|(_, value)| *value)
}

macro_rules! words {
    ($($type:ident { $($word:literal $variant:ident),+ })+) => {
        $(impl Lower for $type {
            fn lower(cx: &mut Cx<'_>, node: Node<'_>, path: &Path<'_>) -> Option<Self> {
                word(cx, node, path, code::INVALID_VALUE, &[$(($word, $type::$variant)),+])
            }
        })+

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn every_word_is_the_one_that_is_written_out() {
                $($(assert_eq!(serde_json::to_value($type::$variant).unwrap(), $word);)+)+
            }

            #[test]
            fn no_word_is_forgotten() {
                $({
                    let schema = schemars::schema_for!($type).to_value().to_string();
                    let described = schema.matches("\"const\"").count();
                    let bare = schemars::schema_for!($type).to_value()["enum"].as_array().map_or(0, Vec::len);
                    assert_eq!(described + bare, [$($word),+].len(), "{schema}");
                })+
            }
        }
    };
}

words! {
    Backoff { "fixed" Fixed, "exponential" Exponential }
    Choose { "all" All, "first" First, "race" Race }
    Early { "keep" Keep, "drop" Drop }
    EndStatus { "completed" Completed, "failed" Failed }
    HitPolicy { "first" First, "unique" Unique, "collect" Collect }
    Losers { "detach" Detach, "cancel" Cancel }
    OnCancel { "cancel" Cancel, "abandon" Abandon }
    OnFailure { "fail_fast" FailFast, "drain" Drain, "compensate" Compensate }
    Operator {
        "eq" Eq, "ne" Ne, "gt" Gt, "gte" Gte, "lt" Lt, "lte" Lte, "in" In, "not_in" NotIn, "contains" Contains,
        "not_contains" NotContains, "starts_with" StartsWith, "ends_with" EndsWith, "matches" Matches,
        "exists" Exists, "missing" Missing, "between" Between
    }
    Outcome { "success" Success, "failure" Failure, "any" Any, "escalation" Escalation, "signal" Signal }
    Routing { "pull" Pull, "least_busy" LeastBusy, "round_robin" RoundRobin }
    TaskPriority { "low" Low, "normal" Normal, "high" High, "urgent" Urgent }
    WhileSuspended { "hold" Hold, "run" Run }
}
