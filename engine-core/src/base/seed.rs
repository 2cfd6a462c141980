//! Everything that looks random, derived from what is recorded.

use uuid::Uuid;

use super::{InstanceId, Timestamp};

/// The source of an instance's derived ids and of its jitter. The same seed and the same arguments give the same
/// value, today and at every replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(u128);

impl Seed {
    /// The seed of an instance: its id.
    pub const fn of(instance: InstanceId) -> Self {
        Self(instance.uuid().as_u128())
    }

    /// The id of the `n`th thing that this instance starts: version 7 in form, so that ids ascend with time.
    pub fn child(self, n: u32, now: Timestamp) -> InstanceId {
        let high = mix((self.0 >> 64) as u64 ^ (u64::from(n) << 1));
        let low = mix(self.0 as u64 ^ high);
        let mut bytes = ((u128::from(high) << 64) | u128::from(low)).to_be_bytes();
        let millis = now.millis().max(0).to_be_bytes();
        bytes[..6].copy_from_slice(&millis[2..]);
        bytes[6] = (bytes[6] & 0x0F) | 0x70;
        bytes[8] = (bytes[8] & 0x3F) | 0x80;
        InstanceId::new(Uuid::from_bytes(bytes))
    }

    /// A fraction in `[0, 1)` for the `attempt`th attempt of an activation.
    pub fn jitter(self, activation: u32, attempt: u32) -> f64 {
        let salted =
            (self.0 as u64) ^ ((self.0 >> 64) as u64) ^ (u64::from(activation) << 32) ^ u64::from(attempt);
        (mix(salted) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
