//! What a secret is for.

use super::Error;
use crate::{bls, ecdsa};
use zeroize::Zeroizing;

/// What a secret is for. Its name is written into the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An account: an [`ecdsa`] secret. Also what a file of another program's holds.
    Account,
    /// A validator's votes: a [`bls`] secret.
    Bls,
    /// Randomness and batch signatures: a seed of [`sr25519`](crate::sr25519).
    Sr25519,
    /// A process's certificate: a private key in PKCS#8.
    Certificate,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Account, Self::Bls, Self::Sr25519, Self::Certificate];

    /// The name in files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Bls => "bls",
            Self::Sr25519 => "sr25519",
            Self::Certificate => "certificate",
        }
    }

    pub(super) fn read(name: &str) -> Result<Self, Error> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == name);
        known.ok_or_else(|| Error::Unsupported {
            what: "kind",
            got: super::document::shorten(name),
            known: "account, bls, sr25519, certificate",
        })
    }

    /// Refuses what cannot be a secret of this kind.
    pub(super) fn check(self, secret: &[u8]) -> Result<(), Error> {
        let is_one = match self {
            Self::Account => {
                number(secret).is_some_and(|key| ecdsa::SecretKey::from_bytes(&key).is_ok())
            }
            Self::Bls => number(secret).is_some_and(|key| bls::SecretKey::from_bytes(&key).is_ok()),
            Self::Sr25519 => secret.len() == 32,
            // A DER sequence: what follows is for whoever signs with it.
            Self::Certificate => secret.first() == Some(&0x30),
        };
        if is_one { Ok(()) } else { Err(Error::NotOfKind { kind: self.name() }) }
    }
}

impl core::fmt::Display for Kind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

fn number(secret: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    secret.try_into().ok().map(Zeroizing::new)
}
