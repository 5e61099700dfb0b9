//! What a program takes, before it runs.

use super::{Checks, Column, Program, Security, closing, frames};
use crate::{
    CHUNK, PARTIES, Peer,
    rep3::{TILE, traffic},
    sign::SIGNING,
    stream,
};
use troupe_types::Bytes;

/// The price of a program in rounds, bytes and memory. Rounds and bytes are exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// How often the parties wait for each other until the results are computed. They do so once
    /// more before anything is revealed, after the checks.
    pub rounds: u32,
    /// How often again to prove that they are right; 0 where nothing is proven.
    pub checks: u32,
    /// Every stream of the session.
    pub links: Vec<Link>,
    /// The most that party 0, 1, 2 holds at once; a bound.
    pub memory: [Bytes; PARTIES as usize],
}

/// One direction between two peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The sender.
    pub from: Peer,
    /// The addressee.
    pub to: Peer,
    /// Everything that travels, headers included.
    pub bytes: Bytes,
}

impl Cost {
    pub(super) fn of(program: &Program) -> Self {
        let mut links = Vec::new();
        for from in peers(program) {
            for to in peers(program) {
                if let Some(frames) = frames(program, from, to) {
                    links.push(Link { from, to, bytes: Bytes(stream::length(&frames)) });
                }
            }
        }
        let memory = [0, 1, 2].map(|party| memory(program, party));
        let (rounds, checks) = (program.schedule().rounds(), program.check_rounds());
        Self { rounds, checks, links, memory }
    }

    /// The same where the parties [sign](crate::Notary), which takes one round more.
    #[must_use]
    pub fn signed(mut self) -> Self {
        for link in &mut self.links {
            if let (Peer::Party(_), Peer::Party(_)) = (link.from, link.to) {
                let signing = stream::length(&[SIGNING as u64]) - stream::length(&[]);
                link.bytes = Bytes(link.bytes.0.saturating_add(signing));
            }
        }
        self
    }

    /// Bytes from one peer to another.
    #[must_use]
    pub fn between(&self, from: Peer, to: Peer) -> Bytes {
        self.total(|link| link.from == from && link.to == to)
    }

    /// Bytes that a peer sends.
    #[must_use]
    pub fn sent(&self, peer: Peer) -> Bytes {
        self.total(|link| link.from == peer)
    }

    /// Bytes that a peer receives.
    #[must_use]
    pub fn received(&self, peer: Peer) -> Bytes {
        self.total(|link| link.to == peer)
    }

    fn total(&self, wanted: impl Fn(&Link) -> bool) -> Bytes {
        let chosen = self.links.iter().filter(|link| wanted(link));
        Bytes(chosen.map(|link| link.bytes.0).fold(0, u64::saturating_add))
    }
}

fn peers(program: &Program) -> Vec<Peer> {
    let owners = (0..=u8::MAX).map(Peer::Owner).filter(|owner| program.has(*owner));
    let receivers = (0..program.receivers()).map(Peer::Receiver);
    (0..PARTIES).map(Peer::Party).chain(owners).chain(receivers).collect()
}

/// The registers of a run, replayed; plus the frames of two rounds in both directions, because
/// rounds are barriers and nobody is ever further ahead; plus a chunk for every peer.
fn memory(program: &Program, party: u8) -> Bytes {
    const WORD: u64 = 8;
    let schedule = program.schedule();
    let first = program.lengths().len() - program.ops().len();
    let mut uses = schedule.uses.clone();
    let inputs: u64 = program.columns().iter().map(Column::words).sum();
    let taken: u64 = program.taken().iter().map(|taken| u64::from(taken.length)).sum();
    let inputs = inputs + taken;
    let mut held = 2 * inputs;
    let mut peak = held;
    // What operations keep between their rounds, by the round that ends them.
    let mut pending = vec![0; schedule.starts.len()];
    let mut checks = program.checks().iter().peekable();
    // What is kept until it is proven.
    let mut kept = 0;
    for (round, starts) in schedule.starts.iter().enumerate() {
        if let Some(check) =
            checks.next_if(|check| check.until == round && round + 1 < schedule.starts.len())
        {
            peak = peak.max(held + check.state());
            held -= core::mem::take(&mut kept);
        }
        for &op in starts {
            let words = 2 * program.words(first + op);
            let exchange = program.exchange(op);
            let mut between = traffic::state(exchange, program.lengths()[first + op]);
            let mut proven = program.kept(op);
            if program.security() == Security::SemiHonest {
                // Nothing is kept once the result is there.
                between += core::mem::take(&mut proven);
            }
            held += words + between + proven;
            kept += proven;
            pending[round + traffic::rounds(exchange)] += between;
            peak = peak.max(held + traffic::scratch(program.ops()[op]));
            for operand in program.ops()[op].operands() {
                let left = &mut uses[operand.index()];
                *left -= 1;
                if *left == 0 {
                    held -= 2 * program.words(operand.index());
                }
            }
            if uses[first + op] == 0 {
                held -= words;
            }
        }
        held -= pending[round];
    }
    let me = usize::from(party);
    let frames: Vec<u64> = schedule
        .frames
        .iter()
        .map(|frame| {
            let sent = frame[me].next + frame[me].prev;
            let from_next = frame[usize::from(crate::peer::next(party))].prev;
            let from_prev = frame[usize::from(crate::peer::prev(party))].next;
            sent + from_next + from_prev
        })
        .collect();
    let traffic = frames.iter().zip(frames.iter().skip(1).chain([&0])).map(|(a, b)| a + b).max();
    let reveals: u64 = (0..program.receivers())
        .filter_map(|receiver| self::frames(program, Peer::Party(party), Peer::Receiver(receiver)))
        .flatten()
        .sum();
    peak = peak.max(held + program.checks().last().map_or(0, Checks::state));
    let stays: u64 = program.keeps().iter().map(|keep| program.words(keep.register.index())).sum();
    let words = 2 * stays
        + peak
        + traffic.unwrap_or(0).max(reveals).max(4 * closing(program))
        + 8 * TILE as u64;
    let chunks = (peers(program).len() * CHUNK) as u64;
    Bytes(words.saturating_mul(WORD).saturating_add(chunks))
}
