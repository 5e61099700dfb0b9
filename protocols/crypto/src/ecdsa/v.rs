//! The `v` of a transaction: a parity, and since EIP-155 the chain it is for.

use super::Parity;
use crate::Error;

/// The number of a chain, which its transactions sign so that they mean nothing on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainId(u64);

/// What the `v` of a legacy transaction says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum V {
    /// 27 or 28: valid on every chain that lets it in.
    AnyChain(Parity),
    /// 35 or 36 plus twice the chain's id: valid there only.
    OneChain(Parity, ChainId),
}

impl ChainId {
    /// The largest id whose `v` is a 64-bit number.
    pub const MAX: Self = Self((u64::MAX - 36) / 2);

    /// Takes an id between 1 and [`ChainId::MAX`].
    pub const fn new(id: u64) -> Result<Self, Error> {
        if id == 0 || id > Self::MAX.0 {
            return Err(Error::ChainId { got: id, limit: Self::MAX.0 });
        }
        Ok(Self(id))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl core::fmt::Display for ChainId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

impl V {
    /// Reads a `v`; 0 to 26, 29 to 36 and what exceeds the largest chain id are refused.
    // EIP-155. 35 and 36 would be chain 0, which is no chain.
    pub fn read(v: u64) -> Result<Self, Error> {
        match v {
            27 => Ok(Self::AnyChain(Parity::Even)),
            28 => Ok(Self::AnyChain(Parity::Odd)),
            37.. => {
                let parity = if v % 2 == 1 { Parity::Even } else { Parity::Odd };
                Ok(Self::OneChain(parity, ChainId::new((v - 35) / 2)?))
            }
            got => Err(Error::V { got }),
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        match self {
            Self::AnyChain(parity) => 27 + parity.bit() as u64,
            Self::OneChain(parity, chain) => 35 + 2 * chain.0 + parity.bit() as u64,
        }
    }

    /// The parity of `y`.
    #[must_use]
    pub const fn parity(self) -> Parity {
        match self {
            Self::AnyChain(parity) | Self::OneChain(parity, _) => parity,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_v_that_is_read_is_written_the_same(v in prop_oneof![0u64..300, any::<u64>()]) {
            if let Ok(read) = V::read(v) {
                prop_assert_eq!(read.get(), v);
            }
        }

        #[test]
        fn every_chain_and_parity_round_trips(id in 1..=ChainId::MAX.0, odd in any::<bool>()) {
            let parity = if odd { Parity::Odd } else { Parity::Even };
            let v = V::OneChain(parity, ChainId::new(id).unwrap());
            prop_assert_eq!(V::read(v.get()), Ok(v));
            prop_assert_eq!(v.parity(), parity);
        }
    }

    #[test]
    fn only_what_names_a_parity_or_a_parity_and_a_chain_is_read() {
        for got in (0..27).chain(29..37) {
            assert_eq!(V::read(got), Err(Error::V { got }));
        }
        assert_eq!(V::read(28), Ok(V::AnyChain(Parity::Odd)));
        assert_eq!(V::read(38), Ok(V::OneChain(Parity::Odd, ChainId(1))));
        let largest = V::OneChain(Parity::Odd, ChainId::MAX);
        assert_eq!(V::read(u64::MAX - 1), Ok(largest));
        let beyond = Error::ChainId { got: ChainId::MAX.0 + 1, limit: ChainId::MAX.0 };
        assert_eq!(V::read(u64::MAX), Err(beyond));
    }

    #[test]
    fn chain_zero_and_chains_without_a_v_are_refused() {
        assert_eq!(
            ChainId::new(0).unwrap_err().to_string(),
            "chain id 0 is not between 1 and 9223372036854775789"
        );
        assert!(ChainId::new(ChainId::MAX.0 + 1).is_err());
    }
}
