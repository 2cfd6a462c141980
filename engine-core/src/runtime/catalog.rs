//! Compiled definitions, read from the store once.

use std::sync::Arc;

use parking_lot::RwLock;

use super::FastMap;
use super::env::Environment;
use crate::base::{Error, ErrorKind, Result, Span, Timestamp};
use crate::definition::{Definition, VersionRef};
use crate::graph::Graph;
use crate::store::{DefinitionRecord, Store};

/// For how long the newest version of a flow is taken to be the newest: another process may deploy.
const FRESH: Span = Span::from_millis(500);

/// Which version is meant by a name, and until when that is believed.
type Believed = (u32, Timestamp);

/// Compiled definitions by flow and version.
type Graphs = FastMap<(Arc<str>, u32), Arc<Graph>>;

/// Versions by flow and label.
type Versions = FastMap<(Arc<str>, Option<Arc<str>>), Believed>;

/// Compiled definitions.
pub(crate) struct Catalog {
    store: Arc<dyn Store>,
    env: Arc<dyn Environment>,
    graphs: RwLock<Graphs>,
    /// By flow and label; no label: the newest.
    versions: RwLock<Versions>,
}

impl Catalog {
    pub fn new(store: Arc<dyn Store>, env: Arc<dyn Environment>) -> Self {
        Self { store, env, graphs: RwLock::default(), versions: RwLock::default() }
    }

    /// Adds a definition. The answer is its version.
    pub async fn deploy(&self, graph: Arc<Graph>) -> Result<u32> {
        let document = graph.definition.to_json().to_string();
        let flow = Arc::clone(&graph.flow);
        let record = DefinitionRecord {
            flow: flow.to_string(),
            version: 0,
            digest: digest(document.as_bytes()),
            document,
            deployed: self.env.now(),
        };
        let version = self.store.put_definition(&record).await?;
        self.graphs.write().insert((Arc::clone(&flow), version), graph);
        self.versions.write().remove(&(flow, None));
        Ok(version)
    }

    /// Gives a version of a flow a label.
    pub async fn set_label(&self, flow: &str, version: u32, label: &str) -> Result<()> {
        self.store.set_label(flow, version, label).await?;
        self.versions.write().remove(&(Arc::from(flow), Some(Arc::from(label))));
        Ok(())
    }

    /// The version that is meant, compiled.
    ///
    /// # Errors
    /// `NotFound` naming the flow and what was asked for.
    pub async fn resolve(&self, flow: &Arc<str>, wanted: &VersionRef) -> Result<(u32, Arc<Graph>)> {
        let version = match wanted.version {
            Some(version) => version,
            None => self.version(flow, wanted.label.as_deref()).await?,
        };
        Ok((version, self.graph(flow, version).await?))
    }

    async fn version(&self, flow: &Arc<str>, label: Option<&str>) -> Result<u32> {
        let name = (Arc::clone(flow), label.map(Arc::from));
        let now = self.env.now();
        if let Some((version, until)) = self.versions.read().get(&name)
            && now < *until
        {
            return Ok(*version);
        }
        let version = match label {
            Some(label) => self.store.labelled(flow, label).await?,
            None => self.newest(flow).await?,
        };
        let version =
            version.ok_or_else(|| unknown(flow, &format!("label `{}`", label.unwrap_or("newest"))))?;
        self.versions.write().insert(name, (version, now + FRESH));
        Ok(version)
    }

    async fn newest(&self, flow: &Arc<str>) -> Result<Option<u32>> {
        let Some(record) = self.store.definition(flow, None).await? else { return Err(undeployed(flow)) };
        let known = self.graphs.read().contains_key(&(Arc::clone(flow), record.version));
        if !known {
            self.compile(flow, &record)?;
        }
        Ok(Some(record.version))
    }

    /// A version, compiled.
    pub async fn graph(&self, flow: &Arc<str>, version: u32) -> Result<Arc<Graph>> {
        if let Some(graph) = self.graphs.read().get(&(Arc::clone(flow), version)) {
            return Ok(Arc::clone(graph));
        }
        let record = self.store.definition(flow, Some(version)).await?;
        self.compile(flow, &record.ok_or_else(|| unknown(flow, &format!("version {version}")))?)
    }

    fn compile(&self, flow: &Arc<str>, record: &DefinitionRecord) -> Result<Arc<Graph>> {
        let corrupt = |what: String| {
            let message =
                format!("version {} of flow `{flow}` in the store cannot be used: {what}", record.version);
            Error::new(ErrorKind::Corrupt, message)
        };
        if digest(record.document.as_bytes()) != record.digest {
            // An instance that went on with other steps than it began with would do wrong things.
            let what =
                "it is not what was deployed; restore it from a backup, and deploy changes as a new version";
            return Err(corrupt(what.to_owned()));
        }
        let document = serde_json::from_str(&record.document).map_err(|error| corrupt(error.to_string()))?;
        let definition = Definition::from_json(&document).map_err(|found| corrupt(listed(&found)))?;
        let compiled = Graph::compile(Arc::new(definition)).map_err(|found| corrupt(listed(&found)))?;
        let mut graphs = self.graphs.write();
        let graph =
            graphs.entry((Arc::clone(flow), record.version)).or_insert_with(|| Arc::new(compiled.graph));
        Ok(Arc::clone(graph))
    }
}

/// Findings, one a line.
pub(crate) fn listed(found: &[crate::definition::Diagnostic]) -> String {
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn undeployed(flow: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no flow `{flow}`: deploy it first"))
}

fn unknown(flow: &str, what: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("flow `{flow}` has no {what}"))
}

/// FNV-1a, 128 bits: says whether a document is the one that was deployed before.
fn digest(bytes: &[u8]) -> String {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let hash = bytes.iter().fold(OFFSET, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME));
    format!("{hash:032x}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_digest_is_fnv_1a() {
        assert_eq!(super::digest(b""), "6c62272e07bb014262b821756295c58d");
        assert_eq!(super::digest(b"foobar"), "343e1662793c64bf6f0d3597ba446f18");
    }
}
