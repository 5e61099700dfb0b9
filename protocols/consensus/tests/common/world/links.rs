//! How messages go from one process to another, and what becomes of them on the way.

use super::super::adversary::Us;
use super::super::chain::{self, node_at};
use super::{Event, World};
use troupe_consensus::{Message, To};
use troupe_crypto::Scheme;
use troupe_types::Millis;
use troupe_wire::{Wire, codec};

impl<S: Scheme> World<S> {
    pub(super) fn us(&self, at: usize) -> Us {
        let peers = (0..self.plan.people()).filter(|peer| *peer != self.hosts[at].person);
        Us {
            person: self.hosts[at].person,
            peers: peers.collect(),
            now: self.now,
            plan: self.plan.clone(),
        }
    }

    pub(super) fn transmit(&mut self, at: usize, to: To, message: Message) {
        let targets: Vec<usize> = match to {
            To::Peers => self.hosts[at].peers.iter().map(node_at).collect(),
            To::One(peer) => vec![node_at(&peer)],
        };
        let Some(mut adversary) = self.hosts[at].adversary.take() else {
            for target in targets {
                self.send(at, target, message.clone());
            }
            return;
        };
        let us = self.us(at);
        let signer = |statement: &_| self.sign(us.person, statement);
        let sends = adversary.says(&us, &signer, &targets, message);
        self.hosts[at].adversary = Some(adversary);
        for (target, message) in sends {
            self.send(at, target, message);
        }
    }

    pub(super) fn overhear(&mut self, at: usize, from: usize, message: &Message) {
        let Some(mut adversary) = self.hosts[at].adversary.take() else { return };
        let us = self.us(at);
        let signer = |statement: &_| self.sign(us.person, statement);
        let sends = adversary.hears(&us, &signer, self.hosts[from].person, message);
        self.hosts[at].adversary = Some(adversary);
        for (target, message) in sends {
            self.send(at, target, message);
        }
    }

    pub(crate) fn sign(
        &self,
        person: usize,
        statement: &troupe_consensus::Statement,
    ) -> troupe_consensus::Signature {
        let genesis = chain::genesis().header.hash;
        troupe_consensus::sign::<S>(&self.people.secrets[person], statement, &genesis)
            .expect("96 bytes")
    }

    /// To everybody with an identity, over links that may fail.
    pub(super) fn send(&mut self, at: usize, person: usize, message: Message) {
        *self.sent.entry(name(&message)).or_default() += 1;
        let message = if self.wire { encoded(&message) } else { message };
        let targets: Vec<usize> = (0..self.hosts.len())
            .filter(|to| self.hosts[*to].person == person && *to != at)
            .collect();
        for to in targets {
            let is_lost = self.luck.chance(self.weather.loss, 1000);
            let copies = 1 + usize::from(self.luck.chance(self.weather.twice, 1000));
            if self.cuts.contains(&(at, to)) || is_lost {
                continue;
            }
            for _ in 0..copies {
                let (least, most) = self.weather.delay;
                let delay = Millis(least + self.luck.below(most - least + 1));
                let message = Box::new(message.clone());
                self.put(self.now.plus(delay), Event::Deliver { to, from: at, message });
            }
        }
    }

    /// Splits the hosts into groups that do not hear each other.
    pub(crate) fn part(&mut self, groups: &[Vec<usize>]) {
        self.cuts.clear();
        for a in 0..self.hosts.len() {
            for b in 0..self.hosts.len() {
                let together = groups.iter().any(|group| group.contains(&a) && group.contains(&b));
                if !together {
                    self.cuts.insert((a, b));
                }
            }
        }
    }
}

pub(crate) fn name(message: &Message) -> &'static str {
    match message {
        Message::Propose(_) => "propose",
        Message::Vote(_) => "vote",
        Message::Certified(_) => "certified",
        Message::GiveUp(_) => "give_up",
        Message::Changed(_) => "changed",
        Message::Status(_) => "status",
        Message::Fetch(_) => "fetch",
        Message::Answer(_) => "answer",
    }
}

/// A message as it arrives over a real network.
fn encoded(message: &Message) -> Message {
    fn over<M: Wire + Into<Message>>(message: &M) -> Message {
        let bytes = codec::encode(message, M::LIMIT).expect("within its limit");
        codec::decode::<M>(&bytes, M::LIMIT).expect("its own encoding").into()
    }
    match message {
        Message::Propose(it) => over(it),
        Message::Vote(it) => over(it),
        Message::Certified(it) => over(it),
        Message::GiveUp(it) => over(it),
        Message::Changed(it) => over(it),
        Message::Status(it) => over(it),
        Message::Fetch(it) => over(it),
        Message::Answer(it) => over(it),
    }
}
