//! A secret with its kind and its label.

use super::{Error, Kind, MAX_LABEL, Secret};
use crate::ecdsa;
use zeroize::Zeroizing;

/// A secret, what it is for and what it is called.
#[expect(missing_debug_implementations, reason = "a secret does not print")]
pub struct Entry {
    kind: Kind,
    label: String,
    secret: Secret,
}

impl Entry {
    /// Puts an entry together; a secret that is not of the kind and a label that does not print are refused.
    pub fn new(kind: Kind, label: impl Into<String>, secret: Secret) -> Result<Self, Error> {
        let label = label.into();
        check_label(&label)?;
        kind.check(secret.expose())?;
        Ok(Self { kind, label, secret })
    }

    /// What the secret is for.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// What it is called; empty where the file does not say.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The secret.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Takes the secret out.
    #[must_use]
    pub fn into_secret(self) -> Secret {
        self.secret
    }

    /// The address of an account's key; `None` for other kinds.
    #[must_use]
    pub fn address(&self) -> Option<[u8; 20]> {
        match self.kind {
            Kind::Account => {
                let bytes: [u8; 32] = self.secret.expose().try_into().ok()?;
                let key = ecdsa::SecretKey::from_bytes(&Zeroizing::new(bytes)).ok()?;
                Some(key.public_key().address())
            }
            Kind::Bls | Kind::Sr25519 | Kind::Certificate => None,
        }
    }
}

pub(super) fn check_label(label: &str) -> Result<(), Error> {
    if label.len() > MAX_LABEL {
        return Err(Error::TooLong { what: "label", got: label.len(), limit: MAX_LABEL });
    }
    if label.chars().any(char::is_control) {
        return Err(Error::Field { field: "label", reason: "holds a control character" });
    }
    Ok(())
}
