//! Which errand has which nonce, and what was sent for it.

use super::{Errand, Fees, Found, Head, Input, Limits, Outcome, Output, Record, Refusal, Request};
use std::collections::{BTreeMap, VecDeque};
use troupe_types::{Gas, Hash, Height, Millis};
use troupe_wire::{List, Machine, Now};

/// What a transfer of nothing uses.
const TRANSFER: Gas = Gas(21_000);
/// Transactions that are signed for one nonce. With so many eighths a fee is doubled four times.
const MOST_ATTEMPTS: usize = 24;
/// As many more to withdraw it.
const MOST_WITHDRAWALS: usize = 12;

/// The errands of one account.
#[derive(Debug)]
pub struct Errands {
    limits: Limits,
    head: Option<Head>,
    waiting: VecDeque<(Errand, Millis)>,
    flying: BTreeMap<u64, Flight>,
    ends: BTreeMap<Hash, Outcome>,
    /// Those in `ends`, the oldest first.
    ended: VecDeque<Hash>,
    /// No transaction of a flight is in a block up to here.
    read: Height,
    /// The block that was asked for, and when.
    asked: Option<(Height, Millis)>,
}

/// An errand with a nonce.
#[derive(Debug)]
struct Flight {
    errand: Errand,
    since: Millis,
    attempts: Vec<Attempt>,
    envelope: Vec<u8>,
    /// When the last of them was.
    signed: Millis,
    step: Step,
    is_withdrawn: bool,
}

/// A transaction that was signed.
#[derive(Debug, Clone, Copy)]
struct Attempt {
    hash: Hash,
    fees: Fees,
    is_withdrawal: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Every request to sign is answered, so there is one at a time.
    Signing { fees: Fees, is_withdrawal: bool },
    /// Since when it waits for a block, or for its next try.
    Sent(Millis),
}

impl Errands {
    /// What a process before this one left, from its records in their order.
    #[must_use]
    pub fn new(limits: Limits, records: impl IntoIterator<Item = Record>, now: Now) -> Self {
        let mut this = Self {
            limits,
            head: None,
            waiting: VecDeque::new(),
            flying: BTreeMap::new(),
            ends: BTreeMap::new(),
            ended: VecDeque::new(),
            read: Height::ZERO,
            asked: None,
        };
        for record in records {
            this.recall(record, now.mono);
        }
        this
    }

    fn recall(&mut self, record: Record, now: Millis) {
        match record {
            Record::Wanted(errand) => self.waiting.push_back((errand, now)),
            Record::Signed { id, nonce, hash, envelope, fees, after, is_withdrawal } => {
                if self.flying.is_empty() {
                    self.read = after;
                }
                let at = self.waiting.iter().position(|(errand, _)| errand.id == id);
                if let Some((errand, since)) = at.and_then(|at| self.waiting.remove(at)) {
                    let mut flight = Flight::new(errand, since, Fees::default());
                    flight.step = Step::Sent(since);
                    self.flying.insert(nonce, flight);
                }
                let Some(flight) = self.flying.get_mut(&nonce) else { return };
                flight.attempts.push(Attempt { hash, fees, is_withdrawal });
                flight.envelope = envelope.to_vec();
                flight.is_withdrawn |= is_withdrawal;
            }
            Record::Lost { nonce } => {
                if let Some(flight) = self.flying.remove(&nonce) {
                    self.waiting.push_front((flight.errand, flight.since));
                }
            }
            Record::Over { id, outcome } => {
                self.waiting.retain(|(errand, _)| errand.id != id);
                self.flying.retain(|_, flight| flight.errand.id != id);
                self.remember(id, outcome);
            }
        }
    }

    /// What a later process has to know, and no more: for a file that is written anew.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        let ends = self.ended.iter().filter_map(|id| {
            let outcome = *self.ends.get(id)?;
            Some(Record::Over { id: *id, outcome })
        });
        let flying = self.flying.values().map(|flight| &flight.errand);
        let wanted = flying.chain(self.waiting.iter().map(|(errand, _)| errand)).cloned();
        let signed = self.flying.iter().flat_map(|(nonce, flight)| {
            flight.attempts.iter().map(|attempt| self.signed(*nonce, flight, *attempt))
        });
        ends.chain(wanted.map(Record::Wanted)).chain(signed).collect()
    }

    /// Errands that are not over.
    #[must_use]
    pub fn open(&self) -> usize {
        self.waiting.len() + self.flying.len()
    }

    fn submit(&mut self, errand: Errand, now: Millis, out: &mut Vec<Output>) {
        let id = errand.id;
        if let Some(outcome) = self.ends.get(&id) {
            out.push(Output::Over { id, outcome: *outcome });
            return;
        }
        let is_known = self.waiting.iter().any(|(other, _)| other.id == id)
            || self.flying.values().any(|flight| flight.errand.id == id);
        if is_known {
            return;
        }
        if self.waiting.len() >= self.limits.waiting {
            out.push(Output::Busy { id });
            return;
        }
        out.push(Output::Persist(Record::Wanted(errand.clone())));
        self.waiting.push_back((errand, now));
        self.launch(out);
    }

    /// Gives nonces to those that wait.
    fn launch(&mut self, out: &mut Vec<Output>) {
        let Some(head) = self.head else { return };
        while self.flying.len() < self.limits.flying {
            let Some((errand, since)) = self.waiting.pop_front() else { return };
            if self.flying.is_empty() {
                // What is signed only now is in no block of today.
                self.read = head.height;
                self.asked = None;
            }
            let last = self.flying.last_key_value().map(|(nonce, _)| *nonce);
            let nonce = last.map_or(head.nonce, |last| head.nonce.max(last.saturating_add(1)));
            let fees = Fees::fresh(head.base_fee, head.tip, &self.limits);
            let flight = Flight::new(errand, since, fees);
            out.push(Output::Sign(request(nonce, &flight, fees)));
            self.flying.insert(nonce, flight);
        }
    }

    fn signed(&self, nonce: u64, flight: &Flight, attempt: Attempt) -> Record {
        Record::Signed {
            id: flight.errand.id,
            nonce,
            hash: attempt.hash,
            envelope: List::new(flight.envelope.clone()).unwrap_or_default(),
            fees: attempt.fees,
            after: self.read,
            is_withdrawal: attempt.is_withdrawal,
        }
    }

    fn sign_done(
        &mut self,
        (nonce, hash, envelope): (u64, Hash, Vec<u8>),
        now: Millis,
        out: &mut Vec<Output>,
    ) {
        let Some(flight) = self.flying.get_mut(&nonce) else { return };
        let Step::Signing { fees, is_withdrawal } = flight.step else { return };
        let attempt = Attempt { hash, fees, is_withdrawal };
        flight.attempts.push(attempt);
        flight.envelope = envelope;
        flight.signed = now;
        flight.step = Step::Sent(now);
        let envelope = flight.envelope.clone();
        let record = self.flying.get(&nonce).map(|flight| self.signed(nonce, flight, attempt));
        out.extend(record.map(Output::Persist));
        out.push(Output::Send { hash, envelope });
    }

    fn refused(&mut self, hash: Hash, reason: Refusal, now: Millis, out: &mut Vec<Output>) {
        let is_last = |flight: &Flight| {
            let last = flight.attempts.last();
            last.is_some_and(|last| last.hash == hash) && matches!(flight.step, Step::Sent(_))
        };
        let found = self.flying.iter_mut().find(|(_, flight)| is_last(flight));
        let Some((nonce, flight)) = found else { return };
        match reason {
            // Patience says when it is tried again.
            Refusal::NotNow => {}
            Refusal::Never if flight.is_withdrawn => {}
            Refusal::Never => {
                flight.is_withdrawn = true;
                let nonce = *nonce;
                self.again(nonce, now, out);
            }
        }
    }

    /// Signs another transaction of this nonce that a pool takes in place of the last one, where that can help; otherwise
    /// sends the last one once more.
    fn again(&mut self, nonce: u64, now: Millis, out: &mut Vec<Output>) {
        let (Some(head), limits) = (self.head, self.limits) else { return };
        let Some(flight) = self.flying.get_mut(&nonce) else { return };
        let fresh = Fees::fresh(head.base_fee, head.tip, &limits);
        let last = flight.attempts.last().copied();
        let is_withdrawal = flight.is_withdrawn;
        let wants_other = last.is_none_or(|last| {
            last.is_withdrawal != is_withdrawal
                || !last.fees.suffice(head.base_fee, head.tip)
                || now.since(flight.signed) >= limits.impatience
        });
        let (most, attempts) = match is_withdrawal {
            true => (limits.most.saturating_mul(4), MOST_ATTEMPTS + MOST_WITHDRAWALS),
            false => (limits.most, MOST_ATTEMPTS),
        };
        let may_sign = wants_other && flight.attempts.len() < attempts;
        let raised = last.map_or(Some(fresh), |last| last.fees.raised(fresh, most));
        match raised.filter(|_| may_sign) {
            Some(fees) => {
                flight.step = Step::Signing { fees, is_withdrawal };
                out.push(Output::Sign(request(nonce, flight, fees)));
            }
            None => {
                let envelope = flight.envelope.clone();
                out.extend(last.map(|last| Output::Send { hash: last.hash, envelope }));
            }
        }
    }

    fn headed(&mut self, head: Head, now: Millis, out: &mut Vec<Output>) {
        if self.head.is_some_and(|before| before.height > head.height) {
            return;
        }
        self.head = Some(head);
        self.ask(now, out);
        self.settle(now, out);
        self.launch(out);
    }

    /// Asks for the next block that a flight may be in.
    fn ask(&mut self, now: Millis, out: &mut Vec<Output>) {
        let Some(head) = self.head else { return };
        let next = Height(self.read.0.saturating_add(1));
        if self.flying.is_empty() || self.asked.is_some() || next > head.height {
            return;
        }
        let attempts = self.flying.values().flat_map(|flight| &flight.attempts);
        let hashes = attempts.map(|attempt| attempt.hash).collect();
        self.asked = Some((next, now));
        out.push(Output::Read { height: next, hashes });
    }

    fn block(&mut self, height: Height, found: &[Found], now: Millis, out: &mut Vec<Output>) {
        if self.asked.is_none_or(|(asked, _)| asked != height) {
            return;
        }
        self.asked = None;
        self.read = height;
        for found in found {
            let of = |flight: &Flight| {
                flight.attempts.iter().find(|it| it.hash == found.hash).map(|it| it.is_withdrawal)
            };
            let hit = self.flying.iter().find_map(|(nonce, flight)| Some((*nonce, of(flight)?)));
            let Some((nonce, is_withdrawal)) = hit else { continue };
            let Some(flight) = self.flying.remove(&nonce) else { continue };
            let outcome = match is_withdrawal {
                true => Outcome::Withdrawn,
                false => Outcome::Included {
                    height,
                    index: found.index,
                    hash: found.hash,
                    has_succeeded: found.has_succeeded,
                    gas_used: found.gas_used,
                },
            };
            self.end(flight.errand.id, outcome, out);
        }
        self.ask(now, out);
        self.settle(now, out);
        self.launch(out);
    }

    /// Once all blocks are read: what had a nonce that is used up, and is in none of them, lost it to somebody else.
    fn settle(&mut self, now: Millis, out: &mut Vec<Output>) {
        let Some(head) = self.head.filter(|head| head.height == self.read) else { return };
        let kept = self.flying.split_off(&head.nonce);
        let lost = core::mem::replace(&mut self.flying, kept);
        // The first of them waits at the very front.
        for (nonce, flight) in lost.into_iter().rev() {
            if flight.is_withdrawn {
                // The nonce is used up, as the withdrawal wanted.
                self.end(flight.errand.id, Outcome::Withdrawn, out);
                continue;
            }
            // Where nothing was signed, nobody can have it.
            if !flight.attempts.is_empty() {
                out.push(Output::Persist(Record::Lost { nonce }));
            }
            self.waiting.push_front((flight.errand, now));
        }
    }

    fn end(&mut self, id: Hash, outcome: Outcome, out: &mut Vec<Output>) {
        out.push(Output::Persist(Record::Over { id, outcome }));
        out.push(Output::Over { id, outcome });
        self.remember(id, outcome);
    }

    fn remember(&mut self, id: Hash, outcome: Outcome) {
        if self.ends.insert(id, outcome).is_none() {
            self.ended.push_back(id);
        }
        while self.ended.len() > self.limits.ends {
            let oldest = self.ended.pop_front();
            oldest.and_then(|oldest| self.ends.remove(&oldest));
        }
    }

    fn give_up(&mut self, now: Millis, out: &mut Vec<Output>) {
        let within = self.limits.within;
        let is_late = |since: Millis| now.since(since) >= within;
        let (late, left): (VecDeque<_>, VecDeque<_>) =
            core::mem::take(&mut self.waiting).into_iter().partition(|(_, since)| is_late(*since));
        self.waiting = left;
        for (errand, _) in late {
            // It has no nonce: nothing of it can be in a block.
            self.end(errand.id, Outcome::Withdrawn, out);
        }
        for flight in self.flying.values_mut() {
            flight.is_withdrawn |= is_late(flight.since);
        }
    }
}

impl Flight {
    fn new(errand: Errand, since: Millis, fees: Fees) -> Self {
        let (attempts, envelope) = (Vec::new(), Vec::new());
        let step = Step::Signing { fees, is_withdrawal: false };
        Self { errand, since, attempts, envelope, signed: since, step, is_withdrawn: false }
    }
}

fn request(nonce: u64, flight: &Flight, fees: Fees) -> Request {
    let errand = &flight.errand;
    match flight.is_withdrawn {
        true => Request { nonce, to: None, value: 0, input: Vec::new(), gas_limit: TRANSFER, fees },
        false => Request {
            nonce,
            to: Some(errand.to),
            value: errand.value,
            input: errand.input.to_vec(),
            gas_limit: errand.gas_limit,
            fees,
        },
    }
}

impl Machine for Errands {
    type Input = Input;
    type Output = Output;

    fn step(&mut self, now: Now, input: Input, out: &mut Vec<Output>) {
        let now = now.mono;
        match input {
            Input::Submit(errand) => self.submit(errand, now, out),
            Input::Head(head) => self.headed(head, now, out),
            Input::Signed { nonce, hash, envelope } => {
                self.sign_done((nonce, hash, envelope), now, out);
            }
            Input::Refused { hash, reason } => self.refused(hash, reason, now, out),
            Input::Block { height, found } => self.block(height, &found, now, out),
            Input::Unreadable { height } => {
                if self.asked.is_some_and(|(asked, _)| asked == height) {
                    // Asked for again with the next head.
                    self.asked = None;
                }
            }
        }
    }

    fn tick(&mut self, now: Now, out: &mut Vec<Output>) {
        let now = now.mono;
        self.give_up(now, out);
        let patience = self.limits.patience;
        if self.asked.is_some_and(|(_, since)| now.since(since) >= patience) {
            // The answer got lost.
            self.asked = None;
            self.ask(now, out);
        }
        let is_late = |flight: &Flight| match flight.step {
            Step::Signing { .. } => false,
            Step::Sent(since) => now.since(since) >= patience,
        };
        let late = self.flying.iter_mut().filter(|(_, flight)| is_late(flight));
        let late: Vec<u64> = late
            .map(|(nonce, flight)| {
                flight.step = Step::Sent(now);
                *nonce
            })
            .collect();
        for nonce in late {
            self.again(nonce, now, out);
        }
    }

    fn next_tick(&self) -> Option<Millis> {
        let tries = self.flying.values().filter_map(|flight| match flight.step {
            Step::Signing { .. } => None,
            Step::Sent(since) => Some(since.plus(self.limits.patience)),
        });
        let ends = self.waiting.iter().map(|(_, since)| since.plus(self.limits.within));
        let asked = self.asked.map(|(_, since)| since.plus(self.limits.patience));
        tries.chain(ends).chain(asked).min()
    }
}
