//! Handlers that write down what they did.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use flowwright::engine::EngineBuilder;
use flowwright::protocol::ActivityError;
use parking_lot::Mutex;
use serde_json::Value;

/// What handlers did, in order.
#[derive(Clone, Default)]
pub struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    pub fn note(&self, line: impl Into<String>) {
        self.0.lock().push(line.into());
    }

    pub fn lines(&self) -> Vec<String> {
        self.0.lock().clone()
    }

    /// How often each line was written.
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        self.lines().into_iter().for_each(|line| *counts.entry(line).or_default() += 1);
        counts
    }

    /// Handlers that note their step: `work` gives its input back, `slow` after two seconds; `undo` notes its input too;
    /// `boom` fails for good with its input as the code; `hang` goes on until it is told to stop.
    pub fn handlers(&self, builder: EngineBuilder) -> EngineBuilder {
        let [work, slow, undo, boom, hang] = [(); 5].map(|()| self.clone());
        builder
            .activity("work", move |context, input: Value| {
                work.note(context.step());
                async move { Ok(input) }
            })
            .activity("slow", move |context, input: Value| {
                slow.note(context.step());
                async move {
                    tokio::time::sleep(Duration::from_secs(2)).await;
                    Ok(input)
                }
            })
            .activity("undo", move |_, input: Value| {
                undo.note(format!("undo {input}"));
                async move { Ok(()) }
            })
            .activity("boom", move |context, code: String| {
                boom.note(context.step());
                async move { Err::<Value, _>(ActivityError::fatal(code, "it was to fail")) }
            })
            .activity("hang", move |context, _: Value| {
                let diary = hang.clone();
                diary.note(context.step());
                async move {
                    context.cancelled().await;
                    diary.note(format!("told {}", context.step()));
                    Err::<Value, _>(ActivityError::fatal("stopped", "as told"))
                }
            })
    }
}
