//! Adding steps and edges to a flow or to a scope inside it.

use super::StepBuilder;
use crate::definition::{
    Activity, Assign, Call, Decision, Edge, Emit, End, ForEach, Group, Loop, SignalWait, Step, StepKind,
    Timer, UserTask,
};

macro_rules! steps {
    ($($(#[doc = $doc:literal])+ $name:ident $type:ident;)+) => {
        /// What has steps and edges: a flow, a group, a `for_each`, a loop.
        pub trait Steps: Sized {
            /// The steps and edges to add to.
            fn scope(&mut self) -> (&mut Vec<Step>, &mut Vec<Edge>);

            /// Adds a step that was made elsewhere.
            #[must_use]
            fn step(mut self, step: Step) -> Self {
                self.scope().0.push(step);
                self
            }

            /// Adds an edge: two ids, or an [`Edge`] with more to say.
            #[must_use]
            fn edge(mut self, edge: impl Into<Edge>) -> Self {
                self.scope().1.push(edge.into());
                self
            }

            $(
                $(#[doc = $doc])+
                #[must_use]
                fn $name(
                    self,
                    id: impl Into<String>,
                    write: impl FnOnce(StepBuilder<$type>) -> StepBuilder<$type>,
                ) -> Self {
                    self.step(write(StepBuilder::new(id)).build())
                }
            )+
        }
    };
}

steps! {
    /// Adds a step that calls a handler.
    activity Activity;
    /// Adds a step that waits for a person.
    user_task UserTask;
    /// Adds a step that waits for a time.
    timer Timer;
    /// Adds a step that waits for a signal.
    signal SignalWait;
    /// Adds a step that publishes an event.
    emit Emit;
    /// Adds a step that looks a table up.
    decision Decision;
    /// Adds a step that sets variables.
    assign Assign;
    /// Adds a step that runs another flow.
    call Call;
    /// Adds a scope.
    group Group;
    /// Adds a scope for each item of a list.
    for_each ForEach;
    /// Adds a scope that runs again and again.
    repeat Loop;
    /// Adds a step that ends the instance.
    end End;
}

macro_rules! kinds {
    ($($type:ident $wrap:expr;)+) => {
        $(impl From<$type> for StepKind {
            fn from(kind: $type) -> Self {
                ($wrap)(kind)
            }
        })+
    };
}

kinds! {
    Activity Self::Activity;
    UserTask |task| Self::UserTask(Box::new(task));
    Timer Self::Timer;
    SignalWait Self::Signal;
    Emit Self::Emit;
    Decision Self::Decision;
    Assign Self::Assign;
    Call Self::Call;
    Group Self::Group;
    ForEach |each| Self::ForEach(Box::new(each));
    Loop |repeat| Self::Loop(Box::new(repeat));
    End Self::End;
}

macro_rules! scopes {
    ($($type:ident),+) => {
        $(impl Steps for StepBuilder<$type> {
            fn scope(&mut self) -> (&mut Vec<Step>, &mut Vec<Edge>) {
                (&mut self.kind.steps, &mut self.kind.edges)
            }
        })+
    };
}

scopes!(Group, ForEach, Loop);
