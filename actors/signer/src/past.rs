//! What keys signed last, in a file.

use crate::error::Error;
use crate::refusal::Refusal;
use bincode::{Decode, Encode};
use std::sync::Arc;
use troupe_consensus::{History, Kind, Mark, Permission, PublicKey, Statement};
use troupe_crypto::hash::sha256;
use troupe_runtime::Disk;
use troupe_types::Hash;
use troupe_wire::{Limit, List, codec};

/// The file that holds it. It is replaced at once, so there is always a whole one.
const FILE: &str = "signed";
/// What it begins with. Another form has another number.
const HEAD: &[u8; 16] = b"troupe signed 1\n";
/// Marks of the file: three of a key, and some of keys from before.
const MOST: usize = 192;

/// What the file says, between its beginning and its digest.
#[derive(Encode, Decode)]
struct Kept {
    chain: Hash,
    marks: List<(PublicKey, Mark), MOST>,
}

fn read(bytes: &[u8]) -> Result<Kept, Error> {
    let damaged = || Error::Digest { got: bytes.len() };
    let (said, digest) = bytes.split_last_chunk::<32>().ok_or_else(damaged)?;
    if sha256(said).0 != *digest {
        return Err(damaged());
    }
    let Some(body) = said.strip_prefix(HEAD) else {
        return Err(Error::Form("it does not begin with its name".to_owned()));
    };
    codec::decode(body, Limit::KiB64).map_err(|error| Error::Form(error.to_string()))
}

fn write(chain: Hash, history: &History) -> Result<Vec<u8>, Error> {
    let marks: Vec<(PublicKey, Mark)> = history.iter().collect();
    let many = Error::Many { got: marks.len(), limit: MOST };
    let kept = Kept { chain, marks: List::new(marks).map_err(|_| many)? };
    let body =
        codec::encode(&kept, Limit::KiB64).map_err(|error| Error::Form(error.to_string()))?;
    let mut bytes = [HEAD.as_slice(), &body].concat();
    bytes.extend(sha256(&bytes).0);
    Ok(bytes)
}

/// What was signed, of which chain. Nothing is admitted that contradicts it.
pub struct Past {
    disk: Arc<dyn Disk>,
    chain: Option<Hash>,
    history: History,
    /// Once a write has failed nothing is known of the file: the process has to start anew.
    failed: Option<String>,
}

impl std::fmt::Debug for Past {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Past({:?}, {} marks)", self.chain, self.history.iter().count())
    }
}

impl Past {
    /// Reads what was signed before, or begins where there is no file. One that is there and empty is damaged.
    pub fn open(disk: Arc<dyn Disk>) -> Result<Self, Error> {
        let (mut chain, mut history) = (None, History::default());
        if disk.list()?.contains_key(FILE) {
            let kept = read(&disk.read(FILE)?)?;
            chain = Some(kept.chain);
            for (key, mark) in kept.marks.into_inner() {
                history.note(key, mark);
            }
        }
        Ok(Self { disk, chain, history, failed: None })
    }

    /// The chain on which something was signed.
    #[must_use]
    pub const fn chain(&self) -> Option<Hash> {
        self.chain
    }

    /// What was signed last.
    #[must_use]
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// Why nothing can be written any more.
    pub(crate) fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// Takes in what keys signed elsewhere, durably; nothing is lowered. How much of it was new.
    pub fn bar(&mut self, chain: Hash, elsewhere: &History) -> Result<usize, Error> {
        if let Some(want) = self.chain.filter(|want| *want != chain) {
            return Err(Error::OtherChain { got: chain, want });
        }
        let mut history = self.history.clone();
        let new = history.merge(elsewhere).len();
        let (got, limit) = (history.iter().count(), MOST - Kind::ALL.len());
        if got > limit {
            // There is always room for what the key here signs.
            return Err(Error::Many { got, limit });
        }
        self.save(chain, history)?;
        Ok(new)
    }

    /// Writes down that a key signs a statement now, or says why it must not. Durable when it returns.
    pub(crate) fn admit(
        &mut self,
        key: PublicKey,
        chain: Hash,
        statement: &Statement,
    ) -> Result<(), Refusal> {
        if let Some(reason) = &self.failed {
            return Err(Refusal::Storage(reason.clone()));
        }
        if let Some(got) = self.chain.filter(|known| *known != chain) {
            return Err(Refusal::OtherChain { got });
        }
        match self.history.ask(&key, statement, &chain) {
            Permission::Refused(mark) => return Err(Refusal::NotLater(mark)),
            Permission::Again => return Ok(()),
            Permission::New => {}
        }
        let mut history = self.history.clone();
        history.note(key, Mark::of(statement, &chain));
        self.save(chain, history).map_err(|error| Refusal::Storage(error.to_string()))
    }

    fn save(&mut self, chain: Hash, history: History) -> Result<(), Error> {
        if let Some(reason) = &self.failed {
            return Err(Error::Failed(reason.clone()));
        }
        let bytes = write(chain, &history)?;
        if let Err(error) = self.disk.replace(FILE, &bytes) {
            self.failed = Some(error.to_string());
            return Err(error.into());
        }
        self.chain = Some(chain);
        self.history = history;
        Ok(())
    }
}
