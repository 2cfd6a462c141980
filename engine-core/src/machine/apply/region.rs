//! Regions: begun again, over.

use super::Fold;
use crate::machine::frame::{EdgeState, RegionState, StepState};

impl Fold<'_> {
    pub(super) fn region_restarted(&mut self, frame: u32, edge: u32) {
        let graph = self.graph;
        let Some(number) = graph.edges[edge as usize].back else { return };
        let region = &graph.regions[number as usize];
        let Some(frame) = self.state.frames.get_mut(&frame) else { return };
        let scope = &graph.scopes[frame.scope as usize];
        for inner in &region.edges {
            *frame.edge_mut(graph, *inner) = EdgeState::Open;
            // A loop inside begins to count anew.
            if graph.edges[*inner as usize].back.is_some_and(|back| back != number) {
                frame.restarts.remove(inner);
            }
        }
        *frame.restarts.entry(edge).or_default() += 1;
        let mut revived = 0;
        for step in &region.steps {
            let node = &graph.steps[*step as usize];
            let mut spent = 0;
            for edge in &graph.incoming[node.incoming.start as usize..node.incoming.end as usize] {
                let link = &graph.edges[*edge as usize];
                if link.back.is_none() && !graph.in_region(link.from, number) {
                    *frame.edge_mut(graph, *edge) = EdgeState::Spent;
                    spent += 1;
                }
            }
            let state = frame.step_mut(graph, *step);
            revived += u32::from(state.status.is_settled());
            *state = StepState { iteration: state.iteration + 1, spent, ..StepState::default() };
        }
        frame.unsettled += revived;
        for other in scope.regions.clone() {
            let state = &mut frame.regions[(other - scope.regions.start) as usize];
            if graph.region_within(other, number) {
                *state =
                    RegionState { unsettled: graph.regions[other as usize].steps.len() as u32, over: false };
            } else if graph.region_within(number, other) {
                state.unsettled += revived;
            }
        }
    }

    pub(super) fn region_ended(&mut self, frame: u32, region: u32) {
        let graph = self.graph;
        for edge in &graph.regions[region as usize].exits {
            self.drop_edge(frame, *edge);
        }
        if let Some(frame) = self.state.frames.get_mut(&frame) {
            let first = graph.scopes[frame.scope as usize].regions.start;
            frame.regions[(region - first) as usize].over = true;
        }
    }
}
