//! From the owners' streams to the input registers.

use super::links::Links;
use super::taking::Taking;
use crate::prg::{KEY, Key, Prg, Purpose};
use crate::program::{Alignment, Column, Form, SEED};
use crate::rep3::Share;
use crate::stream::WORD;
use crate::{Error, Peer, Phase, Place, Program, Refusal};
use std::collections::VecDeque;
use zeroize::{Zeroize, Zeroizing};

/// What has been learnt while the inputs arrive.
pub(super) struct Inputs {
    owners: Vec<Option<Announcement>>,
    /// The next party's seed for the pair key.
    pub(super) seed: Option<Zeroizing<[u8; KEY]>>,
    /// Whether the party before us has begun its stream.
    greeted: bool,
}

/// An owner's first frame.
struct Announcement {
    alignment: Alignment,
    seeds: Zeroizing<Vec<[u8; KEY]>>,
}

impl Inputs {
    pub(super) fn new(program: &Program) -> Self {
        let owners = program.owners().iter().map(|_| None).collect();
        Self { owners, seed: None, greeted: false }
    }

    /// Reads the first frames that have come in.
    pub(super) fn read(
        &mut self,
        program: &Program,
        links: &mut Links,
        (party, taking): (u8, &Taking),
    ) -> Result<(), Error> {
        if self.seed.is_none()
            && let Some(mut frame) = links.from_next.pop()
        {
            let shown = frame.split_off(SEED.min(frame.len()));
            self.seed = seeds(frame).first().copied().map(Zeroizing::new);
            taking.hear_next(party, &shown)?;
        }
        if !self.greeted
            && let Some(shown) = links.from_prev.pop()
        {
            self.greeted = true;
            taking.hear_prev(party, &shown)?;
        }
        for (index, inbox) in (0u8..).zip(&mut links.owners) {
            let slot = usize::from(index);
            if self.owners[slot].is_none()
                && let Some(frame) = inbox.pop()
            {
                let announcement = announcement(program, index, frame)?;
                self.check_alignment(program, index, announcement.alignment)?;
                self.owners[slot] = Some(announcement);
            }
        }
        Ok(())
    }

    /// The first peer that still has to send something before the work can begin.
    pub(super) fn waiting_for(&self, links: &Links) -> Option<Peer> {
        for (index, inbox) in (0..).zip(&links.owners) {
            if !inbox.is_complete() {
                return Some(Peer::Owner(index));
            }
        }
        if self.seed.is_none() {
            return Some(links.after());
        }
        if !self.greeted {
            return Some(links.before());
        }
        None
    }

    /// What every owner announced of its rows.
    pub(super) fn announced(&self) -> Vec<Alignment> {
        let known = |announced: &Option<Announcement>| announced.as_ref().map(|it| it.alignment);
        self.owners.iter().map(|announced| known(announced).unwrap_or_default()).collect()
    }

    /// This party's shares of all columns, once every owner's stream is complete.
    pub(super) fn shares(
        &self,
        place: Place,
        program: &Program,
        party: u8,
        links: &mut Links,
    ) -> Vec<Share> {
        let mut sources: Vec<Source> = (0u8..)
            .zip(&self.owners)
            .zip(&mut links.owners)
            .map(|((owner, announcement), inbox)| {
                let seeds = announcement.iter().flat_map(|announcement| announcement.seeds.iter());
                let derive = |piece: u8, seed: &[u8; KEY]| {
                    let purpose = Purpose::Input { owner, piece };
                    Prg::new(&Key::derive(seed, purpose, place, program.hash()))
                };
                let prgs = seeds.zip(pieces(party)).map(|(seed, piece)| derive(*piece, seed));
                let prgs = prgs.collect();
                Source { prgs, frames: core::iter::from_fn(|| inbox.pop()).collect() }
            })
            .collect();
        let mut shares = Vec::with_capacity(program.lengths().len());
        for column in program.columns() {
            let length = column.length as usize;
            let source = &mut sources[usize::from(column.owner)];
            let mut share = source.column(party, column);
            match column.form {
                Form::Plain | Form::Wide => shares.push(share),
                Form::Centred => {
                    let own = share.own.split_off(length);
                    let next = share.next.split_off(length);
                    shares.push(share);
                    shares.push(Share { own, next });
                }
            }
        }
        shares
    }

    fn check_alignment(
        &self,
        program: &Program,
        owner: u8,
        alignment: Alignment,
    ) -> Result<(), Error> {
        let group = program.owners()[usize::from(owner)].group;
        for (other, announcement) in (0u8..).zip(&self.owners) {
            let Some(announcement) = announcement else { continue };
            let is_same_group = program.owners()[usize::from(other)].group == group;
            if is_same_group && announcement.alignment != alignment {
                let (first, second) = (other.min(owner), other.max(owner));
                return Err(Error::Misaligned { first, second });
            }
        }
        Ok(())
    }
}

/// What makes one owner's columns.
struct Source {
    prgs: Vec<Prg>,
    frames: VecDeque<Vec<u64>>,
}

impl Source {
    fn column(&mut self, party: u8, column: &Column) -> Share {
        // What a checked program has fits the address space.
        let words = usize::try_from(column.words()).unwrap_or(usize::MAX);
        let mut masks = self.prgs.iter_mut().map(|prg| {
            let lane = prg.lane();
            let mut words = vec![0; words];
            prg.fill(&lane, 0, &mut words);
            words
        });
        let first = masks.next().unwrap_or_default();
        let second = masks.next();
        drop(masks);
        let sent = self.frames.pop_front();
        match (party, second) {
            // Party 0 has both seeds, party 1 piece 1 and party 2 piece 0; piece 2 is sent.
            (0, second) => Share { own: first, next: second.unwrap_or_default() },
            (1, _) => Share { own: first, next: sent.unwrap_or_default() },
            (_, _) => Share { own: sent.unwrap_or_default(), next: first },
        }
    }
}

/// The pieces that a party makes from seeds, in the order in which the seeds are sent.
pub(crate) fn pieces(party: u8) -> &'static [u8] {
    match party {
        0 => &[0, 1],
        1 => &[1],
        _ => &[0],
    }
}

fn announcement(program: &Program, owner: u8, frame: Vec<u64>) -> Result<Announcement, Error> {
    let want = u64::from(program.owners()[usize::from(owner)].count);
    let got = frame.first().copied().unwrap_or(0);
    if got != want {
        let reason = Refusal::Rows { got, want };
        return Err(Error::Malformed { peer: Peer::Owner(owner), phase: Phase::Inputs, reason });
    }
    let mut frame = frame;
    let rest = frame.split_off(5);
    let mut alignment = Alignment::default();
    for (bytes, word) in alignment.0.chunks_exact_mut(WORD).zip(&frame[1..]) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    Ok(Announcement { alignment, seeds: Zeroizing::new(seeds(rest)) })
}

fn seeds(mut words: Vec<u64>) -> Vec<[u8; KEY]> {
    let mut seeds = Vec::with_capacity(words.len() / 2);
    for pair in words.as_chunks::<2>().0 {
        let mut seed = [0; KEY];
        for (bytes, word) in seed.chunks_exact_mut(WORD).zip(pair) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        seeds.push(seed);
    }
    words.zeroize();
    seeds
}
