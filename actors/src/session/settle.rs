//! What a compute party does on a chain: it takes the seats that it was elected to, and says what came of it.

use super::entry::{Life, Wanted};
use super::manager::{Offer, Sessions};
use super::witness::statement;
use troupe_learning::Task;
use troupe_market::duty::Say;
use troupe_market::message::{ACTOR, Await, Decide, Decision, Look, Seen, Shown, Sign, Unseen};
use troupe_market::statement::Held;
use troupe_market::task::{End, Phase};
use troupe_mpc::{FRAMES, Missing, OwnSignatures, Recall, Sealed};
use troupe_runtime::{Cx, Fault, Handle, Link, Node, Reply, Told};
use troupe_types::{Hash, Millis, SessionId};
use troupe_wire::CallError;

/// How much later than whoever asks this node may see a block.
const LATE: Millis = Millis::secs(5);
/// How soon it asks again what the chain says.
const AGAIN: Millis = Millis::secs(1);

/// The actor that does on the chain what this one decides.
pub(super) struct Market {
    look: Link<Look>,
    wait: Link<Await>,
    pub(super) decide: Link<Decide>,
    pub(super) sign: Link<Sign>,
}

impl Market {
    pub(super) fn of(node: &Node) -> Self {
        let (look, wait) = (node.link(ACTOR), node.link(ACTOR));
        Self { look, wait, decide: node.link(ACTOR), sign: node.link(ACTOR) }
    }
}

impl Sessions {
    /// Whether a task is settled: on a chain this node computes what the chain settles, without one nothing of one.
    pub(super) fn is_settled(&self, task: &Task) -> Result<bool, String> {
        if self.principal.is_some() {
            return Ok(task.number != 0);
        }
        match (&self.market, task.number) {
            (None, 0) => Ok(false),
            (Some(_), 0) => Err("this node computes only what its chain settles".to_owned()),
            (Some(_), _) => Ok(true),
            (None, _) => Err("this node follows no chain that could settle it".to_owned()),
        }
    }

    /// What the chain says of a task whose parties are to take their seats. Who asks for that may see the chain a block earlier.
    pub(super) fn seen_electing(
        &self,
        number: u64,
        cx: &mut Cx<'_, Self>,
        then: impl FnOnce(&mut Self, Result<Seen, String>, &mut Cx<'_, Self>) + 'static,
    ) {
        let Some(market) = &self.market else { return };
        let wait = market.wait.clone();
        cx.ask(&market.look.clone(), Look(number), move |sessions: &mut Self, seen, cx| {
            match answered(seen) {
                Ok(seen) if seen.task.phase < Phase::Accept as u8 => {
                    let accept = Await { task: number, phase: Phase::Accept };
                    cx.ask_within(&wait, accept, LATE, move |sessions, later, cx| {
                        then(sessions, Ok(answered(later).unwrap_or(seen)), cx);
                        Ok(())
                    });
                }
                seen => then(sessions, seen, cx),
            }
            Ok(())
        });
    }

    /// Takes a seat here, or has a worker take it.
    pub(super) fn take(
        &mut self,
        task: Task,
        offer: Offer,
        is_settled: bool,
        cx: &mut Cx<'_, Self>,
        then: impl FnOnce(&mut Self, Result<(), String>, &mut Cx<'_, Self>) + 'static,
    ) {
        match offer {
            Offer::Here(seated) => {
                let taken = self.seat(&task, *seated, is_settled, cx);
                then(self, taken, cx);
            }
            Offer::With(worker) => self.lend(task, worker, cx, then),
        }
    }

    /// Begins when the chain says so, and gives the seat back when it says that the task ended before, or has others now.
    pub(super) fn heed(&self, number: u64, place: (SessionId, Hash), cx: &mut Cx<'_, Self>) {
        let Some(market) = &self.market else { return };
        let wait = market.wait.clone();
        // Whoever offered the seat waits for less long.
        cx.after(Millis::ZERO, move |sessions, cx| {
            if sessions.early(place).is_none() {
                return Ok(());
            }
            let began = Await { task: number, phase: Phase::Compute };
            cx.ask(&wait, began, move |sessions, seen, cx| {
                match seen {
                    Ok(Ok(seen)) => match End::of(seen.task.end) {
                        Some(end) => sessions.release(place, end.words(), cx),
                        None => sessions.begin(place, &seen, cx),
                    },
                    Ok(Err(why @ Unseen::NoTask(_))) => {
                        sessions.release(place, &why.to_string(), cx);
                    }
                    // The chain is not seen now, or the actor that follows it begins anew.
                    Ok(Err(_)) | Err(_) => {
                        cx.after(AGAIN, move |sessions, cx| {
                            sessions.heed(number, place, cx);
                            Ok(())
                        });
                    }
                }
                Ok(())
            });
            Ok(())
        });
    }

    /// Says on the chain what came of a task. Before that, what it may have to show there is on the disk: what it sent last, what
    /// it waited for in vain, and what others signed.
    pub(super) fn conclude(
        &mut self,
        place: (SessionId, Hash),
        number: u64,
        recall: Option<&Recall>,
        held: Vec<Held>,
        say: Say,
        cx: &mut Cx<'_, Self>,
    ) {
        let is_done = matches!(say, Say::Done(_));
        // Who has everybody's signatures knows that all its frames but the last one came.
        let most = if is_done { 1 } else { FRAMES };
        for Sealed { to, frame, message } in recall.map_or_else(Vec::new, |it| it.sealed(most)) {
            self.decide(place, number, Decision::Sent { to, round: frame, message }, cx);
        }
        let missing = recall.and_then(Recall::missing).filter(|_| !is_done);
        if let Some(Missing { of, frame: round }) = missing {
            self.decide(place, number, Decision::Missing { of, round }, cx);
        }
        if !held.is_empty() {
            self.decide(place, number, Decision::Holds(held), cx);
        }
        self.decide(place, number, Decision::Say(say), cx);
    }

    /// The market hears of it: that of this process, or that of the party which it computes for.
    fn decide(
        &mut self,
        place: (SessionId, Hash),
        number: u64,
        decision: Decision,
        cx: &mut Cx<'_, Self>,
    ) {
        if self.principal.is_some() {
            return self.note(place, decision, cx);
        }
        let Some(market) = self.market.as_ref().filter(|_| number != 0) else { return };
        let decide = Decide { task: number, decision };
        cx.ask(&market.decide.clone(), decide, move |_: &mut Self, kept, _| {
            if let Err(why) = answered(kept) {
                // The chain's deadline says the rest.
                tracing::error!(task = number, why, "what came of a task was not kept");
            }
            Ok(())
        });
    }
}

impl Handle<Wanted> for Sessions {
    fn handle(
        &mut self,
        wanted: Wanted,
        _reply: Reply<Wanted>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        if self.principal.is_some() {
            self.have_signed(&wanted, cx);
            return Ok(());
        }
        let Wanted { session, hash, claims } = wanted;
        let entry = self.entries.at((session, hash));
        let Some((entry, market)) = entry.zip(self.market.as_ref()) else { return Ok(()) };
        let Life::Running { signed, .. } = &entry.life else { return Ok(()) };
        let (signed, task) = (signed.clone(), entry.number);
        let sign = Sign { task, statements: claims.iter().map(statement).collect() };
        cx.ask(&market.sign.clone(), sign, move |_, answer, cx| {
            let signatures = answered(answer).and_then(|signatures| {
                let signatures: Result<OwnSignatures, _> = signatures.try_into();
                signatures.map(Box::new).map_err(|_| "signatures are missing".to_owned())
            });
            if let Err(why) = &signatures {
                tracing::error!(task, why, "this node does not sign how the session ends");
            }
            // A child that is gone already signs nothing.
            let _ = cx.tell(&signed, Told(signatures.ok()));
            Ok(())
        });
        Ok(())
    }
}

impl Handle<Shown> for Sessions {
    fn handle(
        &mut self,
        shown: Shown,
        _reply: Reply<Shown>,
        _cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let Shown { task, of, round, message } = shown;
        let Some(recall) = self.recall(task) else { return Ok(()) };
        // It comes too late to go on with, and nobody else can judge it.
        let is_it = recall.open(of, round, &message).is_some();
        match (is_it, message.len()) {
            (true, _) => tracing::info!(task, of, round, "shown on the chain: what never came"),
            (false, 0) => tracing::warn!(task, of, round, "a party says that it sent nothing"),
            (false, got) => tracing::warn!(task, of, round, got, "shown on the chain: no message"),
        }
        Ok(())
    }
}

pub(super) fn answered<T>(answer: Result<Result<T, Unseen>, CallError>) -> Result<T, String> {
    answer.map_err(|why| why.to_string())?.map_err(|why| why.to_string())
}
