//! A program in another language, as small as can be.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use flowwright::embed::{Delivery, Host, Job, Options, Problem};
use flowwright_store::MemoryStore;
use serde_json::{Value, json};

use crate::contract;

/// A program in another language, as small as can be.
pub(crate) struct Program {
    pub host: Host,
    woken: Receiver<()>,
    last: u64,
    asked: HashMap<u64, String>,
    jobs: Vec<Job>,
    pub cancelled: Vec<u64>,
    pub answers: Vec<(u64, Result<Value, Box<Problem>>)>,
}

impl Program {
    pub fn open(options: Options) -> Self {
        let (wake, woken) = channel();
        let store = || Ok(Arc::new(MemoryStore::new()) as _);
        let host = Host::open(store, options, move || {
            let _gone = wake.send(());
        })
        .unwrap();
        let (asked, jobs, cancelled, answers) = Default::default();
        Self { host, woken, last: 0, asked, jobs, cancelled, answers }
    }

    /// Sends a request, as text.
    pub fn send(&mut self, request: Value) -> u64 {
        self.last += 1;
        contract::said("Request", &request);
        self.asked.insert(self.last, request.as_object().unwrap().keys().next().unwrap().clone());
        self.host.send(&json!([{"call": [self.last, request]}]).to_string()).unwrap();
        self.last
    }

    /// Goes on until something is there.
    pub fn until<T>(&mut self, mut found: impl FnMut(&mut Self) -> Option<T>) -> T {
        loop {
            if let Some(found) = found(self) {
                return found;
            }
            self.woken.recv_timeout(Duration::from_secs(60)).expect("nothing more comes");
            for delivery in self.host.drain(64) {
                self.compare(&delivery);
                match delivery {
                    Delivery::Answer(call, answer) => self.answers.push((call, answer)),
                    Delivery::Job(job) => self.jobs.push(*job),
                    Delivery::Cancel(job) => self.cancelled.push(job),
                }
            }
        }
    }

    /// Whatever comes has the form that is published for it.
    fn compare(&self, delivery: &Delivery) {
        match (delivery, serde_json::to_value(delivery).unwrap()) {
            (Delivery::Answer(call, Ok(_)), told) => {
                if let Some(request) = self.asked.get(call) {
                    contract::answer(request, &told["answer"][1]);
                }
            }
            (Delivery::Answer(_, Err(_)), told) => contract::told("Problem", &told["error"][1]),
            (Delivery::Job(_), told) => contract::told("Job", &told["job"]),
            (Delivery::Cancel(_), _) => {}
        }
    }

    pub fn answer(&mut self, call: u64) -> Result<Value, Box<Problem>> {
        self.until(|program| {
            let place = program.answers.iter().position(|(one, _)| *one == call)?;
            Some(program.answers.remove(place).1)
        })
    }

    pub fn ask(&mut self, request: Value) -> Result<Value, Box<Problem>> {
        let call = self.send(request);
        self.answer(call)
    }

    /// The kinds of requests that were made.
    pub fn requests(&self) -> BTreeSet<String> {
        self.asked.values().cloned().collect()
    }

    pub fn job(&mut self) -> Job {
        self.until(|program| (!program.jobs.is_empty()).then(|| program.jobs.remove(0)))
    }

    pub fn start(&mut self, flow: &str) -> Value {
        self.ask(json!({"deploy": {"source": flow}})).unwrap();
        let key = flow.split_whitespace().nth(1).unwrap();
        self.ask(json!({"start": {"flow": key, "input": {"n": 2}}})).unwrap()["id"].clone()
    }
}
