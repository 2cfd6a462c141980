//! What came of a run: outcomes, agreement with the lenders' own decisions, how fast it was and where time went.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use flowwright::base::Result;
use flowwright::engine::InstanceView;
use flowwright::machine::Explanation;
use flowwright::protocol::{Event, InstanceStatus, StepStatus, TaskEvent};

use super::agreement::{Agreement, Judged, TITLES};
use super::data::{Application, Half};
use super::journey::Run;

/// What came of a run.
pub struct Report {
    /// How many applications came to which end.
    pub outcomes: BTreeMap<Ending, usize>,
    /// Why the rules declined, and how often.
    pub reasons: BTreeMap<String, usize>,
    /// What happened on the way, and how often.
    pub happenings: Happenings,
    /// The journey's decisions beside the lenders'.
    pub judged: Vec<Judged>,
    /// Milliseconds that each step took, each time, in ascending order.
    pub durations: BTreeMap<String, Vec<i64>>,
    /// Why one instance that has not ended is where it is.
    pub waiting: Option<Explanation>,
    /// References of services that are open though their application did not end as a loan; none if all is well.
    pub forgotten: Vec<String>,
}

/// How an application ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// The rules approved, and the loan was closed.
    ApprovedByRules,
    /// People approved, and the loan was closed.
    ApprovedByPeople,
    /// Approved, but it could not be closed.
    NotClosed,
    /// The rules declined.
    DeclinedByRules,
    /// People declined.
    DeclinedByPeople,
    /// The papers never were complete.
    Incomplete,
    /// The instance waits.
    Waiting,
    /// Anything else: a failed instance.
    Failed,
}

impl Ending {
    fn of(view: &InstanceView) -> Self {
        let text = |field: &str| view.output[field].as_str().unwrap_or_default();
        let closed = view.output["closed"] == true;
        match (view.status, text("decision"), text("by")) {
            (InstanceStatus::Completed, "approved", _) if !closed => Self::NotClosed,
            (InstanceStatus::Completed, "approved", "rules") => Self::ApprovedByRules,
            (InstanceStatus::Completed, "approved", _) => Self::ApprovedByPeople,
            (InstanceStatus::Completed, "declined", "rules") => Self::DeclinedByRules,
            (InstanceStatus::Completed, "declined", _) if failed(view, "documents") => Self::Incomplete,
            (InstanceStatus::Completed, "declined", _) => Self::DeclinedByPeople,
            (InstanceStatus::Running, ..) => Self::Waiting,
            _ => Self::Failed,
        }
    }

    /// What the journey decided; `None` if it has not.
    const fn approves(self) -> Option<bool> {
        match self {
            Self::ApprovedByRules | Self::ApprovedByPeople | Self::NotClosed => Some(true),
            Self::DeclinedByRules | Self::DeclinedByPeople | Self::Incomplete => Some(false),
            Self::Waiting | Self::Failed => None,
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ApprovedByRules => "approved by rules, closed",
            Self::ApprovedByPeople => "approved by people, closed",
            Self::NotClosed => "approved, could not be closed: unwound",
            Self::DeclinedByRules => "declined by rules",
            Self::DeclinedByPeople => "declined by people",
            Self::Incomplete => "declined, papers never complete",
            Self::Waiting => "waiting for the borrower",
            Self::Failed => "failed",
        })
    }
}

fn failed(view: &InstanceView, step: &str) -> bool {
    view.steps.get(step).is_some_and(|step| step.status == StepStatus::Failed)
}

/// What happened on the way.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Happenings {
    /// Steps that completed: each is durable before anything follows from it.
    pub steps: usize,
    /// All events.
    pub events: usize,
    /// Attempts that failed and were made again.
    pub retries: usize,
    /// Tasks that people did.
    pub tasks: usize,
    /// Times that an underwriter went back to the borrower.
    pub rounds: usize,
    /// Tasks that went to the manager because they lay too long.
    pub escalations: usize,
    /// Borrowers who were reminded.
    pub reminders: usize,
    /// Steps that were undone.
    pub compensations: usize,
}

/// Reads the whole story of a run out of its store.
///
/// # Errors
/// What the engine gives.
pub async fn gather(run: &Run, applications: &[Application]) -> Result<Report> {
    let mut report = Report {
        outcomes: BTreeMap::new(),
        reasons: BTreeMap::new(),
        happenings: happenings(run).await?,
        judged: Vec::new(),
        durations: BTreeMap::new(),
        waiting: None,
        forgotten: Vec::new(),
    };
    let open = run.services.books().open_orders().clone();
    for application in applications {
        let Some(&instance) = run.instances.get(&application.id) else { continue };
        let view = run.engine.get(instance).await?;
        let ending = Ending::of(&view);
        report.take_in(application, &view, ending);
        if matches!(ending, Ending::Waiting) && report.waiting.is_none() {
            report.waiting = Some(run.engine.explain(instance).await?);
        }
        if !matches!(ending, Ending::ApprovedByRules | Ending::ApprovedByPeople | Ending::Waiting) {
            let mine = open.iter().filter(|order| order.ends_with(&application.id));
            report.forgotten.extend(mine.cloned());
        }
    }
    report.durations.values_mut().for_each(|times| times.sort_unstable());
    Ok(report)
}

async fn happenings(run: &Run) -> Result<Happenings> {
    let mut found = Happenings::default();
    let mut events = run.engine.events(0);
    while let Some(published) = events.try_next().await? {
        found.events += 1;
        match published.event {
            Event::StepCompleted { .. } => found.steps += 1,
            Event::AttemptFailed { error, .. } => found.retries += usize::from(error.retryable),
            Event::TaskDone { .. } => found.tasks += 1,
            Event::RegionRestarted { .. } => found.rounds += 1,
            Event::TaskChanged { change: TaskEvent::Escalated { .. }, .. } => found.escalations += 1,
            Event::StepCompensated { .. } => found.compensations += 1,
            _ => {}
        }
    }
    Ok(found)
}

impl Report {
    fn take_in(&mut self, application: &Application, view: &InstanceView, ending: Ending) {
        *self.outcomes.entry(ending).or_default() += 1;
        let reminded = view.steps.get("remind").is_some_and(|step| step.status == StepStatus::Completed);
        self.happenings.reminders += usize::from(reminded);
        if ending == Ending::DeclinedByRules {
            let reason = view.output["reason"].as_str().unwrap_or("no reason");
            *self.reasons.entry(reason.to_owned()).or_default() += 1;
        }
        if let Some(approved) = ending.approves() {
            self.judged.push(Judged {
                half: application.half(),
                approved,
                by_lender: application.approved,
                meets_guidelines: application.meets_guidelines != Some(false),
            });
        }
        for (path, step) in &view.steps {
            if let (Some(started), Some(ended)) = (step.started, step.ended) {
                self.durations.entry(path.clone()).or_default().push(ended.millis() - started.millis());
            }
        }
    }

    /// The part that is the same in every run.
    pub fn outcome_text(&self) -> String {
        let mut text = String::new();
        let total: usize = self.outcomes.values().sum();
        let _ = writeln!(text, "{total} applications\n");
        let _ = writeln!(text, "  {:<76}{:>6}{:>8}", "outcome", "count", "share");
        for (ending, count) in &self.outcomes {
            let _ = writeln!(text, "  {:<76}{count:>6}{:>6.1} %", ending.to_string(), percent(*count, total));
            if *ending == Ending::DeclinedByRules {
                for (reason, count) in &self.reasons {
                    let _ = writeln!(text, "    {reason:<74}{count:>6}");
                }
            }
        }
        let found = &self.happenings;
        let _ = writeln!(text, "\non the way");
        for (what, count) in [
            ("steps completed", found.steps),
            ("tasks done by people", found.tasks),
            ("rounds of missing papers", found.rounds),
            ("overdue borrowers reminded", found.reminders),
            ("overdue tasks escalated to the manager", found.escalations),
            ("attempts made again", found.retries),
            ("services given back", found.compensations),
            ("services forgotten", self.forgotten.len()),
        ] {
            let _ = writeln!(text, "  {what:<76}{count:>6}");
        }
        text.push('\n');
        self.agreement(&mut text);
        text
    }

    fn agreement(&self, text: &mut String) {
        let all = Agreement::of(&self.judged);
        let _ = writeln!(text, "agreement with the lenders' own decisions\n{all}");
        let _ = writeln!(text, "  {:<20}{TITLES}", "");
        let _ = writeln!(text, "  {:<20}{}", "all", all.row());
        for (name, half) in [("developed on", Half::Developed), ("held out", Half::HeldOut)] {
            let judged: Vec<Judged> = self.judged.iter().filter(|one| one.half == half).copied().collect();
            let _ = writeln!(text, "  {name:<20}{}", Agreement::of(&judged).row());
        }
    }

    /// Where time went: the slowest steps.
    pub fn timing_text(&self, run: &Run) -> String {
        let mut text = String::new();
        let seconds = run.took.as_secs_f64().max(0.001);
        let ended = self.judged.len();
        let _ = writeln!(
            text,
            "{ended} instances, {} durable steps and {} events in {seconds:.2} s: {:.0} instances/s, {:.0} steps/s\n",
            self.happenings.steps,
            self.happenings.events,
            ended as f64 / seconds,
            self.happenings.steps as f64 / seconds,
        );
        let _ = writeln!(text, "  {:<24}{:>8}{:>12}{:>12}", "slowest steps", "runs", "p50", "p95");
        let mut steps: Vec<_> = self.durations.iter().collect();
        steps.sort_by_key(|(_, times)| std::cmp::Reverse(quantile(times, 95)));
        for (path, times) in steps.into_iter().take(8) {
            let (half, most) = (quantile(times, 50), quantile(times, 95));
            let _ = writeln!(text, "  {path:<24}{:>8}{half:>9} ms{most:>9} ms", times.len());
        }
        text
    }
}

/// A quantile of sorted times.
fn quantile(times: &[i64], percent: usize) -> i64 {
    let place = (times.len() * percent).div_ceil(100).saturating_sub(1);
    times.get(place).copied().unwrap_or_default()
}

pub(super) fn percent(part: usize, of: usize) -> f64 {
    100.0 * part as f64 / of.max(1) as f64
}
