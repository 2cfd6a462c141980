//! Paths of steps in a running instance, for example `each[2]/pay`.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::state::State;
use crate::definition::Join;
use crate::graph::{Graph, Kind};
use crate::protocol::{At, Event};

/// What a frame's owner and index are, for paths: kept by the state while the frame is open, and by [`Places`].
fn write_path(graph: &Graph, at: At, frame_of: &dyn Fn(u32) -> Option<(At, u32)>, out: &mut String) {
    let mut chain = vec![(at, None)];
    let mut frame = at.frame;
    while let Some((owner, index)) = frame_of(frame) {
        chain.push((owner, Some(index)));
        frame = owner.frame;
    }
    for (place, index) in chain.iter().rev() {
        if !out.is_empty() {
            out.push('/');
        }
        let node = &graph.steps[place.step as usize];
        out.push_str(&node.id);
        if node.join == Join::Each {
            let _ = write!(out, "#{}", place.run);
        }
        if let Some(index) = index
            && !matches!(node.kind, Kind::Group)
        {
            let _ = write!(out, "[{index}]");
        }
    }
}

/// The path of a step whose frame is open.
pub(crate) fn path(graph: &Graph, state: &State, at: At) -> String {
    let node = &graph.steps[at.step as usize];
    if at.frame == 0 && node.join != Join::Each {
        return node.id.to_string();
    }
    let mut out = String::new();
    let frame_of = |number| {
        state.frame(number).and_then(|frame: &super::frame::Frame| Some((frame.owner?, frame.index)))
    };
    write_path(graph, at, &frame_of, &mut out);
    out
}

/// Remembers where frames were, so that every event of a history has a path, after its frame has closed too.
#[derive(Clone, Debug, Default)]
pub struct Places {
    frames: BTreeMap<u32, (At, u32)>,
}

impl Places {
    /// Takes an event in; call it with every event in order.
    pub fn see(&mut self, event: &Event) {
        if let Event::FrameOpened { frame, owner, index, .. } = event {
            self.frames.insert(*frame, (*owner, *index));
        }
    }

    /// The path of a step, for example `each[2]/pay`; a run of a step with `join: each` is written `step#1`.
    pub fn path(&self, graph: &Graph, at: At) -> String {
        let mut out = String::new();
        write_path(graph, at, &|frame| self.frames.get(&frame).copied(), &mut out);
        out
    }

    /// The path of the scope that a frame is a run of, for example `each[2]`; empty for the flow.
    pub fn frame_path(&self, graph: &Graph, frame: u32) -> String {
        let Some((owner, index)) = self.frames.get(&frame) else { return String::new() };
        let path = self.path(graph, *owner);
        if matches!(graph.steps[owner.step as usize].kind, Kind::Group) {
            path
        } else {
            format!("{path}[{index}]")
        }
    }
}

/// The step that a path names in a state: the inverse of [`path`].
pub(crate) fn find(graph: &Graph, state: &State, path: &str) -> Option<At> {
    let mut frame = 0;
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        let (rest, index) = match part.strip_suffix(']').and_then(|part| part.split_once('[')) {
            Some((rest, index)) => (rest, Some(index.parse::<u32>().ok()?)),
            None => (part, None),
        };
        let (id, run) = match rest.split_once('#') {
            Some((id, run)) => (id, run.parse().ok()?),
            None => (rest, 0),
        };
        let scope = state.frame(frame)?.scope;
        let at = At { frame, step: graph.step_in(scope, id)?, run };
        if parts.peek().is_none() {
            return Some(at);
        }
        let active = state.frame(frame)?.step(graph, at.step).active(run)?;
        frame = super::scope::inner_frames(&active.doing).into_iter().find(|number| {
            index.is_none_or(|index| state.frame(*number).is_some_and(|frame| frame.index == index))
        })?;
    }
    None
}
