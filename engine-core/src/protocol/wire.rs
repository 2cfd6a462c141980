//! Events, inputs and states as the bytes that a store keeps: JSON.
//!
//! A history row holds the events of one or more decisions, each group with its time:
//! `[[1767225600000,[{"type":"instance_started",…}]],[1767225600004,[…]],"0b4c…"]`. The text behind groups is the hash
//! of the [`Chain`] up to there. Rows of the same instance that wait for the same commit are joined without being read.

use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::{Chain, Event, Recorded};
use crate::base::{Error, ErrorKind, InstanceId, Result, Timestamp};

/// Most rows are not larger, in bytes.
const USUAL_ROW: usize = 320;

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
                self.bytes.reserve(USUAL_ROW);
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

    /// What was written, with the next link of the instance's chain.
    pub fn finish(mut self, chain: &mut Chain) -> Vec<u8> {
        if let Some(groups) = self.bytes.get(1..self.bytes.len().saturating_sub(1)) {
            chain.advance(groups);
            self.bytes.pop();
            self.bytes.extend_from_slice(b",\"");
            self.bytes.extend_from_slice(&chain.digits());
            self.bytes.extend_from_slice(b"\"]");
        }
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
    let elements: Vec<Element> = read("history", instance, first, bytes)?;
    let groups = elements.into_iter().filter_map(|element| match element {
        Element::Group(at, events) => Some((at, events)),
        Element::Link => None,
    });
    let events = groups.flat_map(|(at, events)| events.into_iter().map(move |event| (at, event)));
    Ok(events.zip(first..).map(|((at, event), seq)| Recorded { seq, at, event }).collect())
}

/// Checks the links of a history row, and goes on to its end. False where one is missing or wrong; the chain goes on
/// with what the row says then, so that the next row is judged by itself.
pub fn check_chain(chain: &mut Chain, row: &[u8]) -> bool {
    let Ok(elements) = serde_json::from_slice::<Vec<&RawValue>>(row) else { return false };
    let (mut sound, mut groups) = (true, Vec::new());
    for element in elements.iter().map(|element| element.get()) {
        if !element.starts_with('"') {
            if !groups.is_empty() {
                groups.push(b',');
            }
            groups.extend_from_slice(element.as_bytes());
            continue;
        }
        chain.advance(&groups);
        groups.clear();
        sound &= element.trim_matches('"') == chain.to_string();
    }
    sound &= groups.is_empty() && !elements.is_empty();
    *chain = Chain::of_row(row).unwrap_or(*chain);
    sound
}

/// What a history row is made of.
enum Element {
    Group(Timestamp, Vec<Event>),
    Link,
}

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Elements;

        impl<'de> Visitor<'de> for Elements {
            type Value = Element;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a time with its events, or a hash")
            }

            fn visit_str<E>(self, _: &str) -> std::result::Result<Element, E> {
                Ok(Element::Link)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut group: A) -> std::result::Result<Element, A::Error> {
                let missing = || A::Error::custom("a group has a time and its events");
                let at = group.next_element()?.ok_or_else(missing)?;
                Ok(Element::Group(at, group.next_element()?.ok_or_else(missing)?))
            }
        }

        deserializer.deserialize_any(Elements)
    }
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
        let mut chain = Chain::new(instance());
        let mut bytes = writer.finish(&mut chain);
        let mut later = EventWriter::default();
        later.push(time(3), &[skipped(5)]).unwrap();
        join(&mut bytes, &later.finish(&mut chain));

        let read = read_events(instance(), 11, &bytes).unwrap();

        let expected: Vec<_> = [(11, 1, 1), (12, 1, 2), (13, 1, 3), (14, 2, 4), (15, 3, 5)]
            .map(|(seq, at, step)| Recorded { seq, at: time(at), event: skipped(step) })
            .into();
        assert_eq!(read, expected);
        assert_eq!(Chain::of_row(&bytes), Some(chain));
    }

    #[test]
    fn whatever_is_changed_breaks_the_chain() {
        let (mut chain, mut rows) = (Chain::new(instance()), Vec::new());
        for n in 1..=3 {
            let mut writer = EventWriter::default();
            writer.push(time(n), &[skipped(1), skipped(2)]).unwrap();
            rows.push(writer.finish(&mut chain));
        }
        let sound = |rows: &[&[u8]]| {
            let mut chain = Chain::new(instance());
            rows.iter().map(|row| check_chain(&mut chain, row)).collect::<Vec<_>>()
        };
        let [one, two, three] = [&rows[0][..], &rows[1], &rows[2]];
        assert_eq!(sound(&[one, two, three]), [true, true, true]);
        let mut joined = one.to_vec();
        join(&mut joined, two);
        assert_eq!(sound(&[&joined, three]), [true, true]);
        assert_eq!(sound(&[one, three]), [true, false]);
        assert_eq!(sound(&[two, three]), [false, true]);
        let changed = String::from_utf8_lossy(two).replace("[0,1,0]", "[0,3,0]");
        assert_ne!(changed.as_bytes(), two);
        assert_eq!(sound(&[one, changed.as_bytes(), three]), [true, false, true]);
        let bare = two[..two.len() - 68].iter().copied().chain(*b"]").collect::<Vec<_>>();
        assert_eq!(sound(&[one, &bare]), [true, false]);
        assert_eq!(sound(&[b"nonsense"]), [false]);
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
