//! The driver: it carries inputs to instances, makes what the machine decides durable, and does what follows.
//!
//! ```text
//!   calls ──▶ worker ──▶ committer ──▶ store
//!   results ▶ (decide)      │ durable
//!      ▲                    ▼
//!      └── invoker ◀── effects: run handlers, answer, deliver
//! ```
//!
//! * Instances belong to shards, shards to processes (`lease`), and in a process to workers (`worker`): one writer per
//!   instance, no locks around its state.
//! * Everything that waits is written in one batch (`committer`); nothing happens outside before it is durable
//!   (`settle`). Deciding goes on meanwhile, on the state in memory. Where a commit is rejected, that state is dropped and
//!   read again.
//! * Handlers run in `invoke`, as many as its window allows.
//! * What goes from instance to instance goes through the store's inbox (`mail`, `inbox`), in the commit of the sender,
//!   and is consumed in the commit of the receiver. Calls to another process's instances take the same way (`remote`),
//!   and work for handlers that only other processes have (`offer`).
//! * What is idle leaves memory (`park`) and comes back when it is due or asked for (`wake`, `recover`).
//! * Time and ids come through one door (`env`).

mod calls;
mod catalog;
mod committer;
mod config;
mod draft;
mod effects;
mod env;
mod handover;
mod inbox;
mod invoke;
mod lease;
mod lend;
mod limit;
mod mail;
mod mailbox;
mod news;
mod offer;
mod park;
mod recover;
mod remote;
mod route;
mod routing;
mod settle;
mod shard;
mod slot;
mod timer;
mod wake;
mod worker;

pub use config::Config;
pub use env::{Environment, SystemEnvironment, VirtualEnvironment};
pub use invoke::{ActivityContext, Handler, HandlerFuture};
pub use route::Directory;

pub(crate) use catalog::listed;
pub(crate) use draft::{summary, task_row};
pub(crate) use invoke::{RawHandler, TypedHandler};
pub(crate) use limit::too_large;
pub(crate) use mail::{Answer, Letter};
pub(crate) use mailbox::{Ask, Call, Message, Reply, Waiting, Watched, gone};
pub(crate) use news::Follower;
pub(crate) use recover::fold;

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::{Semaphore, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::catalog::Catalog;
use self::committer::Committer;
use self::invoke::Invoker;
use self::lease::LeaseKeeper;
use self::mailbox::Mailboxes;
use self::offer::Offers;
use self::remote::Remote;
use self::route::Router;
use self::shard::ShardTable;
use self::worker::Worker;
use crate::base::{Result, Span};
use crate::store::{OwnerId, Store};

/// A map by ids and names of our own, which need no hash that withstands an attacker.
pub(crate) type FastMap<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// What a runtime is made of.
pub(crate) struct Parts {
    pub store: Arc<dyn Store>,
    pub env: Arc<dyn Environment>,
    pub config: Config,
    pub handlers: HashMap<Arc<str>, Arc<dyn Handler>>,
    pub pools: BTreeMap<String, u32>,
    pub queues: BTreeMap<String, u32>,
    pub directory: Option<Arc<dyn Directory>>,
}

/// A running runtime: what all its tasks share.
pub(crate) struct Shared {
    pub store: Arc<dyn Store>,
    pub env: Arc<dyn Environment>,
    pub config: Config,
    pub catalog: Catalog,
    pub shards: ShardTable,
    pub mailboxes: Mailboxes,
    pub committer: Arc<Committer>,
    pub invoker: Arc<Invoker>,
    pub leases: Arc<LeaseKeeper>,
    pub router: Router,
    pub remote: Remote,
    pub offers: Offers,
    /// How many callers wait.
    pub calls: Arc<AtomicUsize>,
    loads: Semaphore,
    closing: AtomicBool,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Shared {
    /// Starts a runtime: claims shards, and works.
    ///
    /// # Errors
    /// `InvalidArgument` for a configuration that cannot work; what the store gives.
    pub async fn open(parts: Parts) -> Result<Arc<Self>> {
        let Parts { store, env, config, handlers, pools, queues, directory } = parts;
        config.check()?;
        let (mailboxes, receivers) = Mailboxes::new(config.workers, config.shards);
        let shared = Arc::new(Self {
            catalog: Catalog::new(Arc::clone(&store), Arc::clone(&env)),
            shards: ShardTable::new(config.shards),
            committer: Committer::new(),
            invoker: Invoker::new(&config, handlers, &pools, &queues, mailboxes.clone()),
            leases: Arc::new(LeaseKeeper::new(OwnerId(env.new_id()))),
            router: Router::new(directory),
            remote: Remote::default(),
            offers: Offers::default(),
            calls: Arc::default(),
            loads: Semaphore::new(config.loads),
            closing: AtomicBool::new(false),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            store,
            env,
            config,
            mailboxes,
        });
        shared.leases.claim(&shared).await?;
        for (index, mailbox) in receivers.into_iter().enumerate() {
            let worker = Worker::new(index, Arc::clone(&shared));
            shared.tasks.spawn(worker.run(mailbox, shared.stop.clone()));
        }
        let (store, most) = (Arc::clone(&shared.store), shared.config.batch);
        let committer = Arc::clone(&shared.committer);
        shared.spawn(committer.run(store, shared.mailboxes.clone(), most, shared.config.shards));
        shared.spawn(Arc::clone(&shared.leases).run(Arc::clone(&shared)));
        shared.spawn(Remote::run(Arc::clone(&shared)));
        shared.spawn(Offers::run(Arc::clone(&shared)));
        shared.spawn(listen(Arc::clone(&shared)));
        Ok(shared)
    }

    /// Runs something aside, until it is done or the runtime stops.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            stop.run_until_cancelled(work).await;
        });
    }

    /// Has the inboxes of those shards looked at that this process owns.
    pub fn poke(&self, shards: &[u32]) {
        let mut workers: Vec<usize> = shards
            .iter()
            .filter(|shard| self.shards.fence(**shard).is_some())
            .map(|shard| self.mailboxes.worker_of(*shard))
            .collect();
        workers.sort_unstable();
        workers.dedup();
        workers.into_iter().for_each(|worker| self.mailboxes.send(worker, Message::Poke));
    }

    /// Whether no more calls are taken.
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Stops at once. What is not durable is as if it had not happened.
    pub fn stop(&self) {
        self.closing.store(true, Ordering::Release);
        self.invoker.close();
        self.stop.cancel();
    }

    /// Takes no more calls, lets handlers finish for as long as `grace`, writes everything and gives the shards back.
    ///
    /// # Errors
    /// What the store gives when the leases are released; everything has stopped then all the same.
    pub async fn shut_down(&self, grace: Span) -> Result<()> {
        if self.closing.swap(true, Ordering::AcqRel) {
            self.tasks.close();
            self.tasks.wait().await;
            return Ok(());
        }
        self.invoker.close();
        if tokio::time::timeout(grace.to_std(), self.invoker.idle()).await.is_err() {
            self.invoker.cancel_all();
            let _ = tokio::time::timeout(grace.to_std() / 4, self.invoker.idle()).await;
        }
        let left: Vec<oneshot::Receiver<()>> = (0..self.mailboxes.len())
            .map(|worker| {
                let (left, done) = oneshot::channel();
                self.mailboxes.send(worker, Message::Leave { left });
                done
            })
            .collect();
        for done in left {
            let _ = tokio::time::timeout(self.config.lease.to_std(), done).await;
        }
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        let held = [self.shards.owned(), self.leases.leaving()].concat();
        self.store.release(self.leases.owner, &held).await
    }
}

/// Looks again whenever another process may have written.
async fn listen(shared: Arc<Shared>) {
    loop {
        shared.store.changed().await;
        shared.mailboxes.broadcast(|| Message::Poke);
        shared.committer.touch();
        shared.leases.look.notify_one();
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}
