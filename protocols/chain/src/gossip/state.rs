//! What is heard: who is there, what came in, what others announce and deliver.

use super::allowance::Fault;
use super::peer::{Peer, Standing};
use super::recent::Recent;
use super::send::Sending;
use super::wanted::Wanted;
use super::{Missing, Output, Source};
use crate::message::{Announce, Announced, MAX_ANNOUNCED, Pull, Pulled};
use crate::transaction::MAX_TRANSACTION;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use troupe_crypto::hash::keccak256;
use troupe_types::{Hash, Incarnation, Millis, NodeId};
use troupe_wire::List;

/// The most peers that are gossiped with, validators first.
const MOST_PEERS: usize = 64;
/// After so long what still waits is announced again, for the first time and from then on.
const REMIND: [Millis; 2] = [Millis::secs(2), Millis::secs(30)];
/// So many at least may wait to be announced again; the oldest give way.
const MOST_REMINDERS: usize = 65_536;

/// The gossip of one pool. See the [module](super).
#[derive(Debug, Clone)]
pub struct Gossip {
    me: NodeId,
    pub(super) peers: BTreeMap<NodeId, Peer>,
    wanted: Wanted,
    recent: Recent,
    /// What is announced again, by when; a queue for each pause.
    reminders: [VecDeque<(Millis, Hash)>; 2],
    pub(super) sending: Sending,
    pub(super) out: VecDeque<Output>,
}

impl Gossip {
    /// Nobody is there.
    #[must_use]
    pub fn new(me: NodeId) -> Self {
        Self {
            me,
            peers: BTreeMap::new(),
            wanted: Wanted::default(),
            recent: Recent::default(),
            reminders: Default::default(),
            sending: Sending::default(),
            out: VecDeque::new(),
        }
    }

    /// The next thing to do.
    pub fn next_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// Looks around, now and then: who validates, who is connected, and what waits here, for those
    /// who have just come.
    pub fn look(
        &mut self,
        now: Millis,
        validators: &BTreeSet<NodeId>,
        connected: &[(NodeId, Incarnation)],
        waiting: impl Iterator<Item = Announced>,
    ) {
        let here: BTreeMap<NodeId, Incarnation> = connected.iter().copied().collect();
        self.part(now, &here);
        for (id, peer) in &mut self.peers {
            match (validators.contains(id), peer.standing) {
                (true, _) => peer.standing = Standing::Validator,
                (false, Standing::Validator) => peer.standing = Standing::Pool,
                (false, Standing::Pool | Standing::Unknown | Standing::Outsider) => {}
            }
        }
        let (first, then): (Vec<_>, Vec<_>) =
            here.iter().partition(|(id, _)| validators.contains(*id));
        for (id, session) in first.into_iter().chain(then) {
            let standing = match validators.contains(id) {
                true => Standing::Validator,
                false => Standing::Unknown,
            };
            self.meet(now, *id, *session, standing);
        }
        self.welcome(now, waiting);
    }

    /// Those who are gone are owed nothing.
    fn part(&mut self, now: Millis, here: &BTreeMap<NodeId, Incarnation>) {
        let gone: Vec<NodeId> =
            self.peers.keys().filter(|id| !here.contains_key(id)).copied().collect();
        for id in gone {
            let Some(peer) = self.peers.get_mut(&id) else { continue };
            let wants = peer.leave();
            // A debt is not paid by coming back.
            if peer.allowance.is_whole(now) {
                self.peers.remove(&id);
            }
            for (hash, _) in wants {
                self.miss(&hash, id);
            }
        }
    }

    fn meet(&mut self, now: Millis, id: NodeId, session: Incarnation, standing: Standing) -> bool {
        if id == self.me {
            return false;
        }
        if !self.peers.contains_key(&id) && self.peers.len() >= MOST_PEERS {
            let is_idle =
                |peer: &Peer| peer.session.is_none() || peer.standing == Standing::Outsider;
            let idle = self.peers.iter().find(|(_, peer)| is_idle(peer)).map(|(id, _)| *id);
            let Some(idle) = idle else { return false };
            self.peers.remove(&idle);
        }
        let peer = self.peers.entry(id).or_insert_with(|| Peer::new(standing, now));
        peer.connect(session);
        true
    }

    /// Tells those who are new all that waits, and finds out of strangers whether they have a pool.
    fn welcome(&mut self, now: Millis, waiting: impl Iterator<Item = Announced>) {
        let mut new: Vec<&mut Peer> = Vec::new();
        for (id, peer) in &mut self.peers {
            if peer.session.is_some() && peer.standing == Standing::Unknown && !peer.is_asked {
                peer.is_asked = true;
                self.out.push_back(Output::Pull { to: *id, pull: Pull(List::default()) });
            }
            if peer.hears() && peer.is_new {
                peer.is_new = false;
                new.push(peer);
            }
        }
        if new.is_empty() {
            return;
        }
        for one in waiting {
            for peer in &mut new {
                peer.tell(one);
            }
            self.sending.announce(now);
        }
    }

    /// Whether to listen to a peer from which a message of the service came.
    pub fn hear(&mut self, now: Millis, from: NodeId, session: Incarnation, words: usize) -> bool {
        if !self.meet(now, from, session, Standing::Pool) {
            return false;
        }
        let Some(peer) = self.peers.get_mut(&from) else { return false };
        if !peer.is_validator() {
            peer.standing = Standing::Pool;
        }
        let listens = !peer.allowance.is_overdrawn(now);
        peer.allowance.charge(now, Fault::Word, words.max(1));
        listens
    }

    /// Charges a peer.
    pub fn blame(&mut self, now: Millis, peer: NodeId, fault: Fault, times: usize) {
        if let Some(peer) = self.peers.get_mut(&peer) {
            peer.allowance.charge(now, fault, times);
        }
    }

    /// A transaction came into the pool; with its envelope where it is to be pushed.
    pub fn added(&mut self, now: Millis, it: Announced, envelope: Option<Vec<u8>>, source: Source) {
        self.wanted.found(&it.hash);
        self.remember(0, now, it.hash);
        let (from, validators_know) = match source {
            Source::Local => (None, self.sending.push(now, envelope)),
            // It has pushed to all validators, or heard of it from one who did.
            Source::Peer(peer) => {
                (Some(peer), self.peers.get(&peer).is_some_and(Peer::is_validator))
            }
        };
        for (id, peer) in &mut self.peers {
            let knows = from == Some(*id) || (peer.is_validator() && validators_know);
            if peer.hears() && !knows {
                peer.tell(it);
                self.sending.announce(now);
            }
        }
    }

    /// A transaction is out of the pool, or will not come into it: nobody needs to bring it soon.
    pub fn gone(&mut self, hash: &Hash) {
        self.recent.insert(hash);
    }

    fn remember(&mut self, pause: usize, now: Millis, hash: Hash) {
        let queue = &mut self.reminders[pause];
        if queue.len() >= MOST_REMINDERS {
            queue.pop_front();
        }
        queue.push_back((now.plus(REMIND[pause]), hash));
    }

    /// Announces again what has waited for long. `find` says what still waits.
    pub fn remind(&mut self, now: Millis, find: impl Fn(&Hash) -> Option<Announced>) {
        let mut due = Vec::new();
        for queue in &mut self.reminders {
            while let Some((_, hash)) = queue.pop_front_if(|(at, _)| *at <= now) {
                due.extend(find(&hash));
                if due.len() >= MAX_ANNOUNCED {
                    break;
                }
            }
        }
        for it in due {
            self.remember(1, now, it.hash);
            for peer in self.peers.values_mut().filter(|peer| peer.hears()) {
                peer.tell(it);
                self.sending.announce(now);
            }
        }
    }

    /// A peer announces what it has.
    pub fn announced(
        &mut self,
        now: Millis,
        from: NodeId,
        announce: &Announce,
        is_here: impl Fn(&Hash) -> bool,
    ) {
        let Some(peer) = self.peers.get_mut(&from) else { return };
        for one in announce.0.iter() {
            if one.size as usize > MAX_TRANSACTION {
                peer.allowance.charge(now, Fault::Invalid, 1);
                continue;
            }
            if self.recent.contains(&one.hash) || is_here(&one.hash) || !peer.may_want() {
                continue;
            }
            if self.wanted.offer(one.hash, one.size, from) {
                peer.want(one.hash, one.size);
            }
        }
        self.pull(from);
    }

    /// Asks a peer for what is wanted from it, unless it has a question already.
    fn pull(&mut self, from: NodeId) {
        let Some(peer) = self.peers.get_mut(&from) else { return };
        if peer.is_asked || peer.session.is_none() {
            return;
        }
        let taken = peer.pull(|hash| self.wanted.is_of(hash, from));
        if let Some(pull) = List::new(taken).ok().filter(|taken| !taken.is_empty()).map(Pull) {
            peer.is_asked = true;
            self.out.push_back(Output::Pull { to: from, pull });
        }
    }

    /// A pull was answered, or was not. Returns the envelopes that were asked for, for the pool to check.
    pub fn pulled(
        &mut self,
        now: Millis,
        from: NodeId,
        asked: &Pull,
        answer: Result<Pulled, Missing>,
    ) -> Vec<Vec<u8>> {
        let Some(peer) = self.peers.get_mut(&from) else { return Vec::new() };
        peer.is_asked = false;
        if asked.0.is_empty() && peer.standing == Standing::Unknown {
            peer.standing = match answer {
                Ok(_) => Standing::Pool,
                Err(Missing::NoPool) => Standing::Outsider,
                // The word or the answer may have been lost: it is asked again at the next look.
                Err(Missing::Silent | Missing::Refused) => Standing::Unknown,
            };
        }
        if answer == Err(Missing::Silent) {
            peer.allowance.charge(now, Fault::Silence, 1);
        }
        let was_answered = answer.is_ok();
        let envelopes = answer.map_or_else(|_| Vec::new(), |pulled| pulled.0.into_inner());
        let (mut delivered, mut left) = (Vec::new(), asked.0.iter());
        let mut missed = Vec::new();
        for envelope in envelopes {
            let hash = Hash(keccak256(&*envelope).0);
            // In the order in which they were asked for, or not asked for at all.
            let mut is_asked = false;
            for wanted in left.by_ref() {
                is_asked = *wanted == hash;
                if is_asked {
                    break;
                }
                missed.push(*wanted);
            }
            if !is_asked {
                peer.allowance.charge(now, Fault::Invalid, 1);
                break;
            }
            self.wanted.found(&hash);
            self.recent.insert(&hash);
            delivered.push(envelope.into_inner());
        }
        missed.extend(left);
        peer.allowance.charge(now, Fault::Word, delivered.len());
        if was_answered {
            peer.allowance.charge(now, Fault::Useless, missed.len());
        }
        for hash in missed {
            self.miss(&hash, from);
        }
        self.pull(from);
        delivered
    }

    /// It did not come from the one who was asked: the next one who has it is.
    fn miss(&mut self, hash: &Hash, from: NodeId) {
        let peers = &self.peers;
        let can_deliver =
            |id: &NodeId| peers.get(id).is_some_and(|peer| peer.hears() && peer.may_want());
        let Some((next, size)) = self.wanted.missed(hash, from, can_deliver) else { return };
        if let Some(peer) = self.peers.get_mut(&next) {
            peer.want(*hash, size);
        }
        self.pull(next);
    }

    /// How many transactions are wanted.
    #[cfg(test)]
    pub(super) fn wanted(&self) -> usize {
        self.wanted.len()
    }
}
