//! The contract that knows random words.
//!
//! Of the last [`REMEMBERED`] blocks it has the words in its storage, where the chain writes each before the
//! first transaction of its block. So a word can be proven against a state root, and a light client can call
//! the contract. Nobody else writes there: the contract only reads.
//!
//! It has two call forms, told apart by length alone. PlatON's is a big-endian count of at most 32 bytes and
//! is answered with as many words, one after the other. That of Solidity's ABI is a selector and one argument,
//! 36 bytes:
//!
//! * `word(uint256 height) returns (bytes32)`: the word of one of the last blocks, the block around the call
//!   included.
//! * `words(uint256 count) returns (bytes32[])`: as many words as in PlatON's form.
//!
//! Words of a count are derived from the word of the block around the call: the same for every call in it.

use super::{Native, NativeCall, NativeHost, Refusal};
use alloy_primitives::{Bytes, U256};
use troupe_chain::state::Slot;
use troupe_crypto::hash::keccak256_concat;
use troupe_types::{Address, Hash, Height};

/// Where the contract is.
// PIP-8
pub const RANDOMNESS: Address =
    Address([0x30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01]);

/// Of so many blocks the words are remembered.
pub const REMEMBERED: u64 = 256;

/// The most words of one call.
// PlatON-Go core/vm/contracts.go, vrfMaxNumWords
const MOST: u64 = 500;
/// What a call costs, and each word of its answer: a hash of 80 bytes and its place in memory.
const CALL: u64 = 100;
const WORD: u64 = 60;

/// `word(uint256)`
const WORD_OF: [u8; 4] = [0xa7, 0x7f, 0x38, 0x9c];
/// `words(uint256)`
const WORDS: [u8; 4] = [0x88, 0x4f, 0xc8, 0x38];
/// `UnknownBlock(uint256 height, uint256 first, uint256 last)`
const UNKNOWN_BLOCK: [u8; 4] = [0xa4, 0xe5, 0xa5, 0xd1];
/// `TooManyWords(uint256 count, uint256 most)`
const TOO_MANY: [u8; 4] = [0x4a, 0x90, 0x77, 0x85];
/// `UnknownCall()`
const UNKNOWN_CALL: [u8; 4] = [0x35, 0xc1, 0x69, 0xa5];
/// `NotPayable()`
const NOT_PAYABLE: [u8; 4] = [0x15, 0x74, 0xf9, 0xf3];

/// What the chain writes into the contract's storage at the head of a block: the word in its place of the
/// ring, and the block's height behind the ring.
#[must_use]
pub fn remembered(height: Height, word: Hash) -> [(Slot, U256); 2] {
    let place = height.0 % REMEMBERED;
    [(slot(place), U256::from_be_bytes(word.0)), (slot(REMEMBERED), U256::from(height.0))]
}

/// Where the word of the first block of the view that goes on stands, behind the last height. Elections go by it, and
/// the first block of the next view draws from it.
#[must_use]
pub fn word_of_view() -> Slot {
    slot(REMEMBERED + 1)
}

fn slot(number: u64) -> Slot {
    Hash(U256::from(number).to_be_bytes())
}

/// One of the words that are derived from a block's.
fn derived(word: &Hash, index: u64) -> Hash {
    keccak256_concat(&[b"troupe word", &word.0, &index.to_be_bytes()])
}

/// See the module.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Randomness;

/// What is asked.
enum Question {
    Word(U256),
    Words(U256),
    Plain(U256),
}

impl Question {
    fn read(input: &[u8]) -> Option<Self> {
        if input.len() <= 32 {
            return U256::try_from_be_slice(input).map(Self::Plain);
        }
        let (selector, argument) = input.split_first_chunk::<4>()?;
        let argument = <[u8; 32]>::try_from(argument).ok().map(U256::from_be_bytes)?;
        match *selector {
            WORD_OF => Some(Self::Word(argument)),
            WORDS => Some(Self::Words(argument)),
            _ => None,
        }
    }
}

impl Native for Randomness {
    fn call(&self, host: &mut NativeHost<'_>, call: &NativeCall<'_>) -> Result<Bytes, Refusal> {
        host.charge(CALL)?;
        if !call.value.is_zero() {
            return Err(refused(NOT_PAYABLE, &[]));
        }
        match Question::read(call.input).ok_or_else(|| refused(UNKNOWN_CALL, &[]))? {
            Question::Word(height) => word(host, height).map(|word| word.to_be_bytes_vec().into()),
            Question::Words(count) => {
                let words = words(host, count)?;
                let head = [U256::from(32), count];
                let head = head.iter().flat_map(|word| word.to_be_bytes::<32>());
                Ok(head.chain(words).collect())
            }
            Question::Plain(count) => words(host, count).map(Bytes::from),
        }
    }
}

/// The word of one of the last blocks.
fn word(host: &mut NativeHost<'_>, height: U256) -> Result<U256, Refusal> {
    let last = u64::try_from(host.load(slot(REMEMBERED))?).unwrap_or(u64::MAX);
    // The genesis block has no word that somebody drew.
    let first = last.saturating_sub(REMEMBERED - 1).max(1);
    match u64::try_from(height) {
        Ok(known) if (first..=last).contains(&known) => host.load(slot(known % REMEMBERED)),
        Ok(_) | Err(_) => {
            Err(refused(UNKNOWN_BLOCK, &[height, U256::from(first), U256::from(last)]))
        }
    }
}

/// So many words that are derived from that of the block, one after the other.
fn words(host: &mut NativeHost<'_>, count: U256) -> Result<Vec<u8>, Refusal> {
    let count = u64::try_from(count)
        .ok()
        .filter(|count| *count <= MOST)
        .ok_or_else(|| refused(TOO_MANY, &[count, U256::from(MOST)]))?;
    host.charge(WORD * count)?;
    let word = host.env().randomness;
    Ok((0..count).flat_map(|index| derived(&word, index).0).collect())
}

/// An error as Solidity's contracts have them.
fn refused(selector: [u8; 4], arguments: &[U256]) -> Refusal {
    let arguments = arguments.iter().flat_map(|word| word.to_be_bytes::<32>());
    Refusal::Reverted(selector.into_iter().chain(arguments).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::keccak256;

    #[test]
    fn selectors_are_those_of_the_signatures() {
        let signatures: [(&str, [u8; 4]); 6] = [
            ("word(uint256)", WORD_OF),
            ("words(uint256)", WORDS),
            ("UnknownBlock(uint256,uint256,uint256)", UNKNOWN_BLOCK),
            ("TooManyWords(uint256,uint256)", TOO_MANY),
            ("UnknownCall()", UNKNOWN_CALL),
            ("NotPayable()", NOT_PAYABLE),
        ];
        for (signature, selector) in signatures {
            assert_eq!(keccak256(signature)[..4], selector, "{signature}");
        }
    }

    #[test]
    fn no_input_is_of_both_forms() {
        for length in 0..100 {
            let mut input = vec![0; length];
            for selector in [WORD_OF, WORDS] {
                let named = input.len().min(4);
                input[..named].copy_from_slice(&selector[..named]);
                let is_plain = matches!(Question::read(&input), Some(Question::Plain(_)));
                let is_abi =
                    matches!(Question::read(&input), Some(Question::Word(_) | Question::Words(_)));
                assert_eq!((is_plain, is_abi), (length <= 32, length == 36), "{length}");
            }
        }
    }
}
