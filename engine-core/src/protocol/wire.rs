//! Events, inputs and states as the bytes that a store keeps: JSON.
//!
//! A history row holds the events of one or more decisions, each group with its time:
//! `[[1767225600000,[{"type":"instance_started",…}]],[1767225600004,[…]]]`. Rows of the same instance that wait for the
//! same commit are joined without being read.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Event, Recorded};
use crate::base::{Error, ErrorKind, InstanceId, Result, Timestamp};

/// Writes events as they are decided.
#[derive(Debug, Default)]
pub struct EventWriter {
    bytes: Vec<u8>,
    at: Option<Timestamp>,
}

impl EventWriter {
    /// Appends the events of one decision.
    ///
    /// # Errors
    /// `Internal` where an event cannot be written as JSON.
    pub fn push(&mut self, at: Timestamp, events: &[Event]) -> Result<()> {
        if self.at == Some(at) {
            self.bytes.truncate(self.bytes.len() - "]]]".len());
        } else {
            if self.at.is_none() {
                self.bytes.push(b'[');
            } else {
                self.bytes.pop();
                self.bytes.push(b',');
            }
            self.bytes.push(b'[');
            write(&mut self.bytes, &at)?;
            self.bytes.extend_from_slice(b",[");
        }
        for event in events {
            if self.bytes.last() != Some(&b'[') {
                self.bytes.push(b',');
            }
            write(&mut self.bytes, event)?;
        }
        self.bytes.extend_from_slice(b"]]]");
        self.at = Some(at);
        Ok(())
    }

    /// What was written.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// Appends the events of a later row to those of an earlier one.
pub fn join(earlier: &mut Vec<u8>, later: &[u8]) {
    if earlier.is_empty() {
        earlier.extend_from_slice(later);
    } else if let Some(rest) = later.strip_prefix(b"[") {
        earlier.pop();
        earlier.push(b',');
        earlier.extend_from_slice(rest);
    }
}

/// Reads a history row; `first` is the sequence number of its first event.
///
/// # Errors
/// `Corrupt` naming the instance and the position, where the bytes are no events.
pub fn read_events(instance: InstanceId, first: u64, bytes: &[u8]) -> Result<Vec<Recorded>> {
    let groups: Vec<(Timestamp, Vec<Event>)> = read("history", instance, first, bytes)?;
    let events = groups.into_iter().flat_map(|(at, events)| events.into_iter().map(move |event| (at, event)));
    Ok(events.zip(first..).map(|((at, event), seq)| Recorded { seq, at, event }).collect())
}

/// Writes anything that a store keeps as bytes.
///
/// # Errors
/// `Internal` where the value cannot be written as JSON.
pub fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(256);
    write(&mut bytes, value)?;
    Ok(bytes)
}

/// Reads what [`to_bytes`] wrote. `what` and `position` say in an error what was read.
///
/// # Errors
/// `Corrupt` naming the instance and the position.
pub fn read<T: DeserializeOwned>(what: &str, instance: InstanceId, position: u64, bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| {
        let message = format!(
            "the {what} of instance {instance} at {position} cannot be read; restore it from a backup"
        );
        Error::new(ErrorKind::Corrupt, message)
            .with("instance", instance)
            .with("position", position)
            .caused_by(error)
    })
}

fn write<T: Serialize>(bytes: &mut Vec<u8>, value: &T) -> Result<()> {
    serde_json::to_writer(bytes, value).map_err(|error| {
        Error::new(ErrorKind::Internal, "a record could not be written as JSON; please report it")
            .caused_by(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::At;

    fn skipped(step: u32) -> Event {
        Event::StepSkipped { at: At::new(0, step) }
    }

    fn instance() -> InstanceId {
        InstanceId::new(uuid::Uuid::from_u128(7))
    }

    fn time(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn events_keep_their_order_time_and_number() {
        let mut writer = EventWriter::default();
        writer.push(time(1), &[skipped(1), skipped(2)]).unwrap();
        writer.push(time(1), &[skipped(3)]).unwrap();
        writer.push(time(2), &[skipped(4)]).unwrap();
        let mut bytes = writer.finish();
        let mut later = EventWriter::default();
        later.push(time(3), &[skipped(5)]).unwrap();
        join(&mut bytes, &later.finish());

        let read = read_events(instance(), 11, &bytes).unwrap();

        let expected: Vec<_> = [(11, 1, 1), (12, 1, 2), (13, 1, 3), (14, 2, 4), (15, 3, 5)]
            .map(|(seq, at, step)| Recorded { seq, at: time(at), event: skipped(step) })
            .into();
        assert_eq!(read, expected);
    }

    #[test]
    fn a_broken_row_is_named() {
        let error = read_events(instance(), 42, b"[[1,[{\"type\":\"nonsense\"}]]]").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(
            error.message().contains(&instance().to_string()) && error.message().contains("42"),
            "{error}"
        );
    }
}
