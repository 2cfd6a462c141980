//! Statements that travel together: they are sent at once and answered in order, which costs one round trip for all.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use deadpool_postgres::Object;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::error::Trouble;

/// A parameter of its own.
pub(super) type Param<'a> = Box<dyn ToSql + Sync + Send + 'a>;

/// Parameters in order.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        vec![$(Box::new($value) as $crate::postgres::flight::Param<'_>),*]
    };
}
pub(super) use params;

/// Statements in the order in which they are sent.
#[derive(Default)]
pub(super) struct Flight<'a> {
    calls: Vec<(&'a str, Vec<Param<'a>>)>,
}

impl<'a> Flight<'a> {
    /// Adds a statement. The answer is its place among the answers.
    pub fn add(&mut self, sql: &'a str, params: Vec<Param<'a>>) -> usize {
        self.calls.push((sql, params));
        self.calls.len() - 1
    }

    /// Sends all, and waits for all of their answers. The error is that of the first statement that failed; those
    /// behind it in the same transaction have then failed too.
    ///
    /// Once everything is prepared, all is sent at the first poll: a caller that stops waiting leaves no half.
    pub async fn send(self, client: &Object) -> Result<Vec<Vec<Row>>, Trouble> {
        let mut statements = Vec::with_capacity(self.calls.len());
        for (sql, _) in &self.calls {
            statements.push(client.prepare_cached(sql).await?);
        }
        let params: Vec<Vec<&(dyn ToSql + Sync)>> =
            self.calls.iter().map(|(_, params)| params.iter().map(|param| &**param as _).collect()).collect();
        let queries = statements.iter().zip(&params).map(|(statement, params)| {
            Box::pin(client.query(statement, params)) as Pin<Box<dyn Future<Output = _> + Send + '_>>
        });
        let answers: Result<Vec<_>, tokio_postgres::Error> =
            together(queries.collect()).await.into_iter().collect();
        Ok(answers?)
    }
}

/// Sends one statement.
pub(super) async fn ask(client: &Object, sql: &str, params: Vec<Param<'_>>) -> Result<Vec<Row>, Trouble> {
    let mut flight = Flight::default();
    flight.add(sql, params);
    Ok(flight.send(client).await?.pop().unwrap_or_default())
}

/// Runs all to their ends. They are polled in order, and so sent in order.
async fn together<T: Send>(mut futures: Vec<Pin<Box<dyn Future<Output = T> + Send + '_>>>) -> Vec<T> {
    let mut answers: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        let mut ready = true;
        for (future, answer) in futures.iter_mut().zip(&mut answers).filter(|(_, answer)| answer.is_none()) {
            match future.as_mut().poll(context) {
                Poll::Ready(value) => *answer = Some(value),
                Poll::Pending => ready = false,
            }
        }
        if ready { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    answers.into_iter().flatten().collect()
}

/// A connection inside a transaction. One that is dropped there is closed, which ends the transaction; it is not used
/// again.
pub(super) struct Session(Option<Object>);

impl Session {
    pub fn new(client: Object) -> Self {
        Self(Some(client))
    }

    pub fn client(&self) -> Result<&Object, Trouble> {
        self.0.as_ref().ok_or_else(|| super::closed().into())
    }

    /// The transaction has ended: the connection can be used again.
    pub fn ended(mut self) {
        self.0.take();
    }

    /// Ends the transaction without a trace. What cannot be told so is closed.
    pub async fn roll_back(self) {
        if let Some(client) = &self.0
            && client.batch_execute("ROLLBACK").await.is_ok()
        {
            self.ended();
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            drop(Object::take(client));
        }
    }
}
