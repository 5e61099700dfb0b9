//! The kinds of secrets: how they are made, named, and written in plain.

use super::args::Kind;
use super::pem;
use crate::exit::{ExitCode, Failure, Outcome};
use troupe_crypto::keystore::{self, Entry, Secret};
use troupe_crypto::{Bls, Scheme, bls, ecdsa, sr25519};
use troupe_net::Identity;
use troupe_types::NodeId;
use troupe_wire::{Seed, Stream};
use zeroize::Zeroizing;

/// The label of certificates in PEM. RFC 7468 10
const PEM_LABEL: &str = "PRIVATE KEY";

/// A fresh stream of the machine's entropy.
pub(super) fn entropy(purpose: &str) -> Outcome<Stream> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| anyhow::anyhow!("no entropy: {error}"))?;
    Ok(Seed::new(seed).stream(purpose))
}

/// Makes a key; a certificate is labelled with its node id, whatever `label` says.
pub(super) fn generate(kind: Kind, label: &str) -> Outcome<Entry> {
    match kind {
        Kind::Account => {
            let key = ecdsa::SecretKey::generate(&mut entropy("account key")?);
            account(key.to_bytes().to_vec(), label)
        }
        Kind::Certificate => {
            let made =
                Identity::generate().map_err(|error| anyhow::anyhow!("node key: {error}"))?;
            certificate(&made)
        }
        Kind::Validator => {
            let key = Bls::generate(&mut entropy("validator key")?);
            votes(key.to_bytes().to_vec(), label)
        }
    }
}

/// A validator's entry from the bytes of its secret.
fn votes(bytes: Vec<u8>, label: &str) -> Outcome<Entry> {
    let secret = Secret::new(bytes).map_err(bad_key)?;
    Entry::new(keystore::Kind::Bls, label, secret).map_err(bad_key)
}

/// The key for votes that an opened entry holds.
pub(super) fn validator(entry: &Entry) -> Outcome<bls::SecretKey> {
    if entry.kind() != keystore::Kind::Bls {
        let text = format!("holds a key of kind {}, wants bls", entry.kind());
        return Err(Failure::new(ExitCode::BadKey, text));
    }
    let bytes: Option<[u8; 32]> = entry.secret().expose().try_into().ok();
    let bytes = Zeroizing::new(bytes.expect("the entry was checked to hold a key of its kind"));
    bls::SecretKey::from_bytes(&bytes).map_err(|error| Failure::new(ExitCode::BadKey, error))
}

/// An account's entry from the bytes of its secret.
pub(super) fn account(bytes: Vec<u8>, label: &str) -> Outcome<Entry> {
    let secret = Secret::new(bytes).map_err(bad_key)?;
    Entry::new(keystore::Kind::Account, label, secret).map_err(bad_key)
}

/// A certificate's entry.
pub(super) fn certificate(identity: &Identity) -> Outcome<Entry> {
    let secret = Secret::new(identity.pkcs8().to_vec()).map_err(bad_key)?;
    let label = identity.id().to_string();
    Entry::new(keystore::Kind::Certificate, label, secret).map_err(bad_key)
}

/// The node that an opened entry is the identity of.
pub(super) fn identity(entry: &Entry) -> Outcome<Identity> {
    if entry.kind() != keystore::Kind::Certificate {
        let text = format!("holds a key of kind {}, wants certificate", entry.kind());
        return Err(Failure::new(ExitCode::BadKey, text));
    }
    let identity = Identity::from_pkcs8(entry.secret().expose())
        .map_err(|error| Failure::new(ExitCode::BadKey, error))?;
    match entry.label().parse::<NodeId>() {
        Ok(named) if named != identity.id() => {
            let text = format!("says node {named}, holds the key of {}", identity.id());
            Err(Failure::new(ExitCode::BadKey, text))
        }
        Ok(_) | Err(_) => Ok(identity),
    }
}

/// The key of a process for random words.
pub(crate) fn vrf_key(identity: &Identity) -> sr25519::SecretKey {
    sr25519::SecretKey::from_seed(&identity.derive("vrf"))
}

/// Reads a secret in plain: hexadecimal digits of an account or a validator, PKCS#8 of a certificate.
pub(super) fn parse(kind: Kind, bytes: &[u8], label: &str) -> Outcome<Entry> {
    let text = || core::str::from_utf8(bytes).map(str::trim).unwrap_or_default();
    match kind {
        Kind::Account => account(number(text())?.to_vec(), label),
        Kind::Validator => votes(number(text())?.to_vec(), label),
        Kind::Certificate => {
            let decoded = pem::decode(PEM_LABEL, text());
            let document = decoded.as_deref().map_or(bytes, Vec::as_slice);
            let identity = Identity::from_pkcs8(document).map_err(|_| {
                let text = "wants an Ed25519 key as PKCS#8, in PEM or DER";
                Failure::new(ExitCode::BadKey, text)
            })?;
            certificate(&identity)
        }
    }
}

/// 64 hexadecimal digits, with `0x` or without it.
fn number(text: &str) -> Outcome<Zeroizing<[u8; 32]>> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let mut secret = Zeroizing::new([0; 32]);
    hex::decode_to_slice(digits, secret.as_mut_slice()).map_err(|_| {
        let text = format!("wants 64 hexadecimal digits, got {} characters", digits.len());
        Failure::new(ExitCode::BadKey, text)
    })?;
    Ok(secret)
}

/// The secret in plain, as [`parse`] and other programs read it.
pub(super) fn plain(entry: &Entry) -> Zeroizing<String> {
    let bytes = entry.secret().expose();
    match entry.kind() {
        keystore::Kind::Certificate => pem::encode(PEM_LABEL, bytes),
        keystore::Kind::Account | keystore::Kind::Bls | keystore::Kind::Sr25519 => {
            let mut digits = Zeroizing::new(vec![0; 2 * bytes.len()]);
            hex::encode_to_slice(bytes, &mut digits).expect("two digits a byte");
            let text = core::str::from_utf8(&digits).expect("digits are ASCII");
            Zeroizing::new(text.to_owned())
        }
    }
}

pub(super) fn bad_key(error: keystore::Error) -> Failure {
    Failure::new(ExitCode::BadKey, error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_exported_in_plain_is_imported_again() {
        for kind in [Kind::Account, Kind::Certificate, Kind::Validator] {
            let made = generate(kind, "name").unwrap();
            let text = plain(&made);
            let again = parse(kind, text.as_bytes(), "name").unwrap();
            assert_eq!(again.secret().expose(), made.secret().expose());
            assert_eq!(again.label(), made.label());
        }
    }

    #[test]
    fn a_certificate_is_read_from_der_too() {
        let made = generate(Kind::Certificate, "").unwrap();
        let again = parse(Kind::Certificate, made.secret().expose(), "").unwrap();
        assert_eq!(identity(&again).unwrap().id(), identity(&made).unwrap().id());
    }

    #[test]
    fn an_account_is_no_identity() {
        let made = generate(Kind::Account, "").unwrap();
        let failure = identity(&made).unwrap_err();
        assert_eq!(failure.to_string(), "holds a key of kind account, wants certificate");
    }

    #[test]
    fn a_certificate_under_another_name_is_refused() {
        let made = generate(Kind::Certificate, "").unwrap();
        let other = generate(Kind::Certificate, "").unwrap().label().to_owned();
        let secret = Secret::new(made.secret().expose().to_vec()).unwrap();
        let forged = Entry::new(keystore::Kind::Certificate, other, secret).unwrap();
        assert_eq!(identity(&forged).unwrap_err().code, ExitCode::BadKey);
    }

    proptest! {
        #[test]
        fn no_text_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for kind in [Kind::Account, Kind::Certificate, Kind::Validator] {
                prop_assert!(parse(kind, &bytes, "").is_err());
            }
        }
    }

    #[test]
    fn the_group_order_and_zero_are_no_keys() {
        let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
        for digits in [order, &"0".repeat(64), "0x", &"1".repeat(63)] {
            assert!(parse(Kind::Account, digits.as_bytes(), "").is_err(), "{digits}");
            assert!(parse(Kind::Validator, digits.as_bytes(), "").is_err(), "{digits}");
        }
        // Ethereum yellow paper's neighbour: the address of secret 1 is widely published.
        let one = format!("0x{:064x}\n", 1);
        let entry = parse(Kind::Account, one.as_bytes(), "").unwrap();
        let address = hex::encode(entry.address().unwrap());
        assert_eq!(address, "7e5f4552091a69125d5dfcb7b8c2659029395bdf");
    }
}
