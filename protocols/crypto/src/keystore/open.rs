//! Reading a file.

use super::document::{CIPHER, Document, VERSION, Versioned, shorten, unhex, unhex_exact};
use super::entry::check_label;
use super::kdf::Kdf;
use super::seal::{Facts, cipher, mac};
use super::{Entry, Error, Kind, MAX_SECRET, MAX_TEXT, Secret};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// What a file says without its password. Nothing of it is vouched for before it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// What the secret is for.
    pub kind: Kind,
    /// What it is called; empty where the file does not say.
    pub label: String,
    /// The file's id; empty where it has none.
    pub id: String,
    /// The account's address, where the file says.
    pub address: Option<[u8; 20]>,
}

/// Opens the text of a file.
///
/// Everything is checked that can be before the slow step, whose cost is bounded. A file of another
/// program's holds an account's key; one of fewer than 32 bytes is a number without its leading zeros.
/// Who knows which kind and address to expect compares them: whoever can write the file can cut our part
/// out of it, and in a file of another program's only the address shows an altered initialisation vector.
pub fn open(text: &str, password: &[u8]) -> Result<Entry, Error> {
    let file = File::read(text)?;
    let key = file.kdf.derive(password);
    if !bool::from(mac(&key, &file.ciphertext).ct_eq(&file.mac)) {
        return Err(Error::WrongPassword);
    }
    if let Some(seal) = &file.seal
        && !bool::from(file.facts().seal(&key).ct_eq(seal))
    {
        return Err(Error::Damaged { what: "its seal is not of this content" });
    }
    let mut plain = Zeroizing::new(file.ciphertext.clone());
    cipher(&key, &file.iv, &mut plain);
    if file.seal.is_none() {
        plain = padded(&plain);
    }
    let secret = Secret::new(core::mem::take(&mut *plain))?;
    let entry = Entry::new(file.summary.kind, file.summary.label, secret)
        .map_err(|_| Error::Damaged { what: "what is inside is no key of its kind" })?;
    if file.summary.address.is_some_and(|address| entry.address() != Some(address)) {
        return Err(Error::Damaged { what: "the key inside is not that of its address" });
    }
    Ok(entry)
}

/// Reads what a file says about itself.
pub fn inspect(text: &str) -> Result<Summary, Error> {
    File::read(text).map(|file| file.summary)
}

/// A file whose fields were read and whose checksum, if it has one, is right.
struct File {
    summary: Summary,
    /// As it is written, for the checks.
    address: Option<String>,
    kdf: Kdf,
    iv: [u8; 16],
    ciphertext: Vec<u8>,
    mac: [u8; 32],
    seal: Option<[u8; 32]>,
}

impl File {
    fn read(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_TEXT {
            return Err(Error::TooLong { what: "keystore", got: text.len(), limit: MAX_TEXT });
        }
        let versioned: Versioned = serde_json::from_str(text).map_err(|error| place(&error))?;
        match versioned.version {
            Some(VERSION) => {}
            Some(got) => return Err(Error::Version { got }),
            None => return Err(Error::Field { field: "version", reason: "is missing" }),
        }
        let document: Document = serde_json::from_str(text).map_err(|error| place(&error))?;
        let crypto = document.crypto;
        if crypto.cipher != CIPHER {
            let got = shorten(&crypto.cipher);
            return Err(Error::Unsupported { what: "cipher", got, known: CIPHER });
        }
        let mut file = Self {
            summary: Summary {
                kind: Kind::Account,
                label: String::new(),
                id: document.id,
                address: document.address.as_deref().map(read_address).transpose()?,
            },
            address: document.address,
            kdf: Kdf::read(&crypto.kdf, &crypto.kdfparams)?,
            iv: unhex_exact("iv", &crypto.cipherparams.iv)?,
            ciphertext: unhex("ciphertext", &crypto.ciphertext, 1..=MAX_SECRET)?,
            mac: unhex_exact("mac", &crypto.mac)?,
            seal: None,
        };
        let Some(extension) = document.troupe else {
            return Ok(file);
        };
        check_label(&extension.label)?;
        file.summary.kind = Kind::read(&extension.kind)?;
        file.summary.label = extension.label;
        file.seal = Some(unhex_exact("seal", &extension.seal)?);
        if file.facts().checksum() != unhex_exact("checksum", &extension.checksum)? {
            return Err(Error::Damaged { what: "its checksum is not of this content" });
        }
        Ok(file)
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            id: &self.summary.id,
            address: self.address.as_deref(),
            kind: self.summary.kind,
            label: &self.summary.label,
            kdf: &self.kdf,
            iv: &self.iv,
            ciphertext: &self.ciphertext,
        }
    }
}

fn read_address(digits: &str) -> Result<[u8; 20], Error> {
    unhex_exact("address", digits)
}

/// A number of fewer than 32 bytes with its leading zeros.
fn padded(number: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(vec![0; 32usize.saturating_sub(number.len())]);
    bytes.extend_from_slice(number);
    bytes
}

fn place(error: &serde_json::Error) -> Error {
    Error::NotKeystore { line: error.line(), column: error.column() }
}
