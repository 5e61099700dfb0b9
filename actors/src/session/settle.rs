//! What a compute party does on a chain: it takes the seats that it was elected to, and says what came of it.

use super::manager::Sessions;
use super::witness::Witness;
use std::sync::Arc;
use troupe_crypto::ed25519::Sign;
use troupe_learning::timely::timely;
use troupe_learning::{Task, declared};
use troupe_market::duty::Say;
use troupe_market::message::{ACTOR, Await, Decide, Decision, Look, Seen, Shown, Unseen};
use troupe_market::statement::Held;
use troupe_market::task::{End, Phase};
use troupe_mpc::{FRAMES, Missing, Recall, Sealed};
use troupe_runtime::{Cx, Fault, Handle, Link, Node, Reply};
use troupe_types::{Hash, Millis, NodeId, SessionId};
use troupe_wire::CallError;

/// How much later than whoever asks this node may see a block.
const LATE: Millis = Millis::secs(5);

/// The actor that does on the chain what this one decides.
pub(super) struct Market {
    look: Link<Look>,
    wait: Link<Await>,
    decide: Link<Decide>,
    key: Arc<dyn Sign>,
}

impl Market {
    pub(super) fn of(node: &Node, key: Arc<dyn Sign>) -> Self {
        let (look, wait) = (node.link(ACTOR), node.link(ACTOR));
        Self { look, wait, decide: node.link(ACTOR), key }
    }

    /// Signs how a task ends.
    pub(super) fn witness(&self, seen: &Seen, seat: u8) -> Witness {
        Witness::new(seen, seat, Arc::clone(&self.key))
    }
}

impl Sessions {
    /// Whether a task is settled: on a chain this node computes what the chain settles, without one nothing of one.
    pub(super) fn is_settled(&self, task: &Task) -> Result<bool, String> {
        match (&self.market, task.number) {
            (None, 0) => Ok(false),
            (Some(_), 0) => Err("this node computes only what its chain settles".to_owned()),
            (Some(_), _) => Ok(true),
            (None, _) => Err("this node follows no chain that could settle it".to_owned()),
        }
    }

    /// Looks at a task on the chain, takes its seat there, and accepts.
    pub(super) fn accept(
        &mut self,
        task: Task,
        from: NodeId,
        reply: impl FnOnce(Result<(), String>, &mut Cx<'_, Self>) + 'static,
        cx: &mut Cx<'_, Self>,
    ) {
        let Some(market) = &self.market else { return };
        let (look, wait, decide) =
            (market.look.clone(), market.wait.clone(), market.decide.clone());
        let number = task.number;
        let taken =
            move |sessions: &mut Self, seen: Result<Seen, String>, cx: &mut Cx<'_, Self>| {
                let seated = seen.and_then(|seen| {
                    check(&task, &seen)?;
                    let considered = sessions.consider(&task, from)?;
                    sessions.seat(&task, considered, Some(&seen), cx)
                });
                if let Err(why) = seated {
                    reply(Err(why), cx);
                    return Ok(());
                }
                let able = Decide { task: number, decision: Decision::Able };
                let place = task.hash().map(|hash| (task.session, hash));
                cx.ask(&decide, able, move |sessions, kept, cx| {
                    if let Ok(place) = place {
                        sessions.heed(number, place, cx);
                    }
                    reply(answered(kept), cx);
                    Ok(())
                });
                Ok(())
            };
        cx.ask(&look, Look(number), move |sessions, seen, cx| match answered(seen) {
            // Who asks may see the chain a block earlier.
            Ok(seen) if seen.task.phase < Phase::Accept as u8 => {
                let accept = Await { task: number, phase: Phase::Accept };
                cx.ask_within(&wait, accept, LATE, move |sessions, later, cx| {
                    taken(sessions, Ok(answered(later).unwrap_or(seen)), cx)
                });
                Ok(())
            }
            seen => taken(sessions, seen, cx),
        });
    }

    /// Gives a seat back when the chain says that its task ended before it began.
    fn heed(&self, number: u64, place: (SessionId, Hash), cx: &mut Cx<'_, Self>) {
        let Some(market) = &self.market else { return };
        let began = Await { task: number, phase: Phase::Compute };
        // Whoever offered the seat waits for less long.
        let wait = market.wait.clone();
        cx.after(Millis::ZERO, move |_, cx| {
            cx.ask(&wait, began, move |sessions, seen, cx| {
                if let Some(end) = answered(seen).ok().and_then(|seen| End::of(seen.task.end)) {
                    sessions.release(place, end.words(), cx);
                }
                Ok(())
            });
            Ok(())
        });
    }

    /// Says on the chain what came of a task. Before that, what it may have to show there is on the disk: what it sent last, what
    /// it waited for in vain, and what others signed.
    pub(super) fn conclude(
        &self,
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
            self.decide(number, Decision::Sent { to, round: frame, message }, cx);
        }
        let missing = recall.and_then(Recall::missing).filter(|_| !is_done);
        if let Some(Missing { of, frame: round }) = missing {
            self.decide(number, Decision::Missing { of, round }, cx);
        }
        if !held.is_empty() {
            self.decide(number, Decision::Holds(held), cx);
        }
        self.decide(number, Decision::Say(say), cx);
    }

    fn decide(&self, number: u64, decision: Decision, cx: &mut Cx<'_, Self>) {
        let Some(market) = self.market.as_ref().filter(|_| number != 0) else { return };
        let decide = Decide { task: number, decision };
        cx.ask(&market.decide.clone(), decide, move |_, kept, _| {
            if let Err(why) = answered(kept) {
                // The chain's deadline says the rest.
                tracing::error!(task = number, why, "what came of a task was not kept");
            }
            Ok(())
        });
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

fn check(task: &Task, seen: &Seen) -> Result<(), String> {
    declared::in_phase(seen, &[Phase::Accept]).map_err(|error| error.to_string())?;
    declared::seated(task, seen).map_err(|error| error.to_string())?;
    // Whoever takes a seat loses a bond where the time is over before it can say anything.
    timely(task, seen).map_err(|error| error.to_string())
}

fn answered<T>(answer: Result<Result<T, Unseen>, CallError>) -> Result<T, String> {
    answer.map_err(|why| why.to_string())?.map_err(|why| why.to_string())
}
