//! Key files: where they are, how they are read and written.

use super::args::Cost;
use super::password::PasswordArgs;
use super::secret;
use crate::exit::{ExitCode, Failure, Outcome};
use std::path::{Path, PathBuf};
use troupe_chain::transaction::Signer;
use troupe_crypto::bls;
use troupe_crypto::keystore::{self, Entry, MAX_TEXT, Summary};
use troupe_net::Identity;
use troupe_storage::files::{self, Existing};
use troupe_types::Address;

/// The folder of key files when nobody named one.
pub(super) fn folder(named: Option<&Path>) -> Outcome<PathBuf> {
    if let Some(folder) = named {
        return Ok(folder.to_owned());
    }
    match std::env::var_os("HOME") {
        Some(home) if !home.is_empty() => Ok(PathBuf::from(home).join(".troupe").join("keys")),
        _ => {
            let text = "missing, and there is no home folder to keep keys in";
            Err(Failure::about(ExitCode::Usage, "--dir", text))
        }
    }
}

/// The text of a key file, which only its owner may read.
pub(super) fn read(path: &Path) -> Outcome<String> {
    let limit = u64::try_from(MAX_TEXT).unwrap_or(u64::MAX);
    let bytes = files::read_private(path, limit).map_err(|error| {
        let code = match error.kind() {
            std::io::ErrorKind::NotFound => ExitCode::BadFile,
            _ => ExitCode::BadKey,
        };
        Failure::about(code, path.display(), format!("key cannot be read: {error}"))
    })?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::about(ExitCode::BadKey, path.display(), "no UTF-8 text"))
}

/// What a key file says without its password.
pub(super) fn inspect(path: &Path) -> Outcome<Summary> {
    keystore::inspect(&read(path)?)
        .map_err(|error| Failure::about(ExitCode::BadKey, path.display(), error))
}

/// Opens a key file. Whether it is one at all is found out before anybody is asked for a password.
pub(crate) fn open(path: &Path, password: &PasswordArgs) -> Outcome<Entry> {
    let wrong = |error| Failure::about(ExitCode::BadKey, path.display(), error);
    let text = read(path)?;
    keystore::inspect(&text).map_err(wrong)?;
    keystore::open(&text, password.obtain(path)?.as_bytes()).map_err(wrong)
}

/// Writes a new key file; one that exists is never replaced.
pub(super) fn save(path: &Path, entry: &Entry, password: &str, cost: Cost) -> Outcome<()> {
    let mut entropy = secret::entropy("keystore")?;
    let mut text = entry.seal(password.as_bytes(), cost.parameters(), &mut entropy);
    text.push('\n');
    write_new(path, text.as_bytes())
}

/// Writes a new private file and the folder it lies in.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Outcome<()> {
    let wrong = |error: std::io::Error| {
        let text = match error.kind() {
            std::io::ErrorKind::AlreadyExists => "exists already and is not replaced".to_owned(),
            _ => format!("cannot be written: {error}"),
        };
        Failure::about(ExitCode::BadFile, path.display(), text)
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        files::create_directory(folder).map_err(wrong)?;
    }
    files::write(path, bytes, Existing::Keep).map_err(wrong)
}

/// Makes a node key and keeps it in a new file.
pub(crate) fn make_node_key(path: &Path, password: &PasswordArgs, cost: Cost) -> Outcome<()> {
    let entry = secret::generate(super::args::Kind::Certificate, "")?;
    save(path, &entry, &password.choose()?, cost)
}

/// The identity in a node's key file.
pub(crate) fn node_identity(path: &Path, password: &PasswordArgs) -> Outcome<Identity> {
    let entry = open(path, password)?;
    secret::identity(&entry).map_err(|failure| failure.in_file(path))
}

/// The key for votes in a validator's key file.
pub(crate) fn validator_key(path: &Path, password: &PasswordArgs) -> Outcome<bls::SecretKey> {
    let entry = open(path, password)?;
    secret::validator(&entry).map_err(|failure| failure.in_file(path))
}

/// Who signs transactions, in an account's key file.
pub(crate) fn account_key(path: &Path, password: &PasswordArgs) -> Outcome<Signer> {
    let entry = open(path, password)?;
    Signer::of(&entry).map_err(|error| Failure::new(ExitCode::BadKey, error).in_file(path))
}

/// Makes a key for votes and keeps it in a new file.
pub(crate) fn make_validator_key(path: &Path, password: &PasswordArgs, cost: Cost) -> Outcome<()> {
    let entry = secret::generate(super::args::Kind::Validator, "")?;
    save(path, &entry, &password.choose()?, cost)
}

/// Makes an account and keeps it in a new file.
pub(crate) fn make_account(path: &Path, password: &PasswordArgs, cost: Cost) -> Outcome<()> {
    let entry = secret::generate(super::args::Kind::Account, "")?;
    save(path, &entry, &password.choose()?, cost)
}

/// The address that an account's key file says it is of.
pub(crate) fn account_address(path: &Path) -> Outcome<Address> {
    let summary = inspect(path)?;
    summary.address.map(Address).ok_or_else(|| {
        let text = format!("holds a key of kind {}, wants account", summary.kind);
        Failure::about(ExitCode::BadKey, path.display(), text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::args::Kind;

    #[test]
    fn a_node_key_that_is_kept_opens_as_that_node() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node").join("node-key.json");
        let made = secret::generate(Kind::Certificate, "").unwrap();
        save(&path, &made, "long enough", Cost::Light).unwrap();
        let file = folder.path().join("password");
        files::write(&file, b"long enough", Existing::Keep).unwrap();
        let opened = node_identity(&path, &PasswordArgs::in_file(&file)).unwrap();
        assert_eq!(opened.id().to_string(), made.label());
        assert_eq!(inspect(&path).unwrap().label, made.label());
        let again = save(&path, &made, "long enough", Cost::Light).unwrap_err();
        assert_eq!(again.code, ExitCode::BadFile);
    }

    #[test]
    fn a_key_for_votes_that_is_kept_opens_as_the_same_and_as_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        files::write(&file, b"long enough", Existing::Keep).unwrap();
        let password = PasswordArgs::in_file(&file);
        let (votes, money) = (folder.path().join("votes.json"), folder.path().join("money.json"));
        make_validator_key(&votes, &password, Cost::Light).unwrap();
        make_account(&money, &password, Cost::Light).unwrap();
        let public = |path: &Path| {
            let key = validator_key(path, &password).unwrap();
            <troupe_crypto::Bls as troupe_crypto::Scheme>::public_key(&key)
        };
        assert_eq!(public(&votes), public(&votes));
        assert_ne!(account_address(&money).unwrap(), Address::default());
        let failure = validator_key(&money, &password).err().unwrap();
        let want = format!("{}: holds a key of kind account, wants bls", money.display());
        assert_eq!(failure.to_string(), want);
        let failure = account_address(&votes).unwrap_err();
        let want = format!("{}: holds a key of kind bls, wants account", votes.display());
        assert_eq!(failure.to_string(), want);
    }

    #[test]
    fn an_account_in_the_place_of_a_node_key_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node-key.json");
        let entry = secret::generate(Kind::Account, "").unwrap();
        save(&path, &entry, "long enough", Cost::Light).unwrap();
        let file = folder.path().join("password");
        files::write(&file, b"long enough", Existing::Keep).unwrap();
        let failure = node_identity(&path, &PasswordArgs::in_file(&file)).unwrap_err();
        let want = format!("{}: holds a key of kind account, wants certificate", path.display());
        assert_eq!(failure.to_string(), want);
    }
}
