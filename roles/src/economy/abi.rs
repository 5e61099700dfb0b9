//! The contracts' interfaces, and reading what a server says they answered.

use alloy_primitives::B256;
use alloy_sol_types::abi::AbiDecoderConfig;
use alloy_sol_types::{Error, SolCall, SolError, SolEventInterface};
pub(crate) use troupe_staking::call::abi::{DelegateReward, Governance, Restricting, Staking};

/// The longest answer that is read, in bytes: a page of a hundred candidates has less than half of it.
const LONGEST: usize = 512 << 10;
/// What reading it may hold in memory, in bytes.
const MEMORY: usize = 4 * LONGEST;

/// Strict: a contract of ours gives the one encoding, and nothing behind it.
const fn strictly() -> AbiDecoderConfig {
    AbiDecoderConfig::new().strict(true).memory_limit(MEMORY)
}

fn bounded(bytes: &[u8]) -> Result<(), Error> {
    let got = bytes.len();
    if got <= LONGEST {
        return Ok(());
    }
    Err(Error::custom(format!("{got} bytes, allowed are {LONGEST}")))
}

/// What a function returned.
pub(crate) fn returned<C: SolCall>(bytes: &[u8]) -> Result<C::Return, Error> {
    bounded(bytes)?;
    C::abi_decode_returns_with_config(bytes, strictly())
}

/// The error that a call reverted with.
pub(super) fn reverted(bytes: &[u8]) -> Result<Staking::Refused, Error> {
    bounded(bytes)?;
    Staking::Refused::abi_decode_with_config(bytes, strictly())
}

/// An event of a contract.
pub(super) fn event<E: SolEventInterface>(topics: &[B256], data: &[u8]) -> Result<E, Error> {
    bounded(data)?;
    E::decode_raw_log_with_config(topics, data, strictly())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Address, Bytes};
    use proptest::prelude::*;

    fn candidate(id: u64) -> Staking::Candidate {
        let purse = Staking::Purse { free: u128::MAX, restricted: 1 };
        Staking::Candidate {
            id,
            node: B256::repeat_byte(2),
            staker: Address::repeat_byte(3),
            benefit: Address::repeat_byte(4),
            voteKey: Bytes::from(vec![5; 48]),
            vrfKey: B256::repeat_byte(6),
            since: 7,
            version: 1 << 16,
            status: 0,
            own: purse.clone(),
            fresh: purse,
            delegated: 8,
            delegatedFresh: 9,
            delegations: 10,
            share: 11,
            nextShare: 12,
            shareSet: 13,
            delegatorsEarned: 14,
            until: 15,
            description: Staking::Description {
                externalId: "i".repeat(70),
                name: "n".repeat(30),
                website: "w".repeat(140),
                details: "d".repeat(280),
            },
        }
    }

    #[test]
    fn the_longest_page_is_read() {
        let page: Vec<_> = (0..100).map(candidate).collect();
        let bytes = Staking::getCandidatesCall::abi_encode_returns(&page);
        assert!(2 * bytes.len() < LONGEST, "{}", bytes.len());
        let read = returned::<Staking::getCandidatesCall>(&bytes).unwrap();
        assert_eq!((read.len(), read[99].id, read[0].own.free), (100, 99, u128::MAX));
    }

    #[test]
    fn an_answer_that_is_cut_or_longer_is_refused() {
        let bytes = Staking::getCandidateCall::abi_encode_returns(&candidate(1));
        for length in 0..bytes.len() {
            assert!(returned::<Staking::getCandidateCall>(&bytes[..length]).is_err(), "{length}");
        }
        let longer = [&bytes[..], &[0; 32]].concat();
        assert!(returned::<Staking::getCandidateCall>(&longer).is_err());
        assert!(returned::<Staking::getCandidateCall>(&vec![0; LONGEST + 1]).is_err());
    }

    #[test]
    fn a_list_that_says_to_be_huge_takes_no_memory() {
        for length in [u64::MAX, 1 << 40, 1 << 20] {
            let mut bytes = [0u8; 96];
            bytes[31] = 32;
            bytes[56..64].copy_from_slice(&length.to_be_bytes());
            assert!(returned::<Staking::getCandidatesCall>(&bytes).is_err(), "{length}");
            assert!(returned::<Staking::getDelegationsCall>(&bytes).is_err(), "{length}");
            assert!(returned::<Governance::getProposalsCall>(&bytes).is_err(), "{length}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_panics(mut bytes in prop::collection::vec(any::<u8>(), 0..600), small: bool) {
            if small {
                // Small words are offsets and lengths that may fit.
                bytes.chunks_mut(32).for_each(|word| {
                    let end = word.len().saturating_sub(2);
                    word[..end].fill(0);
                });
            }
            let _ = returned::<Staking::getCandidatesCall>(&bytes);
            let _ = returned::<Staking::getValidatorsCall>(&bytes);
            let _ = returned::<Governance::getProposalsCall>(&bytes);
            let _ = returned::<Restricting::getPlanCall>(&bytes);
            let _ = reverted(&bytes);
            let topics = [B256::ZERO; 4];
            let _ = event::<Staking::StakingEvents>(&topics, &bytes);
        }

        #[test]
        fn a_byte_that_is_changed_never_panics(at in 0usize..2_000, byte: u8) {
            let mut bytes = Staking::getCandidateCall::abi_encode_returns(&candidate(1));
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = returned::<Staking::getCandidateCall>(&bytes);
        }
    }
}
