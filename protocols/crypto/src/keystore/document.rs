//! The JSON of a file, with what is common to reading and writing it.

use super::Error;
use serde::{Deserialize, Serialize};

/// The only version of the format.
pub(super) const VERSION: u64 = 3;
pub(super) const CIPHER: &str = "aes-128-ctr";
pub(super) const SCRYPT: &str = "scrypt";
pub(super) const PBKDF2: &str = "pbkdf2";
pub(super) const PRF: &str = "hmac-sha256";

/// Read before the rest, which differs from version to version.
#[derive(Deserialize)]
pub(super) struct Versioned {
    pub(super) version: Option<u64>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Document {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) address: Option<String>,
    #[serde(alias = "Crypto")]
    pub(super) crypto: Crypto,
    #[serde(default)]
    pub(super) id: String,
    pub(super) version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) troupe: Option<Extension>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Crypto {
    pub(super) cipher: String,
    pub(super) cipherparams: CipherParams,
    pub(super) ciphertext: String,
    pub(super) kdf: String,
    pub(super) kdfparams: KdfParams,
    pub(super) mac: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct CipherParams {
    pub(super) iv: String,
}

/// The parameters of either derivation; which must be there depends on its name.
#[derive(Serialize, Deserialize)]
pub(super) struct KdfParams {
    pub(super) dklen: u64,
    pub(super) salt: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) n: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) r: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) p: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) c: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) prf: Option<String>,
}

/// What is ours; other programs skip it.
#[derive(Serialize, Deserialize)]
pub(super) struct Extension {
    pub(super) kind: String,
    pub(super) label: String,
    /// A plain digest over everything else: tells damage from a wrong password.
    pub(super) checksum: String,
    /// A keyed digest over everything else.
    pub(super) seal: String,
}

/// At most forty characters of what a file says.
pub(super) fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Hexadecimal digits, with or without `0x`, for a number of bytes within a range.
pub(super) fn unhex(
    field: &'static str,
    digits: &str,
    allowed: core::ops::RangeInclusive<usize>,
) -> Result<Vec<u8>, Error> {
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    if !allowed.contains(&(digits.len() / 2)) || !digits.len().is_multiple_of(2) {
        return Err(Error::Field { field, reason: "has the wrong length" });
    }
    hex::decode(digits).map_err(|_| Error::Field { field, reason: "is not hexadecimal" })
}

/// As [`unhex`], for exactly `N` bytes.
pub(super) fn unhex_exact<const N: usize>(
    field: &'static str,
    digits: &str,
) -> Result<[u8; N], Error> {
    let bytes = unhex(field, digits, N..=N)?;
    bytes.try_into().map_err(|_| Error::Field { field, reason: "has the wrong length" })
}
