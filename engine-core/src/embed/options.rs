//! What an engine is opened with, as data.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::base::{Result, Span};
use crate::engine::{Config, Directory};
use crate::protocol::CandidateSet;

/// What an engine is opened with. What is not given is as in [`Config`].
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Handlers that are there from the start.
    pub handlers: Vec<String>,
    /// Resources that activities share, and how much of each there is in this process.
    pub pools: BTreeMap<String, u32>,
    /// How many activities of a queue run side by side in this process.
    pub queues: BTreeMap<String, u32>,
    /// Who belongs to which role and group, for tasks that are given to people.
    pub members: Option<Members>,
    /// How many threads the engine has (default: one per core, at most 4).
    pub threads: Option<usize>,
    /// [`Config::shards`].
    pub shards: Option<u32>,
    /// [`Config::want_shards`].
    pub want_shards: Option<u32>,
    /// [`Config::handlers`]: how many run side by side.
    pub concurrency: Option<usize>,
    /// [`Config::window`].
    pub window: Option<usize>,
    /// [`Config::lease`].
    pub lease_ms: Option<u64>,
    /// [`Config::park_after`].
    pub park_after_ms: Option<u64>,
    /// [`Config::poll`].
    pub poll_ms: Option<u64>,
    /// [`Config::remote_timeout`].
    pub remote_timeout_ms: Option<u64>,
    /// [`Config::cancel_grace`].
    pub cancel_grace_ms: Option<u64>,
    /// [`Config::resident`].
    pub resident: Option<usize>,
    /// [`Config::calls`].
    pub calls: Option<usize>,
    /// [`Config::payload`].
    pub payload: Option<usize>,
}

impl Options {
    pub(super) fn config(&self) -> Config {
        let config = Config::default();
        let span = |given: Option<u64>, usual: Span| given.map_or(usual, Span::from_millis);
        Config {
            shards: self.shards.unwrap_or(config.shards),
            want_shards: self.want_shards.or(config.want_shards),
            handlers: self.concurrency.unwrap_or(config.handlers),
            window: self.window.unwrap_or(config.window),
            lease: span(self.lease_ms, config.lease),
            park_after: span(self.park_after_ms, config.park_after),
            poll: span(self.poll_ms, config.poll),
            remote_timeout: span(self.remote_timeout_ms, config.remote_timeout),
            cancel_grace: span(self.cancel_grace_ms, config.cancel_grace),
            resident: self.resident.unwrap_or(config.resident),
            calls: self.calls.unwrap_or(config.calls),
            payload: self.payload.unwrap_or(config.payload),
            ..config
        }
    }

    pub(super) fn threads(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        self.threads.unwrap_or_else(|| cores.clamp(1, 4)).max(1)
    }
}

/// Who belongs to which role and group.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Members {
    /// The people of each role.
    pub roles: BTreeMap<String, Vec<String>>,
    /// The people of each group.
    pub groups: BTreeMap<String, Vec<String>>,
}

#[async_trait]
impl Directory for Members {
    async fn members(&self, candidates: &CandidateSet) -> Result<Vec<String>> {
        let of = |names: &[String], lists: &BTreeMap<String, Vec<String>>| {
            names.iter().filter_map(|name| lists.get(name)).flatten().cloned().collect::<Vec<_>>()
        };
        let all = [
            of(&candidates.roles, &self.roles),
            of(&candidates.groups, &self.groups),
            candidates.users.clone(),
        ];
        Ok(all.into_iter().flatten().collect::<BTreeSet<_>>().into_iter().collect())
    }
}
