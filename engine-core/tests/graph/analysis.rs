//! Questions about small graphs, with answers found by hand.

use flowwright::graph::analysis::{AnalysisError, Head, View};

use crate::support::{graph, sketch};

/// 0 → 1 → 3 → 4, 0 → 2 → 3, 0 → 3, 5 alone.
fn sample() -> View {
    View::new(6, &[(0, 1), (1, 3), (3, 4), (0, 2), (2, 3), (0, 3)]).unwrap()
}

#[test]
fn levels_and_neighbours() {
    let view = sample();
    let dag = view.dag().unwrap();
    let levels = dag.levels();
    assert_eq!(levels.of, [0, 1, 1, 2, 3, 0]);
    assert_eq!(levels.widths, [2, 2, 1, 1]);
    assert_eq!(levels.widest(), Some((0, 2)));
    assert_eq!(dag.before(3), Ok(vec![0, 1, 2]));
    assert_eq!(dag.after(1), Ok(vec![3, 4]));
    assert_eq!(dag.beside(1), Ok(vec![2, 5]));
    assert_eq!(dag.beside(9), Err(AnalysisError::NoSuchStep { step: 9 }));
    assert_eq!((view.roots(), view.leaves()), (vec![0, 5], vec![4, 5]));
    assert_eq!(view.weak_components(), 2);
    assert_eq!(view.successors(0), Ok(vec![1, 2, 3]));
    assert_eq!(view.predecessors(3), Ok(vec![1, 2, 0]));
}

#[test]
fn times_and_slack() {
    let view = sample();
    let dag = view.dag().unwrap();
    let durations = [2, 5, 1, 3, 4, 6];
    let schedule = dag.schedule(&durations);
    assert_eq!(schedule.earliest, [0, 2, 2, 7, 10, 0]);
    assert_eq!(schedule.latest, [0, 2, 6, 7, 10, 8]);
    assert_eq!(schedule.length, 14);
    assert_eq!(dag.slack(&durations), [0, 0, 4, 0, 0, 8]);
    let critical = dag.critical_path(&durations);
    assert_eq!((critical.length, critical.steps), (14, vec![0, 1, 3, 4]));
    assert_eq!(dag.peak_concurrency(&durations), 3);
    // Missing durations are none, and sums do not overflow.
    assert_eq!(dag.critical_path(&[]).length, 0);
    assert_eq!(dag.critical_path(&[u64::MAX; 6]).length, u64::MAX);
}

#[test]
fn implied_edges_and_dominators() {
    let view = sample();
    let dag = view.dag().unwrap();
    assert_eq!(dag.redundant_edges(), Ok(vec![5]));
    assert_eq!(dag.transitive_reduction(), Ok(vec![0, 1, 2, 3, 4]));
    assert_eq!(dag.dominators(), [None, Some(0), Some(0), Some(0), Some(3), None]);
    assert_eq!(dag.post_dominators(), [Some(3), Some(3), Some(3), Some(4), None, None]);
    // The same edge twice.
    let twice = View::new(2, &[(0, 1), (0, 1)]).unwrap();
    assert_eq!(twice.dag().unwrap().redundant_edges(), Ok(vec![1]));
}

#[test]
fn cycles_are_named_and_regions_found() {
    let view = View::new(5, &[(0, 1), (1, 2), (2, 3), (3, 1), (2, 2), (3, 4)]).unwrap();
    assert_eq!(view.dag().unwrap_err(), AnalysisError::Cyclic { cycle: vec![1, 2, 3] });
    let regions = view.loop_regions(&[]);
    let found: Vec<_> =
        regions.iter().map(|region| (region.head, region.steps.clone(), region.parent)).collect();
    assert_eq!(found, [(1, vec![1, 2, 3], None), (2, vec![2], Some(0))]);
    // Two entries.
    let view = View::new(3, &[(0, 1), (0, 2), (1, 2), (2, 1)]).unwrap();
    assert_eq!(view.loop_regions(&[])[0].found, Head::Unmarked);
    assert_eq!(view.loop_regions(&[])[0].entries, [1, 2]);
    assert_eq!(view.loop_regions(&[3])[0].found, Head::Marked(3));
    assert_eq!(view.loop_regions(&[3])[0].head, 1);
}

#[test]
fn wrong_and_empty_graphs_are_answered() {
    assert_eq!(View::new(1, &[(0, 1)]).unwrap_err(), AnalysisError::NoSuchStep { step: 1 });
    let empty = View::new(0, &[]).unwrap();
    let dag = empty.dag().unwrap();
    assert_eq!((dag.levels().widest(), dag.widest_level(), empty.weak_components()), (None, 0, 0));
    assert_eq!(dag.critical_path(&[]).steps, [0u32; 0]);
}

#[test]
fn a_scope_is_viewed_without_what_goes_back() {
    let graph = graph(&sketch("s: a; a: b; b: a c; c"));
    let view = View::of_scope(&graph, &graph.scopes()[0]);
    assert_eq!(view.edges(), [(0, 1), (1, 2), (2, 3)]);
    assert!(view.dag().is_ok());
    assert!(View::of_scope_with_cycles(&graph, &graph.scopes()[0]).dag().is_err());
}

/// Random graphs against the definitions themselves.
#[test]
fn dominators_and_reductions_agree_with_their_definitions() {
    let mut seed = 0x2545_F491_4F6C_DD1Du64;
    let mut draw = |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    for _ in 0..200 {
        let steps = 2 + draw(12) as u32;
        let mut edges = Vec::new();
        for from in 0..steps {
            edges.extend((from + 1..steps).filter(|_| draw(100) < 30).map(|to| (from, to)));
        }
        let view = View::new(steps as usize, &edges).unwrap();
        let dag = view.dag().unwrap();
        let reach = |without: Option<u32>, edge_out: Option<usize>, start: u32| {
            let mut seen = vec![false; steps as usize];
            let mut stack = if Some(start) == without { vec![] } else { vec![start] };
            while let Some(at) = stack.pop() {
                if std::mem::replace(&mut seen[at as usize], true) {
                    continue;
                }
                let next =
                    edges.iter().enumerate().filter(|(place, edge)| Some(*place) != edge_out && edge.0 == at);
                stack.extend(next.map(|(_, edge)| edge.1).filter(|&to| Some(to) != without));
            }
            seen
        };
        let redundant: Vec<u32> = (0..edges.len())
            .filter(|&edge| reach(None, Some(edge), edges[edge].0)[edges[edge].1 as usize])
            .map(|edge| edge as u32)
            .collect();
        assert_eq!(dag.redundant_edges().unwrap(), redundant, "{edges:?}");
        let dominators = dag.dominators();
        for step in 0..steps {
            let above = |other: u32| {
                other != step
                    && !view.roots().iter().any(|&root| reach(Some(other), None, root)[step as usize])
            };
            let all: Vec<u32> = (0..steps).filter(|&other| above(other)).collect();
            let chain = std::iter::successors(dominators[step as usize], |&at| dominators[at as usize]);
            let mut chain: Vec<u32> = chain.collect();
            chain.sort_unstable();
            assert_eq!(chain, all, "{edges:?} {step}");
        }
    }
}
