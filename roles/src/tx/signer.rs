//! Who signs: a key file, or an account of a development network.

use super::draft::Draft;
use super::place::{PlaceArgs, dev_account};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::key::{self, PasswordArgs};
use clap::Args;
use std::path::PathBuf;
use troupe_chain::transaction::Native;
use troupe_chain::{Invalid, Transaction};
use troupe_crypto::keystore::{Entry, Kind};
use troupe_crypto::{ecdsa, sr25519};
use troupe_types::Address;
use zeroize::Zeroizing;

/// Whose transaction it is.
#[derive(Debug, Args)]
pub(crate) struct SignerArgs {
    /// Key file of the account that signs and pays
    #[arg(long, value_name = "KEYFILE", env = "TROUPE_TX_FROM")]
    from: Option<PathBuf>,
    /// Number of a funded account of the development network instead, from 0
    #[arg(long, value_name = "N", env = "TROUPE_TX_ACCOUNT")]
    account: Option<usize>,
    #[command(flatten)]
    password: PasswordArgs,
}

/// A secret that signs transactions; its kind decides on their type.
pub(crate) enum Signer {
    /// Signs EIP-1559 transactions.
    Ethereum(ecdsa::SecretKey),
    /// Signs native ones.
    Native(Box<sr25519::SecretKey>),
}

impl SignerArgs {
    /// The signer; a key file is opened, for which its password is asked.
    pub(crate) fn open(&self, place: &PlaceArgs) -> Outcome<Signer> {
        match (&self.from, self.account) {
            (Some(path), None) => {
                let entry = key::open(path, &self.password)?;
                Signer::of(&entry).map_err(|failure| failure.in_file(path))
            }
            (None, Some(number)) => dev_account(&place.record()?, number),
            (Some(_), Some(_)) => {
                let text = "got --from too, allowed is one of them";
                Err(Failure::about(ExitCode::Usage, "--account", text))
            }
            (None, None) => {
                let text = "missing, wants a key file, or --account N on a development network";
                Err(Failure::about(ExitCode::Usage, "--from", text))
            }
        }
    }
}

impl SignerArgs {
    /// Whose the signer is, which asks for no password where the key file says it; `None` where none was named.
    pub(crate) fn address(&self, place: &PlaceArgs) -> Outcome<Option<Address>> {
        match (&self.from, self.account) {
            (None, None) => Ok(None),
            (Some(path), None) if key::account_address(path).is_ok() => {
                key::account_address(path).map(Some)
            }
            (Some(_), _) | (None, Some(_)) => self.open(place).map(|signer| Some(signer.address())),
        }
    }

    /// What opens its key file, and others of the same command.
    pub(crate) const fn password(&self) -> &PasswordArgs {
        &self.password
    }
}

impl Signer {
    /// The signer that an opened key file holds.
    fn of(entry: &Entry) -> Outcome<Self> {
        let wrong = |text: String| Failure::new(ExitCode::BadKey, text);
        let secret: Option<[u8; 32]> = entry.secret().expose().try_into().ok();
        let secret = secret.map(Zeroizing::new);
        match (entry.kind(), secret) {
            (Kind::Account, Some(secret)) => {
                let secret = ecdsa::SecretKey::from_bytes(&secret);
                Ok(Self::Ethereum(secret.map_err(|error| wrong(error.to_string()))?))
            }
            (Kind::Sr25519, Some(seed)) => {
                Ok(Self::Native(Box::new(sr25519::SecretKey::from_seed(&seed))))
            }
            (kind @ (Kind::Account | Kind::Sr25519 | Kind::Bls | Kind::Certificate), _) => {
                Err(wrong(format!("holds a key of kind {kind}, wants account")))
            }
        }
    }

    /// Whose account it is.
    pub(crate) fn address(&self) -> Address {
        match self {
            Self::Ethereum(secret) => Address(secret.public_key().address()),
            Self::Native(secret) => Native::address_of(&secret.public_key().to_bytes()),
        }
    }

    /// Signs; refused is what no node would read.
    pub(crate) fn sign(&self, draft: Draft) -> Result<Transaction, Invalid> {
        match self {
            Self::Ethereum(secret) => Transaction::sign(draft.dynamic(), secret),
            Self::Native(secret) => Transaction::sign_native(draft.native(), secret),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::U256;
    use troupe_chain::transaction::recover;
    use troupe_crypto::keystore::Secret;

    fn entry(kind: Kind) -> Entry {
        let secret = if kind == Kind::Certificate { vec![0x30; 32] } else { vec![1; 32] };
        Entry::new(kind, "", Secret::new(secret).unwrap()).unwrap()
    }

    #[test]
    fn what_a_key_signs_is_recovered_as_its_account_s() {
        for kind in [Kind::Account, Kind::Sr25519] {
            let signer = Signer::of(&entry(kind)).unwrap();
            let draft = Draft {
                chain_id: 7,
                nonce: 3,
                to: Some(Address([1; 20])),
                value: U256::from(5),
                input: Default::default(),
                gas_limit: 21_000,
                max_fee: 10,
                max_tip: 1,
            };
            let transaction = signer.sign(draft).unwrap();
            assert_eq!((transaction.nonce(), transaction.value()), (3, U256::from(5)));
            assert_eq!(recover(transaction).unwrap().sender(), signer.address());
        }
    }

    #[test]
    fn a_key_for_something_else_does_not_sign_transactions() {
        for kind in [Kind::Bls, Kind::Certificate] {
            let Err(failure) = Signer::of(&entry(kind)) else { panic!("it signs") };
            assert_eq!(failure.to_string(), format!("holds a key of kind {kind}, wants account"));
        }
    }
}
