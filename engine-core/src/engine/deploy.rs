//! Deploying definitions.

use std::fmt;
use std::sync::Arc;

use super::Engine;
use crate::base::{Error, ErrorKind, Result};
use crate::definition::{Definition, Diagnostic, VersionRef};
use crate::graph::{self, Graph};
use crate::runtime::listed;
use crate::store::DefinitionSummary;

/// What is deployed: a text in YAML or JSON, or a definition that was built.
#[derive(Clone, Debug)]
pub enum Source {
    /// YAML or JSON.
    Text(String),
    /// A definition.
    Definition(Box<Definition>),
}

impl From<&str> for Source {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Source {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Definition> for Source {
    fn from(definition: Definition) -> Self {
        Self::Definition(Box::new(definition))
    }
}

/// A definition that is in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// The flow's key.
    pub flow: String,
    /// Its version. The same document again has the version that it had.
    pub version: u32,
    /// Warnings.
    pub diagnostics: Vec<Diagnostic>,
}

/// What is wrong with a definition, as the source of an [`ErrorKind::InvalidDefinition`]:
/// `error.source().and_then(|source| source.downcast_ref::<Findings>())`.
#[derive(Clone, Debug)]
pub struct Findings(pub Vec<Diagnostic>);

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} findings", self.0.len())
    }
}

impl std::error::Error for Findings {}

impl Engine {
    /// Deploys a definition: from now on [`start`](Self::start) uses it. Instances that run keep the version that they
    /// began with.
    ///
    /// # Errors
    /// `InvalidDefinition` with every finding in the message, and as data in the error's source ([`Findings`]).
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use flowwright::{base::ErrorKind, engine::Engine};
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let engine = Engine::builder(Arc::new(flowwright_store::MemoryStore::new())).open().await?;
    /// let deployed = engine.deploy("flow: pause\nsteps: [{id: wait, type: timer, delay: 1h}]").await?;
    /// assert_eq!((deployed.flow.as_str(), deployed.version), ("pause", 1));
    ///
    /// let error = engine.deploy("flow: pause\nsteps: [{id: wait, type: timer}]").await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::InvalidDefinition);
    /// # Ok::<(), flowwright::base::Error>(()) })?; Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn deploy(&self, source: impl Into<Source>) -> Result<Deployed> {
        let (graph, diagnostics) = compile(source.into())?;
        Ok(Deployed { diagnostics, ..self.deploy_graph(graph).await? })
    }

    /// Deploys what is compiled already.
    ///
    /// # Errors
    /// What the store gives.
    pub async fn deploy_graph(&self, graph: Arc<Graph>) -> Result<Deployed> {
        self.open()?;
        let flow = graph.flow().to_owned();
        let version = self.shared.catalog.deploy(graph).await?;
        Ok(Deployed { flow, version, diagnostics: Vec::new() })
    }

    /// Gives a version of a flow a label, taking it from the version that had it. `start(…).label("stable")` and calls
    /// with `label: stable` then use it.
    ///
    /// # Errors
    /// `NotFound` if there is no such version.
    pub async fn set_label(&self, flow: &str, version: u32, label: &str) -> Result<()> {
        self.open()?;
        self.shared.catalog.set_label(flow, version, label).await
    }

    /// A version of a flow, compiled; the newest if none is said.
    ///
    /// # Errors
    /// `NotFound`; what the store gives.
    pub async fn graph(&self, flow: &str, version: Option<u32>) -> Result<Arc<Graph>> {
        let flow = flow.into();
        let wanted = VersionRef { version, label: None };
        let (version, _) = self.shared.catalog.resolve(&flow, &wanted).await?;
        self.shared.catalog.graph(&flow, version).await
    }

    /// All definitions, by flow and version.
    ///
    /// # Errors
    /// What the store gives.
    pub async fn definitions(&self) -> Result<Vec<DefinitionSummary>> {
        self.shared.store.definitions().await
    }
}

pub(crate) fn compile(source: Source) -> Result<(Arc<Graph>, Vec<Diagnostic>)> {
    match source {
        Source::Text(text) => {
            let loaded = graph::load(&text);
            match loaded.graph {
                Some(graph) => Ok((graph, loaded.diagnostics)),
                None => Err(invalid(loaded.diagnostics)),
            }
        }
        Source::Definition(definition) => match Graph::compile(Arc::new(*definition)) {
            Ok(compiled) => Ok((Arc::new(compiled.graph), compiled.warnings)),
            Err(diagnostics) => Err(invalid(diagnostics)),
        },
    }
}

fn invalid(diagnostics: Vec<Diagnostic>) -> Error {
    Error::new(ErrorKind::InvalidDefinition, format!("the definition has errors:\n{}", listed(&diagnostics)))
        .caused_by(Findings(diagnostics))
}
