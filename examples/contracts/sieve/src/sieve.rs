//! The contract.

use alloc::vec;
use troupe_contract::prelude::*;

/// Why a call fails.
#[error]
pub enum Error {
    /// More numbers than there is memory for.
    TooMany {
        /// How many may be asked for.
        most: u32,
    },
}

/// One byte a number.
const MOST: u32 = 1_000_000;

/// Nothing is kept.
#[storage]
pub struct Sieve {}

#[contract]
impl Sieve {
    /// Counts the primes below a limit.
    #[public]
    pub fn count(&self, limit: u32) -> Result<u32, Error> {
        if limit > MOST {
            return Err(Error::TooMany { most: MOST });
        }
        let mut composite = vec![false; limit as usize];
        let mut found = 0;
        for number in 2..composite.len() {
            if composite[number] {
                continue;
            }
            found += 1;
            let mut multiple = number.saturating_mul(number);
            while multiple < composite.len() {
                composite[multiple] = true;
                multiple += number;
            }
        }
        Ok(found)
    }
}
