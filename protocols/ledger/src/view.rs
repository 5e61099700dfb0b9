//! A block as consensus sees it.

use troupe_chain::block::Body;
use troupe_chain::{Block, Header};
use troupe_consensus::{Causes, Place};
use troupe_types::Height;

/// What consensus reads of a block. `last` is the last height of the block's epoch.
#[must_use]
pub fn seen(block: &Block, last: Height) -> troupe_consensus::Header {
    let Header { parent, height, epoch, view, index, time, state_root, .. } = *block.header();
    troupe_consensus::Header {
        hash: block.hash(),
        parent,
        height,
        place: Place { epoch, view },
        index,
        time,
        root: state_root,
        causes: Causes {
            has_transactions: !block.body().transactions.is_empty(),
            has_evidence: !block.body().evidence.is_empty(),
            ends_epoch: height == last,
        },
    }
}

/// What consensus reads of a block of which only the header is at hand: the same as [`seen`] for a block
/// whose body belongs to its header.
#[must_use]
pub fn seen_header(header: &Header, last: Height) -> troupe_consensus::Header {
    let nothing = Body::default();
    let Header { parent, height, epoch, view, index, time, state_root, .. } = *header;
    troupe_consensus::Header {
        hash: header.hash(),
        parent,
        height,
        place: Place { epoch, view },
        index,
        time,
        root: state_root,
        causes: Causes {
            has_transactions: header.transactions_root != nothing.transactions_root(),
            has_evidence: header.evidence_hash != nothing.evidence_hash(),
            ends_epoch: height == last,
        },
    }
}

/// Whether a block's bytes are a block of this chain's encoding, the one that its name stands for, and
/// say what consensus was told of it. Costs decoding and a hash or two for each transaction.
///
/// That it ends its epoch is not checked here: consensus knows the epochs itself.
#[must_use]
pub fn belongs(block: &troupe_consensus::Block) -> bool {
    open(block).is_some()
}

/// The block inside, if it [`belongs`].
pub(crate) fn open(block: &troupe_consensus::Block) -> Option<Block> {
    let inner = Block::decode(&block.body).ok()?;
    let mut want = seen(&inner, Height::ZERO);
    want.causes.ends_epoch = block.header.causes.ends_epoch;
    let is_it = want == block.header && inner.check_body().is_ok();
    is_it.then_some(inner)
}
