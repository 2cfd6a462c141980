//! Where a task is found: the entries of `task_inbox`.

use std::collections::BTreeSet;

use flowwright::protocol::Actor;
use flowwright::store::TaskRow;

/// Under what a task is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Assignee,
    Excluded,
    Group,
    Role,
    User,
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Assignee => "assignee",
            Self::Excluded => "excluded",
            Self::Group => "group",
            Self::Role => "role",
            Self::User => "user",
        }
    }
}

/// The entries of a task: one under its assignee; or, while nobody has it, one under each candidate and each excluded
/// person.
pub(crate) fn entries(row: &TaskRow) -> BTreeSet<(Kind, &str)> {
    fn of(kind: Kind, names: &[String]) -> impl Iterator<Item = (Kind, &str)> {
        names.iter().map(move |name| (kind, name.as_str()))
    }
    if let Some(assignee) = &row.assignee {
        return BTreeSet::from([(Kind::Assignee, assignee.as_str())]);
    }
    of(Kind::User, &row.candidates.users)
        .chain(of(Kind::Role, &row.candidates.roles))
        .chain(of(Kind::Group, &row.candidates.groups))
        .chain(of(Kind::Excluded, &row.excluded))
        .collect()
}

/// The entries under which a person sees tasks.
pub(crate) fn seen_by(actor: &Actor) -> BTreeSet<(Kind, &str)> {
    let mut entries = BTreeSet::from([(Kind::Assignee, actor.id.as_str()), (Kind::User, actor.id.as_str())]);
    entries.extend(actor.roles.iter().map(|role| (Kind::Role, role.as_str())));
    entries.extend(actor.groups.iter().map(|group| (Kind::Group, group.as_str())));
    entries
}
