//! Nodes that do not follow the rules, each with a name.

use super::chain::{Plan, genesis, hash_of};
use troupe_consensus::message::{Certified, Fetch, GiveUp, Propose, Status, Vote};
use troupe_consensus::{
    Block, Certificate, Kind, Message, Place, Rank, Signature, Statement, ViewChange, giving_up,
};
use troupe_types::{Hash, Height, Millis};
use troupe_wire::Blob;

/// Who an adversary is and whom it can talk to.
pub(crate) struct Us {
    pub(crate) person: usize,
    pub(crate) peers: Vec<usize>,
    pub(crate) now: Millis,
    pub(crate) plan: Plan,
}

/// Signs with the adversary's own key.
pub(crate) type Pen<'a> = &'a dyn Fn(&Statement) -> Signature;

/// What stands between a machine and the network.
pub(crate) trait Adversary {
    /// What becomes of a message that the machine wants to send.
    fn says(
        &mut self,
        us: &Us,
        pen: Pen<'_>,
        targets: &[usize],
        message: Message,
    ) -> Vec<(usize, Message)> {
        let _ = (us, pen);
        targets.iter().map(|target| (*target, message.clone())).collect()
    }

    /// What is said because of a message that came in.
    fn hears(
        &mut self,
        us: &Us,
        pen: Pen<'_>,
        from: usize,
        message: &Message,
    ) -> Vec<(usize, Message)> {
        let _ = (us, pen, from, message);
        Vec::new()
    }
}

fn all(targets: &[usize], message: &Message) -> Vec<(usize, Message)> {
    targets.iter().map(|target| (*target, message.clone())).collect()
}

impl Us {
    /// Who validates in an epoch.
    pub(crate) fn members(&self, place: Place) -> &[usize] {
        let epoch = usize::try_from(place.epoch.0.max(1)).unwrap_or(usize::MAX);
        &self.plan.sets[(epoch - 1).min(self.plan.sets.len() - 1)]
    }

    fn position(&self, place: Place) -> Option<u16> {
        let at = self.members(place).iter().position(|member| *member == self.person)?;
        u16::try_from(at).ok()
    }
}

/// Proposes two blocks for one place, votes for everything it sees, and names old blocks when it
/// gives a view up.
#[derive(Default)]
pub(crate) struct Equivocator {
    old: Option<ViewChange>,
}

/// Makes a second block that differs from the first in its body only.
fn other_block(block: &Block) -> Block {
    let mut other = block.clone();
    let mut body = other.body.clone().into_inner();
    body.push(0xff);
    other.header.causes.has_transactions = true;
    other.header.root = Hash([0xab; 32]);
    other.body = Blob::new(body).expect("one byte more");
    other.header.hash = hash_of(&other.header, &other.body);
    other
}

impl Equivocator {
    fn vote(us: &Us, pen: Pen<'_>, block: &Block) -> Option<Message> {
        let statement = block.header.statement(Kind::Vote);
        let Statement { place, height, index, hash, .. } = statement;
        let (voter, signature) = (us.position(place)?, pen(&statement));
        Some(Message::Vote(Vote { place, height, index, hash, voter, signature, parent: None }))
    }
}

impl Adversary for Equivocator {
    fn says(
        &mut self,
        us: &Us,
        pen: Pen<'_>,
        targets: &[usize],
        message: Message,
    ) -> Vec<(usize, Message)> {
        match message {
            Message::Propose(proposal) => {
                let block = other_block(&proposal.block);
                let signature = pen(&block.header.statement(Kind::Proposal));
                let vote = Self::vote(us, pen, &block);
                let other = Message::Propose(Propose { block, signature, ..proposal.clone() });
                let (left, right) = targets.split_at(targets.len() / 2);
                let mut sends = all(left, &Message::Propose(proposal));
                sends.extend(all(right, &other));
                sends.extend(vote.iter().flat_map(|vote| all(targets, vote)));
                sends
            }
            Message::GiveUp(GiveUp(change)) => {
                let genesis = genesis().header.hash;
                let old = self.old.get_or_insert_with(|| change.clone()).highest;
                let statement = giving_up(change.place, old.as_ref(), &genesis);
                let signature = pen(&statement);
                let other = ViewChange { highest: old, signature, ..change.clone() };
                let mut sends = all(targets, &Message::GiveUp(GiveUp(other)));
                sends.extend(all(&targets[..1], &Message::GiveUp(GiveUp(change))));
                sends
            }
            other => all(targets, &other),
        }
    }

    fn hears(
        &mut self,
        us: &Us,
        pen: Pen<'_>,
        _from: usize,
        message: &Message,
    ) -> Vec<(usize, Message)> {
        let Message::Propose(proposal) = message else { return Vec::new() };
        let vote = Self::vote(us, pen, &proposal.block);
        vote.iter().flat_map(|vote| all(&us.peers, vote)).collect()
    }
}

/// Shows what it makes to too few, and certificates to one at a time.
#[derive(Default)]
pub(crate) struct Withholder;

impl Adversary for Withholder {
    fn says(
        &mut self,
        us: &Us,
        _pen: Pen<'_>,
        targets: &[usize],
        message: Message,
    ) -> Vec<(usize, Message)> {
        let turn = usize::try_from(us.now.0 / 700).expect("small");
        match message {
            Message::Propose(_) => {
                let few = targets.len() * 2 / 3;
                let chosen: Vec<usize> =
                    (0..few).map(|at| targets[(at + turn) % targets.len()]).collect();
                all(&chosen, &message)
            }
            Message::Vote(_) | Message::Certified(_) | Message::GiveUp(_) | Message::Changed(_) => {
                all(&[targets[turn % targets.len()]], &message)
            }
            Message::Status(_) | Message::Fetch(_) => all(targets, &message),
            Message::Answer(_) => Vec::new(),
        }
    }
}

/// Sends certificates that are none: too few signers, signers who did not sign, other blocks.
#[derive(Default)]
pub(crate) struct InvalidCertificate {
    count: u64,
}

impl InvalidCertificate {
    fn spoil(&mut self, good: &Certificate) -> Certificate {
        self.count += 1;
        let mut bad = *good;
        match self.count % 5 {
            0 => bad.signers = good.signers.iter().take(2).collect(),
            1 => bad.signers = (0..4).collect(),
            2 => bad.hash.0[0] ^= 1,
            3 => bad.place = Place::new(good.place.epoch.0, good.place.view.0 + 1),
            _ => bad.height = Height(good.height.0 + 1),
        }
        bad
    }
}

impl Adversary for InvalidCertificate {
    fn says(
        &mut self,
        _us: &Us,
        _pen: Pen<'_>,
        targets: &[usize],
        message: Message,
    ) -> Vec<(usize, Message)> {
        let mut sends = Vec::new();
        let spoilt = match &message {
            Message::Certified(Certified(good)) => {
                Some(Message::Certified(Certified(self.spoil(good))))
            }
            Message::Vote(vote) => vote.parent.map(|good| {
                let parent = Some(self.spoil(&good));
                Message::Vote(Vote { parent, ..vote.clone() })
            }),
            Message::GiveUp(GiveUp(change)) => change.highest.map(|good| {
                let highest = Some(self.spoil(&good));
                Message::GiveUp(GiveUp(ViewChange { highest, ..change.clone() }))
            }),
            Message::Propose(proposal) => proposal.parent.map(|good| {
                let parent = Some(self.spoil(&good));
                Message::Propose(Propose { parent, ..proposal.clone() })
            }),
            Message::Changed(_) | Message::Status(_) | Message::Fetch(_) | Message::Answer(_) => {
                None
            }
        };
        sends.extend(all(targets, &spoilt.unwrap_or(message)));
        sends
    }
}

/// Says again and again what was true once.
#[derive(Default)]
pub(crate) struct StaleView {
    said: Vec<Message>,
    turn: usize,
}

impl Adversary for StaleView {
    fn hears(
        &mut self,
        us: &Us,
        _pen: Pen<'_>,
        _from: usize,
        message: &Message,
    ) -> Vec<(usize, Message)> {
        if self.said.len() < 200 && !matches!(message, Message::Fetch(_)) {
            self.said.push(message.clone());
        }
        self.turn += 1;
        if self.said.is_empty() {
            return Vec::new();
        }
        let old = self.said[self.turn * 7 % self.said.len()].clone();
        vec![(us.peers[self.turn % us.peers.len()], old)]
    }
}

/// Speaks of views that nobody is in.
#[derive(Default)]
pub(crate) struct FutureView {
    turn: u64,
}

impl Adversary for FutureView {
    fn hears(
        &mut self,
        us: &Us,
        pen: Pen<'_>,
        _from: usize,
        message: &Message,
    ) -> Vec<(usize, Message)> {
        let Message::Vote(vote) = message else { return Vec::new() };
        self.turn += 1;
        let far = [vote.place.view.0 + 1, vote.place.view.0 + 1000, u64::MAX, u64::MAX - 1];
        let view = far[usize::try_from(self.turn % 4).expect("small")];
        let epoch = if self.turn.is_multiple_of(3) { u64::MAX } else { vote.place.epoch.0 };
        let place = Place::new(epoch, view);
        let Some(voter) = us.position(place) else { return Vec::new() };
        let statement = giving_up(place, vote.parent.as_ref(), &genesis().header.hash);
        let highest = vote.parent;
        let change = ViewChange { place, highest, voter, signature: pen(&statement), edge: None };
        let status = Status {
            place,
            highest: Some(Rank { height: Height(u64::MAX), place }),
            committed: Height(vote.height.0),
            proposals: u32::MAX,
            waiting: None,
        };
        let far_vote = Vote { place, voter, ..vote.clone() };
        [Message::GiveUp(GiveUp(change)), Message::Status(status), Message::Vote(far_vote)]
            .iter()
            .flat_map(|message| all(&us.peers, message))
            .collect()
    }
}

/// Votes and gives up in the others' names.
#[derive(Default)]
pub(crate) struct Impersonator;

impl Adversary for Impersonator {
    fn says(
        &mut self,
        us: &Us,
        pen: Pen<'_>,
        targets: &[usize],
        message: Message,
    ) -> Vec<(usize, Message)> {
        let mut sends = all(targets, &message);
        let count = u16::try_from(us.members(Place::new(1, 0)).len()).expect("few");
        for other in 0..count {
            match &message {
                Message::Vote(vote) if vote.voter != other => {
                    let mut forged = Vote { voter: other, ..vote.clone() };
                    forged.hash.0[3] ^= 1;
                    forged.signature = pen(&forged.statement());
                    sends.extend(all(targets, &Message::Vote(forged)));
                    let stolen = Vote { voter: other, ..vote.clone() };
                    sends.extend(all(targets, &Message::Vote(stolen)));
                }
                Message::GiveUp(GiveUp(change)) if change.voter != other => {
                    let forged = ViewChange { voter: other, ..change.clone() };
                    sends.extend(all(targets, &Message::GiveUp(GiveUp(forged))));
                }
                Message::Propose(proposal) => {
                    let mut forged = proposal.clone();
                    let view = proposal.block.header.place.view.0 + 1;
                    forged.block.header.place =
                        Place::new(proposal.block.header.place.epoch.0, view);
                    forged.block.header.index = 0;
                    forged.block.header.hash = hash_of(&forged.block.header, &forged.block.body);
                    forged.signature = pen(&forged.block.header.statement(Kind::Proposal));
                    sends.extend(all(targets, &Message::Propose(forged)));
                    return sends;
                }
                _ => {}
            }
        }
        sends
    }
}

/// Follows the rules and forgets everything whenever it restarts.
#[derive(Default)]
pub(crate) struct Amnesiac;

impl Adversary for Amnesiac {}

/// Acts as if one of the others did not exist.
pub(crate) struct Censor {
    pub(crate) victim: usize,
}

impl Adversary for Censor {
    fn says(
        &mut self,
        _us: &Us,
        _pen: Pen<'_>,
        targets: &[usize],
        message: Message,
    ) -> Vec<(usize, Message)> {
        let others: Vec<usize> =
            targets.iter().copied().filter(|target| *target != self.victim).collect();
        all(&others, &message)
    }
}

/// Sends a hundred useless messages for each useful one.
#[derive(Default)]
pub(crate) struct Flooder {
    turn: u8,
}

impl Adversary for Flooder {
    fn says(
        &mut self,
        us: &Us,
        pen: Pen<'_>,
        targets: &[usize],
        message: Message,
    ) -> Vec<(usize, Message)> {
        let mut sends = all(targets, &message);
        let Message::Vote(vote) = message else { return sends };
        for round in 0..100u8 {
            self.turn = self.turn.wrapping_add(1);
            let mut junk = vote.clone();
            junk.hash = Hash([self.turn; 32]);
            junk.index = u32::from(round % 10);
            junk.signature = pen(&junk.statement());
            let ask = Message::Fetch(Fetch::Above(Height(0)));
            let target = targets[usize::from(round) % targets.len()];
            let fake = Certificate {
                place: junk.place,
                height: junk.height,
                index: junk.index,
                hash: junk.hash,
                signers: (0..u16::try_from(us.members(junk.place).len()).expect("few")).collect(),
                signature: junk.signature,
            };
            sends.push((target, Message::Certified(Certified(fake))));
            sends.push((target, Message::Vote(junk)));
            sends.push((target, ask));
        }
        sends
    }
}

/// A second process with the same key; the network decides who hears which of the two.
#[derive(Default)]
pub(crate) struct Twin;

impl Adversary for Twin {}

/// Which of them, by number.
pub(crate) fn by_number(number: u64) -> Box<dyn Adversary> {
    match number % 9 {
        0 => Box::new(Equivocator::default()),
        1 => Box::new(Withholder),
        2 => Box::new(InvalidCertificate::default()),
        3 => Box::new(StaleView::default()),
        4 => Box::new(FutureView::default()),
        5 => Box::new(Impersonator),
        6 => Box::new(Censor { victim: 1 }),
        7 => Box::new(Flooder::default()),
        _ => Box::new(Amnesiac),
    }
}
