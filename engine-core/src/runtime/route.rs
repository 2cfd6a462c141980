//! Giving user tasks to people: by load, or in turn.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Mutex;

use crate::base::Result;
use crate::definition::Routing;
use crate::protocol::{Actor, CandidateSet, Input, TaskAction, TaskInput, TaskStatus, TaskView};
use crate::store::Store;

/// Who belongs to a role or a group. An engine that routes tasks (`routing: least_busy` or `round_robin`) asks it who
/// could take one.
#[async_trait]
pub trait Directory: Send + Sync + 'static {
    /// The ids of the people that these candidates mean: those with one of the roles, those in one of the groups, and
    /// the users named.
    ///
    /// # Errors
    /// Any; the task then stays on offer, and whoever may take it can claim it.
    async fn members(&self, candidates: &CandidateSet) -> Result<Vec<String>>;
}

/// Whether the engine gives this task to somebody.
pub(crate) fn wanted(view: &TaskView) -> bool {
    view.routing != Routing::Pull && view.status == TaskStatus::Offered && view.assignee.is_none()
}

/// Gives tasks to people.
pub(crate) struct Router {
    directory: Option<Arc<dyn Directory>>,
    state: Mutex<Turns>,
}

#[derive(Default)]
struct Turns {
    /// Whose turn it is, by flow and step.
    next: BTreeMap<(Arc<str>, String), usize>,
    /// Tasks that were given to somebody just now, and that the store does not show yet.
    given: BTreeMap<String, u64>,
}

impl Router {
    pub fn new(directory: Option<Arc<dyn Directory>>) -> Self {
        Self { directory, state: Mutex::default() }
    }

    /// Finds somebody for a task. Whoever it is counts as busier until [`settled`](Self::settled).
    pub async fn choose(&self, store: &dyn Store, view: &TaskView) -> Result<Option<String>> {
        let mut people = match &self.directory {
            Some(directory) => directory.members(&view.candidates).await?,
            None => view.candidates.users.clone(),
        };
        people.retain(|person| !view.excluded.contains(person));
        people.sort_unstable();
        people.dedup();
        if people.is_empty() {
            return Ok(None);
        }
        let mut turns = self.state.lock().await;
        let chosen = match view.routing {
            Routing::RoundRobin => turns.in_turn(view, people),
            _ => {
                let open = store.task_load(&people).await?;
                turns.least_busy(people, open)
            }
        };
        if let Some(person) = &chosen {
            *turns.given.entry(person.clone()).or_default() += 1;
        }
        Ok(chosen)
    }

    /// The store shows the choice now, or it did not come true.
    pub async fn settled(&self, person: &str) {
        let mut turns = self.state.lock().await;
        if let Some(count) = turns.given.get_mut(person) {
            *count -= 1;
            if *count == 0 {
                turns.given.remove(person);
            }
        }
    }
}

impl Turns {
    fn in_turn(&mut self, view: &TaskView, mut people: Vec<String>) -> Option<String> {
        let turn = self.next.entry((Arc::clone(&view.flow), view.step.clone())).or_default();
        let place = *turn % people.len();
        *turn = turn.wrapping_add(1);
        Some(people.swap_remove(place))
    }

    fn least_busy(&self, people: Vec<String>, open: Vec<(String, u64)>) -> Option<String> {
        let open: BTreeMap<String, u64> = open.into_iter().collect();
        let load = |person: &String| open.get(person).unwrap_or(&0) + self.given.get(person).unwrap_or(&0);
        people.into_iter().min_by_key(load)
    }
}

/// The input that gives a task to somebody.
pub(crate) fn input(view: &TaskView, to: String) -> Input {
    Input::Task(Box::new(TaskInput {
        activation: view.id.activation,
        request: None,
        actor: Actor::new("engine"),
        action: TaskAction::Route { to },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_busy_counts_what_was_just_given() {
        let turns = Turns { given: BTreeMap::from([("ann".to_owned(), 2)]), ..Turns::default() };
        let people = || vec!["ann".to_owned(), "bob".to_owned()];
        assert_eq!(turns.least_busy(people(), vec![("bob".to_owned(), 1)]).as_deref(), Some("bob"));
        assert_eq!(turns.least_busy(people(), vec![("bob".to_owned(), 3)]).as_deref(), Some("ann"));
    }
}
