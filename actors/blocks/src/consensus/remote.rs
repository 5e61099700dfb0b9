//! Signatures from elsewhere: one at a time, in the order in which they were wished, asked for again until they
//! come or nobody needs them any more. Meanwhile the machine goes on: it follows without them.

use super::Consensus;
use crate::pen::{PATIENCE, Unsigned};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use troupe_consensus::{Input, Place, Signature, Statement, verify_statement};
use troupe_crypto::Scheme;
use troupe_runtime::{Cx, Fault, Handle, Pool, Reply, Timer};
use troupe_types::Millis;
use troupe_wire::{Lane, Message};

/// How soon a signer that does not sign is asked again, at first and at most.
const PAUSES: (Millis, Millis) = (Millis(100), Millis(2_000));
/// A machine wishes for a few signatures in a view; more wait for nothing.
const MOST: usize = 64;

/// What waits for a signature.
#[derive(Default)]
pub(super) struct Desk {
    waiting: VecDeque<Statement>,
    /// The first is being signed, or will be asked for again.
    busy: Option<Busy>,
    /// What is of views before this one is of no use.
    place: Place,
    /// How long the last pause was, since the signer signs nothing.
    pause: Option<Millis>,
}

#[derive(Clone, Copy)]
enum Busy {
    /// Until when the answer is waited for: one that is lost must not hold up all that follow.
    Asked(Timer),
    Checking,
    Pausing,
}

/// Told by the task that asked.
pub(crate) struct Said {
    statement: Statement,
    outcome: Result<Signature, Unsigned>,
}

impl Message for Said {
    type Reply = ();
    const NAME: &'static str = "said";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::MAX;
}

impl Desk {
    pub(super) fn entered(&mut self, place: Place) {
        self.place = place;
    }

    /// The next pause, half as long again as the last.
    fn pause(&mut self) -> Millis {
        let (first, most) = PAUSES;
        let pause = self.pause.map_or(first, |last| last.plus(Millis(last.0 / 2)).at_most(most));
        self.pause = Some(pause);
        pause
    }

    /// The first that somebody still needs.
    fn next(&mut self) -> Option<Statement> {
        while self.waiting.front().is_some_and(|statement| statement.place < self.place) {
            self.waiting.pop_front();
        }
        self.waiting.front().copied()
    }
}

impl<S: Scheme> Consensus<S> {
    pub(super) fn sign_elsewhere(&mut self, statement: Statement, cx: &mut Cx<'_, Self>) {
        if self.desk.waiting.len() < MOST {
            self.desk.waiting.push_back(statement);
        }
        self.ask_pen(cx);
    }

    fn ask_pen(&mut self, cx: &mut Cx<'_, Self>) {
        let Some(pen) = self.parts.pen.clone() else { return };
        if self.desk.busy.is_some() {
            return;
        }
        let Some(statement) = self.desk.next() else { return };
        let (genesis, myself) = (self.parts.shared.genesis, cx.myself::<Said>());
        let (metrics, clock) = (self.parts.shared.metrics.clone(), Arc::clone(cx.node().clock()));
        cx.task(async move {
            let asked = clock.nanos();
            let outcome = pen.sign(genesis, statement).await;
            let took = Duration::from_nanos(clock.nanos().saturating_sub(asked));
            metrics.signed_elsewhere(&outcome, took);
            if let Err(refused) = myself.tell(Said { statement, outcome }) {
                tracing::warn!(why = %refused.why, "a signature was lost and is asked for again");
            }
        });
        let late = cx.after(PATIENCE, |consensus, cx| {
            let why = Unsigned::Unreachable("no answer in time".to_owned());
            consensus.unsigned(why, cx);
            Ok(())
        });
        self.desk.busy = Some(Busy::Asked(late));
    }

    /// There is no signature on the first that waits.
    fn unsigned(&mut self, why: Unsigned, cx: &mut Cx<'_, Self>) {
        let reason = match why {
            Unsigned::NotLater(last) => {
                if let Some(Statement { kind, place, .. }) = self.desk.waiting.pop_front() {
                    tracing::warn!(?kind, %place, last = %last.place, height = %last.height,
                        "the signer refused: not later than what it signed");
                }
                (self.desk.busy, self.desk.pause) = (None, None);
                self.ask_pen(cx);
                return;
            }
            Unsigned::Misplaced(reason)
            | Unsigned::Storage(reason)
            | Unsigned::Unreachable(reason) => reason,
        };
        if self.desk.pause.is_none() {
            tracing::warn!(%reason, "the signer does not sign; it is asked again until it does");
        }
        let pause = self.desk.pause();
        self.desk.busy = Some(Busy::Pausing);
        cx.after(pause, |consensus, cx| {
            consensus.desk.busy = None;
            consensus.ask_pen(cx);
            Ok(())
        });
    }

    /// A signature that is not of the key would make this node a liar: it is checked like any other.
    fn check_signature(
        &mut self,
        statement: Statement,
        signature: Signature,
        cx: &mut Cx<'_, Self>,
    ) {
        let genesis = self.parts.shared.genesis;
        let Some(key) = self.parts.pen.as_ref().map(|pen| pen.key()) else { return };
        self.desk.busy = Some(Busy::Checking);
        let job = move || verify_statement::<S>(&key, &statement, &signature, &genesis);
        let submitted = cx.pool(Pool::Urgent, job, move |consensus, verdict, cx| match verdict {
            Ok(Ok(())) => consensus.signed(statement, signature, cx),
            Ok(Err(_)) => {
                let why = "what it signs is not of the key that is voted with".to_owned();
                consensus.unsigned(Unsigned::Misplaced(why), cx);
                Ok(())
            }
            Err(why) => Err(Fault::Restart(format!("a check of a signature: {why}"))),
        });
        if submitted.is_err() {
            cx.after(super::AGAIN, move |consensus, cx| {
                consensus.check_signature(statement, signature, cx);
                Ok(())
            });
        }
    }

    /// The first that waits is signed.
    fn signed(
        &mut self,
        statement: Statement,
        signature: Signature,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        if self.desk.pause.take().is_some() {
            tracing::info!("the signer signs again");
        }
        self.desk.waiting.pop_front();
        self.desk.busy = None;
        self.ask_pen(cx);
        self.input(Input::Signed { statement, signature }, cx)
    }
}

impl<S: Scheme> Handle<Said> for Consensus<S> {
    fn handle(
        &mut self,
        Said { statement, outcome }: Said,
        _: Reply<Said>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let late = match self.desk.busy {
            Some(Busy::Asked(late)) if self.desk.waiting.front() == Some(&statement) => late,
            // It came after it was taken for lost; it is asked for again.
            Some(Busy::Asked(_) | Busy::Checking | Busy::Pausing) | None => return Ok(()),
        };
        cx.cancel(late);
        match outcome {
            Ok(signature) => self.check_signature(statement, signature, cx),
            Err(why) => self.unsigned(why, cx),
        }
        Ok(())
    }
}
