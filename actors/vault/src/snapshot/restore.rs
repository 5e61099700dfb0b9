//! A vault that begins with a snapshot.

use super::finality::{Finality, Voucher};
use super::read::Snapshot;
use super::step::{Contents, RUN, Step, Told};
use crate::Error;
use crate::keep::write_proof;
use std::io::Read;
use std::sync::Arc;
use troupe_chain::block::encode_receipts;
use troupe_chain::snapshot::{Manifest, encode_headers};
use troupe_runtime::Disk;
use troupe_storage::log::Identity;
use troupe_storage::state::{Item, Runs};
use troupe_storage::{Commit, Plot};
use troupe_types::Bytes;
use troupe_wire::Fork;

/// Where a vault is to grow.
pub struct Garden {
    /// Where its log and its state files will lie. Has to hold no block.
    pub disk: Arc<dyn Disk>,
    /// A place for files that go when all is done, and from which an attempt that was killed goes on.
    pub scratch: Arc<dyn Disk>,
    /// A random number, for the log.
    pub salt: u32,
}

impl std::fmt::Debug for Garden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Garden")
    }
}

/// Fills an empty place with a snapshot. Whatever ends it before its end, a full disk too, it can be begun again and
/// goes on behind the last piece that was durable. Before the end a start finds no chain there. Refused is a snapshot
/// that nobody vouches for.
pub fn restore<R: Read>(
    mut snapshot: Snapshot<R>,
    garden: Garden,
    fork: &impl Fork,
    told: Told<'_>,
) -> Result<Contents, Error> {
    if snapshot.voucher() == Voucher::Itself {
        let manifest = snapshot.manifest();
        let (height, hash) = (manifest.height(), manifest.stored.block.hash());
        return Err(Error::Unvouched { height, hash });
    }
    let Garden { disk, scratch, salt } = garden;
    let chain = snapshot.chain();
    let plot = Plot::clear(disk, Identity { chain, salt })?;
    let mut runs = Runs::open(scratch, snapshot.name())?;
    let known = runs.upto();
    let (mut run, mut size): (Vec<Item>, u64) = (Vec::new(), 0);
    while let Some(piece) = snapshot.read_next(known, fork)? {
        let (at, total) = snapshot.at();
        told(Step::Pieces, at, total);
        if snapshot.pieces() <= known {
            continue;
        }
        for (key, value) in piece.items() {
            let key = key.to_bytes();
            size += (key.len() + value.len() + 64) as u64;
            run.push((key, value));
        }
        if size >= RUN.0 {
            runs.add(std::mem::take(&mut run), snapshot.pieces())?;
            size = 0;
        }
    }
    if !run.is_empty() {
        runs.add(run, snapshot.pieces())?;
    }
    let manifest = snapshot.manifest();
    let commit = commit(manifest, snapshot.finality())?;
    let (mut merge, expected) = (runs.merge()?, runs.size());
    let mut source = |_: Option<&[u8]>, limit: usize| merge.read_some(limit);
    let origin = encode_headers(&manifest.before);
    plot.plant(&commit, &origin, expected, &mut source, &mut |at| {
        told(Step::Planting, at.done, at.total);
    })?;
    let (items, pieces, (size, _)) = (runs.items(), snapshot.pieces(), snapshot.at());
    drop(merge);
    runs.clear()?;
    let Commit { height, hash, root, .. } = commit;
    Ok(Contents { height, hash, root, pieces, items, size: Bytes(size.0) })
}

fn commit(manifest: &Manifest, finality: &Finality) -> Result<Commit, Error> {
    let (block, height) = (&manifest.stored.block, manifest.height());
    let proof = finality.proof().ok_or(Error::Unprovable { height })?;
    Ok(Commit {
        height,
        hash: block.hash(),
        root: manifest.root(),
        block: block.encode()?,
        proof: write_proof(proof)?,
        receipts: encode_receipts(&manifest.receipts)?,
        edits: finality.edits(),
    })
}
