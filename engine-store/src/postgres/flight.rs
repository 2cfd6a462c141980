//! Statements that travel together: they are sent at once and answered in order, which costs one round trip for all.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::error::Trouble;
use super::link::Link;
use super::param::Param;

/// Statements in the order in which they are sent.
#[derive(Default)]
pub(super) struct Flight<'a> {
    calls: Vec<(&'a str, Vec<Param<'a>>)>,
    begins: bool,
    ends: bool,
}

impl<'a> Flight<'a> {
    /// Statements that begin a transaction.
    pub fn begin(how: &'a str) -> Self {
        Self { calls: vec![(how, Vec::new())], begins: true, ends: false }
    }

    /// A transaction that sees one moment, and changes nothing.
    pub fn of_one_moment() -> Self {
        Self::begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    }

    /// Adds a statement. The answer is its place among the answers.
    pub fn add(&mut self, sql: &'a str, params: Vec<Param<'a>>) -> usize {
        self.calls.push((sql, params));
        self.calls.len() - 1
    }

    /// Ends the transaction with the last of the statements.
    pub fn commit(&mut self) {
        self.add("COMMIT", Vec::new());
        self.ends = true;
    }

    /// Sends all, and waits for all of their answers. The error is that of the first statement that failed; those
    /// behind it in the same transaction have then failed too.
    ///
    /// Once everything is prepared, all is sent at the first poll: a caller that stops waiting leaves no half.
    pub async fn send(self, link: &Link) -> Result<Vec<Vec<Row>>, Trouble> {
        let Some(set_up) = link.set_up() else {
            return self.send_prepared(link).await;
        };
        let Self { calls, begins, ends } = self;
        // They now live no longer than the connection's own words.
        let mut calls: Vec<(&str, Vec<Param<'_>>)> = calls;
        let alone = !begins && !link.is_inside();
        if begins {
            calls.insert(1, (set_up, Vec::new()));
        } else if alone {
            calls.splice(0..0, [("BEGIN", Vec::new()), (set_up, Vec::new())]);
            calls.push(("COMMIT", Vec::new()));
        }
        let mut answers = send_unprepared(link, &calls).await?;
        if begins || ends {
            link.inside(!ends);
        }
        if begins {
            answers.remove(1);
        } else if alone {
            answers.drain(..2);
            answers.pop();
        }
        Ok(answers)
    }

    async fn send_prepared(self, link: &Link) -> Result<Vec<Vec<Row>>, Trouble> {
        let client = link.client();
        let mut statements = Vec::with_capacity(self.calls.len());
        for (sql, _) in &self.calls {
            statements.push(client.prepare_cached(sql).await?);
        }
        let params: Vec<Vec<&(dyn ToSql + Sync)>> =
            self.calls.iter().map(|(_, params)| params.iter().map(|param| &**param as _).collect()).collect();
        let queries = statements.iter().zip(&params).map(|(statement, params)| {
            Box::pin(client.query(statement, params)) as Pin<Box<dyn Future<Output = _> + Send + '_>>
        });
        together(queries.collect()).await
    }
}

/// Each statement is parsed when it is run: nothing of it stays on the connection.
async fn send_unprepared(link: &Link, calls: &[(&str, Vec<Param<'_>>)]) -> Result<Vec<Vec<Row>>, Trouble> {
    let client = link.client();
    let params: Vec<Vec<(&(dyn ToSql + Sync), Type)>> = calls
        .iter()
        .map(|(_, params)| params.iter().map(|param| (&**param as _, param.sql_type())).collect())
        .collect();
    let queries = calls.iter().zip(&params).map(|((sql, _), params)| {
        Box::pin(client.query_typed(sql, params)) as Pin<Box<dyn Future<Output = _> + Send + '_>>
    });
    together(queries.collect()).await
}

/// Sends one statement.
pub(super) async fn ask(link: &Link, sql: &str, params: Vec<Param<'_>>) -> Result<Vec<Row>, Trouble> {
    let mut flight = Flight::default();
    flight.add(sql, params);
    Ok(flight.send(link).await?.pop().unwrap_or_default())
}

type Asked<'a, T> = Pin<Box<dyn Future<Output = Result<T, tokio_postgres::Error>> + Send + 'a>>;

/// Runs all to their ends. They are polled in order, and so sent in order.
async fn together<T: Send>(mut futures: Vec<Asked<'_, T>>) -> Result<Vec<T>, Trouble> {
    let mut answers: Vec<Option<Result<T, _>>> = futures.iter().map(|_| None).collect();
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
    Ok(answers.into_iter().flatten().collect::<Result<_, _>>()?)
}
