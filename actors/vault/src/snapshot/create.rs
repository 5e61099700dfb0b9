//! Making a snapshot from what lies on a disk, beside whoever writes it.

use super::step::{Contents, RUN, Step, Told};
use crate::carry::{Around, FrameWriter, log_size, prove};
use crate::{Error, Stored};
use std::collections::VecDeque;
use std::io::Write;
use std::ops::ControlFlow;
use std::sync::Arc;
use troupe_chain::block::{Block, Body, decode_receipts};
use troupe_chain::frames::{Content, Tag};
use troupe_chain::snapshot::{Cuts, MAX_BEFORE, Maker, Manifest, Piece};
use troupe_chain::state::{Chunk, Code, FlatKey, Rebuild};
use troupe_chain::{Header, block};
use troupe_consensus::MAX_LINKS;
use troupe_ledger::Proven;
use troupe_runtime::Disk;
use troupe_storage::Commit;
use troupe_storage::log::{Found, Kind, look};
use troupe_storage::state::{Item, Past, Runs};
use troupe_types::{Hash, Height};
use troupe_wire::Fork;

/// About how many bytes of codes go into one piece.
const CODES: usize = 1 << 20;

/// Writes the snapshot of a block, or of the last one that can be proven to others. `scratch` is a place for files
/// that go before it returns. Nothing of the chain's disk is changed; a process may be writing there.
pub fn create<W: Write>(
    (disk, chain): (&dyn Disk, Hash),
    wanted: Option<Height>,
    scratch: Arc<dyn Disk>,
    sink: W,
    fork: &impl Fork,
    told: Told<'_>,
) -> Result<(W, Contents), Error> {
    let found = Nearby::find((disk, chain), wanted, told)?;
    let height = found.height;
    let past = Past::at(disk, chain, height, &mut |at| told(Step::Searching, at.done, at.total))?;
    let commit = past.commit();
    let mut rebuild = Rebuild::new();
    let (mut items, mut count) = (past.items(disk), 0);
    while let Some(given) = items.read_next()? {
        count += given.len() as u64;
        rebuild.feed(&Chunk { items: keys(given)? }, fork)?;
        told(Step::Reading, items.progress().done, items.progress().total);
    }
    let (trie, root, got) = rebuild.finish(fork)?;
    if got != commit.root {
        return Err(Error::Root { height, got, want: commit.root });
    }
    let mut file = FrameWriter::begin(sink, Content::Snapshot, chain)?;
    let manifest = found.manifest(commit, count)?;
    file.write(Tag::Manifest, &manifest.encode()?)?;
    let mut maker = Maker::new(&trie, &root, Cuts::default());
    let mut writing = Writing { file, pieces: 0 };
    let runs = sort((&past, disk), &mut maker, scratch, &mut writing, told)?;
    let (mut merge, total) = (runs.merge()?, runs.size());
    while let Some((key, value)) = merge.read_next()? {
        if let Some(piece) = maker.push(&key, &value)? {
            writing.piece(&piece)?;
            told(Step::Pieces, writing.file.at().min(total), total);
        }
    }
    if let Some(last) = maker.finish()? {
        writing.piece(&last)?;
    }
    runs.clear()?;
    let Writing { file, pieces } = writing;
    let (sink, size) = file.finish()?;
    let Commit { hash, root, .. } = *commit;
    Ok((sink, Contents { height, hash, root, pieces, items: count, size }))
}

struct Writing<W> {
    file: FrameWriter<W>,
    pieces: u64,
}

impl<W: Write> Writing<W> {
    fn piece(&mut self, piece: &Piece) -> Result<(), Error> {
        self.pieces += 1;
        self.file.write(Tag::Piece, &piece.encode()?)
    }
}

fn keys(items: Vec<Item>) -> Result<Vec<(FlatKey, Vec<u8>)>, Error> {
    let read = |(key, value): Item| Ok((FlatKey::from_bytes(&key)?, value));
    items.into_iter().map(read).collect()
}

/// Writes the codes, and sorts everything else by the hashes of its keys.
fn sort<W: Write>(
    (past, disk): (&Past, &dyn Disk),
    maker: &mut Maker<'_>,
    scratch: Arc<dyn Disk>,
    writing: &mut Writing<W>,
    told: Told<'_>,
) -> Result<Runs, Error> {
    // What an earlier attempt left is of no use: it may be of another block.
    Runs::open(Arc::clone(&scratch), Hash::default())?;
    let mut runs = Runs::open(scratch, past.commit().hash)?;
    let (mut run, mut size): (Vec<Item>, u64) = (Vec::new(), 0);
    let (mut codes, mut length): (Vec<Code>, usize) = (Vec::new(), 0);
    let mut items = past.items(disk);
    while let Some(given) = items.read_next()? {
        for (key, value) in keys(given)? {
            if let FlatKey::Code(hash) = key {
                // Those that no account has any more stay behind.
                if maker.has_code(&hash) {
                    length += value.len();
                    codes.push(value.into());
                }
                if length >= CODES {
                    writing.piece(&Piece::Codes(std::mem::take(&mut codes)))?;
                    length = 0;
                }
                continue;
            }
            let Some((key, value)) = maker.sort(&key, &value) else { continue };
            size += (key.len() + value.len() + 64) as u64;
            run.push((key, value));
            if size >= RUN.0 {
                runs.add(std::mem::take(&mut run), 0)?;
                size = 0;
            }
        }
        told(Step::Sorting, items.progress().done, items.progress().total);
    }
    if !codes.is_empty() {
        writing.piece(&Piece::Codes(codes))?;
    }
    if !run.is_empty() {
        runs.add(run, 0)?;
    }
    Ok(runs)
}

/// A block that is proven, and what is around it: headers and proofs alone.
struct Nearby {
    blocks: VecDeque<Arc<Stored>>,
    height: Height,
    proven: Option<Proven>,
}

/// How many blocks are kept in mind while the log is read.
const KEPT: usize = MAX_BEFORE + 2 * MAX_LINKS;

impl Nearby {
    /// Finds the block of a height, or the last one that can be proven.
    fn find(
        (disk, chain): (&dyn Disk, Hash),
        wanted: Option<Height>,
        told: Told<'_>,
    ) -> Result<Self, Error> {
        let (mut blocks, mut failed) = (VecDeque::new(), None);
        let end = wanted.map(|wanted| wanted.0.saturating_add(MAX_LINKS as u64));
        let mut take = |found: Found<'_>| -> Result<bool, Error> {
            let commit = Commit::decode(found.payload)?;
            blocks.push_back(Arc::new(thin(&commit)?));
            if blocks.len() > KEPT {
                blocks.pop_front();
            }
            Ok(end.is_some_and(|end| commit.height.0 >= end))
        };
        let total = log_size(disk)?;
        let looked = look(disk, chain, &mut |found, done| {
            told(Step::Searching, done, total);
            if found.kind != Kind::Commit {
                return ControlFlow::Continue(());
            }
            match take(found) {
                Ok(false) => ControlFlow::Continue(()),
                Ok(true) => ControlFlow::Break(()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        if let Some(wrong) = looked.wrong.into_iter().next() {
            return Err(wrong.into());
        }
        let mut around = Self { blocks, height: Height::ZERO, proven: None };
        let last = around.blocks.back().map_or(Height::ZERO, |last| last.block.header().height);
        around.height = wanted.unwrap_or(last);
        loop {
            let height = around.height;
            if let Some(proven) = prove(height, &mut around)? {
                around.proven = Some(proven);
                return Ok(around);
            }
            let is_hopeless = last.since(height) > MAX_LINKS as u64;
            let Some(below) = height.0.checked_sub(1).filter(|_| wanted.is_none() && !is_hopeless)
            else {
                return Err(Error::Unprovable { height });
            };
            around.height = Height(below);
        }
    }

    fn manifest(&self, commit: &Commit, items: u64) -> Result<Manifest, Error> {
        let height = self.height;
        let proof = self.proven.as_ref().and_then(Proven::encode);
        let proof = proof.ok_or(Error::Unprovable { height })?.into();
        let stored = block::Stored { block: Block::decode(&commit.block)?, proof };
        let receipts = decode_receipts(&commit.receipts)?;
        let below = self.blocks.iter().rev().filter(|one| one.block.header().height < height);
        let before = below.take(MAX_BEFORE).map(|one| one.block.header().clone()).collect();
        Ok(Manifest { stored, receipts, before, items })
    }
}

/// A block without its body.
fn thin(commit: &Commit) -> Result<Stored, Error> {
    let header: Header = block::Stored::decode_header(&commit.block)?;
    let block = Arc::new(Block::new(header, Body::default()));
    let proof = crate::keep::read_proof(&commit.proof)?;
    Ok(Stored { block, receipts: Arc::default(), proof })
}

impl Around for Nearby {
    fn stored(&mut self, height: Height) -> Result<Option<Arc<Stored>>, Error> {
        let found = self.blocks.iter().find(|stored| stored.block.header().height == height);
        Ok(found.cloned())
    }

    fn header(&mut self, height: Height, hash: &Hash) -> Result<Option<Header>, Error> {
        let stored = self.stored(height)?.filter(|stored| stored.block.hash() == *hash);
        Ok(stored.map(|stored| stored.block.header().clone()))
    }
}
