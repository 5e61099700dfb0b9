//! Writing a file, and the checks that both directions share.

use super::document::{CIPHER, CipherParams, Crypto, Document, Extension, VERSION};
use super::kdf::{Cost, DerivedKey, Kdf};
use super::{Entry, Kind};
use crate::hash;
use aes::Aes128;
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use troupe_wire::Stream;

impl Entry {
    /// Seals the entry under a password into the text of a file. Takes as long as opening it will.
    ///
    /// Salt, initialisation vector and id are drawn afresh: two files of one secret have nothing in common.
    #[must_use]
    pub fn seal(&self, password: &[u8], cost: Cost, entropy: &mut Stream) -> String {
        let kdf = Kdf::Scrypt { cost, salt: entropy.array::<32>().to_vec() };
        let iv: [u8; 16] = entropy.array();
        let id = uuid(entropy.array());
        let key = kdf.derive(password);
        let mut ciphertext = self.secret().expose().to_vec();
        cipher(&key, &iv, &mut ciphertext);
        let address = self.address().map(hex::encode);
        let facts = Facts {
            id: &id,
            address: address.as_deref(),
            kind: self.kind(),
            label: self.label(),
            kdf: &kdf,
            iv: &iv,
            ciphertext: &ciphertext,
        };
        let extension = Extension {
            kind: self.kind().name().to_owned(),
            label: self.label().to_owned(),
            checksum: hex::encode(facts.checksum()),
            seal: hex::encode(facts.seal(&key)),
        };
        let document = Document {
            crypto: Crypto {
                cipher: CIPHER.to_owned(),
                cipherparams: CipherParams { iv: hex::encode(iv) },
                ciphertext: hex::encode(&ciphertext),
                kdf: kdf.name().to_owned(),
                kdfparams: kdf.write(),
                mac: hex::encode(mac(&key, &ciphertext)),
            },
            address,
            id,
            version: VERSION,
            troupe: Some(extension),
        };
        serde_json::to_string_pretty(&document).expect("texts and numbers have a JSON form")
    }
}

/// All that a file says, apart from its checks.
pub(super) struct Facts<'a> {
    pub(super) id: &'a str,
    pub(super) address: Option<&'a str>,
    pub(super) kind: Kind,
    pub(super) label: &'a str,
    pub(super) kdf: &'a Kdf,
    pub(super) iv: &'a [u8; 16],
    pub(super) ciphertext: &'a [u8],
}

impl Facts<'_> {
    fn digest(&self, purpose: &str) -> [u8; 32] {
        hash::tagged(
            purpose,
            &[
                self.id.as_bytes(),
                self.address.unwrap_or_default().as_bytes(),
                self.kind.name().as_bytes(),
                self.label.as_bytes(),
                &self.kdf.transcript(),
                self.iv,
                self.ciphertext,
            ],
        )
        .0
    }

    /// Found without the password; anybody can make one.
    pub(super) fn checksum(&self) -> [u8; 16] {
        *self.digest("troupe keystore checksum").first_chunk().expect("16 of 32")
    }

    /// Made with the password only.
    pub(super) fn seal(&self, key: &DerivedKey) -> [u8; 32] {
        let mut seal = <Hmac<Sha256> as Mac>::new_from_slice(&**key).expect("HMAC takes any key");
        seal.update(&self.digest("troupe keystore seal"));
        seal.finalize().into_bytes().into()
    }
}

/// The format's own check: it covers the password and the ciphertext.
pub(super) fn mac(key: &DerivedKey, ciphertext: &[u8]) -> [u8; 32] {
    hash::keccak256_concat(&[&key[16..], ciphertext]).0
}

/// AES-128 in counter mode, which is its own inverse.
pub(super) fn cipher(key: &DerivedKey, iv: &[u8; 16], bytes: &mut [u8]) {
    let (key, _) = key.split_at(16);
    let mut cipher = Ctr128BE::<Aes128>::new_from_slices(key, iv).expect("16 bytes each");
    cipher.apply_keystream(bytes);
}

/// A version 4 UUID. RFC 9562 5.4
fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hex::encode(bytes);
    let groups = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    groups.join("-")
}
