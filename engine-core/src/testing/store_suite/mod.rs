//! The contract of [`Store`], case by case, for whoever writes a store.
//!
//! A store author says how a store is opened, in a [`Fixture`], and gets one named test for each case:
//!
//! ```text
//! flowwright::store_suite_tests!(Arc::new(MyFixture::new()));
//! ```
//!
//! Each test gets a fixture, and so data, of its own.

#![allow(clippy::unwrap_used, reason = "a case that fails is a test that fails")]

mod catalog;
mod commit;
mod feed;
mod inbox;
mod key;
mod lease;
mod life;
mod make;
mod query;
mod race;
mod subscription;
mod task;
mod value;
mod wake;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;

use crate::base::Span;
use crate::store::Store;

/// The place where the store of one case keeps its data.
#[async_trait]
pub trait Fixture: Send + Sync {
    /// Opens the store: on no data the first time, on the same data every other time. A store that is opened while
    /// another one is open on the same data is as one in another process.
    async fn open(&self) -> Arc<dyn Store>;

    /// Moves the clock of all stores on the data. False if the fixture cannot: cases that need it are then passed over.
    fn advance(&self, by: Span) -> bool {
        let _ = by;
        false
    }
}

/// What a case is run on.
type Bed = Arc<dyn Fixture>;

/// A case of the suite.
#[derive(Clone, Copy)]
pub struct Case {
    /// `group::sentence`.
    pub name: &'static str,
    run: fn(Bed) -> Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Case {
    /// Runs the case. It panics where the store breaks the contract.
    pub async fn run(&self, fixture: Arc<dyn Fixture>) {
        (self.run)(fixture).await;
    }
}

/// Runs the case with this name on a runtime of its own.
///
/// # Panics
/// If the store breaks the contract, or there is no such case.
pub fn run(name: &str, fixture: Arc<dyn Fixture>) {
    let case = cases().into_iter().find(|case| case.name == name);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(case.unwrap().run(fixture));
}

/// Lists the cases once: for [`cases`], and for the macro that makes tests of them.
macro_rules! list {
    (($d:tt) $($group:ident: $($name:ident),+;)+) => {
        /// All cases.
        pub fn cases() -> Vec<Case> {
            vec![$($(Case {
                name: concat!(stringify!($group), "::", stringify!($name)),
                run: |bed| Box::pin($group::$name(bed)),
            }),+),+]
        }

        /// Makes one test of each case of [`testing::store_suite`](crate::testing::store_suite). The expression gives a
        /// new `Arc<dyn Fixture>` for each.
        #[macro_export]
        macro_rules! store_suite_tests {
            ($d fixture:expr) => {
                $(mod $group {
                    #[allow(unused_imports)]
                    use super::*;
                    $(#[test]
                    fn $name() {
                        let name = concat!(stringify!($group), "::", stringify!($name));
                        $d crate::testing::store_suite::run(name, $d fixture);
                    })+
                })+
            };
        }
    };
}

list! { ($)
    commit:
        a_commit_is_seen_as_a_whole,
        what_was_acknowledged_is_there_after_opening_again,
        each_commit_of_a_batch_is_judged_on_its_own,
        an_empty_batch_is_fine,
        commits_of_one_instance_apply_in_the_order_given,
        an_instance_is_created_once,
        an_unknown_instance_cannot_be_continued,
        another_sequence_number_is_rejected,
        nothing_of_a_rejected_commit_is_seen,
        later_commits_of_a_rejected_instance_are_rejected_too,
        after_a_rejection_the_instance_goes_on_from_where_it_is,
        a_snapshot_replaces_the_older_one,
        a_snapshot_without_history_changes_no_sequence_number,
        a_row_is_replaced_as_a_whole,
        what_cannot_be_written_is_refused_with_its_whole_batch,
        many_instances_in_one_batch;
    value:
        bytes_come_back_as_they_were,
        large_values_come_back,
        words_come_back_as_they_were,
        a_word_with_nul_is_refused,
        every_status_comes_back;
    key:
        a_key_is_taken_once_per_flow,
        of_two_in_one_batch_the_first_gets_the_key,
        flows_have_keys_of_their_own,
        an_instance_keeps_its_key,
        a_key_cannot_be_taken_over,
        a_rejected_key_leaves_nothing;
    inbox:
        items_come_in_order_of_arrival,
        only_the_items_of_the_shards_are_seen,
        pages_go_on_behind_the_last_item,
        an_item_stays_until_it_is_consumed,
        a_rejected_commit_consumes_nothing,
        a_repeated_delivery_is_dropped_while_the_first_is_there,
        a_delivery_may_be_repeated_once_the_first_was_taken_up,
        discarded_items_are_gone,
        ids_are_never_used_again,
        the_outbox_arrives_with_its_commit,
        the_outbox_of_a_rejected_commit_does_not_arrive,
        what_is_consumed_makes_room_for_what_is_delivered;
    feed:
        positions_ascend,
        the_feed_gives_all_rows_in_order,
        a_commit_without_history_has_no_position,
        history_begins_behind_a_sequence_number,
        history_comes_in_pages,
        no_row_appears_behind_one_that_was_seen;
    lease:
        an_owner_gets_as_many_shards_as_it_wants,
        a_shard_has_one_owner,
        an_expired_shard_is_taken_with_a_larger_token,
        claiming_keeps_what_the_owner_has,
        renewing_makes_a_lease_last,
        an_expired_lease_that_nobody_took_is_renewed,
        a_lost_lease_is_not_renewed,
        a_released_shard_is_free,
        only_the_owner_can_release,
        tokens_grow_with_every_change_of_owner,
        the_number_of_shards_is_fixed,
        a_late_owner_is_fenced,
        a_fence_counts_for_its_shard_only,
        without_a_fence_leases_are_not_looked_at,
        shards_are_shared_out_anew,
        owners_that_are_gone_are_forgotten,
        leases_outlive_their_store,
        of_many_claims_at_once_each_shard_goes_to_one;
    wake:
        what_is_due_comes_earliest_first,
        only_the_shards_asked_for_are_looked_at,
        what_is_due_comes_in_pages,
        instances_in_memory_are_found_first,
        another_time_replaces_the_first,
        the_next_time_is_known,
        the_next_time_behind_another_is_known;
    subscription:
        a_subscriber_is_found_by_name_and_correlation,
        a_subscription_ends,
        an_instance_that_waits_twice_is_found_once,
        subscribing_twice_is_subscribing_once,
        nobody_is_found_under_other_words;
    task:
        a_task_is_put_replaced_and_removed,
        a_task_is_seen_by_who_has_it_or_may_take_it,
        a_task_that_somebody_has_is_seen_by_nobody_else,
        a_changed_task_is_found_in_its_new_place_only,
        the_most_urgent_comes_first,
        the_oldest_comes_first,
        pages_of_tasks_miss_and_repeat_nothing,
        a_cursor_outlives_its_task,
        the_bare_id_of_an_open_task_is_a_place,
        an_unknown_place_is_refused,
        each_filter_narrows,
        the_load_of_people_is_counted,
        a_rejected_commit_writes_no_task;
    catalog:
        versions_count_from_one,
        the_same_digest_is_the_same_version,
        flows_count_their_own_versions,
        a_definition_is_found_by_version_or_as_the_newest,
        a_label_moves_from_version_to_version,
        a_label_needs_its_version,
        all_definitions_are_listed,
        definitions_outlive_their_store;
    query:
        instances_come_newest_first,
        each_filter_narrows,
        filters_hold_together,
        labels_that_change_are_found_by_what_they_are,
        pages_of_instances_miss_and_repeat_nothing,
        an_unknown_place_is_refused,
        what_matches_is_counted,
        what_is_unknown_is_none;
    race:
        commits_from_many_tasks_at_once_are_all_there,
        of_many_writers_of_one_instance_one_wins,
        two_stores_on_the_same_data_agree,
        of_two_stores_one_gets_the_key,
        a_write_of_one_store_ends_what_the_other_remembers;
    life:
        a_closed_store_answers_nothing,
        closing_twice_is_closing_once,
        closing_writes_what_is_under_way,
        data_is_there_after_closing,
        a_delivery_of_another_store_is_noticed,
        a_released_lease_of_another_store_is_noticed,
        a_notice_is_not_lost_between_two_waits,
        the_clock_moves;
}
