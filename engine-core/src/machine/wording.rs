//! The words of an explanation.

use std::fmt;

use super::explain::Explanation;
use crate::graph::Kind;
use crate::protocol::CandidateSet;

pub(super) fn kind_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Activity(_) => "activity",
        Kind::UserTask(_) => "user_task",
        Kind::Timer { .. } => "timer",
        Kind::Signal { .. } => "signal",
        Kind::Emit { .. } => "emit",
        Kind::Decision { .. } => "decision",
        Kind::Assign => "assign",
        Kind::Call { .. } => "call",
        Kind::Group => "group",
        Kind::ForEach { .. } => "for_each",
        Kind::Loop { .. } => "loop",
        Kind::End { .. } => "end",
    }
}

pub(super) fn describe(candidates: &CandidateSet) -> String {
    let mut parts = Vec::new();
    for (word, names) in [("role", &candidates.roles), ("group", &candidates.groups), ("", &candidates.users)]
    {
        parts.extend(
            names.iter().map(|name| if word.is_empty() { name.clone() } else { format!("{word} {name}") }),
        );
    }
    if parts.is_empty() { "everybody".into() } else { parts.join(", ") }
}

pub(super) fn words(reason: crate::protocol::CancelReason) -> &'static str {
    use crate::protocol::CancelReason as Reason;
    match reason {
        Reason::CancelledBy => "another step cancels it",
        Reason::LostJoin => "it lost a join that cancels its losers",
        Reason::LostRace => "it lost a race",
        Reason::RegionRestarted => "its loop began again",
        Reason::ScopeFailed => "its scope failed",
        Reason::ScopeCancelled => "the scope around it was stopped",
        Reason::UntilHeld => "`until` of its for_each held",
        Reason::InstanceEnded => "the instance was ended",
        Reason::Aborted => "the instance was aborted",
        Reason::Interrupted => "a signal interrupted it",
        Reason::InstanceTimeout => "the instance ran out of time",
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "instance {} of {} is {}: {}",
            self.instance,
            self.flow,
            self.status.name(),
            self.summary
        )?;
        for entry in &self.waiting {
            writeln!(f, "  {} ({}) {}, since {}", entry.step, entry.kind, entry.reason, entry.since)?;
            for arrival in &entry.came_by {
                write!(f, "    came from {}", arrival.from)?;
                if let Some(when) = &arrival.when {
                    write!(f, " because {when}")?;
                }
                for (name, value) in &arrival.values {
                    write!(f, " [{name} = {value:?}]")?;
                }
                writeln!(f)?;
            }
        }
        for entry in &self.passed_over {
            writeln!(f, "  {} was {}: {}", entry.step, entry.status.name(), entry.reason)?;
        }
        for name in &self.kept_signals {
            writeln!(f, "  the signal {name} came, and nobody has waited for it")?;
        }
        Ok(())
    }
}
