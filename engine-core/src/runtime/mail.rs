//! What goes through a store's inbox: inputs for instances that another process, or another worker, owns.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::base::{Error, ErrorKind, InstanceId, Payload, Result};
use crate::definition::VersionRef;
use crate::protocol::{ChildOutcome, Command, Input, Operator, ParentRef, RunActivity, Start, Work, wire};
use crate::store::{Delivery, OwnerId};

/// The pseudo shard whose inbox holds the answers to calls that another process decided. No instance belongs to it;
/// every process looks there for the answers it waits for.
pub(crate) const ANSWERS: u32 = 0x4000_0000;

/// One item of an inbox.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Mail {
    /// The call that waits for an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Uuid>,
    #[serde(flatten)]
    pub letter: Letter,
}

/// What the instance is asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub(crate) enum Letter {
    /// Decide this.
    Input { input: Input },
    /// Begin, at a call from outside.
    Start { flow: Arc<str>, start: Box<Start> },
    /// Do this work, for the process that has the instance.
    Work { to: OwnerId, run: Box<RunActivity> },
    /// This work is not wanted any more.
    Withdraw { to: OwnerId, work: Work },
    /// Begin, at the call of another instance. The owner resolves the version.
    Child {
        flow: Arc<str>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        input: Payload,
        parent: ParentRef,
    },
}

impl Mail {
    /// A letter that nobody waits for the answer to.
    pub fn new(letter: Letter) -> Self {
        Self { call: None, letter }
    }

    /// Addresses the mail. A second one with the same `dedup` is void while the first is in the inbox.
    pub fn to(&self, instance: InstanceId, shards: u32, dedup: Option<String>) -> Result<Delivery> {
        self.to_shard(instance, instance.shard(shards), dedup)
    }

    /// Addresses mail about an instance that another shard's inbox takes.
    pub fn to_shard(&self, instance: InstanceId, shard: u32, dedup: Option<String>) -> Result<Delivery> {
        Ok(Delivery { instance, shard, dedup, input: wire::to_bytes(self)? })
    }

    /// Reads an inbox item.
    ///
    /// # Errors
    /// `Corrupt` naming the instance and the item.
    pub fn read(instance: InstanceId, item: u64, bytes: &[u8]) -> Result<Self> {
        wire::read("inbox item", instance, item, bytes)
    }
}

/// The mail that a command asks for, if it is one that goes to another instance.
pub(crate) fn of_command(command: &Command, sender: InstanceId, shards: u32) -> Option<Result<Delivery>> {
    match command {
        Command::StartChild { child, flow, version: VersionRef { version, label }, input, parent } => {
            let letter = Letter::Child {
                flow: Arc::clone(flow),
                version: *version,
                label: label.clone(),
                input: input.clone(),
                parent: parent.clone(),
            };
            Some(Mail::new(letter).to(*child, shards, Some("start".to_owned())))
        }
        Command::AbortChild { child } => {
            let operator = Operator::new(format!("instance {sender}"), "the call was cancelled");
            let input = Input::Abort { operator, compensate: false, force: false };
            Some(Mail::new(Letter::Input { input }).to(*child, shards, Some("abort".to_owned())))
        }
        Command::TellParent { parent, outcome } => Some(tell_parent(sender, parent, outcome.clone(), shards)),
        _ => None,
    }
}

/// The mail that tells a caller how its child ended.
pub(crate) fn tell_parent(
    child: InstanceId,
    parent: &ParentRef,
    outcome: ChildOutcome,
    shards: u32,
) -> Result<Delivery> {
    let input = Input::ChildClosed { child, at: parent.at, outcome };
    Mail::new(Letter::Input { input }).to(parent.instance, shards, Some(format!("closed:{child}")))
}

/// What became of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// For a start: the instance that was there already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub existing: Option<InstanceId>,
}

/// An answer on its way to another process.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AnswerMail {
    Done(Answer),
    Refused(ErrorKind, String),
}

/// Addresses the answer to a call of another process.
pub(crate) fn answer_mail(call: Uuid, answer: &Result<Answer>) -> Result<Delivery> {
    let mail = match answer {
        Ok(answer) => AnswerMail::Done(*answer),
        Err(error) => AnswerMail::Refused(error.kind(), error.message().to_owned()),
    };
    Ok(Delivery {
        instance: InstanceId::new(call),
        shard: ANSWERS,
        dedup: None,
        input: wire::to_bytes(&mail)?,
    })
}

/// Reads the answer to a call.
pub(crate) fn read_answer(call: Uuid, item: u64, bytes: &[u8]) -> Result<Answer> {
    match wire::read("answer", InstanceId::new(call), item, bytes)? {
        AnswerMail::Done(answer) => Ok(answer),
        AnswerMail::Refused(kind, message) => Err(Error::new(kind, message)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_and_answers_come_back_as_they_were_sent() {
        let (id, call) = (InstanceId::new(Uuid::from_u128(5)), Uuid::from_u128(9));
        let mail = Mail { call: Some(call), letter: Letter::Input { input: Input::TimersDue } };
        let sent = mail.to(id, 16, None).unwrap();
        let read = Mail::read(id, 1, &sent.input).unwrap();
        assert_eq!(read.call, Some(call));
        assert!(matches!(read.letter, Letter::Input { input: Input::TimersDue }));

        let refused = answer_mail(call, &Err(Error::new(ErrorKind::Conflict, "taken"))).unwrap();
        assert_eq!(refused.shard, ANSWERS);
        assert_eq!(read_answer(call, 1, &refused.input).unwrap_err().kind(), ErrorKind::Conflict);
    }
}
