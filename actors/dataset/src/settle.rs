//! What a data owner does on a chain: it lists what it offers, agrees to tasks, and lets their parties start.

use crate::consent::Considered;
use crate::hand::may_hear;
use crate::manager::{Datasets, Offer, requester};
use sha2::{Digest, Sha256};
use troupe_config::{Algorithm, Engine, Matching};
use troupe_learning::message::{Accepted, Consent};
use troupe_learning::timely::timely;
use troupe_learning::{Task, declared};
use troupe_market::data::{Askers, Listing, Policy};
use troupe_market::duty::is_running;
use troupe_market::message::{ACTOR, Await, Decide, Decision, Look, Offer as List, Seen, Unseen};
use troupe_market::task::{End, Phase};
use troupe_market::{algorithm, engine};
use troupe_runtime::{Cx, Fault, Handle, Link, Node, Reply};
use troupe_types::{Hash, Millis, NodeId};
use troupe_wire::{CallError, List as Bounded, Text};

/// How much later than whoever asks this node may see a block.
const LATE: Millis = Millis::secs(5);
/// How soon listing is tried again.
const RETRY: Millis = Millis::secs(15);

/// The actor that does on the chain what this one decides.
pub(crate) struct Market {
    pub(crate) look: Link<Look>,
    pub(crate) wait: Link<Await>,
    decide: Link<Decide>,
    list: Link<List>,
}

impl Market {
    pub(crate) fn of(node: &Node) -> Self {
        let (look, wait) = (node.link(ACTOR), node.link(ACTOR));
        Self { look, wait, decide: node.link(ACTOR), list: node.link(ACTOR) }
    }
}

impl Datasets {
    /// Whether this node serves a task: on a chain it serves those of the chain, without one those of none.
    pub(crate) fn is_settled(&self, task: &Task) -> Result<bool, String> {
        match (&self.market, task.number) {
            (None, 0) => Ok(false),
            (Some(_), 0) => Err("this node takes part only in what its chain settles".to_owned()),
            (Some(_), _) => Ok(true),
            (None, _) => Err("this node follows no chain that could settle it".to_owned()),
        }
    }

    /// Has the chain list what is offered, and nothing else.
    pub(crate) fn list(&mut self, cx: &mut Cx<'_, Self>) {
        let Some(market) = &self.market else { return };
        let (names, listings): (Vec<String>, Vec<Listing>) = self
            .offers()
            .filter_map(|(name, offer)| Some((name.to_owned(), listing(self.me, name, offer)?)))
            .unzip();
        self.listings += 1;
        let listed = self.listings;
        let link = market.list.clone();
        cx.ask(&link, List(listings), move |datasets, answer, cx| {
            if datasets.listings != listed {
                // Something else is offered by now.
                return Ok(());
            }
            match answer
                .map_err(|why| why.to_string())
                .and_then(|told| told.map_err(|why| why.to_string()))
            {
                Ok(numbers) => datasets.listed = names.into_iter().zip(numbers).collect(),
                Err(why) => {
                    tracing::warn!(why, "data sets are not listed on the chain yet");
                    cx.after(RETRY, |datasets, cx| {
                        datasets.list(cx);
                        Ok(())
                    });
                }
            }
            Ok(())
        });
    }

    /// Looks at a task on the chain, decides, and says so there. Who asks may see the chain a block earlier: a phase that
    /// has not come yet is waited for, but not long.
    fn decide(
        &mut self,
        task: Task,
        (phase, decision): (Phase, Decision),
        check: impl FnOnce(&mut Self, &Task, &Seen, &mut Cx<'_, Self>) -> Result<(), String> + 'static,
        cx: &mut Cx<'_, Self>,
        then: impl FnOnce(&mut Self, Result<(), String>, &mut Cx<'_, Self>) + 'static,
    ) {
        let Some(market) = &self.market else { return };
        let decide = market.decide.clone();
        let number = task.number;
        self.look((number, phase), cx, move |datasets, seen, cx| {
            let checked = seen.and_then(|seen| check(datasets, &task, &seen, cx));
            if let Err(why) = checked {
                then(datasets, Err(why), cx);
                return;
            }
            cx.ask(&decide, Decide { task: number, decision }, move |datasets, kept, cx| {
                then(datasets, answered(kept), cx);
                Ok(())
            });
        });
    }

    /// Looks at a task on the chain, in this phase or a later one if that comes soon.
    fn look(
        &self,
        (task, phase): (u64, Phase),
        cx: &mut Cx<'_, Self>,
        then: impl FnOnce(&mut Self, Result<Seen, String>, &mut Cx<'_, Self>) + 'static,
    ) {
        let Some(market) = &self.market else { return };
        let wait = market.wait.clone();
        cx.ask(&market.look.clone(), Look(task), move |datasets, seen, cx| match answered(seen) {
            Ok(seen) if seen.task.phase < phase as u8 => {
                cx.ask_within(&wait, Await { task, phase }, LATE, move |datasets, later, cx| {
                    then(datasets, Ok(answered(later).unwrap_or(seen)), cx);
                    Ok(())
                });
                Ok(())
            }
            seen => {
                then(datasets, seen, cx);
                Ok(())
            }
        });
    }

    /// Hears from the chain that the parties of a task are those that it elected, and that they are about to start.
    pub(crate) fn when_seated(
        &self,
        task: Task,
        cx: &mut Cx<'_, Self>,
        then: impl FnOnce(&mut Self, Task, Result<(), String>, &mut Cx<'_, Self>) + 'static,
    ) {
        self.look((task.number, Phase::Start), cx, move |datasets, seen, cx| {
            let checked = seen.and_then(|seen| {
                datasets.check_start(&task, &seen, &[Phase::Start])?;
                datasets.check_parties(&task, &seen, cx)
            });
            then(datasets, task, checked, cx);
        });
    }

    /// Has the chain end what is about to start, and say why, so that nobody waits for this owner. Its parties are free then, and the
    /// sender has its deposit back.
    pub(crate) fn decline(&self, task: u64, why: End, cx: &mut Cx<'_, Self>) {
        let Some(market) = self.market.as_ref().filter(|_| task != 0) else { return };
        let told = Decide { task, decision: Decision::Decline(why) };
        cx.ask(&market.decide.clone(), told, move |_, kept, _| {
            match answered(kept) {
                Ok(()) => tracing::info!(task, ?why, "a task is declined"),
                // Its deadline ends it.
                Err(error) => tracing::warn!(task, error, "a task was not declined"),
            }
            Ok(())
        });
    }

    /// What a use comes to of a task that is about to start with these parties. One that is not allowed is declined.
    pub(crate) fn consider_start(
        &self,
        task: &Task,
        from: NodeId,
        cx: &mut Cx<'_, Self>,
    ) -> Result<Considered, String> {
        let considered = self.consider(task, from, cx.now(), true);
        considered.inspect_err(|_| self.decline(task.number, End::Forbidden, cx))
    }

    /// Lets the parties of a task start, and shares when the chain says that they do: what was found before, or what the task says.
    pub(crate) fn confirm(
        &mut self,
        task: Task,
        considered: Option<Considered>,
        from: NodeId,
        reply: impl FnOnce(Result<(), String>, &mut Cx<'_, Self>) + 'static,
        cx: &mut Cx<'_, Self>,
    ) {
        let check = move |datasets: &mut Self, task: &Task, seen: &Seen, cx: &mut Cx<'_, Self>| {
            datasets.check_start(task, seen, &[Phase::Start, Phase::Compute])?;
            datasets.check_parties(task, seen, cx)?;
            let considered = match considered {
                Some(considered) => considered,
                None => datasets.consider_start(task, from, cx)?,
            };
            let session = task.session;
            // The use is on the disk before anybody hears that the parties may start.
            if !considered.is_noted() {
                datasets.note_use(task, considered.index, from, cx)?;
            }
            datasets.sharing.insert(session, None);
            datasets.when_started(task.clone(), considered, cx);
            Ok(())
        };
        let decision = (Phase::Start, Decision::Confirm);
        self.decide(task, decision, check, cx, move |_, decided, cx| reply(decided, cx));
    }

    /// That a task is in one of these phases, with the parties that were elected, on a data set of this node.
    fn check_start(&self, task: &Task, seen: &Seen, phases: &[Phase]) -> Result<(), String> {
        let amiss = |error: declared::Amiss| error.to_string();
        declared::in_phase(seen, phases).map_err(amiss)?;
        declared::seated(task, seen).map_err(amiss)?;
        declared::owned(task, self.me, seen).map_err(amiss)
    }

    /// That no more of the parties of a task than the policy allows took the place of others, or were elected for another task:
    /// whoever asks could have chosen them by that. Otherwise it is declined.
    fn check_parties(&self, task: &Task, seen: &Seen, cx: &mut Cx<'_, Self>) -> Result<(), String> {
        let source = task.owners.iter().find(|source| source.id == self.me);
        let offer = self.offers().find(|(name, _)| source.is_some_and(|it| *it.dataset == **name));
        let (name, offer) = offer.ok_or("the data set is not offered any more")?;
        let (got, most) = (u32::from(seen.task.election.replaced), offer.policy.replaced);
        if got > most {
            self.decline(task.number, End::Forbidden, cx);
            return Err(format!(
                "{got} of the parties took the place of others that were elected, the policy of {name} allows {most}"
            ));
        }
        if seen.task.after_ != 0 && !offer.policy.same_parties {
            self.decline(task.number, End::Forbidden, cx);
            let earlier = seen.task.after_;
            return Err(format!(
                "the parties were elected for task {earlier}, the policy of {name} does not allow the same parties"
            ));
        }
        Ok(())
    }

    /// Shares once the chain says that the parties compute; frees the place where they never do.
    fn when_started(&mut self, task: Task, considered: Considered, cx: &mut Cx<'_, Self>) {
        let Some(market) = &self.market else { return };
        let (wait, session) = (market.wait.clone(), task.session);
        let asked = Await { task: task.number, phase: Phase::Compute };
        let then = move |datasets: &mut Self,
                         seen: Result<Result<Seen, Unseen>, CallError>,
                         cx: &mut Cx<'_, Self>| {
            match answered(seen) {
                Ok(seen) if is_running(&seen.task) => datasets.start_sharing(task, considered, cx),
                Ok(_) => {
                    tracing::info!(session = %session.short(), "the task ended before it began");
                    datasets.sharing.remove(&session);
                    // What a matching found was found all the same.
                    if !considered.is_noted() {
                        datasets.give_back(session, cx);
                    }
                }
                Err(why) => {
                    tracing::warn!(session = %session.short(), why, "columns were not shared");
                    datasets.sharing.remove(&session);
                }
            }
            Ok(())
        };
        // The other owner may take longer than whoever asked this one waits for its answer.
        cx.after(Millis::ZERO, move |_, cx| {
            cx.ask(&wait, asked, then);
            Ok(())
        });
    }
}

fn answered<T>(answer: Result<Result<T, Unseen>, CallError>) -> Result<T, String> {
    answer.map_err(|why| why.to_string())?.map_err(|why| why.to_string())
}

impl Handle<Consent> for Datasets {
    fn handle(
        &mut self,
        Consent(task): Consent,
        reply: Reply<Consent>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let number = task.number;
        let answer = move |outcome: Result<(), String>, cx: &mut Cx<'_, Self>| {
            let answer = match outcome {
                Ok(()) => Accepted::Yes,
                Err(reason) => Accepted::No(Text::cut(&reason)),
            };
            tracing::info!(task = number, ?answer, "consent asked for");
            reply.send(answer, cx);
        };
        let from = requester(cx.origin());
        let settled = self.is_settled(&task).and_then(|is_settled| match is_settled {
            true => from,
            false => Err("there is nothing to agree to on a chain".to_owned()),
        });
        match settled {
            Err(reason) => answer(Err(reason), cx),
            Ok(from) => {
                let me = self.me;
                // Nothing is worked out for what nobody has declared and paid for.
                let check =
                    move |datasets: &mut Self, task: &Task, seen: &Seen, cx: &mut Cx<'_, Self>| {
                        let amiss = |error: declared::Amiss| error.to_string();
                        declared::in_phase(seen, &[Phase::Consent]).map_err(amiss)?;
                        declared::owned(task, me, seen).map_err(amiss)?;
                        timely(task, seen).map_err(|untimely| untimely.to_string())?;
                        may_hear(seen)?;
                        datasets.consider(task, from, cx.now(), false)?;
                        datasets.keep_for_elected(task, cx)
                    };
                self.decide(
                    task,
                    (Phase::Consent, Decision::Allow),
                    check,
                    cx,
                    move |_, outcome, cx| {
                        answer(outcome, cx);
                    },
                );
            }
        }
        Ok(())
    }
}

/// A data set as the chain lists it; nothing where a policy allows nothing that is computed, or a name is too long.
fn listing(node: NodeId, name: &str, offer: &Offer) -> Option<Listing> {
    let policy = &offer.policy;
    let computed = policy.allow.iter().map(|algorithm| number(*algorithm));
    let matched = policy.matching.iter().map(|matching| match matching {
        Matching::Count => algorithm::MATCHING_COUNT,
        Matching::Rows => algorithm::MATCHING,
        Matching::Aligned => algorithm::ALIGNMENT,
    });
    let kept = policy.same_parties.then_some(algorithm::SAME_PARTIES);
    let all = computed.chain(matched).fold(0, |all, one| all | algorithm::bit(one));
    let engines = policy.engines.iter().map(|trusted| match trusted {
        Engine::SemiHonest => engine::bit(engine::SEMI_HONEST),
        Engine::Malicious => engine::bit(engine::MALICIOUS),
    });
    if all == 0 {
        return None;
    }
    let algorithms = kept.map_or(all, |kept| all | algorithm::bit(kept));
    // A model has no rows of anybody, and what others make of their columns is nothing of it.
    let is_model = offer.table.model.is_some();
    let algorithms =
        if is_model { algorithms | algorithm::bit(algorithm::FORMULA) } else { algorithms };
    // The chain knows one limit for all algorithms; the node checks each.
    let shows_rows = policy.permits(Algorithm::Rows) || policy.permits(Algorithm::Prediction);
    Some(Listing {
        node,
        name: Text::new(name).ok()?,
        schema: schema(offer)?,
        rows: if is_model { 0 } else { offer.table.rows as u64 },
        content: offer.table.content,
        price: offer.price,
        policy: Policy {
            // Who may ask is said by nodes, not by accounts: this one decides each time.
            askers: Askers::Anyone,
            algorithms,
            engines: engines.fold(0, |all, one| all | one),
            least_rows: if is_model { 0 } else { policy.min_rows },
            least_group: if shows_rows { 1 } else { policy.min_group },
            named: Bounded::new(policy.parties.clone()).ok()?,
            excluded: Bounded::new(policy.excluded.clone()).ok()?,
            // No node is an owner and a party of one task.
            is_own_party: false,
            expires: policy.until.map(|until| until.0),
        },
    })
}

/// A hash of what the columns are called and between which bounds they lie.
fn schema(offer: &Offer) -> Option<Hash> {
    let mut digest = Sha256::new_with_prefix(b"troupe schema 1");
    for column in offer.table.description()?.columns.iter() {
        digest.update((column.name.len() as u64).to_le_bytes());
        digest.update(column.name.as_bytes());
        digest.update(column.low.get().to_bits().to_le_bytes());
        digest.update(column.high.get().to_bits().to_le_bytes());
    }
    for name in offer.table.key_columns() {
        digest.update((name.len() as u64).to_le_bytes());
        digest.update(name);
    }
    Some(Hash(digest.finalize().into()))
}

const fn number(allowed: Algorithm) -> u8 {
    match allowed {
        Algorithm::Statistics => algorithm::STATISTICS,
        Algorithm::Histogram => algorithm::HISTOGRAM,
        Algorithm::Quantile => algorithm::QUANTILE,
        Algorithm::Correlation => algorithm::CORRELATION,
        Algorithm::Formula => algorithm::FORMULA,
        Algorithm::Rows => algorithm::ROWS,
        Algorithm::Groups => algorithm::GROUPS,
        Algorithm::Training => algorithm::TRAINING,
        Algorithm::Prediction => algorithm::PREDICTION,
        Algorithm::Evaluation => algorithm::EVALUATION,
    }
}
