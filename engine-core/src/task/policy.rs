//! Who may do what with a task.

use crate::protocol::{Actor, CandidateSet};

/// Who has this role may reassign and escalate any task.
pub const ADMIN_ROLE: &str = "admin";

/// Whether an actor is among those to whom a task is offered. A task without any candidates is offered to all.
pub fn is_candidate(actor: &Actor, candidates: &CandidateSet) -> bool {
    let CandidateSet { roles, groups, users } = candidates;
    let open = roles.is_empty() && groups.is_empty() && users.is_empty();
    open || users.contains(&actor.id)
        || roles.iter().any(|role| actor.roles.contains(role))
        || groups.iter().any(|group| actor.groups.contains(group))
}

/// Whether an actor may give a task to somebody else, or bring it before another role.
pub fn may_manage(actor: &Actor, candidates: &CandidateSet) -> bool {
    actor.roles.iter().any(|role| role == ADMIN_ROLE) || is_candidate(actor, candidates)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(roles: &[&str], groups: &[&str], users: &[&str]) -> CandidateSet {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        CandidateSet { roles: owned(roles), groups: owned(groups), users: owned(users) }
    }

    #[test]
    fn role_group_or_name_makes_a_candidate() {
        let ann = Actor::new("ann").role("underwriter").group("east");
        assert!(is_candidate(&ann, &offered(&["underwriter"], &[], &[])));
        assert!(is_candidate(&ann, &offered(&["closer"], &["east"], &[])));
        assert!(is_candidate(&ann, &offered(&[], &[], &["ann"])));
        assert!(is_candidate(&ann, &offered(&[], &[], &[])));
        assert!(!is_candidate(&ann, &offered(&["closer"], &["west"], &["bob"])));
    }

    #[test]
    fn an_admin_manages_every_task() {
        let task = offered(&["closer"], &[], &[]);
        assert!(!may_manage(&Actor::new("ann"), &task));
        assert!(may_manage(&Actor::new("ann").role(ADMIN_ROLE), &task));
    }
}
