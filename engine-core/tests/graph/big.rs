//! Large flows: the work grows with their size, not with its square. What would not shows as a test that does not end.

use std::sync::Arc;

use flowwright::definition::{Activity, Definition, Join, Losers, Need, Next, Step, StepKind};
use flowwright::graph::analysis::View;
use flowwright::graph::{Graph, load};

const STEPS: usize = 40_000;

fn base() -> Step {
    let text = "flow: f\nsteps: [{id: a, type: activity, handler: h}]\n";
    load(text).definition.unwrap().steps[0].clone()
}

fn activity(base: &Step, number: usize) -> Step {
    let kind = StepKind::Activity(Activity { handler: "h".to_owned(), ..Activity::default() });
    Step { id: format!("s{number}"), kind, ..base.clone() }
}

fn need(number: usize) -> Need {
    Need { step: format!("s{number}"), ..Need::default() }
}

/// A flow in which step `n` needs what `needs` says, with anything else that `change` does.
fn flow(
    steps: usize,
    needs: impl Fn(usize) -> Vec<usize>,
    change: impl Fn(usize, &mut Step),
) -> Arc<Definition> {
    let base = base();
    let steps = (0..steps).map(|number| {
        let mut step = activity(&base, number);
        step.needs = needs(number).into_iter().map(need).collect();
        change(number, &mut step);
        step
    });
    Arc::new(Definition { flow: "big".to_owned(), steps: steps.collect(), ..Definition::default() })
}

#[track_caller]
fn compiled(definition: Arc<Definition>) -> Graph {
    let compiled = Graph::compile(definition);
    compiled.unwrap_or_else(|found| panic!("{} findings, first {}", found.len(), found[0])).graph
}

fn before(number: usize) -> Vec<usize> {
    number.checked_sub(1).into_iter().collect()
}

#[test]
fn chains_fans_and_ladders_compile() {
    let chain = compiled(flow(STEPS, before, |number, step| {
        if let (StepKind::Activity(activity), Some(last)) = (&mut step.kind, number.checked_sub(1)) {
            activity.with = Some(serde_json::json!(format!("${{ steps.s{last}.output }}")));
        }
    }));
    assert_eq!((chain.len(), chain.edges().len()), (STEPS, STEPS - 1));
    let fan = compiled(flow(STEPS, |number| if number == 0 { vec![] } else { vec![0] }, |_, _| {}));
    assert_eq!(fan.steps()[0].outgoing, 0..STEPS as u32 - 1);
    // All into one, which takes every edge.
    let funnel = compiled(flow(
        STEPS,
        |number| if number + 1 == STEPS { (0..STEPS - 1).collect() } else { vec![] },
        |_, step| step.join = if step.needs.is_empty() { Join::All } else { Join::Every },
    ));
    assert_eq!(funnel.steps()[STEPS - 1].arity, STEPS as u32 - 1);
    // Two long branches, joined again and again.
    let ladder = compiled(flow(
        STEPS,
        |number| match (number, number % 3) {
            (0..3, _) => vec![],
            (_, 2) => vec![number - 1, number - 2],
            _ => vec![number - 3],
        },
        |_, step| step.join = if step.needs.len() > 1 { Join::Every } else { Join::All },
    ));
    assert_eq!(
        ladder.edges().len(),
        (3..STEPS).map(|number| 1 + usize::from(number % 3 == 2)).sum::<usize>()
    );
}

#[test]
fn loops_and_losers_compile() {
    let ring = |number: usize| Next { to: format!("s{number}"), max_iterations: Some(2), ..Next::default() };
    // One ring of all steps, and many small ones.
    let one = compiled(flow(STEPS, before, |number, step| {
        if number + 1 == STEPS {
            step.next.push(ring(1));
        }
    }));
    assert_eq!(one.regions()[0].steps.len(), STEPS - 1);
    let many = compiled(flow(STEPS, before, |number, step| {
        if number % 2 == 1 {
            step.next.push(ring(number - 1));
        }
    }));
    assert_eq!(many.regions().len(), STEPS / 2);
    let losers = compiled(flow(
        STEPS,
        |number| if number + 1 == STEPS { (0..STEPS - 1).collect() } else { vec![] },
        |number, step| {
            if number + 1 == STEPS {
                (step.join, step.losers) = (Join::Count(1), Losers::Cancel);
            }
        },
    ));
    assert_eq!(losers.steps()[STEPS - 1].losers.len(), STEPS - 1);
}

#[test]
fn what_would_take_too_much_is_refused() {
    // Cycles nested as deep as there are steps.
    let deep = flow(1_000, before, |number, step| {
        if number > 500 {
            step.next.push(Next { to: format!("s{}", 1_000 - number), ..Next::default() });
        }
    });
    let found = Graph::check(&deep);
    assert!(found.iter().any(|one| one.code == "too_complex"), "{}", found[0]);
    // Every step cancels all before it.
    let losers = flow(STEPS, before, |_, step| {
        if !step.needs.is_empty() {
            (step.join, step.losers) = (Join::Count(1), Losers::Cancel);
        }
    });
    assert_eq!(Graph::check(&losers)[0].code, "too_complex");
}

#[test]
fn a_large_flow_full_of_mistakes_is_answered() {
    let wrong = flow(STEPS, |number| vec![number + STEPS], |_, _| {});
    assert_eq!(Graph::check(&wrong).len(), STEPS);
    let unreachable =
        flow(STEPS, |number| if number == 0 { vec![] } else { vec![number % (STEPS - 1) + 1] }, |_, _| {});
    assert_eq!(
        Graph::check(&unreachable).iter().filter(|one| one.code == "unreachable_step").count(),
        STEPS - 1
    );
}

#[test]
fn questions_about_large_graphs_are_answered() {
    let edges: Vec<(u32, u32)> =
        (1..STEPS as u32).flat_map(|step| [(step - 1, step), (step.saturating_sub(7), step)]).collect();
    let view = View::new(STEPS, &edges).unwrap();
    let dag = view.dag().unwrap();
    assert_eq!(dag.levels().widths.len(), STEPS);
    assert_eq!(dag.critical_path(&vec![1; STEPS]).length, STEPS as u64);
    assert_eq!(dag.transitive_reduction().unwrap().len(), STEPS - 1);
    // Any step but the first can be passed by.
    assert_eq!(dag.dominators()[STEPS - 1], Some(0));
    assert_eq!(dag.before(STEPS as u32 - 1).unwrap().len(), STEPS - 1);
}
