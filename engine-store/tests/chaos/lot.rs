//! Draws numbers: the same seed, the same numbers.

use flowwright::base::{InstanceId, Seed};
use flowwright::store::Uuid;

/// A row of numbers.
pub struct Lot(Seed, u32);

impl Lot {
    pub fn new(seed: u64) -> Self {
        Self(seed_of(&seed.to_string()), 0)
    }

    /// A share of 1.
    pub fn share(&mut self) -> f64 {
        self.1 += 1;
        self.0.jitter(self.1, 0)
    }

    /// A number below the bound.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.share() * bound as f64) as usize
    }
}

/// A seed for each text.
pub fn seed_of(text: &str) -> Seed {
    Seed::of(InstanceId::new(Uuid::from_u128(
        text.bytes().fold(7, |sum, byte| sum * 257 % (1 << 100) + u128::from(byte)),
    )))
}
