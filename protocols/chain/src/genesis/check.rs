//! What a genesis may be.

use super::Genesis;
use crate::state::MAX_CODE;
use alloy_primitives::U256;
use core::fmt::Display;
use std::collections::BTreeSet;
use troupe_crypto::ecdsa::ChainId;
use troupe_crypto::sr25519::PublicKey;
use troupe_types::Epoch;

/// The fewest and the most validators of a set. Below four no fault is tolerated.
const VALIDATORS: (usize, usize) = (1, 100);
/// The longest public key for votes, in bytes.
const MAX_KEY: usize = 96;
/// The most terms.
const MAX_TERMS: usize = 1_024;
/// A transfer has to fit, many times; and a block has to be executed in its time. PlatON
const GAS_LIMIT: (u64, u64) = (9_424_776, 300_000_000);
/// The most blocks a proposer makes in a row.
const MAX_BLOCKS_PER_VIEW: u64 = 100;
/// After the election block so many blocks of the last view may come before it is committed.
const COMMIT_MARGIN: u64 = 3;

/// A field with a value that it cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {value}, wanted {limit}")]
pub struct Fault {
    /// The field, as in `terms[1].validators[3].key`.
    pub field: String,
    /// What it is.
    pub value: String,
    /// What it may be.
    pub limit: String,
}

impl Fault {
    fn new(field: impl Display, value: impl Display, limit: impl Display) -> Self {
        let (field, value, limit) = (field.to_string(), value.to_string(), limit.to_string());
        Self { field, value, limit }
    }
}

/// The first digits of a key.
fn begin_of(key: &[u8]) -> String {
    let digits: String = key.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    digits + ".."
}

fn between(field: impl Display, value: u64, low: u64, high: u64) -> Result<(), Fault> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Fault::new(field, value, format_args!("{low} to {high}")))
}

impl Genesis {
    /// Names the first field that is wrong.
    pub fn check(&self) -> Result<(), Fault> {
        between("chain_id", self.chain_id, 1, ChainId::MAX.get())?;
        // 2000-01-01 to 9999-12-31: a time in seconds or microseconds is neither.
        between("time", self.time.0, 946_684_800_000, 253_402_300_799_999)?;
        between("gas_limit", self.gas_limit.0, GAS_LIMIT.0, GAS_LIMIT.1)?;
        between("base_fee", self.base_fee, self.base_fee_floor, u64::MAX)?;
        between("blocks_per_view", self.blocks_per_view, 1, MAX_BLOCKS_PER_VIEW)?;
        self.check_terms()?;
        self.check_accounts()
    }

    fn check_terms(&self) -> Result<(), Fault> {
        let count = self.terms.len();
        if count == 0 || count > MAX_TERMS {
            return Err(Fault::new("terms", count, format_args!("1 to {MAX_TERMS}")));
        }
        if self.is_staked && count != 1 {
            return Err(Fault::new("terms", count, "1: stakes elect all that come after it"));
        }
        if self.terms[0].from != Epoch::ZERO {
            return Err(Fault::new("terms[0].from", self.terms[0].from, "0"));
        }
        for (at, pair) in self.terms.windows(2).enumerate() {
            if pair[0].from >= pair[1].from {
                let field = format!("terms[{}].from", at + 1);
                return Err(Fault::new(
                    field,
                    pair[1].from,
                    format_args!("above {}", pair[0].from),
                ));
            }
        }
        for (at, term) in self.terms.iter().enumerate() {
            let field = format!("terms[{at}].validators");
            let (low, high) = VALIDATORS;
            let count = term.validators.len();
            if !(low..=high).contains(&count) {
                return Err(Fault::new(field, count, format_args!("{low} to {high}")));
            }
            self.check_members(at)?;
            // The next set is read from a block that has to be committed before the epoch ends.
            let blocks = self.blocks_in_epoch(term.from);
            let least = self.blocks_per_view.saturating_add(COMMIT_MARGIN);
            let most = blocks.saturating_sub(1);
            if !(least..=most).contains(&self.election_distance) {
                let limit = format!(
                    "{least} (blocks_per_view + {COMMIT_MARGIN}) to {most} (an epoch of {blocks} blocks less one)"
                );
                return Err(Fault::new("election_distance", self.election_distance, limit));
            }
        }
        Ok(())
    }

    fn check_members(&self, term: usize) -> Result<(), Fault> {
        let (mut nodes, mut keys, mut words) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (at, validator) in self.terms[term].validators.iter().enumerate() {
            let field = |name| format!("terms[{term}].validators[{at}].{name}");
            let length = validator.key.len();
            if length == 0 || length > MAX_KEY {
                let value = format!("{length} bytes");
                return Err(Fault::new(field("key"), value, format_args!("1 to {MAX_KEY} bytes")));
            }
            if !nodes.insert(validator.node) {
                return Err(Fault::new(field("node"), validator.node, "a node once"));
            }
            // Two votes by one key would count as one.
            if !keys.insert(&validator.key) {
                return Err(Fault::new(field("key"), begin_of(&validator.key), "a key once"));
            }
            if let Err(error) = PublicKey::from_bytes(&validator.vrf) {
                let limit = format!("a point of sr25519: {error}");
                return Err(Fault::new(field("vrf"), begin_of(&validator.vrf), limit));
            }
            // Two proposers with one secret would know each other's words.
            if !words.insert(validator.vrf) {
                return Err(Fault::new(field("vrf"), begin_of(&validator.vrf), "a key once"));
            }
        }
        Ok(())
    }

    fn check_accounts(&self) -> Result<(), Fault> {
        let mut sum = U256::ZERO;
        for (address, account) in &self.alloc {
            let field = |name| format!("alloc.0x{address}.{name}");
            let length = account.code.len();
            if length > MAX_CODE {
                let value = format!("{length} bytes");
                return Err(Fault::new(
                    field("code"),
                    value,
                    format_args!("at most {MAX_CODE} bytes"),
                ));
            }
            if account.nonce == u64::MAX {
                return Err(Fault::new(field("nonce"), account.nonce, "below 2^64 - 1"));
            }
            let is_nothing = account.balance.is_zero() && account.nonce == 0 && length == 0;
            if is_nothing {
                return Err(Fault::new(field("balance"), 0, "above 0, or a nonce, or code"));
            }
            if length == 0 && account.nonce == 0 && !account.storage.is_empty() {
                let (words, limit) =
                    (account.storage.len(), "0 words where there is no code, nor a nonce");
                return Err(Fault::new(field("storage"), words, limit));
            }
            sum = sum.checked_add(account.balance).filter(|sum| sum.bit_len() <= 128).ok_or_else(
                || Fault::new(field("balance"), account.balance, "a sum below 2^128 von"),
            )?;
        }
        Ok(())
    }
}
