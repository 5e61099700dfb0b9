//! Who signs transactions.

use super::{Draft, Native, Transaction};
use crate::Invalid;
use core::fmt;
use troupe_crypto::keystore::{Entry, Kind};
use troupe_crypto::{ecdsa, sr25519};
use troupe_types::Address;
use zeroize::Zeroizing;

/// A secret that signs transactions; its kind decides on their type.
pub enum Signer {
    /// Signs EIP-1559 transactions.
    Ethereum(ecdsa::SecretKey),
    /// Signs native ones.
    Native(Box<sr25519::SecretKey>),
}

/// Why a key signs no transactions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSigner {
    /// It is for something else.
    #[error("holds a key of kind {0}, wants account")]
    Kind(Kind),
    /// It is none.
    #[error(transparent)]
    Secret(#[from] troupe_crypto::Error),
}

impl Signer {
    /// The signer that an opened key file holds.
    pub fn of(entry: &Entry) -> Result<Self, NoSigner> {
        let secret: Option<[u8; 32]> = entry.secret().expose().try_into().ok();
        let secret = secret.map(Zeroizing::new);
        match (entry.kind(), secret) {
            (Kind::Account, Some(secret)) => {
                Ok(Self::Ethereum(ecdsa::SecretKey::from_bytes(&secret)?))
            }
            (Kind::Sr25519, Some(seed)) => {
                Ok(Self::Native(Box::new(sr25519::SecretKey::from_seed(&seed))))
            }
            (kind @ (Kind::Account | Kind::Sr25519 | Kind::Bls | Kind::Certificate), _) => {
                Err(NoSigner::Kind(kind))
            }
        }
    }

    /// Whose account it is.
    #[must_use]
    pub fn address(&self) -> Address {
        match self {
            Self::Ethereum(secret) => Address(secret.public_key().address()),
            Self::Native(secret) => Native::address_of(&secret.public_key().to_bytes()),
        }
    }

    /// Signs; refused is what no node would read.
    pub fn sign(&self, draft: Draft) -> Result<Transaction, Invalid> {
        match self {
            Self::Ethereum(secret) => Transaction::sign(draft.dynamic(), secret),
            Self::Native(secret) => Transaction::sign_native(draft.native(), secret),
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.address())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::recover;
    use alloy_primitives::U256;
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
            let error = Signer::of(&entry(kind)).unwrap_err();
            assert_eq!(error.to_string(), format!("holds a key of kind {kind}, wants account"));
        }
    }
}
