//! The frames of every stream: the one place that knows what travels where.

use super::{DIGEST, Program};
use crate::{
    Peer,
    evidence::SALT,
    peer::{next, prev},
};

/// Words of a seed or key.
pub(crate) const SEED: u64 = 2;
/// Words before the seeds in an owner's first frame: row count and alignment digest.
pub(crate) const ANNOUNCEMENT: u64 = 5;

/// The words in each frame that `from` sends to `to`; `None` where nothing travels.
///
/// * Party to party: a frame with the pair's seed (none towards the next party) and a digest of what
///   both take up, where anything is; then one frame for every round, one for every round of the checks,
///   each check after its portion, and one to close.
/// * Owner to party: row count, alignment digest and seeds; then, to the two parties that hold the
///   third piece, one frame for each of the owner's columns, a centre after its column.
/// * Party to receiver: one frame for each result, the party's first piece before its second; then
///   the random numbers in the commitments to these pieces, what commits to the results of each
///   receiver, and what is kept.
pub(crate) fn frames(program: &Program, from: Peer, to: Peer) -> Option<Vec<u64>> {
    if !program.has(from) || !program.has(to) {
        return None;
    }
    match (from, to) {
        (Peer::Party(me), Peer::Party(you)) if you == prev(me) => {
            let words = program.exchanged(move |frame| frame[usize::from(me)].prev);
            Some(
                std::iter::once(SEED + shown(program))
                    .chain(words)
                    .chain([closing(program)])
                    .collect(),
            )
        }
        (Peer::Party(me), Peer::Party(you)) if you == next(me) => {
            let words = program.exchanged(move |frame| frame[usize::from(me)].next);
            Some(std::iter::once(shown(program)).chain(words).chain([closing(program)]).collect())
        }
        (Peer::Owner(_), Peer::Party(0)) => Some(vec![ANNOUNCEMENT + 2 * SEED]),
        (Peer::Owner(owner), Peer::Party(_)) => {
            let columns = program.columns_of(owner).map(|(_, column)| column.words());
            Some(std::iter::once(ANNOUNCEMENT + SEED).chain(columns).collect())
        }
        (Peer::Party(_), Peer::Receiver(receiver)) => Some(
            program
                .reveals_to(receiver)
                .map(|reveal| 2 * program.words(reveal.register.index()))
                .chain([evidence(program)])
                .collect(),
        ),
        (Peer::Party(_) | Peer::Owner(_) | Peer::Receiver(_), _) => None,
    }
}

/// What a party shows of what it takes up.
fn shown(program: &Program) -> u64 {
    if program.taken().is_empty() { 0 } else { DIGEST as u64 }
}

/// What a party says in the closing round: facts of two indices, each a pair, a commitment for every
/// receiver and one for everything kept.
pub(crate) fn closing(program: &Program) -> u64 {
    2 * DIGEST as u64 * (1 + told(program))
}

/// Receivers, and what is kept.
fn told(program: &Program) -> u64 {
    u64::from(program.receivers()) + program.keeps().len() as u64
}

/// What a receiver gets beside its results.
fn evidence(program: &Program) -> u64 {
    2 * SALT as u64 + DIGEST as u64 * told(program)
}
