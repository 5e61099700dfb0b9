//! Which contracts there are, and calling one.

use crate::error::Error;
use crate::{blake2f, bls, bn254, digest, kzg, modexp, recover};
use troupe_types::{Address, Gas};

/// The contracts of a fork of Ethereum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// `0x01` to `0x0a`.
    Cancun,
    /// `0x01` to `0x11`: those of Cancun, and BLS12-381 (EIP-2537).
    Prague,
}

/// What a call gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// What it cost; never more than it had.
    pub gas_used: Gas,
    /// What it returns.
    pub bytes: Vec<u8>,
}

/// One of the contracts: what an input costs, and what it gives.
struct Contract {
    price: fn(&[u8]) -> u64,
    run: fn(&[u8]) -> Result<Vec<u8>, Error>,
}

/// All of them; the first lies at `0x01`.
const CONTRACTS: [Contract; 17] = [
    Contract { price: |_| 3_000, run: recover::run },
    Contract { price: |input| words(input, 60, 12), run: digest::sha256 },
    Contract { price: |input| words(input, 600, 120), run: digest::ripemd160 },
    Contract { price: |input| words(input, 15, 3), run: |input| Ok(input.to_vec()) },
    Contract { price: modexp::price, run: modexp::run },
    // EIP-1108
    Contract { price: |_| 150, run: bn254::add },
    Contract { price: |_| 6_000, run: bn254::multiply },
    Contract { price: bn254::pairing_price, run: bn254::pairing },
    Contract { price: blake2f::price, run: blake2f::run },
    Contract { price: |_| 50_000, run: kzg::run },
    // EIP-2537
    Contract { price: |_| 375, run: bls::add_g1 },
    Contract { price: bls::msm_g1_price, run: bls::msm_g1 },
    Contract { price: |_| 600, run: bls::add_g2 },
    Contract { price: bls::msm_g2_price, run: bls::msm_g2 },
    Contract { price: bls::pairing_price, run: bls::pairing },
    Contract { price: |_| 5_500, run: bls::map_g1 },
    Contract { price: |_| 23_800, run: bls::map_g2 },
];

/// So much, and so much for every word of 32 bytes that was begun.
fn words(input: &[u8], base: u64, each: u64) -> u64 {
    let words = u64::try_from(input.len().div_ceil(32)).unwrap_or(u64::MAX);
    words.saturating_mul(each).saturating_add(base)
}

impl Set {
    const fn len(self) -> u8 {
        match self {
            Self::Cancun => 0x0a,
            Self::Prague => 0x11,
        }
    }

    /// Where the contracts lie, in ascending order. Transactions find these addresses warm (EIP-2929).
    pub fn addresses(self) -> impl Iterator<Item = Address> {
        (1..=self.len()).map(|last| {
            let mut address = Address::default();
            address.0[19] = last;
            address
        })
    }

    /// Whether one of the contracts lies there.
    #[must_use]
    pub fn contains(self, address: &Address) -> bool {
        self.place(address).is_some()
    }

    fn place(self, address: &Address) -> Option<usize> {
        let [zeros @ .., last] = &address.0;
        let is_one = zeros.iter().all(|byte| *byte == 0) && (1..=self.len()).contains(last);
        is_one.then(|| usize::from(*last).saturating_sub(1))
    }

    /// Calls the contract at an address with so much gas; `None` if none of this set lies there.
    ///
    /// A failure costs all of `gas`: no output and no change says so itself.
    #[must_use]
    pub fn run(self, address: &Address, input: &[u8], gas: Gas) -> Option<Result<Output, Error>> {
        let contract = CONTRACTS.get(self.place(address)?)?;
        let want = Gas((contract.price)(input));
        if gas < want {
            return Some(Err(Error::OutOfGas { got: gas, want }));
        }
        Some((contract.run)(input).map(|bytes| Output { gas_used: want, bytes }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_the_contracts_of_its_fork_and_no_others() {
        for (set, count) in [(Set::Cancun, 10), (Set::Prague, 17)] {
            let addresses: Vec<Address> = set.addresses().collect();
            assert_eq!(addresses.len(), count);
            assert!(addresses.is_sorted());
            for address in &addresses {
                assert!(set.contains(address));
                assert!(set.run(address, &[], Gas(1_000_000)).is_some());
            }
            let mut beyond = Address::default();
            assert!(!set.contains(&beyond), "zero is nobody");
            beyond.0[19] = u8::try_from(count + 1).unwrap();
            assert!(!set.contains(&beyond));
            beyond.0 = [1; 20];
            beyond.0[19] = 1;
            assert_eq!(set.run(&beyond, &[], Gas(1_000_000)), None, "only the last byte agrees");
        }
    }

    #[test]
    fn a_word_that_was_begun_is_paid_for() {
        let prices = [0, 1, 32, 33, 64].map(|length| words(&vec![0; length], 60, 12));
        assert_eq!(prices, [60, 72, 72, 84, 84]);
    }
}
