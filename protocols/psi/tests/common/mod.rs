//! Two parties in memory, with somebody on the way.

#![allow(dead_code, reason = "every test target uses another part of it")]

use bytes::Bytes;
use std::collections::VecDeque;
use troupe_psi::{
    Agreement, CHUNK, Deadlines, Error, Input, Learned, Mode, Outcome, Output, Party, Seat, Set,
    Side,
};
use troupe_types::{Hash, Millis, SessionId};
use troupe_wire::{Machine, Now, Seed, Sequential};

pub(crate) const SESSION: SessionId = SessionId([1; 16]);
pub(crate) const SIDES: [Side; 2] = [Side::First, Side::Second];

/// What a side has in the end.
pub(crate) type End = Result<Outcome, Error>;

/// Changes what a side sends: side, number of the message, bytes.
pub(crate) type Tamper = Box<dyn FnMut(Side, usize, Bytes) -> Vec<Bytes>>;

/// Two parties and what is on its way between them.
pub(crate) struct World {
    pub(crate) parties: [Party<Sequential>; 2],
    pub(crate) ends: [Option<End>; 2],
    pub(crate) now: Now,
    pub(crate) tamper: Option<Tamper>,
    /// What each side sent, before it was changed.
    pub(crate) sent: [Vec<u8>; 2],
    /// Everything said in errors, outcomes and machines on the way.
    pub(crate) said: String,
    /// What room is given at once.
    pub(crate) credit: u64,
    queue: VecDeque<(usize, Bytes)>,
    messages: [usize; 2],
}

pub(crate) fn agreement(mode: Mode, sets: [&Set; 2]) -> Agreement {
    let sizes = sets.map(Set::len);
    Agreement { session: SESSION, terms: Hash([5; 32]), mode, sizes }
}

pub(crate) fn seat(agreement: Agreement, side: Side) -> Seat {
    Seat { agreement, side, deadlines: Deadlines::default() }
}

pub(crate) fn party(agreement: Agreement, side: Side, set: Set, seed: u64) -> Party<Sequential> {
    let seed = Seed::from_number(seed).child("side", side as u64);
    Party::new(seat(agreement, side), set, &seed, Sequential, Now::default()).expect("agreed")
}

pub(crate) fn set<T: AsRef<[u8]>>(items: impl IntoIterator<Item = T>) -> Set {
    Set::new(items).expect("few")
}

/// Items that are numbers, as text.
pub(crate) fn numbers(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("{number:016}")).collect()
}

impl World {
    pub(crate) fn new<T: AsRef<[u8]>>(mode: Mode, items: [&[T]; 2], seed: u64) -> Self {
        let sets = items.map(set);
        let agreement = agreement(mode, [&sets[0], &sets[1]]);
        let [first, second] = sets;
        Self::of([
            party(agreement, Side::First, first, seed),
            party(agreement, Side::Second, second, seed),
        ])
    }

    pub(crate) fn of(parties: [Party<Sequential>; 2]) -> Self {
        Self {
            parties,
            ends: [None, None],
            now: Now::default(),
            tamper: None,
            sent: [Vec::new(), Vec::new()],
            said: String::new(),
            credit: u64::MAX,
            queue: VecDeque::new(),
            messages: [0, 0],
        }
    }

    pub(crate) fn give(&mut self, at: usize, input: Input) {
        let mut out = Vec::new();
        self.parties[at].step(self.now, input, &mut out);
        self.perform(at, out);
    }

    fn perform(&mut self, at: usize, out: Vec<Output>) {
        for output in out {
            self.said.push_str(&format!("{output:?} {:?}\n", self.parties[at]));
            assert!(self.ends[at].is_none(), "{output:?} after the end");
            match output {
                Output::Send(bytes) => {
                    assert!(bytes.len() <= CHUNK);
                    self.sent[at].extend_from_slice(&bytes);
                    let number = self.messages[at];
                    self.messages[at] += 1;
                    let changed = match &mut self.tamper {
                        Some(tamper) => tamper(SIDES[at], number, bytes),
                        None => vec![bytes],
                    };
                    self.queue.extend(changed.into_iter().map(|bytes| (1 - at, bytes)));
                }
                Output::Progress { done, total, .. } => assert!(done <= total),
                Output::Finished(outcome) => self.ends[at] = Some(Ok(outcome)),
                Output::Failed(error) => {
                    self.said.push_str(&error.to_string());
                    self.ends[at] = Some(Err(error));
                }
            }
        }
    }

    /// Runs until both sides are done, moving the clock on when nothing else happens.
    pub(crate) fn run(&mut self) {
        while self.ends.iter().any(Option::is_none) {
            for at in [0, 1] {
                let bytes = self.credit;
                self.give(at, Input::Credit(bytes));
            }
            let is_idle = self.queue.is_empty();
            while let Some((to, bytes)) = self.queue.pop_front() {
                self.give(to, Input::Bytes(bytes));
            }
            let ticks = [0, 1].map(|at| self.parties[at].next_tick());
            if is_idle && ticks.iter().flatten().all(|tick| *tick > self.now.mono) {
                let next = ticks.iter().flatten().min().copied();
                self.now.mono = next.unwrap_or(Millis(u64::MAX));
            }
            for at in [0, 1] {
                let mut out = Vec::new();
                self.parties[at].tick(self.now, &mut out);
                self.perform(at, out);
            }
        }
        for party in &self.parties {
            assert_eq!((party.phase(), party.next_tick()), (None, None));
        }
    }

    pub(crate) fn outcome(&self, side: Side) -> &Outcome {
        match self.ends[side as usize].as_ref().expect("it ended") {
            Ok(outcome) => outcome,
            Err(error) => panic!("{side:?}: {error}"),
        }
    }

    pub(crate) fn error(&self, side: Side) -> Error {
        match self.ends[side as usize].as_ref().expect("it ended") {
            Ok(outcome) => panic!("{side:?}: {outcome:?}"),
            Err(error) => *error,
        }
    }

    pub(crate) fn learned(&self, side: Side) -> &Learned {
        &self.outcome(side).learned
    }
}

/// All modes.
pub(crate) fn modes() -> Vec<Mode> {
    let mut modes = vec![Mode::Aligned, Mode::CountBoth];
    for receiver in SIDES {
        modes.extend([Mode::Rows { receiver }, Mode::Count { receiver }]);
    }
    modes
}
