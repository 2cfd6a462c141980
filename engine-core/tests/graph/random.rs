//! Random small graphs against what the definitions say, word by word.

use std::collections::BTreeSet;

use flowwright::graph::analysis::{Head, LoopRegion, View};
use flowwright::graph::load;

use crate::support::{graph, step};

/// Numbers that look like chance and are the same every time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

type Edges = Vec<(u32, u32)>;

/// A region by the words of the language: head, steps, nesting.
type Plain = (u32, Vec<u32>, usize);

/// Whether one step reaches another over at least one of these edges.
fn reaches(edges: &Edges, from: u32, to: u32) -> bool {
    let mut seen = BTreeSet::new();
    let mut stack = vec![from];
    while let Some(at) = stack.pop() {
        for &(_, next) in edges.iter().filter(|edge| edge.0 == at) {
            if next == to {
                return true;
            }
            if seen.insert(next) {
                stack.push(next);
            }
        }
    }
    false
}

/// The regions of a set of steps over some edges, as section 3.6 of the language says it; `None` where one has several
/// entries and no mark, or a mark that leads to none.
fn regions(
    all: &Edges,
    edges: &Edges,
    marks: &[bool],
    starts: &[u32],
    inside: &[u32],
    depth: usize,
    out: &mut Vec<Plain>,
) -> Option<()> {
    let mut left: Vec<u32> = inside.to_vec();
    while let Some(&first) = left.first() {
        let together = |other: u32| reaches(edges, first, other) && reaches(edges, other, first);
        let steps: Vec<u32> = left.iter().copied().filter(|&other| together(other)).collect();
        if steps.is_empty() {
            left.remove(0);
            continue;
        }
        left.retain(|step| !steps.contains(step));
        let entered = |step: u32| {
            starts.contains(&step) || all.iter().any(|&(from, to)| to == step && !steps.contains(&from))
        };
        let entries: Vec<u32> = steps.iter().copied().filter(|&step| entered(step)).collect();
        let head = match entries.as_slice() {
            [] => steps[0],
            [only] => *only,
            _ => {
                let marked = all.iter().zip(marks).filter(|(edge, mark)| **mark && edges.contains(edge));
                let inner = marked
                    .map(|(edge, _)| *edge)
                    .find(|(from, to)| steps.contains(from) && steps.contains(to));
                inner.map(|(_, to)| to).filter(|to| entries.contains(to))?
            }
        };
        out.push((head, steps.clone(), depth));
        let within = edges.iter().copied();
        let within =
            within.filter(|(from, to)| steps.contains(from) && steps.contains(to) && *to != head).collect();
        regions(all, &within, marks, starts, &steps, depth + 1, out)?;
    }
    Some(())
}

#[test]
fn regions_are_what_the_language_says() {
    let mut draw = Draw(0x9E37_79B9_7F4A_7C15);
    let (mut sound, mut nested) = (0, 0);
    for _ in 0..3_000 {
        let steps = 2 + draw.below(6) as u32;
        let density = 10 + draw.below(25);
        let pairs = (0..steps).flat_map(|from| (0..steps).map(move |to| (from, to)));
        let edges: Edges = pairs.filter(|_| draw.percent(density)).collect();
        let marks: Vec<bool> = edges.iter().map(|_| draw.percent(30)).collect();
        let view = View::new(steps as usize, &edges).unwrap();
        let starts = if view.roots().is_empty() { vec![0] } else { view.roots() };
        let all: Vec<u32> = (0..steps).collect();
        let mut expected = Vec::new();
        let clear = regions(&edges, &edges, &marks, &starts, &all, 0, &mut expected).is_some();
        let marked: Vec<u32> = (0..edges.len() as u32).filter(|&edge| marks[edge as usize]).collect();
        let found = view.loop_regions(&marked);
        let unclear =
            found.iter().any(|region| matches!(region.found, Head::Unmarked | Head::MarkedNoEntry(_)));
        assert_eq!(clear, !unclear, "{edges:?} {marked:?} {found:?}");
        if !clear {
            continue;
        }
        let depth = |region: &LoopRegion| {
            std::iter::successors(region.parent, |&parent| found[parent as usize].parent).count()
        };
        let found: Vec<Plain> =
            found.iter().map(|region| (region.head, region.steps.clone(), depth(region))).collect();
        assert_eq!(found, expected, "{edges:?} {marked:?}");
        sound += 1;
        nested += usize::from(found.iter().any(|(_, _, depth)| *depth > 0));
    }
    assert!(sound > 1_000 && nested > 50, "{sound} {nested}");
}

/// A random flow without cycles, all of whose edges have conditions of their own.
struct Flow {
    steps: u32,
    edges: Edges,
    /// Whether a step takes at most one of its edges.
    first: Vec<bool>,
}

impl Flow {
    fn draw(draw: &mut Draw) -> Self {
        let steps = 3 + draw.below(4) as u32;
        let pairs = (0..steps).flat_map(|from| (from + 1..steps).map(move |to| (from, to)));
        let edges = pairs.filter(|_| draw.percent(50)).collect();
        Self { steps, edges, first: (0..steps).map(|_| draw.percent(60)).collect() }
    }

    /// The flow with a join at its last step.
    fn text(&self, join: &str) -> String {
        let mut out = "flow: random\nvars: {x: 1}\nsteps:\n".to_owned();
        for step in 0..self.steps {
            let next = self.edges.iter().filter(|edge| edge.0 == step);
            let next: Vec<String> =
                next.map(|(_, to)| format!("{{to: s{to}, when: vars.x > {to}}}")).collect();
            let choose = if self.first[step as usize] { "first" } else { "all" };
            let join = if step + 1 == self.steps { join } else { "all" };
            out.push_str(&format!(
                "  - {{id: s{step}, type: activity, handler: h, choose: {choose}, join: {join}, next: [{}]}}\n",
                next.join(", ")
            ));
        }
        out
    }

    /// The most edges to the last step that any run takes: every choice of every step is tried.
    fn most(&self, step: u32, taken: &mut Vec<(u32, u32)>) -> usize {
        if step + 1 == self.steps {
            return taken.iter().filter(|edge| edge.1 == step).count();
        }
        let waits = self.edges.iter().any(|edge| edge.1 == step);
        let runs = !waits || taken.iter().any(|edge| edge.1 == step);
        let out: Edges = self.edges.iter().copied().filter(|edge| edge.0 == step && runs).collect();
        let choices =
            (0..1u32 << out.len()).filter(|choice| !self.first[step as usize] || choice.count_ones() <= 1);
        let mut most = 0;
        for choice in choices {
            let before = taken.len();
            taken.extend(
                out.iter().enumerate().filter(|(at, _)| choice & (1 << at) != 0).map(|(_, edge)| *edge),
            );
            most = most.max(self.most(step + 1, taken));
            taken.truncate(before);
        }
        most
    }
}

#[test]
fn a_join_is_refused_only_if_no_run_meets_it() {
    let mut draw = Draw(0xD1B5_4A32_D192_ED03);
    let (mut refused, mut missed) = (0, 0);
    for _ in 0..400 {
        let flow = Flow::draw(&mut draw);
        let arity = flow.edges.iter().filter(|edge| edge.1 + 1 == flow.steps).count();
        if arity < 2 {
            continue;
        }
        let most = flow.most(0, &mut Vec::new());
        for needed in 2..=arity {
            let text = flow.text(&needed.to_string());
            let is_refused = load(&text).errors().any(|one| one.code == "join_unreachable");
            assert!(!is_refused || most < needed, "{text} {most}");
            refused += usize::from(is_refused);
            missed += usize::from(!is_refused && most < needed);
        }
    }
    // Some that no run meets are not found: where branches meet before the join.
    assert!(refused > 50 && missed < refused, "{refused} {missed}");
}

#[test]
fn losers_are_what_the_language_says() {
    let mut draw = Draw(0x2545_F491_4F6C_DD1D);
    for _ in 0..150 {
        let mut flow = Flow::draw(&mut draw);
        let join = flow.steps - 1 - draw.below(2) as u32;
        flow.edges.push((join - 1, join));
        flow.edges.sort_unstable();
        flow.edges.dedup();
        let text =
            flow.text("all").replace(&format!("id: s{join},"), &format!("id: s{join}, losers: cancel,"));
        let text: Vec<String> = text
            .lines()
            .map(|line| {
                if line.contains("losers") { line.replace("join: all", "join: any") } else { line.to_owned() }
            })
            .collect();
        let graph = graph(&(text.join("\n") + "\n"));
        let without: Edges =
            flow.edges.iter().copied().filter(|edge| edge.0 != join && edge.1 != join).collect();
        let is_last = |step: u32| !flow.edges.iter().any(|edge| edge.0 == step);
        let expected: Vec<u32> = (0..flow.steps)
            .filter(|&one| one != join && reaches(&flow.edges, one, join))
            .filter(|&one| {
                !is_last(one)
                    && !(0..flow.steps).any(|end| end != join && is_last(end) && reaches(&without, one, end))
            })
            .collect();
        let found = &graph.steps()[step(&graph, &format!("s{join}")) as usize].losers;
        assert_eq!(*found, expected, "{}", text.join("\n"));
    }
}
