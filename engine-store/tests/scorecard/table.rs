//! Which test shows which behaviour, and what is not there.

/// What can be said of a behaviour.
pub enum Verdict {
    /// This test of this folder shows it.
    Tested(&'static str),
    /// A test elsewhere shows it: the file from the workspace's root, and the function.
    Elsewhere(&'static str, &'static str),
    /// This test of this folder shows a part of it; the rest is not there.
    Partly(&'static str, &'static str),
    /// It is not there.
    Missing(&'static str),
    /// It makes no sense here, and why.
    DoesNotApply(&'static str),
}

use Verdict::{DoesNotApply, Elsewhere, Missing, Partly, Tested};

const NO_SCHEDULES: &str =
    "there are no schedules and triggers yet: a host starts instances itself, with a key of (schedule, tick)";

/// All behaviours, in the order of the scorecard.
pub const TABLE: [(&str, Verdict); 90] = [
    ("REC01", Tested("rec01_a_finished_step_is_not_run_again")),
    ("REC02", Tested("rec02_a_step_that_ran_at_the_crash_runs_again_and_its_attempts_show")),
    ("REC03", Elsewhere("engine-store/tests/crash.rs", "a_log_cut_at_any_place_loses_only_its_end")),
    ("REC04", Tested("rec04_a_flipped_byte_is_reported_and_the_others_go_on")),
    ("REC05", Tested("rec05_two_engines_never_own_one_instance_and_the_heir_comes_within_the_lease")),
    ("REC06", Tested("rec06_state_survives_a_clean_stop_and_start")),
    ("RPL01", Tested("rpl01_folding_a_history_gives_the_same_state_and_runs_nothing")),
    ("RPL02", Tested("rpl02_a_definition_that_was_changed_under_its_instance_is_found_out")),
    ("RPL03", Tested("rpl03_the_time_that_a_condition_read_is_the_time_of_its_event")),
    ("RPL04", Tested("rpl04_a_history_of_an_older_release_loads_and_goes_on")),
    ("ACT01", Tested("act01_a_result_reaches_the_next_step_as_it_was")),
    ("ACT02", Tested("act02_it_is_tried_again_until_it_succeeds")),
    ("ACT03", Tested("act03_when_the_attempts_are_used_up_the_last_error_is_told_with_their_number")),
    ("ACT04", Tested("act04_pauses_grow_to_their_bound_and_jitter_only_shortens_them")),
    ("ACT05", Tested("act05_an_error_that_is_listed_or_fatal_is_not_tried_again")),
    ("ACT06", Tested("act06_an_attempt_ends_at_its_timeout_and_its_late_result_counts_for_nothing")),
    ("ACT07", Tested("act07_work_that_nobody_takes_up_in_time_fails")),
    ("ACT08", Elsewhere("engine-store/tests/engine/retry.rs", "a_silent_handler_has_lost_its_heartbeat")),
    ("ACT09", Tested("act09_the_whole_flow_times_out_and_is_undone")),
    ("ACT10", Tested("act10_an_unknown_handler_is_waited_for_once_and_harms_nobody")),
    ("ACT11", Elsewhere("engine-store/tests/engine/handler.rs", "a_panic_is_a_failed_attempt")),
    ("ACT12", Tested("act12_five_hundred_run_side_by_side_and_give_their_results_in_order")),
    ("ACT13", Tested("act13_every_level_of_an_error_is_read_by_conditions_and_by_who_catches_it")),
    ("ACT14", Tested("act14_the_first_catch_that_matches_runs_alone_and_the_rest_goes_up")),
    ("TMR01", Tested("tmr01_a_timer_fires_once_not_early_and_a_crash_does_not_move_it")),
    ("TMR02", Tested("tmr02_ten_thousand_timers_of_one_second_fire_in_their_order")),
    ("TMR03", Tested("tmr03_a_timer_of_a_year_fires_and_nothing_is_kept_in_memory_for_it")),
    ("TMR04", Tested("tmr04_what_came_due_while_nobody_ran_fires_at_once_and_once")),
    ("TMR05", Tested("tmr05_a_cancelled_timer_never_fires")),
    (
        "SIG01",
        Elsewhere("engine-store/tests/engine/signal.rs", "a_signal_is_kept_until_somebody_waits_for_it"),
    ),
    ("SIG02", Tested("sig02_a_hundred_signals_arrive_in_their_order")),
    ("SIG03", Tested("sig03_of_a_signal_and_a_timeout_the_first_wins_and_the_other_does_nothing")),
    // Two calls, each of which may be repeated.
    ("SIG04", Tested("sig04_a_signal_with_a_start_starts_and_signals_once")),
    ("SIG05", Tested("sig05_a_signal_for_nobody_is_refused_and_nothing_is_stored")),
    ("SIG06", Tested("sig06_an_accepted_signal_outlives_a_crash_and_is_delivered_once")),
    ("SIG07", Tested("sig07_what_arrives_as_the_instance_closes_is_recorded_or_refused")),
    ("SIG08", Elsewhere("engine-store/tests/engine/signal.rs", "a_message_finds_those_who_wait_for_it")),
    ("SIG09", Tested("sig09_first_success_all_or_first_failure_and_all_settled")),
    ("SIG10", Tested("sig10_a_token_completes_its_step_once")),
    ("QRY01", Tested("qry01_a_thousand_reads_change_nothing")),
    ("QRY02", Tested("qry02_a_question_about_nothing_is_refused_and_harms_nobody")),
    ("UPD01", Tested("upd01_a_change_is_checked_before_it_is_recorded_and_the_same_request_counts_once")),
    ("UPD02", Tested("upd02_a_change_outlives_a_crash_in_its_midst_and_is_made_once")),
    (
        "QRY03",
        Partly(
            "qry03_instances_are_found_by_their_labels_and_tell_their_stage_after_a_restart",
            "labels are given at the start; a running instance cannot change them",
        ),
    ),
    ("CTL01", Tested("ctl01_whatever_blocks_is_cancelled_and_cleaned_up_after")),
    (
        "CTL02",
        Partly(
            "ctl02_a_cancelled_call_goes_on_at_once_and_its_child_is_told_or_left_alone",
            "nobody waits for a cancelled handler or child to have stopped",
        ),
    ),
    ("CTL03", Tested("ctl03_a_termination_cleans_nothing_up_and_ends_at_once")),
    ("CTL04", Tested("ctl04_a_suspended_instance_starts_nothing_keeps_signals_and_goes_on_in_order")),
    ("CTL05", Tested("ctl05_a_failed_instance_is_taken_up_at_the_step_that_failed")),
    (
        "CTL06",
        Missing(
            "an instance cannot be set back to an earlier event, or forked from it; an operator takes up failed steps only",
        ),
    ),
    (
        "CTL07",
        Missing("nothing removes a finished instance: neither the store nor the engine has a call for it"),
    ),
    (
        "CTL08",
        Partly(
            "ctl08_of_fifty_starts_with_one_key_one_wins",
            "no policy ends the instance that has the key and starts anew; the key of an ended instance stays taken",
        ),
    ),
    (
        "CHD01",
        Partly(
            "chd01_what_became_of_a_child_reaches_its_parent",
            "a child that was cancelled and one that was terminated look alike to the parent: both are aborted",
        ),
    ),
    // By a back edge on the failure: a call has no `retry` of its own.
    ("CHD02", Tested("chd02_a_failed_child_is_started_again_and_counted")),
    ("CHD03", Tested("chd03_fifty_deep_and_a_thousand_wide")),
    ("CHD04", Tested("chd04_a_detached_child_lives_on")),
    ("CHD05", Tested("chd05_a_call_says_which_version_it_wants_and_the_log_which_it_got")),
    (
        "HIS01",
        DoesNotApply(
            "a history has no limit that an author must work around: state is a snapshot and a tail, so an instance that \
             loops for ever needs no successor (HIS02)",
        ),
    ),
    // 6,000 passes: the figures do not change with their number.
    ("HIS02", Tested("his02_what_is_read_to_go_on_does_not_grow_with_the_passes_of_a_loop")),
    ("HIS03", Tested("his03_an_append_counts_once_and_needs_its_epoch_and_its_place")),
    ("HIS04", Tested("his04_a_reader_goes_on_from_where_it_was_while_others_write")),
    ("VER01", Tested("ver01_who_runs_stays_on_its_version_and_who_starts_gets_the_new_one")),
    ("VER02", Missing("an instance cannot be migrated to another version")),
    ("VER03", Missing("new starts go to the newest version or to a label, never to two versions by share")),
    (
        "VER04",
        Partly(
            "ver04_only_a_change_that_means_something_is_a_new_version",
            "two versions are told apart, but nothing lists what was added, removed and changed",
        ),
    ),
    ("SCH01", Missing(NO_SCHEDULES)),
    ("SCH02", Missing(NO_SCHEDULES)),
    ("SCH03", Missing(NO_SCHEDULES)),
    ("SCH04", Missing(NO_SCHEDULES)),
    ("SCH05", Missing(NO_SCHEDULES)),
    ("CON01", Tested("con01_never_more_than_the_limit_and_one_at_a_time_keeps_the_order")),
    (
        "CON02",
        Missing(
            "queues and pools bound how many run side by side; nothing bounds how many start in a second",
        ),
    ),
    (
        "CON03",
        Partly(
            "con03_the_more_urgent_comes_first_and_a_full_queue_holds_up_no_other",
            "within one queue nobody shares by tenant: whoever is to have a share of his own gets a queue of his own",
        ),
    ),
    (
        "CON04",
        Partly(
            "con04_of_those_that_want_one_place_one_runs_at_a_time_in_the_order_of_arrival",
            "a pool is named in the definition and counted in each process: there is no lock on a key out of the data, \
             and none between processes",
        ),
    ),
    ("CON05", Tested("con05_fifty_callers_with_one_key_get_one_result")),
    ("MAP01", Tested("map01_results_are_in_the_order_of_the_items_and_no_items_are_no_work")),
    ("MAP02", Tested("map02_an_item_that_fails_stops_the_others_unless_so_many_are_tolerated")),
    // By a back edge on the failure.
    ("MAP03", Tested("map03_a_block_that_failed_is_begun_again_as_a_whole_and_counted")),
    ("MAP04", Elsewhere("engine-core/tests/airflow.rs", "the_rules_can_be_restated")),
    ("MAP05", Tested("map05_a_skip_goes_down_its_branch_and_stops_at_a_join_that_allows_it")),
    ("SAG01", Tested("sag01_what_was_completed_is_undone_once_newest_first")),
    ("SAG02", Tested("sag02_a_crash_at_any_moment_undoes_each_step_once_in_the_log")),
    (
        "SAG03",
        Partly(
            "sag03_an_undoing_that_fails_is_tried_again_and_then_reported_with_both_errors",
            "when a compensation fails for good those that are left are not run",
        ),
    ),
    ("HUM01", Tested("hum01_a_task_lives_from_its_offer_to_its_completion_and_has_one_owner")),
    ("HUM02", Tested("hum02_when_the_due_date_passes_the_escalation_begins_and_the_task_stays_or_goes")),
    ("HUM03", Tested("hum03_two_of_three_approve_and_one_may_veto")),
    ("HUM04", Tested("hum04_a_form_that_is_not_right_is_refused_with_its_field")),
    ("OBS01", Tested("obs01_each_attempt_has_one_start_and_one_end_with_its_time_and_number")),
    ("OBS02", Missing("there are no metrics, and no export of the log as CSV")),
    (
        "OBS03",
        Missing(
            "a handler runs in a span with its instance, step and attempt; no spans of steps and instances, no trace id",
        ),
    ),
];
