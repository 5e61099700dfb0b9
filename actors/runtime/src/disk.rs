//! Durable files as actors see them: append, sync, read, replace.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A node's durable files, each a plain name without folders. Called from the urgent pool and while an actor is built, never in a handler.
pub trait Disk: Send + Sync + 'static {
    /// Appends to a file, creating it. Returns when the bytes and the file's name are durable.
    fn append(&self, file: &str, bytes: &[u8]) -> io::Result<()>;

    /// The whole file; empty when there is none.
    fn read(&self, file: &str) -> io::Result<Vec<u8>>;

    /// Cuts a file to a length, durably: how a torn tail is removed.
    fn truncate(&self, file: &str, length: u64) -> io::Result<()>;
}

/// Files in a directory. Clones are the same directory.
#[derive(Debug, Clone)]
pub struct Directory {
    path: PathBuf,
    /// Files whose names are known to be durable. That a file is there does not say so: the process
    /// before may have died between creating it and syncing its directory.
    named: Arc<Mutex<BTreeSet<String>>>,
}

impl Directory {
    /// Uses `path`, creating it durably.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = std::path::absolute(path.into())?;
        let created: Vec<_> = path.ancestors().take_while(|folder| !folder.exists()).collect();
        fs::create_dir_all(&path)?;
        for parent in created.into_iter().filter_map(Path::parent) {
            File::open(parent)?.sync_all()?;
        }
        Ok(Self { path, named: Arc::default() })
    }

    fn place(&self, file: &str) -> io::Result<PathBuf> {
        if file.is_empty() || file.starts_with('.') || file.contains(['/', '\\']) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file name"));
        }
        Ok(self.path.join(file))
    }

    /// Makes a file's name durable, once.
    fn sync_names(&self, file: &str) -> io::Result<()> {
        if self.named().contains(file) {
            return Ok(());
        }
        File::open(&self.path)?.sync_all()?;
        self.named().insert(file.to_owned());
        Ok(())
    }

    fn named(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.named.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk for Directory {
    fn append(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.place(file)?;
        let mut handle = OpenOptions::new().create(true).append(true).open(path)?;
        handle.write_all(bytes)?;
        handle.sync_data()?;
        self.sync_names(file)
    }

    fn read(&self, file: &str) -> io::Result<Vec<u8>> {
        match fs::read(self.place(file)?) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            outcome => outcome,
        }
    }

    fn truncate(&self, file: &str, length: u64) -> io::Result<()> {
        let handle = OpenOptions::new().write(true).open(self.place(file)?)?;
        handle.set_len(length)?;
        handle.sync_all()
    }
}

/// Appends one record: length, checksum, payload. [`records`] reads them back.
#[must_use]
pub fn record(payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(payload.len() + 12);
    bytes.extend(length.to_le_bytes());
    bytes.extend(checksum(length, payload));
    bytes.extend(payload);
    bytes
}

/// The whole records at the start of `bytes` and how many bytes they take. What follows was torn
/// by a crash in the middle of an append, or is damaged.
#[must_use]
pub fn records(bytes: &[u8]) -> (Vec<&[u8]>, usize) {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((header, rest)) = bytes[at..].split_at_checked(12) {
        let length = u32::from_le_bytes([header[0], header[1], header[2], header[3]]);
        let Some(payload) = usize::try_from(length).ok().and_then(|n| rest.get(..n)) else { break };
        if checksum(length, payload) != header[4..] {
            break;
        }
        found.push(payload);
        at += 12 + payload.len();
    }
    (found, at)
}

fn checksum(length: u32, payload: &[u8]) -> [u8; 8] {
    use sha2::{Digest, Sha256};
    let digest: [u8; 32] =
        Sha256::new_with_prefix(length.to_le_bytes()).chain_update(payload).finalize().into();
    let mut short = [0; 8];
    short.copy_from_slice(&digest[..8]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn files_are_appended_to_read_and_cut_and_only_plain_names_are_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = Directory::open(folder.path().join("a/b")).expect("created");
        assert_eq!(disk.read("log").expect("none yet"), b"");
        disk.append("log", b"one").expect("appended");
        disk.append("log", b"two").expect("appended");
        disk.truncate("log", 4).expect("cut");
        let again = Directory::open(folder.path().join("a/b")).expect("there");
        assert_eq!(again.read("log").expect("read"), b"onet");
        for name in ["", "..", ".x", "a/b", "/a", "a\\b"] {
            let error = disk.append(name, b"x").expect_err(name);
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_torn_or_damaged_tail_never_hides_the_records_before_it(
            payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 1..6),
            cut in any::<proptest::sample::Index>(),
            flip in any::<proptest::sample::Index>(),
        ) {
            let bytes: Vec<u8> = payloads.iter().flat_map(|payload| record(payload)).collect();
            let (all, used) = records(&bytes);
            prop_assert_eq!(all.len(), payloads.len());
            prop_assert_eq!(used, bytes.len());

            let cut = cut.index(bytes.len());
            let (kept, used) = records(&bytes[..cut]);
            prop_assert!(used <= cut);
            for (kept, payload) in kept.iter().zip(&payloads) {
                prop_assert_eq!(*kept, payload.as_slice());
            }

            let mut damaged = bytes.clone();
            let at = flip.index(bytes.len());
            damaged[at] ^= 0x10;
            let (kept, used) = records(&damaged);
            prop_assert!(used <= at, "the damaged record at {} was taken ({} used)", at, used);
            prop_assert!(kept.len() < payloads.len());
        }
    }
}
