//! A server that fails under an engine: sessions that are ended, and a server that crashes and comes back. The engine
//! goes on by itself, and nothing that was acknowledged is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use flowwright::base::InstanceId;
use flowwright::engine::{Engine, IfExists};
use flowwright_store::open;
use serde_json::json;
use testing_postgres::{Durability, Server};
use tokio_postgres::NoTls;

use super::{FLOW, builder, ends_well, short};

/// Starts instances until it is told to stop; what was acknowledged is the answer.
async fn load(engine: Engine, part: u64, started: Arc<AtomicU64>, stop: Arc<AtomicBool>) -> Vec<InstanceId> {
    let mut acknowledged = Vec::new();
    for n in 0.. {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        match engine.start("order", json!({})).key(format!("{part}-{n}"), IfExists::Return).await {
            Ok(instance) => {
                acknowledged.push(instance.id);
                started.fetch_add(1, Ordering::SeqCst);
            }
            Err(error) => assert!(error.retryable(), "{error}"),
        }
        // Not more than what can end, however fast it goes.
        tokio::time::sleep(Duration::from_millis(4)).await;
    }
    acknowledged
}

/// Waits until more was started than before.
async fn goes_on(started: &AtomicU64) {
    let enough = started.load(Ordering::SeqCst) + 40;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    while started.load(Ordering::SeqCst) < enough {
        assert!(tokio::time::Instant::now() < deadline, "the engine does not go on");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn survives(server: &mut Server, times: u32, fail: impl AsyncFn(&mut Server)) {
    let engine = builder(open(&server.url()).unwrap(), false).config(short()).open().await.unwrap();
    engine.deploy(FLOW).await.unwrap();
    let (started, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let loads: Vec<_> = (0..4)
        .map(|part| tokio::spawn(load(engine.clone(), part, Arc::clone(&started), Arc::clone(&stop))))
        .collect();
    for _ in 0..times {
        goes_on(&started).await;
        fail(server).await;
    }
    goes_on(&started).await;
    stop.store(true, Ordering::SeqCst);
    let mut acknowledged = Vec::new();
    for load in loads {
        acknowledged.extend(load.await.unwrap());
    }
    for id in &acknowledged {
        if tokio::time::timeout(Duration::from_secs(60), ends_well(&engine, *id)).await.is_err() {
            let why = engine.explain(*id).await.map(|why| why.to_string());
            panic!("{id} does not end: {why:?}");
        }
    }
    engine.shutdown(Duration::from_secs(10)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_the_server_ends_lose_nothing() {
    let Some(mut server) = Server::start_or_skip(Durability::None) else { return };
    survives(&mut server, 8, async |server| {
        let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        let end =
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'flowwright'";
        assert!(!client.query(end, &[]).await.unwrap().is_empty());
        drop(client);
        connection.await.unwrap().unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_crashes_loses_nothing_that_was_acknowledged() {
    let Some(mut server) = Server::start_or_skip(Durability::Full) else { return };
    survives(&mut server, 3, async |server| {
        tokio::task::block_in_place(|| {
            server.crash().unwrap();
            server.resume().unwrap();
        });
    })
    .await;
}
