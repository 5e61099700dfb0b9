//! Looking at everything that is kept, and changing nothing.

mod blocks;
mod start;

use crate::Error;
use blocks::Audit;
use std::ops::ControlFlow;
use troupe_chain::Genesis;
use troupe_chain::state::{Chunk, FlatKey, Rebuild};
use troupe_crypto::Scheme;
use troupe_runtime::Disk;
use troupe_storage::log::{Kind, Look, look};
use troupe_storage::state::{StateFile, survey};
use troupe_storage::{Boot, Commit};
use troupe_types::{Bytes, Hash, Height};
use troupe_wire::Fork;

/// Of one kind of mistake no more are told than these.
const MOST: usize = 100;

/// What was found.
#[derive(Debug, Default)]
pub struct Checked {
    /// The log.
    pub log: Look,
    /// The blocks in it.
    pub blocks: Blocks,
    /// The state files, the newest first.
    pub states: Vec<State>,
    /// What is wrong. Nothing of it was changed.
    pub wrong: Vec<String>,
    /// What a start of a node would do with it.
    pub start: Vec<String>,
}

/// The blocks of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Blocks {
    /// The lowest; `None` where there is none.
    pub first: Option<Height>,
    /// The highest.
    pub last: Option<Height>,
    /// How many there are.
    pub count: u64,
    /// Their transactions.
    pub transactions: u64,
    /// Certificates whose signatures were checked.
    pub certificates: u64,
    /// Blocks whose proofs were not checked: stakes have elected their validators before the log begins.
    pub unknown: u64,
}

/// A state file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Its name.
    pub file: String,
    /// After which block it was so.
    pub height: Height,
    /// How long it is.
    pub length: Bytes,
    /// How many items it has.
    pub items: u64,
    /// The root that comes out of it; `None` where it cannot be read.
    pub root: Option<Hash>,
}

/// What is being looked at, bytes of it, bytes of all of it.
pub type Looking<'t> = &'t mut dyn FnMut(&'static str, Bytes, Bytes);

/// Checks the log, all that blocks say of themselves, the proofs that they are final against the validators of the
/// genesis, and the roots of the state files.
pub fn check<S: Scheme>(
    disk: &dyn Disk,
    (genesis, chain): (&Genesis, Hash),
    boot: Option<Boot>,
    fork: &impl Fork,
    looking: Looking<'_>,
) -> Result<Checked, Error> {
    let mut audit = Audit::<S>::new(genesis.clone(), chain)?;
    let total = crate::carry::log_size(disk)?;
    let log = look(disk, chain, &mut |found, done| {
        looking("log and blocks", done, total);
        if found.kind == Kind::Commit {
            match Commit::decode(found.payload) {
                Ok(commit) => audit.block(&commit),
                Err(error) => audit.wrong.push(format!("record {}: {error}", found.sequence)),
            }
        }
        ControlFlow::Continue(())
    })?;
    let mut wrong: Vec<String> = log.wrong.iter().map(ToString::to_string).collect();
    let shelved = survey(disk, chain)?;
    wrong.append(&mut audit.wrong);
    wrong.extend(shelved.refused.iter().map(ToString::to_string));
    let mut states = Vec::new();
    for file in &shelved.files {
        let (state, mistakes) = state(file, disk, fork, looking);
        wrong.extend(mistakes);
        let known = audit.roots.get(&state.height);
        if let (Some(got), Some(want)) = (state.root, known)
            && got != *want
        {
            wrong.push(format!("{}: root {got}, block {} says {want}", state.file, state.height));
        }
        states.push(state);
    }
    let start = start::foresee(&log, &shelved, &states, audit.blocks.last, boot);
    if wrong.len() > MOST {
        let more = wrong.len() - MOST;
        wrong.truncate(MOST);
        wrong.push(format!("and {more} more"));
    }
    Ok(Checked { log, blocks: audit.blocks, states, wrong, start })
}

/// Reads a whole state file, and computes its root.
fn state(
    file: &StateFile,
    disk: &dyn Disk,
    fork: &impl Fork,
    looking: Looking<'_>,
) -> (State, Option<String>) {
    let about = file.about();
    let (name, height) = (file.file().to_owned(), about.height);
    let mut state =
        State { file: name, height, length: file.length(), items: file.items(), root: None };
    match root(file, disk, fork, looking) {
        Ok(root) => state.root = Some(root),
        Err(error) => return (state, Some(format!("{}: {error}", file.file()))),
    }
    let is_it = state.root == Some(about.root);
    let mistake = (!is_it).then(|| format!("{}: its root is not {}", file.file(), about.root));
    (state, mistake)
}

fn root(
    file: &StateFile,
    disk: &dyn Disk,
    fork: &impl Fork,
    looking: Looking<'_>,
) -> Result<Hash, Error> {
    let (mut rebuild, mut chunks) = (Rebuild::new(), file.chunks(disk));
    while let Some(chunk) = chunks.read_next()? {
        let items = chunk.items.into_iter();
        let read = items.map(|(key, value)| Ok((FlatKey::from_bytes(&key)?, value)));
        let items = read.collect::<Result<_, troupe_chain::Error>>()?;
        rebuild.feed(&Chunk { items }, fork)?;
        looking("state files", chunks.progress().done, chunks.progress().total);
    }
    Ok(rebuild.finish(fork)?.2)
}
