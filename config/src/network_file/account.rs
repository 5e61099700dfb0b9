//! `[[account]]`: an account that is there from the beginning.

use super::digits::{self, Octets, Word};
use crate::amount::Amount;
use crate::error::Problem;
use crate::section::Section;
use crate::setting::Field;
use std::collections::BTreeMap;
use troupe_types::{Address, Bytes};

/// An account that is there from the beginning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// What it has.
    pub balance: Amount,
    /// How many transactions count as sent.
    pub nonce: u64,
    /// Its code; empty for none.
    pub code: Vec<u8>,
    /// Its storage, slots and words with the most significant byte first.
    pub storage: BTreeMap<[u8; 32], [u8; 32]>,
}

/// The longest code.
const LONGEST_CODE: Bytes = Bytes::kib(512);

const ADDRESS: Field = Field { key: "address", why: "Whose account it is." };
const BALANCE: Field = Field { key: "balance", why: "What it has from the beginning." };
const NONCE: Field = Field { key: "nonce", why: "How many transactions count as sent." };
const CODE: Field = Field { key: "code", why: "What the contract runs when it is called." };
const STORAGE: &str = "storage";

impl Account {
    pub(super) fn read(section: &mut Section<'_>) -> Option<(Address, Self)> {
        let address = section.need::<digits::Whose>(&ADDRESS);
        let balance = section.optional::<Amount>(&BALANCE).unwrap_or_default();
        let nonce = section.optional::<u64>(&NONCE).unwrap_or_default();
        let code = section.optional::<Octets>(&CODE).map(|code| code.0).unwrap_or_default();
        let storage = section.map::<Word, Word>(STORAGE);
        let storage: BTreeMap<_, _> =
            storage.into_iter().map(|(slot, word)| (slot.0, word.0)).collect();
        let length = Bytes::of(code.len());
        if length > LONGEST_CODE {
            section.fault(CODE.key, Problem::TooLarge { got: length, limit: LONGEST_CODE });
        }
        if code.is_empty() && !storage.is_empty() {
            let text = "an account without code has no storage".to_owned();
            section.fault(STORAGE, Problem::Conflict(text));
        }
        if balance == Amount::default() && nonce == 0 && code.is_empty() {
            let want = "an amount above 0, or a nonce, or code";
            section.fault(BALANCE.key, Problem::Missing { want });
        }
        Some((address?.0, Self { balance, nonce, code, storage }))
    }

    /// As a `[[account]]`.
    pub(super) fn write(&self, address: &Address) -> String {
        let mut text = format!(
            "\n[[account]]\naddress = \"{}\"\nbalance = \"{}\"\n",
            address.to_checksum(),
            self.balance
        );
        if self.nonce > 0 {
            text.push_str(&format!("nonce = {}\n", self.nonce));
        }
        if !self.code.is_empty() {
            text.push_str(&format!("code = \"0x{}\"\n", digits::hex(&self.code)));
        }
        if !self.storage.is_empty() {
            text.push_str("\n[account.storage]\n");
            for (slot, word) in &self.storage {
                text.push_str(&format!("{} = \"{}\"\n", Word(*slot), Word(*word)));
            }
        }
        text
    }
}
