//! Showing a stranger that blocks are final, and looking at what strangers show.
//!
//! A certificate says nothing of a block's parent but by the block's hash. So whoever did not follow the
//! chain takes headers for what their hashes say and nothing else: a proof travels as certificates and
//! the chain's own headers, and what consensus reads of a block is worked out from those.

use crate::error::Unproven;
use crate::{Error, seen_header};
use bincode::{Decode, Encode};
use std::sync::Arc;
use troupe_chain::Header;
use troupe_chain::block::{MAX_HEADER, Stored};
use troupe_consensus::{Certificate, Claim, CommitProof, Link, MAX_LINKS, Schedule, Term};
use troupe_types::{Hash, Height};
use troupe_wire::{Blob, Limit, List, codec};

/// Shows that a block is final; goes with that block.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Proven {
    /// Its certificate.
    pub own: Certificate,
    /// The certified blocks above it that make it final, ascending.
    pub above: List<Above, MAX_LINKS>,
}

/// One of the blocks above.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Above {
    /// Its header in the chain's encoding.
    pub header: Blob<MAX_HEADER>,
    /// Its certificate.
    pub certificate: Certificate,
}

impl Proven {
    /// The largest encoding.
    pub const LIMIT: Limit = Limit::KiB64;

    /// Puts a proof into this form. `None` where one of the headers is not found, or the proof is longer
    /// than any that is needed in practice.
    #[must_use]
    pub fn of(proof: &CommitProof, find: impl Fn(Height, Hash) -> Option<Header>) -> Option<Self> {
        let (own, above) = proof.0.split_first()?;
        let above = above
            .iter()
            .map(|link| {
                let mut bytes = Vec::with_capacity(MAX_HEADER);
                find(link.header.height, link.header.hash)?.encode(&mut bytes);
                let header = Blob::new(bytes).ok()?;
                Some(Above { header, certificate: link.certificate })
            })
            .collect::<Option<Vec<Above>>>()?;
        Some(Self { own: own.certificate, above: List::new(above).ok()? })
    }

    /// Its bytes; `None` above the limit.
    #[must_use]
    pub fn encode(&self) -> Option<Vec<u8>> {
        codec::encode(self, Self::LIMIT).ok()
    }
}

/// What a look at stored blocks says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// The first of them are final if the claims are true.
    Final {
        /// Why, for each of the first blocks.
        proofs: Vec<CommitProof>,
        /// What is left to find out: whether these signatures are good.
        claims: Vec<Claim>,
        /// The headers above the last block that prove it; none where not all of the blocks were looked at.
        above: Vec<Header>,
    },
    /// Their validators are not known before earlier blocks are executed.
    NotYet,
}

/// The certified headers of a range and of what proves its last block.
struct Path {
    links: Vec<Link>,
    /// How many of the links are of blocks above the range.
    above: Vec<Header>,
    /// There is more, of terms that are not known.
    is_cut: bool,
}

/// Looks at consecutive blocks, each the child of the one before, with bodies that are theirs. All is
/// checked but signatures. Every block is proven by the certificates of those above it, within the
/// range wherever they are there, so that each signature is checked once.
pub fn check_final(
    blocks: &[Arc<Stored>],
    terms: &[Term],
    genesis: &Hash,
) -> Result<Checked, Error> {
    let schedule = schedule(terms)?;
    let Path { links, above, is_cut } = path(blocks, &schedule)?;
    let mut proofs = Vec::with_capacity(blocks.len());
    let mut claims = Vec::with_capacity(links.len());
    for (at, stored) in blocks.iter().enumerate() {
        let height = stored.block.header().height;
        let Some(proof) = links.get(at..).and_then(CommitProof::shortest) else {
            if is_cut {
                break;
            }
            return Err(Unproven::Short { height }.into());
        };
        let all = proof.check(&schedule, genesis).map_err(Unproven::Links)?;
        // The claims about blocks that an earlier proof ends with were made with it.
        let made = claims.len().saturating_sub(at);
        claims.extend(all.into_iter().skip(made));
        proofs.push(proof);
    }
    if proofs.is_empty() {
        return if is_cut { Ok(Checked::NotYet) } else { Err(Unproven::Nothing.into()) };
    }
    let above = if proofs.len() == blocks.len() { above } else { Vec::new() };
    Ok(Checked::Final { proofs, claims, above })
}

/// Looks at one header by itself, as [`check_final`] does at blocks: what is left to find out is whether
/// these signatures are good.
pub(crate) fn check_one(
    header: &Header,
    proven: &Proven,
    schedule: &Schedule,
    genesis: &Hash,
) -> Result<Vec<Claim>, Unproven> {
    let height = header.height;
    let mut path = Path { links: Vec::new(), above: Vec::new(), is_cut: false };
    let last = last_of_term(schedule, height).ok_or(Unproven::Outside { height })?;
    path.links.push(Link { header: seen_header(header, last), certificate: proven.own });
    path.climb(height, &proven.above, schedule)?;
    let proof = CommitProof::shortest(&path.links);
    let proof = proof.ok_or(match path.is_cut {
        true => Unproven::Outside { height },
        false => Unproven::Short { height },
    })?;
    proof.check(schedule, genesis).map_err(Unproven::Links)
}

fn schedule(terms: &[Term]) -> Result<Schedule, Unproven> {
    let (first, others) = terms.split_first().ok_or(Unproven::Nothing)?;
    let mut schedule = Schedule::new(first.clone());
    for term in others {
        schedule.extend(term.clone())?;
    }
    Ok(schedule)
}

/// Reads what is certified, as far as the terms reach.
fn path(blocks: &[Arc<Stored>], schedule: &Schedule) -> Result<Path, Unproven> {
    let mut path = Path { links: Vec::new(), above: Vec::new(), is_cut: false };
    let mut tail = None;
    for stored in blocks {
        let header = stored.block.header();
        let height = header.height;
        let Some(last) = last_of_term(schedule, height) else {
            path.is_cut = true;
            return Ok(path);
        };
        let proven: Proven = codec::decode(&stored.proof, Proven::LIMIT)
            .map_err(|reason| Unproven::Malformed { height, reason })?;
        let Proven { own, above } = proven;
        path.links.push(Link { header: seen_header(header, last), certificate: own });
        tail = Some((height, above));
    }
    if let Some((height, above)) = tail {
        path.climb(height, &above, schedule)?;
    }
    Ok(path)
}

impl Path {
    /// Goes on with the headers above a block, as far as the terms reach.
    fn climb(
        &mut self,
        height: Height,
        above: &[Above],
        schedule: &Schedule,
    ) -> Result<(), Unproven> {
        for Above { header, certificate } in above {
            let header =
                Header::decode(header).map_err(|reason| Unproven::Header { height, reason })?;
            let Some(last) = last_of_term(schedule, header.height) else {
                self.is_cut = true;
                return Ok(());
            };
            self.links.push(Link { header: seen_header(&header, last), certificate: *certificate });
            self.above.push(header);
        }
        Ok(())
    }
}

/// The last height of the term of a height that is known; of one below all of them nothing is known.
fn last_of_term(schedule: &Schedule, height: Height) -> Option<Height> {
    schedule.iter().find(|term| term.holds(height)).map(|term| term.last)
}
