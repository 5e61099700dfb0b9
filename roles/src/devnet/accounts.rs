//! The funded accounts of development networks: the same everywhere, with keys that everybody knows.

use serde_json::{Value, json};
use troupe_config::Amount;
use troupe_crypto::{ecdsa, hash};
use troupe_types::Address;

/// How many there are.
const COUNT: u64 = 10;
/// What each has at the beginning.
pub(super) const BALANCE: Amount = Amount::lat(1_000_000);

/// A funded account; its key is worth nothing on any other network.
pub(super) struct Account {
    pub(super) address: Address,
    key: ecdsa::SecretKey,
}

/// The funded accounts, in the order in which commands number them.
pub(super) fn accounts() -> impl Iterator<Item = Account> {
    (0..COUNT).map(|number| {
        let secret = hash::tagged("troupe devnet account", &[&number.to_be_bytes()]);
        let key = ecdsa::SecretKey::from_bytes(&secret.0).expect("all ten digests are in range");
        Account { address: Address(key.public_key().address()), key }
    })
}

impl Account {
    /// The key's digits, for everybody.
    pub(super) fn private_key(&self) -> String {
        format!("0x{}", hex::encode(self.key.to_bytes().as_slice()))
    }

    /// As `devnet.json` has it; the balance is that of the beginning, in von.
    pub(super) fn json(&self) -> Value {
        json!({
            "address": self.address.to_checksum(),
            "private_key": self.private_key(),
            "balance": BALANCE.0.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accounts_are_the_same_for_every_network() {
        let addresses: Vec<Address> = accounts().map(|account| account.address).collect();
        assert_eq!(addresses.len(), 10);
        assert_eq!(addresses[0].to_checksum(), "0xd0D5092DfE886af9d853E6F0ede4d2858c624Fdb");
        assert_eq!(addresses[9].to_checksum(), "0xF40ab2AA483C1f79f4dBf5dd22D11839003a978c");
    }
}
