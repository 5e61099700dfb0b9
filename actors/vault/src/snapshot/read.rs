//! Reading a snapshot: first what it is of, then piece by piece.

use super::finality::{Finality, Voucher};
use super::step::{Contents, Step, Told};
use crate::carry::Frames;
use crate::error::Error;
use std::io::Read;
use troupe_chain::Genesis;
use troupe_chain::frames::{Content, Tag};
use troupe_chain::snapshot::{Cover, Manifest, Piece};
use troupe_crypto::Scheme;
use troupe_types::{Bytes, Hash};
use troupe_wire::Fork;

/// A snapshot whose block is final, if its [`Voucher`] is right.
#[derive(Debug)]
pub struct Snapshot<R> {
    frames: Frames<R>,
    manifest: Manifest,
    encoded: Vec<u8>,
    finality: Finality,
    cover: Cover,
    chain: Hash,
    pieces: u64,
    total: Bytes,
}

impl<R: Read> Snapshot<R> {
    /// Reads what a snapshot is of, and refuses one that is not of a final block of the chain, or not of the block
    /// that is trusted, where one is. `total` is how long the file is.
    ///
    /// Where stakes elect, its validators are known when all of it was read: what is left to check is checked then.
    pub fn begin<S: Scheme>(
        source: R,
        total: Bytes,
        (genesis, chain): (&Genesis, Hash),
        trusted: Option<Hash>,
    ) -> Result<Self, Error> {
        let mut frames = Frames::open(source, Content::Snapshot, chain)?;
        let first = frames.read_next()?.filter(|(tag, _)| *tag == Tag::Manifest);
        let reason = "a snapshot without its manifest";
        let missing = troupe_chain::Error::Malformed { what: "snapshot", reason };
        let (_, encoded) = first.ok_or_else(|| frames.refuse(missing))?;
        let manifest = Manifest::decode(&encoded).map_err(|reason| frames.refuse(reason))?;
        let height = manifest.height();
        let finality = Finality::begin::<S>(&manifest.stored, (genesis, chain), trusted)
            .map_err(|reason| Error::refused(height, reason))?;
        let cover = Cover::new(manifest.root());
        Ok(Self { frames, manifest, encoded, finality, cover, chain, pieces: 0, total })
    }

    /// What it is of.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The hash of its chain's genesis block.
    #[must_use]
    pub const fn chain(&self) -> Hash {
        self.chain
    }

    /// Who says that its block is final.
    #[must_use]
    pub const fn voucher(&self) -> Voucher {
        self.finality.voucher()
    }

    /// Why its block is final.
    pub(super) const fn finality(&self) -> &Finality {
        &self.finality
    }

    /// A name for this file: another is of another block, or of another length.
    pub(super) fn name(&self) -> Hash {
        let total = self.total.0.to_le_bytes();
        troupe_crypto::hash::keccak256_concat(&[&self.encoded, &total])
    }

    /// How far it has been read.
    #[must_use]
    pub const fn at(&self) -> (Bytes, Bytes) {
        (self.frames.at(), self.total)
    }

    /// How many pieces were read.
    #[must_use]
    pub const fn pieces(&self) -> u64 {
        self.pieces
    }

    /// The next piece, checked on its own; `None` after the last one, when nothing is missing. Those up to the
    /// number `known` were checked by an earlier attempt.
    pub fn read_next(&mut self, known: u64, fork: &impl Fork) -> Result<Option<Piece>, Error> {
        let at = self.frames.at();
        let wrong = |reason| Error::bad_file(at.0, reason);
        let Some((tag, payload)) = self.frames.read_next()? else {
            self.cover.finish().map_err(wrong)?;
            let height = self.manifest.height();
            let settled = self.finality.settle(&self.manifest.stored);
            settled.map_err(|reason| Error::refused(height, reason))?;
            return Ok(None);
        };
        if tag != Tag::Piece {
            let reason = "a frame that is no piece";
            return Err(wrong(troupe_chain::Error::Malformed { what: "snapshot", reason }));
        }
        let piece = Piece::decode(&payload).map_err(wrong)?;
        let wanted = self.finality.wanted(&piece);
        if self.pieces >= known || !wanted.is_empty() {
            piece.check(&self.manifest.root(), fork).map_err(wrong)?;
        }
        self.cover.take(&piece).map_err(wrong)?;
        self.finality.take(wanted);
        self.pieces += 1;
        Ok(Some(piece))
    }

    /// Checks all that is left, and keeps nothing.
    pub fn verify(mut self, fork: &impl Fork, told: Told<'_>) -> Result<Contents, Error> {
        let mut items = 0;
        while let Some(piece) = self.read_next(0, fork)? {
            items += piece.items().len() as u64;
            let (at, total) = self.at();
            told(Step::Pieces, at, total);
        }
        Ok(Contents {
            height: self.manifest.height(),
            hash: self.manifest.stored.block.hash(),
            root: self.manifest.root(),
            pieces: self.pieces,
            items,
            size: self.frames.at(),
        })
    }
}
