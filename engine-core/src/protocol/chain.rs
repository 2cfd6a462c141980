//! The hash chain of a history: each row ends with a hash over itself and the hash before it, so that nobody can change,
//! take out or put in what has happened without its being found.
//!
//! BLAKE3 (<https://github.com/BLAKE3-team/BLAKE3-specs>), 32 bytes: the first hash is that of the instance's id, each
//! further one that of the hash before it followed by the bytes of the groups that it covers.

use std::fmt::{self, Write};

use crate::base::InstanceId;

/// The newest hash of an instance's history.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Chain(blake3::Hash);

/// How long a hash is, in hexadecimal digits.
const DIGITS: usize = 64;

const HEX: &[u8; 16] = b"0123456789abcdef";

impl Chain {
    /// The chain of an instance to which nothing has happened.
    pub fn new(instance: InstanceId) -> Self {
        Self(blake3::hash(instance.uuid().as_bytes()))
    }

    /// Goes on to the next link.
    pub fn advance(&mut self, bytes: &[u8]) {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.0.as_bytes()).update(bytes);
        self.0 = hasher.finalize();
    }

    /// 64 hexadecimal digits.
    pub(super) fn digits(self) -> [u8; DIGITS] {
        let mut digits = [0; DIGITS];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0.as_bytes()) {
            pair[0] = HEX[usize::from(byte >> 4)];
            pair[1] = HEX[usize::from(byte & 15)];
        }
        digits
    }

    /// The hash that a history row ends with; none if it ends with none.
    pub fn of_row(row: &[u8]) -> Option<Self> {
        let digits = row.strip_suffix(b"\"]")?.last_chunk::<DIGITS>()?;
        blake3::Hash::from_hex(digits).ok().map(Self)
    }
}

/// 64 hexadecimal digits.
impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.digits().iter().try_for_each(|digit| f.write_char(char::from(*digit)))
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
