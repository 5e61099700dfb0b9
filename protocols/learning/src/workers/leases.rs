//! Who is there to compute, and who waits.

use std::collections::{BTreeMap, VecDeque};
use troupe_types::{Bytes, Millis, NodeId, SessionId};
use troupe_wire::Text;

/// What the leases of a party are held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A worker that is not heard of for so long is gone.
    pub lease: Millis,
    /// A session waits no longer than this for a worker with room.
    pub patience: Millis,
    /// A place is kept free for so long for a session that does not come.
    pub promise: Millis,
    /// Sessions that wait at a time.
    pub waiting: usize,
}

/// A session that wants a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    /// Which.
    pub session: SessionId,
    /// What it may hold.
    pub memory: Bytes,
}

/// A worker and where it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Who.
    pub worker: NodeId,
    /// Host and port.
    pub address: Text<256>,
}

/// What whoever wanted a place hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// This worker has room.
    At(Place),
    /// There are no workers: whoever asks computes itself, if it can.
    Nobody,
    /// All workers were busy for as long as one waits, or too many wait.
    Busy,
}

/// A worker that is there.
#[derive(Debug)]
struct Worker {
    address: Text<256>,
    slots: u32,
    memory: Bytes,
    until: Millis,
    /// Places that are kept for sessions that it has not begun.
    promised: BTreeMap<SessionId, (Bytes, Millis)>,
}

impl Worker {
    /// What is left: slots and memory.
    fn room(&self) -> (u32, u64) {
        let promised = u32::try_from(self.promised.len()).unwrap_or(u32::MAX);
        let memory: u64 = self.promised.values().map(|(memory, _)| memory.0).sum();
        (self.slots.saturating_sub(promised), self.memory.0.saturating_sub(memory))
    }
}

/// A session that waits, and who is answered.
#[derive(Debug)]
struct Waiting<T> {
    want: Want,
    ticket: T,
    until: Millis,
}

/// The workers of one party and the sessions that wait for them, in their order.
#[derive(Debug)]
pub struct Leases<T> {
    limits: Limits,
    workers: BTreeMap<NodeId, Worker>,
    waiting: VecDeque<Waiting<T>>,
}

impl<T> Leases<T> {
    /// Nobody is there.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self { limits, workers: BTreeMap::new(), waiting: VecDeque::new() }
    }

    /// A worker says what it has free, and which sessions it runs.
    pub fn enlist(
        &mut self,
        place: Place,
        (slots, memory): (u32, Bytes),
        running: &[SessionId],
        now: Millis,
    ) {
        let until = now.plus(self.limits.lease);
        let Place { worker, address } = place;
        let before = self.workers.remove(&worker).map(|worker| worker.promised);
        let mut promised = before.unwrap_or_default();
        promised.retain(|session, _| !running.contains(session));
        self.workers.insert(worker, Worker { address, slots, memory, until, promised });
    }

    /// A session wants a place; whoever is answered at once is not kept.
    pub fn want(&mut self, want: Want, ticket: T, now: Millis) -> Option<(T, Answer)> {
        if self.workers.is_empty() {
            return Some((ticket, Answer::Nobody));
        }
        // Those that wait already are first.
        if self.waiting.is_empty()
            && let Some(place) = self.place(want, now)
        {
            return Some((ticket, Answer::At(place)));
        }
        if self.waiting.len() >= self.limits.waiting {
            return Some((ticket, Answer::Busy));
        }
        let until = now.plus(self.limits.patience);
        self.waiting.push_back(Waiting { want, ticket, until });
        None
    }

    /// What can be answered now; who is gone since, whose sessions are lost.
    pub fn turn(&mut self, now: Millis) -> (Vec<(T, Answer)>, Vec<NodeId>) {
        let gone: Vec<NodeId> = self
            .workers
            .iter()
            .filter(|(_, worker)| worker.until <= now)
            .map(|(worker, _)| *worker)
            .collect();
        for worker in &gone {
            self.workers.remove(worker);
        }
        for worker in self.workers.values_mut() {
            worker.promised.retain(|_, (_, until)| *until > now);
        }
        let (mut answers, mut left) = (Vec::new(), VecDeque::new());
        for waiting in std::mem::take(&mut self.waiting) {
            if self.workers.is_empty() {
                answers.push((waiting.ticket, Answer::Nobody));
            } else if let Some(place) = self.place(waiting.want, now) {
                answers.push((waiting.ticket, Answer::At(place)));
            } else if waiting.until <= now {
                answers.push((waiting.ticket, Answer::Busy));
            } else {
                left.push_back(waiting);
            }
        }
        self.waiting = left;
        (answers, gone)
    }

    /// Keeps a place at the worker with the most memory left. A session that asks again gets the same one.
    fn place(&mut self, want: Want, now: Millis) -> Option<Place> {
        let Want { session, memory } = want;
        let kept = |worker: &Worker| worker.promised.contains_key(&session);
        let worker = match self.workers.iter().find(|(_, worker)| kept(worker)) {
            Some((worker, _)) => *worker,
            None => {
                let fits = |(slots, left): (u32, u64)| slots > 0 && left >= memory.0;
                let fit = self.workers.iter().filter(|(_, worker)| fits(worker.room()));
                *fit.max_by_key(|(_, worker)| worker.room().1)?.0
            }
        };
        let until = now.plus(self.limits.promise);
        let found = self.workers.get_mut(&worker)?;
        found.promised.insert(session, (memory, until));
        Some(Place { worker, address: found.address.clone() })
    }

    /// Workers that are there.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.workers.len()
    }

    /// Sessions that could begin now.
    #[must_use]
    pub fn free(&self) -> u32 {
        self.workers.values().map(|worker| worker.room().0).fold(0, u32::saturating_add)
    }

    /// Sessions that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Takes everybody who waits.
    pub fn dismiss(&mut self) -> Vec<T> {
        std::mem::take(&mut self.waiting).into_iter().map(|waiting| waiting.ticket).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: Limits = Limits {
        lease: Millis(15_000),
        patience: Millis(8_000),
        promise: Millis(60_000),
        waiting: 3,
    };

    fn place(worker: u8) -> Place {
        Place { worker: NodeId([worker; 32]), address: Text::cut("h:1") }
    }

    fn want(session: u8, memory: u64) -> Want {
        Want { session: SessionId([session; 16]), memory: Bytes(memory) }
    }

    fn leases() -> Leases<u8> {
        Leases::new(LIMITS)
    }

    #[test]
    fn the_worker_with_the_most_memory_left_gets_it_until_none_has_room() {
        let (mut leases, now) = (leases(), Millis(5));
        assert_eq!(leases.want(want(1, 10), 1, now), Some((1, Answer::Nobody)));
        leases.enlist(place(1), (2, Bytes(100)), &[], now);
        leases.enlist(place(2), (1, Bytes(90)), &[], now);
        assert_eq!(leases.want(want(1, 40), 1, now), Some((1, Answer::At(place(1)))));
        assert_eq!(leases.want(want(2, 70), 2, now), Some((2, Answer::At(place(2)))));
        assert_eq!(leases.want(want(2, 70), 3, now), Some((3, Answer::At(place(2)))), "again");
        assert_eq!(leases.want(want(3, 70), 4, now), None, "nobody has so much memory");
        assert_eq!((leases.free(), leases.waiting(), leases.workers()), (1, 1, 2));
        // What would fit does not overtake it.
        assert_eq!(leases.want(want(4, 60), 5, now), None);
        assert_eq!(leases.turn(now), (vec![(5, Answer::At(place(1)))], vec![]));
        // What a worker runs it has told; what it has free is more when it is over.
        leases.enlist(place(1), (2, Bytes(100)), &[SessionId([1; 16]), SessionId([4; 16])], now);
        assert_eq!(leases.turn(now), (vec![(4, Answer::At(place(1)))], vec![]));
    }

    #[test]
    fn nobody_waits_for_longer_than_was_said_and_not_too_many_do() {
        let mut leases = leases();
        leases.enlist(place(1), (0, Bytes(100)), &[], Millis(0));
        for ticket in 0..3 {
            assert_eq!(leases.want(want(ticket, 1), ticket, Millis(0)), None);
        }
        assert_eq!(leases.want(want(3, 1), 3, Millis(0)), Some((3, Answer::Busy)));
        assert_eq!(leases.turn(Millis(7_999)), (vec![], vec![]));
        let busy = (0..3).map(|ticket| (ticket, Answer::Busy)).collect();
        assert_eq!(leases.turn(Millis(8_000)), (busy, vec![]));
    }

    #[test]
    fn who_is_not_heard_of_is_gone_and_promises_end() {
        let mut leases = leases();
        leases.enlist(place(1), (1, Bytes(100)), &[], Millis(0));
        assert!(leases.want(want(1, 1), 1, Millis(0)).is_some());
        assert_eq!(leases.want(want(2, 1), 2, Millis(14_000)), None);
        assert_eq!(leases.turn(Millis(15_000)), (vec![(2, Answer::Nobody)], vec![NodeId([1; 32])]));
        leases.enlist(place(1), (1, Bytes(100)), &[], Millis(20_000));
        assert!(leases.want(want(3, 1), 3, Millis(20_000)).is_some());
        for at in [30_000, 40_000, 50_000, 60_000, 70_000] {
            leases.enlist(place(1), (1, Bytes(100)), &[], Millis(at));
        }
        assert_eq!(leases.free(), 0, "it may still come");
        leases.turn(Millis(80_000));
        assert_eq!(leases.free(), 1);
    }

    proptest! {
        /// Whatever happens: everybody is answered once, and nobody gets more than there is.
        #[test]
        fn tickets_are_answered_once_and_workers_are_never_given_more_than_they_have(
            steps in proptest::collection::vec((0u8..4, 0u8..4, 0u64..60, 0u64..6_000), 1..120),
        ) {
            let (mut leases, mut now) = (leases(), Millis(0));
            let (mut asked, mut answered) = (0u8, Vec::new());
            for (kind, which, memory, later) in steps {
                now = now.plus(Millis(later));
                match kind {
                    0 => leases.enlist(place(which), (2, Bytes(100)), &[], now),
                    1 | 2 => {
                        answered.extend(leases.want(want(asked, memory), asked, now));
                        asked += 1;
                    }
                    _ => answered.extend(leases.turn(now).0),
                }
                for worker in leases.workers.values() {
                    let held: u64 = worker.promised.values().map(|(memory, _)| memory.0).sum();
                    prop_assert!(worker.promised.len() <= 2 && held <= 100);
                }
            }
            let waiting = leases.dismiss();
            let mut tickets: Vec<u8> = answered.into_iter().map(|(ticket, _)| ticket).collect();
            tickets.extend(waiting);
            tickets.sort_unstable();
            prop_assert_eq!(tickets, (0..asked).collect::<Vec<_>>());
        }
    }
}
