//! Several processes on one server, on the server's own clock, of which one after the other is killed while the others go
//! on: they take over what it had.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use flowwright::base::InstanceId;
use flowwright::engine::IfExists;
use flowwright_store::open;
use serde_json::json;

use super::{FILE, FLOW, builder, ends_well, note, schema, short, spawn, tell};

/// How many instances run.
const INSTANCES: usize = 600;

/// How many processes there are at a time.
const PROCESSES: usize = 3;

/// How often one of them is killed.
const KILLS: usize = 12;

/// Not a test of its own: what the test below starts, several times, and kills.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn engine_that_is_one_of_several() {
    let Ok(place) = std::env::var(FILE) else { return };
    let engine = builder(open(&place).unwrap(), false).config(short()).open().await.unwrap();
    engine.deploy(FLOW).await.unwrap();
    // Each begins somewhere else; all begin all.
    let first = std::process::id() as usize * 97;
    for n in (first..first + INSTANCES).map(|n| n % INSTANCES) {
        let instance = loop {
            match engine.start("order", json!({})).key(n.to_string(), IfExists::Return).await {
                Ok(instance) => break instance,
                Err(error) => assert!(error.retryable(), "{error}"),
            }
        };
        tell(&format!("ack {n} {}", instance.id));
    }
    std::future::pending::<()>().await;
}

/// A process, and what it says.
fn begin(place: &str) -> (Child, Receiver<String>) {
    let mut child = spawn("race::engine_that_is_one_of_several", place, 0);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let (said, says) = channel();
    thread::spawn(move || lines.for_each(|line| drop(said.send(line))));
    (child, says)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_are_killed_are_replaced_by_those_that_are_left() {
    let Some(place) = schema("race") else { return };
    let mut processes: Vec<_> = (0..PROCESSES).map(|_| begin(&place)).collect();
    let mut acknowledged = BTreeMap::<String, InstanceId>::new();
    for kill in 0..KILLS {
        let (mut child, says) = std::mem::replace(&mut processes[kill % PROCESSES], begin(&place));
        // It is in the midst of its work.
        let (mut seen, enough) = (0, 1 + kill * 31 % 60);
        while seen < enough {
            seen += usize::from(note(&says.recv().expect("it ended by itself"), &mut acknowledged));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in says {
            note(&line, &mut acknowledged);
        }
    }
    assert!(acknowledged.len() > 100, "only {} starts were acknowledged", acknowledged.len());

    let engine = builder(open(&place).unwrap(), false).config(short()).open().await.unwrap();
    for n in 0..INSTANCES {
        let start = loop {
            match engine.start("order", json!({})).key(n.to_string(), IfExists::Return).await {
                Ok(start) => break start,
                Err(error) => assert!(error.retryable(), "{error}"),
            }
        };
        let known = *acknowledged.entry(n.to_string()).or_insert(start.id);
        assert_eq!(known, start.id, "the acknowledged start of {n} is lost, or there are two");
    }
    for (mut child, _) in processes {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    for id in acknowledged.values() {
        ends_well(&engine, *id).await;
    }
    engine.shutdown(std::time::Duration::from_secs(10)).await.unwrap();
}
