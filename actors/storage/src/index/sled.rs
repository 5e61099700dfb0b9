//! An index in sled's files.
//!
//! sled never syncs while it runs, and reuses parts of its file: cut by a loss of power it may panic
//! when it is opened, or open without keys that were there. Who opens it has to know that this did not
//! happen.

use super::traits::{Edits, Index, Shelf, take_within};
use crate::Error;
use crate::state::Item;
use std::fs::{self, File};
use std::io;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use troupe_types::Bytes;

/// A folder for sled, and nothing else.
#[derive(Debug, Clone)]
pub struct SledShelf {
    folder: PathBuf,
    cache: Bytes,
}

#[derive(Debug)]
struct Sled(sled::Db);

impl SledShelf {
    /// How much memory the cache may take unless somebody says otherwise.
    pub const CACHE: Bytes = Bytes::mib(128);

    /// Keeps the index in a folder, which need not exist.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, cache: Bytes) -> Self {
        Self { folder: folder.into(), cache }
    }
}

impl From<sled::Error> for Error {
    fn from(error: sled::Error) -> Self {
        Self::Index(error.to_string())
    }
}

impl Index for Sled {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.0.get(key)?.map(|value| value.to_vec()))
    }

    fn put(&self, edits: Edits) -> Result<(), Error> {
        let mut batch = sled::Batch::default();
        for (key, value) in edits {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        Ok(self.0.apply_batch(batch)?)
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Item>, Error> {
        let from = after.map_or(Bound::Included(prefix), Bound::Excluded);
        let items = self.0.range::<&[u8], _>((from, Bound::Unbounded));
        let is_ours = |item: &sled::Result<(sled::IVec, sled::IVec)>| {
            item.as_ref().map_or(true, |(key, _)| key.starts_with(prefix))
        };
        let ours = items.take_while(is_ours);
        take_within(
            ours.map(|item| item.map(|(k, v)| (k.to_vec(), v.to_vec())).map_err(Into::into)),
            limit,
        )
    }

    fn last(&self, prefix: &[u8], before: &[u8]) -> Result<Option<Item>, Error> {
        let last = self.0.get_lt(before)?.filter(|(key, _)| key.starts_with(prefix));
        Ok(last.map(|(key, value)| (key.to_vec(), value.to_vec())))
    }
}

impl Shelf for SledShelf {
    fn open(&self) -> Result<Arc<dyn Index>, Error> {
        let config = sled::Config::new().path(&self.folder).cache_capacity(self.cache.0);
        // It asserts where it could say that its file is damaged.
        let opened = catch_unwind(AssertUnwindSafe(|| config.open()));
        let opened =
            opened.map_err(|_| Error::Index("sled panicked at its own file".to_owned()))?;
        Ok(Arc::new(Sled(opened?)))
    }

    fn discard(&self) -> Result<(), Error> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            outcome => outcome.map_err(Error::io(&self.folder.to_string_lossy())),
        }
    }

    fn close(&self, index: Arc<dyn Index>) -> Result<(), Error> {
        if Arc::strong_count(&index) > 1 {
            return Err(Error::InUse);
        }
        // Its threads end and its buffers are written when the last handle goes.
        drop(index);
        sync_all(&self.folder).map_err(Error::io(&self.folder.to_string_lossy()))
    }
}

/// Syncs all files of a folder and the folder's own name.
fn sync_all(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_all(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    File::open(folder)?.sync_all()?;
    folder.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}
