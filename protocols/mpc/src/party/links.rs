//! A party's streams.

use crate::peer::{next, prev};
use crate::prg::KEY;
use crate::program::frames;
use crate::recall::Recall;
use crate::stream::{Header, Inbox, Outbox, WORD};
use crate::{Output, PARTIES, Peer, Place, Program};
use zeroize::Zeroizing;

/// Everything a party listens to and speaks into.
pub(super) struct Links {
    index: u8,
    pub(super) from_next: Inbox,
    pub(super) from_prev: Inbox,
    pub(super) owners: Vec<Inbox>,
    pub(super) to_next: Outbox,
    pub(super) to_prev: Outbox,
    pub(super) receivers: Vec<Outbox>,
    /// Whether what is written for the receivers is not to leave yet.
    pub(super) is_held: bool,
}

impl Links {
    /// Opens all streams; the first frames of those to the parties wait already, with what they are shown.
    pub(super) fn new(
        (place, program): (Place, &Program),
        index: u8,
        seed: &[u8; KEY],
        [next_sees, prev_sees]: &[Vec<u64>; 2],
        signing: Option<u64>,
    ) -> Self {
        let me = Peer::Party(index);
        let header = |from, to| Header { place, program: program.hash(), from, to };
        let layout = |from, to| frames(program, from, to).unwrap_or_default();
        let inbox = |from| Inbox::new(header(from, me), layout(from, me));
        // With the frame of signatures, and how many frames there are before the one that closes.
        let between = |from, to| {
            let mut layout = layout(from, to);
            let frames = layout.len().saturating_sub(1);
            layout.extend(signing);
            (layout, frames)
        };
        let heard = |from| {
            let (layout, frames) = between(from, me);
            Inbox::tallied(header(from, me), layout, frames)
        };
        let told = |to| {
            let (layout, frames) = between(me, to);
            Outbox::tallied(&header(me, to), &layout, frames)
        };
        let revealed = |to| Outbox::tallied(&header(me, to), &layout(me, to), usize::MAX);
        let (after, before) = (Peer::Party(next(index)), Peer::Party(prev(index)));
        let owners = (0..=u8::MAX).map(Peer::Owner).filter(|owner| program.has(*owner));
        let receivers = (0..program.receivers()).map(Peer::Receiver);
        let mut links = Self {
            index,
            from_next: heard(after),
            from_prev: heard(before),
            owners: owners.map(inbox).collect(),
            to_next: told(after),
            to_prev: told(before),
            receivers: receivers.map(revealed).collect(),
            is_held: false,
        };
        links.to_next.frame(next_sees);
        let words = seed.as_chunks::<WORD>().0.iter().map(|word| u64::from_le_bytes(*word));
        let words = words.chain(prev_sees.iter().copied());
        links.to_prev.frame(&Zeroizing::new(words.collect::<Vec<u64>>()));
        links
    }

    /// Keeps what is sent to the other parties from here on: not the seed.
    pub(super) fn recall(&mut self, recall: &Recall) {
        let (after, before) = (self.after(), self.before());
        self.to_next.recall(recall, after);
        self.to_prev.recall(recall, before);
    }

    pub(super) fn after(&self) -> Peer {
        Peer::Party(next(self.index))
    }

    pub(super) fn before(&self) -> Peer {
        Peer::Party(prev(self.index))
    }

    /// Whether both other parties' frames of a round are here.
    pub(super) fn has_round(&self) -> bool {
        self.from_next.has_frame() && self.from_prev.has_frame()
    }

    /// The frames of a round, once both are here: the next party's, and the previous one's.
    pub(super) fn pop(&mut self) -> Option<(Vec<u64>, Vec<u64>)> {
        if !self.has_round() {
            return None;
        }
        self.from_next.pop().zip(self.from_prev.pop())
    }

    /// The stream from a peer, if it has one to us.
    pub(super) fn inbox(&mut self, peer: Peer) -> Option<&mut Inbox> {
        match peer {
            Peer::Party(index) if index == next(self.index) => Some(&mut self.from_next),
            Peer::Party(index) if index == prev(self.index) => Some(&mut self.from_prev),
            Peer::Owner(index) => self.owners.get_mut(usize::from(index)),
            Peer::Party(_) | Peer::Receiver(_) => None,
        }
    }

    /// The stream to a peer, if we have one to it.
    pub(super) fn outbox(&mut self, peer: Peer) -> Option<&mut Outbox> {
        match peer {
            Peer::Party(index) if index == next(self.index) => Some(&mut self.to_next),
            Peer::Party(index) if index == prev(self.index) => Some(&mut self.to_prev),
            Peer::Receiver(index) => self.receivers.get_mut(usize::from(index)),
            Peer::Party(_) | Peer::Owner(_) => None,
        }
    }

    /// Whether nothing is left to exchange with a peer.
    pub(super) fn is_done_with(&mut self, peer: Peer) -> bool {
        let heard = self.inbox(peer).is_none_or(|inbox| inbox.is_complete());
        let told = self.outbox(peer).is_none_or(|outbox| outbox.is_complete());
        heard && told
    }

    /// Nothing waits for a peer any longer.
    pub(super) fn give_up(&mut self, peer: Peer) {
        if let Some(outbox) = self.outbox(peer) {
            outbox.give_up();
        }
    }

    /// Sends what credit allows.
    pub(super) fn send<T>(&mut self, out: &mut Vec<Output<T>>) {
        let (after, before) = (self.after(), self.before());
        self.to_next.send(after, out);
        self.to_prev.send(before, out);
        if self.is_held {
            return;
        }
        for (index, outbox) in (0..).zip(&mut self.receivers) {
            outbox.send(Peer::Receiver(index), out);
        }
    }

    /// The first peer that has not taken all that waits for it.
    pub(super) fn slowest_taker(&self) -> Option<Peer> {
        let receivers = (0..).map(Peer::Receiver).zip(&self.receivers);
        let parties = [(self.after(), &self.to_next), (self.before(), &self.to_prev)];
        let mut all = receivers.chain(parties);
        all.find(|(_, outbox)| outbox.waiting() > 0).map(|(peer, _)| peer)
    }

    /// Bytes held in both directions.
    pub(super) fn held(&self) -> u64 {
        let inboxes = [&self.from_next, &self.from_prev].into_iter().chain(&self.owners);
        let outboxes = [&self.to_next, &self.to_prev].into_iter().chain(&self.receivers);
        let received: u64 = inboxes.map(Inbox::held).sum();
        received + outboxes.map(Outbox::waiting).sum::<u64>()
    }
}

const _: () = assert!(PARTIES == 3, "a party has exactly two neighbours");
