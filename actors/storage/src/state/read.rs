//! Finding and reading state files.

use super::layout::{
    About, CHUNK_HEADER, Chunk, HEADER, TRAILER, Trailer, chunk_length, height, read_chunk,
    read_header, read_trailer,
};
use crate::{Error, Phase, Progress};
use troupe_runtime::{DRAFT, Disk};
use troupe_types::{Bytes, Hash};

/// A state file whose header and trailer are whole. What is between is checked when it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateFile {
    pub(super) file: String,
    pub(super) about: About,
    pub(super) trailer: Trailer,
    pub(super) length: Bytes,
}

/// The chunks of a file, one after the other.
pub struct Chunks<'d> {
    disk: &'d dyn Disk,
    state: &'d StateFile,
    at: u64,
    number: u32,
    items: u64,
    crc: crc32fast::Hasher,
    last: Option<Vec<u8>>,
}

impl std::fmt::Debug for Chunks<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Chunks({} at {} of {})", self.state.file, self.at, self.state.length)
    }
}

/// State files as they lie there.
#[derive(Debug, Default)]
pub struct Shelved {
    /// Those of the chain whose header and trailer are whole, the newest first.
    pub files: Vec<StateFile>,
    /// What is wrong with others.
    pub refused: Vec<Error>,
    /// What was never finished.
    pub drafts: Vec<String>,
}

/// Looks at the state files of a chain, and changes none.
pub fn survey(disk: &dyn Disk, chain: Hash) -> Result<Shelved, Error> {
    let mut shelved = Shelved::default();
    for (name, length) in disk.list().map_err(Error::io("the folder"))?.into_iter().rev() {
        let finished = name.strip_suffix(DRAFT).unwrap_or(&name);
        if height(finished).is_none() {
            continue;
        }
        if finished != name {
            shelved.drafts.push(name);
            continue;
        }
        match StateFile::open(disk, &name, Bytes(length), chain) {
            Ok(state) => shelved.files.push(state),
            Err(error @ Error::Io { .. }) => return Err(error),
            Err(error) => shelved.refused.push(error),
        }
    }
    Ok(shelved)
}

/// The state files of a chain, the newest first, and what is wrong with the others. What is damaged
/// is removed, as is what was never finished.
pub fn list(disk: &dyn Disk, chain: Hash) -> Result<(Vec<StateFile>, Vec<Error>), Error> {
    let Shelved { files, refused, drafts } = survey(disk, chain)?;
    let damaged = refused.iter().filter_map(|error| match error {
        Error::Damaged { file, .. } => Some(file),
        _ => None,
    });
    for name in drafts.iter().chain(damaged) {
        disk.remove(name).map_err(Error::io(name))?;
    }
    Ok((files, refused))
}

impl StateFile {
    fn open(disk: &dyn Disk, file: &str, length: Bytes, chain: Hash) -> Result<Self, Error> {
        let damaged = |offset, reason| Error::damaged(file, offset, reason);
        let failed = |error| Error::io(file)(error);
        let last = length.0.checked_sub((HEADER + TRAILER) as u64);
        let last = last.ok_or_else(|| damaged(0, "too short for a state file"))? + HEADER as u64;
        let header = disk.read_part(file, 0, HEADER).map_err(failed)?;
        let mut about = read_header(&header).map_err(|_| damaged(0, "no header of a state"))?;
        let trailer = disk.read_part(file, last, TRAILER).map_err(failed)?;
        let trailer = read_trailer(&trailer).map_err(|_| damaged(last, "no trailer of a state"))?;
        let (got, want) = (about.chain, chain);
        if got != want {
            return Err(Error::OtherChain { file: file.to_owned(), got, want });
        }
        if height(file) != Some(about.height) || trailer.height != about.height {
            return Err(damaged(last, "the state of another height"));
        }
        about.root = trailer.root;
        Ok(Self { file: file.to_owned(), about, trailer, length })
    }

    /// Its name.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Which state it holds.
    #[must_use]
    pub const fn about(&self) -> &About {
        &self.about
    }

    /// How long it is.
    #[must_use]
    pub const fn length(&self) -> Bytes {
        self.length
    }

    /// How many items it has.
    #[must_use]
    pub const fn items(&self) -> u64 {
        self.trailer.items
    }

    /// Reads it, one chunk in memory at a time.
    #[must_use]
    pub fn chunks<'d>(&'d self, disk: &'d dyn Disk) -> Chunks<'d> {
        let (at, crc) = (HEADER as u64, crc32fast::Hasher::new());
        Chunks { disk, state: self, at, number: 0, items: 0, crc, last: None }
    }
}

impl Chunks<'_> {
    fn damaged(&self, reason: &'static str) -> Error {
        Error::damaged(&self.state.file, self.at, reason)
    }

    /// The next chunk; `None` after the last one, when all of the file has been checked.
    pub fn read_next(&mut self) -> Result<Option<Chunk>, Error> {
        let end = self.state.length.0 - TRAILER as u64;
        if self.at == end {
            return self.finish();
        }
        let failed = |error| Error::io(&self.state.file)(error);
        let header =
            self.disk.read_part(&self.state.file, self.at, CHUNK_HEADER).map_err(failed)?;
        let length = chunk_length(&header).map(|length| CHUNK_HEADER + length);
        let length = length.filter(|length| self.at + *length as u64 <= end);
        let length = length.ok_or_else(|| self.damaged("no chunk"))?;
        let bytes = self.disk.read_part(&self.state.file, self.at, length).map_err(failed)?;
        let chunk = read_chunk(&bytes).map_err(|_| self.damaged("a chunk that is not whole"))?;
        let follows = match (&self.last, chunk.items.first()) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(last), Some((key, _))) => last < key,
        };
        if !follows || chunk.number != self.number {
            return Err(self.damaged("chunks out of order"));
        }
        self.crc.update(&bytes[..4]);
        self.last = chunk.items.last().map(|(key, _)| key.clone());
        self.at += length as u64;
        self.number += 1;
        self.items += chunk.items.len() as u64;
        Ok(Some(chunk))
    }

    fn finish(&self) -> Result<Option<Chunk>, Error> {
        let Trailer { items, chunks, chunks_crc, .. } = self.state.trailer;
        let crc = self.crc.clone().finalize();
        if (self.items, self.number, crc) != (items, chunks, chunks_crc) {
            return Err(self.damaged("other chunks than the trailer says"));
        }
        Ok(None)
    }

    /// How far the reading has come.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let (done, total) = (Bytes(self.at), Bytes(self.state.length.0 - TRAILER as u64));
        Progress { phase: Phase::Loading, done, total, items: self.items }
    }
}
