//! Figures of recorded scientific workflows, exactly.

use std::collections::BTreeMap;

use flowwright::graph::analysis::View;
use serde_json::Value;

use crate::support::shared_json;

#[test]
fn the_figures_of_recorded_workflows_are_exact() {
    let Some(reference) = shared_json("data/wfcommons/reference.json") else { return };
    let mut seen = 0;
    for expected in reference["instances"].as_array().unwrap() {
        let file = expected["file"].as_str().unwrap().rsplit('/').next().unwrap();
        let Some(recorded) = shared_json(&format!("data/wfcommons/{file}")) else { continue };
        compare(file, &recorded, expected);
        seen += 1;
    }
    assert_eq!(seen, 13);
}

fn compare(file: &str, recorded: &Value, expected: &Value) {
    let tasks = recorded["tasks"].as_array().unwrap();
    let durations: Vec<u64> = tasks.iter().map(|task| task[2].as_u64().unwrap()).collect();
    let edges: Vec<(u32, u32)> = recorded["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| (edge[0].as_u64().unwrap() as u32, edge[1].as_u64().unwrap() as u32))
        .collect();
    let view = View::new(tasks.len(), &edges).unwrap();
    let dag = view.dag().unwrap();
    let levels = dag.levels();
    let schedule = dag.schedule(&durations);
    let slack = schedule.slack();
    let critical = dag.critical_path(&durations);
    let figures = BTreeMap::from([
        ("tasks", view.len() as u64),
        ("edges", edges.len() as u64),
        ("roots", view.roots().len() as u64),
        ("leaves", view.leaves().len() as u64),
        ("weak_components", view.weak_components() as u64),
        ("levels", levels.widths.len() as u64),
        ("max_level_width", u64::from(dag.widest_level())),
        ("max_in_degree", view.max_in_degree() as u64),
        ("max_out_degree", view.max_out_degree() as u64),
        ("critical_path_ms", critical.length),
        ("zero_slack_tasks", slack.iter().filter(|&&slack| slack == 0).count() as u64),
        ("max_slack_ms", slack.iter().copied().max().unwrap_or(0)),
        ("sum_slack_ms", slack.iter().sum()),
        ("sum_earliest_start_ms", schedule.earliest.iter().sum()),
        ("asap_peak_concurrency", dag.peak_concurrency(&durations) as u64),
        ("transitive_reduction_edges", dag.transitive_reduction().unwrap().len() as u64),
    ]);
    for (name, figure) in figures {
        assert_eq!(Some(figure), expected[name].as_u64(), "{name} of {file}");
    }
    let widths: Vec<u64> = levels.widths.iter().map(|&width| u64::from(width)).collect();
    assert_eq!(serde_json::to_value(widths).unwrap(), expected["level_widths"], "{file}");
    // The critical path is a way through the graph, and as long as it says.
    for pair in critical.steps.windows(2) {
        assert!(edges.contains(&(pair[0], pair[1])), "{file}");
    }
    let sum: u64 = critical.steps.iter().map(|&step| durations[step as usize]).sum();
    assert_eq!(sum, critical.length, "{file}");
    assert!(critical.steps.iter().all(|&step| slack[step as usize] == 0), "{file}");
}
