//! The steps of a party.

use super::{Check, Closing, Digests, Inputs, Party, Signing, State, Work};
use crate::peer::next;
use crate::program::Security;
use crate::recall::Seal;
use crate::rep3::Engine;
use crate::stream::Inbox;
use crate::{Ending, Error, Input, Output, Peer};
use troupe_types::Millis;
use troupe_wire::{Machine, Now};

impl Machine for Party {
    type Input = Input;
    type Output = Output<Ending>;

    fn step(&mut self, now: Now, input: Input, out: &mut Vec<Output<Ending>>) {
        let Some(work) = &mut self.work else { return };
        match work.step(now, input, out) {
            Ok(None) => {}
            Ok(Some(ending)) => self.finish(ending, out),
            Err(error) => {
                self.work = None;
                out.push(Output::Failed(error));
            }
        }
    }

    fn tick(&mut self, now: Now, out: &mut Vec<Output<Ending>>) {
        let Some(work) = &mut self.work else { return };
        if now.mono < work.due {
            return;
        }
        if let Some(ending) = work.signed() {
            return self.finish(ending, out);
        }
        let error = work.late();
        self.work = None;
        out.push(Output::Failed(error));
    }

    fn next_tick(&self) -> Option<Millis> {
        self.work.as_ref().map(|work| work.due)
    }
}

impl Party {
    /// The end of a session that went well: what is kept goes on the shelf.
    fn finish(&mut self, ending: Ending, out: &mut Vec<Output<Ending>>) {
        if let Some(work) = self.work.take() {
            work.kept.into_iter().for_each(|kept| work.shelf.put(kept));
        }
        out.push(Output::Finished(ending));
    }
}

impl Work {
    /// Gives the ending when everything is done.
    fn step(
        &mut self,
        now: Now,
        input: Input,
        out: &mut Vec<Output<Ending>>,
    ) -> Result<Option<Ending>, Error> {
        let phase = self.phase();
        match input {
            Input::Bytes { from, bytes } => {
                let refused = |reason| Error::Malformed { peer: from, phase, reason };
                let inbox = self.links.inbox(from);
                let inbox = inbox.ok_or(refused(crate::Refusal::Unexpected))?;
                inbox.accept(&bytes).map_err(refused)?;
                self.advance(now, out)?;
            }
            Input::Credit { to, bytes } => {
                if let Some(outbox) = self.links.outbox(to) {
                    outbox.grant(bytes);
                }
            }
            Input::Lost { peer } => {
                let is_signed = self.signed().is_some();
                if is_signed {
                    self.links.give_up(peer);
                } else if !self.links.is_done_with(peer) {
                    return Err(Error::PeerLost { peer, phase });
                }
            }
            Input::Signed(signatures) => {
                let State::Signing(signing) = &mut self.state else { return Ok(None) };
                if signing.has_signed() {
                    return Ok(None);
                }
                signing.sign(&signatures, &mut self.links);
                self.due = now.mono.plus(self.deadlines.round);
                self.witness(now)?;
            }
            Input::Unsigned => {
                let is_wanted =
                    matches!(&self.state, State::Signing(signing) if !signing.has_signed());
                if is_wanted {
                    return Err(Error::Unwitnessed);
                }
            }
            Input::Cancel => {
                let ending = self.signed();
                return ending.map(Some).ok_or(Error::Cancelled { phase });
            }
        }
        self.links.send(out);
        self.tell(out);
        let State::Revealing(ending) = &self.state else { return Ok(None) };
        Ok(self.links.slowest_taker().is_none().then_some(**ending))
    }

    /// Does all the work that what has arrived allows.
    fn advance(&mut self, now: Now, out: &mut Vec<Output<Ending>>) -> Result<(), Error> {
        if let State::Inputs(inputs) = &mut self.state {
            inputs.read(&self.program, &mut self.links, (self.index, &self.taking))?;
            self.begin(now, out);
        }
        loop {
            self.compute(now, out);
            self.check(now, out)?;
            if !matches!(self.state, State::Computing { .. }) || !self.links.has_round() {
                break;
            }
        }
        self.conclude(now, out)?;
        self.witness(now)
    }

    /// All rounds of the portion that what has arrived allows.
    fn compute(&mut self, now: Now, out: &mut Vec<Output<Ending>>) {
        let (until, rounds) = (self.until(), self.program.schedule().frames.len());
        while let State::Computing { engine, round, .. } = &mut self.state {
            if *round < until {
                let Some((from_next, from_prev)) = self.links.pop() else { return };
                self.exchanged += 1;
                *round += 1;
                if *round == until && until < rounds {
                    engine.settle(from_next, from_prev);
                } else {
                    let (to_next, to_prev) = (&mut self.links.to_next, &mut self.links.to_prev);
                    engine.run(*round, from_next, from_prev, to_next, to_prev);
                }
                self.links.from_next.offer(engine.spare());
                self.due = now.mono.plus(self.deadlines.round);
            }
            // Send before the next wait, so that the others need not wait for our next input.
            self.links.send(out);
            self.finish_portion(now);
            self.tell(out);
        }
    }

    /// The rounds until something is to be proven, or until all is computed.
    pub(super) fn until(&self) -> usize {
        let next = self.program.checks().get(self.proven);
        next.map_or(self.program.schedule().frames.len(), |check| check.until)
    }

    /// Begins to compute once all inputs and the pair's seeds are here.
    fn begin(&mut self, now: Now, out: &mut Vec<Output<Ending>>) {
        let State::Inputs(inputs) = &self.state else { return };
        if inputs.waiting_for(&self.links).is_some() {
            return;
        }
        let Some(seed) = &inputs.seed else { return };
        let keys = self.keys(seed);
        if let Some(recall) = &self.recall {
            let after = next(self.index);
            recall.shares(after, Seal::new(seed, after, self.place, self.program.hash()));
        }
        let mut shares = inputs.shares(self.place, &self.program, self.index, &mut self.links);
        shares.extend(self.taking.shares());
        let digests = (self.program.security() == Security::Malicious)
            .then(|| Digests::new(&self.program, &inputs.announced(), &shares));
        self.tell(out);
        let mut engine = Engine::new(self.program.clone(), self.index, keys, shares);
        let (to_next, to_prev) = (&mut self.links.to_next, &mut self.links.to_prev);
        engine.run(0, Vec::new(), Vec::new(), to_next, to_prev);
        self.links.from_next.offer(engine.spare());
        self.state = State::Computing { engine: Box::new(engine), round: 0, digests };
        self.due = now.mono.plus(self.deadlines.round);
    }

    /// After a portion's last round: its check, or at once the closing round.
    fn finish_portion(&mut self, now: Now) {
        let State::Computing { round, .. } = &self.state else { return };
        if *round < self.until() {
            return;
        }
        let State::Computing { mut engine, digests, round } = self.take() else { return };
        let checks = self.program.checks().get(self.proven);
        let (Some(digests), Some(checks)) = (digests, checks) else {
            return self.close(engine, now);
        };
        let (_, keys) = engine.proofs();
        let to = [&mut self.links.to_next, &mut self.links.to_prev];
        let check = Box::new(Check::begin(checks.clone(), self.index, digests, keys, to));
        self.state = State::Checking { engine, check, round: 0, computed: round };
        self.due = now.mono.plus(self.deadlines.round);
    }

    /// All rounds of the check that what has arrived allows; after the last the next portion, or the closing
    /// round.
    fn check(&mut self, now: Now, out: &mut Vec<Output<Ending>>) -> Result<(), Error> {
        while let State::Checking { engine, check, round, .. } = &mut self.state {
            let Some((from_next, from_prev)) = self.links.pop() else { return Ok(()) };
            self.exchanged += 1;
            let to = [&mut self.links.to_next, &mut self.links.to_prev];
            let (ledger, keys) = engine.proofs();
            check.run(*round, (&from_next, from_prev), (ledger, keys), to)?;
            *round += 1;
            self.due = now.mono.plus(self.deadlines.round);
            if *round == self.program.checks()[self.proven].frames.len()
                && let State::Checking { engine, computed, .. } = self.take()
            {
                self.proven += 1;
                if self.proven == self.program.checks().len() {
                    self.close(engine, now);
                } else {
                    self.go_on(engine, computed);
                }
            }
            self.links.send(out);
            self.tell(out);
        }
        Ok(())
    }

    /// Begins the next portion; what is proven is forgotten.
    fn go_on(&mut self, mut engine: Box<Engine>, round: usize) {
        engine.forget();
        let (to_next, to_prev) = (&mut self.links.to_next, &mut self.links.to_prev);
        engine.run(round, Vec::new(), Vec::new(), to_next, to_prev);
        self.links.from_next.offer(engine.spare());
        self.state = State::Computing { engine, round, digests: Some(Digests::default()) };
    }

    /// Says what we know.
    fn close(&mut self, mut engine: Box<Engine>, now: Now) {
        let here = (self.place, &self.program);
        let closing = Closing::begin(here, self.index, &mut engine, &mut self.links);
        self.state = State::Closing { engine, closing: Box::new(closing) };
        self.due = now.mono.plus(self.deadlines.round);
    }

    /// Hands the results out, once the others know the same.
    fn conclude(&mut self, now: Now, out: &mut Vec<Output<Ending>>) -> Result<(), Error> {
        let State::Closing { engine, closing } = &self.state else { return Ok(()) };
        let Some((from_next, from_prev)) = self.links.pop() else { return Ok(()) };
        let agreed = closing.agree(&from_next, &from_prev)?;
        self.kept = agreed.keep(&self.program, engine);
        let ending = agreed.reveal(&self.program, engine, &mut self.links);
        let Some(notary) = self.notary.take() else {
            self.reveal(ending, now);
            return Ok(());
        };
        self.links.is_held = true;
        let signing = Signing::new(notary, self.index, ending);
        out.push(Output::Sign(signing.wanted()));
        self.state = State::Signing(Box::new(signing));
        self.due = now.mono.plus(self.deadlines.round);
        Ok(())
    }

    /// Lets the results go, once the others have signed.
    fn witness(&mut self, now: Now) -> Result<(), Error> {
        let State::Signing(signing) = &self.state else { return Ok(()) };
        if !signing.has_signed() {
            return Ok(());
        }
        let Some((from_next, from_prev)) = self.links.pop() else { return Ok(()) };
        let ending = signing.verify(&from_next, &from_prev)?;
        self.links.is_held = false;
        self.reveal(ending, now);
        Ok(())
    }

    /// The ending that all three have signed. From then on nobody can undo it: not a receiver that takes its results from the two
    /// others and nothing here, and not who asked for it all and now calls it off.
    fn signed(&self) -> Option<Ending> {
        let State::Revealing(ending) = &self.state else { return None };
        ending.signed.is_some().then_some(**ending)
    }

    fn reveal(&mut self, ending: Ending, now: Now) {
        self.state = State::Revealing(Box::new(ending));
        self.due = now.mono.plus(self.deadlines.reveal);
    }

    /// The state, for another one to follow it at once.
    fn take(&mut self) -> State {
        core::mem::replace(&mut self.state, State::Inputs(Inputs::new(&self.program)))
    }

    /// Why it fails now that the time of its phase is over.
    fn late(&mut self) -> Error {
        if let State::Signing(signing) = &self.state
            && !signing.has_signed()
        {
            return Error::Unwitnessed;
        }
        let waiting_for = self.waiting_for();
        self.miss(waiting_for);
        Error::DeadlinePassed { waiting_for, phase: self.phase() }
    }

    /// The first peer that holds everything up.
    fn waiting_for(&self) -> Peer {
        let links = &self.links;
        match &self.state {
            State::Inputs(inputs) => inputs.waiting_for(links).unwrap_or(links.after()),
            State::Computing { .. }
            | State::Checking { .. }
            | State::Closing { .. }
            | State::Signing(_) => {
                let is_after_here = links.from_next.has_frame();
                if is_after_here { links.before() } else { links.after() }
            }
            State::Revealing(_) => links.slowest_taker().unwrap_or(links.after()),
        }
    }

    fn tell(&mut self, out: &mut Vec<Output<Ending>>) {
        let phase = self.phase();
        let links = &self.links;
        let (done, total) = match &self.state {
            State::Inputs(_) => sums(links.owners.iter().map(|i| (i.received(), i.total()))),
            State::Computing { .. }
            | State::Checking { .. }
            | State::Closing { .. }
            | State::Signing(_) => {
                // The first frame held seeds.
                let frame = |inbox: &Inbox| inbox.frame_progress(self.exchanged + 1);
                sums([&links.from_next, &links.from_prev].map(frame).into_iter())
            }
            State::Revealing(_) => sums(links.receivers.iter().map(|o| (o.sent(), o.total()))),
        };
        self.meter.tell(phase, done, total, out);
    }
}

fn sums(pairs: impl Iterator<Item = (u64, u64)>) -> (u64, u64) {
    pairs.fold((0, 0), |(done, total), (a, b)| (done + a, total + b))
}
