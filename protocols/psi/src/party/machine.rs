//! The steps of a party.

use super::{Party, Work};
use crate::stream::Kind;
use crate::{Error, Input, Outcome, Output, Phase};
use troupe_types::Millis;
use troupe_wire::{Fork, Machine, Now};

impl<F: Fork> Machine for Party<F> {
    type Input = Input;
    type Output = Output;

    fn step(&mut self, now: Now, input: Input, out: &mut Vec<Output>) {
        let Some(work) = &mut self.work else { return };
        let result = work.take(input).and_then(|()| work.advance(now, out));
        self.conclude(result, out);
    }

    fn tick(&mut self, now: Now, out: &mut Vec<Output>) {
        let Some(work) = &mut self.work else { return };
        let result = if now.mono < work.due {
            work.advance(now, out)
        } else {
            Err(Error::DeadlinePassed { phase: work.phase, waiting_for: work.missing() })
        };
        self.conclude(result, out);
    }

    fn next_tick(&self) -> Option<Millis> {
        self.work.as_ref().map(|work| if work.wanted().is_some() { work.latest } else { work.due })
    }
}

impl<F> Party<F> {
    fn conclude(&mut self, result: Result<Option<Outcome>, Error>, out: &mut Vec<Output>) {
        let last = match result {
            Ok(None) => return,
            Ok(Some(outcome)) => Output::Finished(outcome),
            Err(error) => Output::Failed(error),
        };
        self.work = None;
        out.push(last);
    }
}

impl<F: Fork> Work<F> {
    fn take(&mut self, input: Input) -> Result<(), Error> {
        let phase = self.phase;
        match input {
            Input::Bytes(bytes) => self.inbox.accept(&bytes).map_err(|reason| self.refused(reason)),
            Input::Credit(bytes) => {
                self.outbox.grant(bytes);
                Ok(())
            }
            Input::Lost if self.inbox.has_all() && self.outbox.is_done() => Ok(()),
            Input::Lost => Err(Error::PeerLost { phase }),
            Input::Cancel => Err(Error::Cancelled { phase }),
        }
    }

    /// Takes what a chunk completed, three batches at most, and makes one; the outcome, when everything is exchanged.
    fn advance(&mut self, now: Now, out: &mut Vec<Output>) -> Result<Option<Outcome>, Error> {
        self.latest = now.mono;
        self.outbox.send(out);
        while let Some((frame, bytes)) = self.inbox.pop() {
            match frame.kind {
                Kind::Points => self.take_points(&bytes)?,
                Kind::Answers => self.take_answers(&bytes)?,
            }
        }
        self.check_points()?;
        if let Some(frame) = self.wanted() {
            let made = match frame.kind {
                Kind::Points => self.make_points(),
                Kind::Answers => self.make_answers(),
            };
            self.outbox.put(made);
        }
        self.outbox.send(out);
        self.tell(out);
        if self.phase == Phase::Points && self.has_all_points() {
            self.phase = Phase::Answers;
            self.due = now.mono.plus(self.seat.deadlines.answers);
            self.tell(out);
        }
        if self.outbox.is_done() && self.inbox.is_done() {
            return self.outcome().map(Some);
        }
        Ok(None)
    }
}
