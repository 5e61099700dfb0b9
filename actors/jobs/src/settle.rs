//! A job on a chain: declared, agreed to by owners, its parties elected, computed, paid.

use crate::chain::Market;
use crate::course::{Course, Found, joining};
use crate::desk::Running;
use crate::error::{Class, Error, Outcome, unanswered};
use crate::found::Settled;
use crate::network::ASSENT;
use crate::shelf::{Kept, Shelf};
use crate::standing::{ended, phase};
use crate::step::Step;
use futures_util::future::try_join_all;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use troupe_config::Pay;
use troupe_learning::declared;
use troupe_learning::message::{Accepted, Consent};
use troupe_learning::task::{Origin, Predict, Seat, nobody};
use troupe_learning::timely::{SAY, least_compute};
use troupe_learning::{Plan, Task};
use troupe_market::algorithm;
use troupe_market::call::abi::TaskMarket;
use troupe_market::task::Phase;
use troupe_types::{Hash, Millis, NodeId};

/// How long owners may take to agree on the chain, and to let the parties start.
const AGREE: Millis = Millis::secs(60);
/// How long elected nodes may take to accept, before others take their places.
const ACCEPT: Millis = Millis::secs(30);
/// How long whoever holds a contradiction may report it before parties are paid.
const SETTLE: Millis = Millis::secs(10);
/// How soon one that is not ready is told again.
const AGAIN: Duration = Duration::from_secs(4);
/// How much longer than on the chain this waits: blocks come late.
const LATE: Duration = Duration::from_secs(60);

/// A job that is to be declared on a chain.
pub(crate) struct Settlement<'a> {
    pub(crate) way: Way<'a>,
    /// The data sets' numbers in the registry, in the order of the inputs.
    pub(crate) listed: Vec<u64>,
    pub(crate) pay: Pay,
    /// The paid task whose parties compute this one as well, for they have its model; 0 where parties are elected.
    pub(crate) after: u64,
    /// Where it is written down.
    pub(crate) running: &'a Running,
}

/// A declared job on its way.
pub(crate) struct Way<'a> {
    pub(crate) market: Market<'a>,
    pub(crate) course: &'a Course<'a>,
    /// The compute nodes that are known, and where they are.
    pub(crate) known: &'a BTreeMap<NodeId, Seat>,
    /// What people call it.
    pub(crate) job: &'a str,
    /// Where its results are kept.
    pub(crate) shelf: &'a Shelf,
}

/// A task that was paid, and what came of it.
type Paid = (Task, Found, Settled);

impl Settlement<'_> {
    /// All of it.
    pub(crate) async fn run(&self, task: Task, tell: &mut impl FnMut(Step)) -> Outcome<Paid> {
        let terms = task.terms().map_err(|error| Error::new(Class::File, error))?;
        tell(Step::Declaring { terms });
        let market = self.way.market;
        let rules = market.rules().await?;
        let declaration = self.declaration(&task, terms, &rules)?;
        let spans = declaration.spans.clone();
        self.running.declares(&terms, &task);
        let number = market.declare(declaration).await?;
        let task = Task { number, ..task };
        tell(Step::Agreeing { number });
        self.way.agreed(&task).await?;
        self.way.finish(task, &spans, tell).await
    }

    fn declaration(
        &self,
        task: &Task,
        terms: Hash,
        rules: &TaskMarket::Rules,
    ) -> Outcome<TaskMarket::Declaration> {
        let wrong = |error: troupe_learning::Error| Error::new(Class::File, error);
        // Whatever owners have in common, the task is declared for as many rows as that can be.
        let plan = Plan::new(task, task.most_matched()).map_err(wrong)?;
        let kinds = task.algorithms().map_err(wrong)?.into_iter().map(|kind| kind.number());
        let matching = declared::matching(task.layout);
        let same = (self.after != 0).then_some(algorithm::SAME_PARTIES);
        let algorithms =
            kinds.chain(matching).chain(same).fold(0, |all, kind| all | algorithm::bit(kind));
        let rows = task.most_matched().unwrap_or_else(|| task.fewest_rows());
        let group = task.least_group(plan.rows());
        let Pay { fee, prices } = self.pay;
        let least = Millis(rules.leastSpan);
        let start = task.most_matched().map_or(AGREE, |_| AGREE.plus(joining(task)));
        // A chain may want longer phases than this job needs.
        let compute = least_compute(task).max(least.plus(Millis(rules.answer)));
        Ok(TaskMarket::Declaration {
            terms: terms.0.into(),
            datasets: self.listed.clone(),
            algorithms,
            engine: task.engine.number(),
            leastRows: rows.into(),
            leastGroup: u32::try_from(group).unwrap_or(u32::MAX),
            receivers: vec![self.way.market.0.payer()?.0.into()],
            excluded: Vec::new(),
            after_: self.after,
            fee: fee.0,
            prices: prices.0,
            spans: TaskMarket::Spans {
                consent: AGREE.0,
                accept_: ACCEPT.max(least).0,
                start: start.max(least).0,
                compute: compute.0,
                settle: SETTLE.max(least).0,
            },
        })
    }
}

impl Way<'_> {
    /// Has the owners agree; where they do not, the task is taken back.
    async fn agreed(&self, task: &Task) -> Outcome<()> {
        let failure = match self.consent(task).await {
            Ok(()) => return Ok(()),
            Err(failure) => failure,
        };
        // Nothing is final yet; a deposit that cannot be had back now comes back at the deadline.
        let _ = self.market.cancel(task.number).await;
        Err(failure)
    }

    /// All that comes after the owners were asked.
    pub(crate) async fn finish(
        &self,
        task: Task,
        spans: &TaskMarket::Spans,
        tell: &mut impl FnMut(Step),
    ) -> Outcome<Paid> {
        let number = task.number;
        let task = self.seated(task, spans, tell).await?;
        let began = Instant::now();
        let mut found = self.course.compute(&task, tell).await?;
        // On the disk before anything else can go wrong: it is paid for whatever becomes of this process.
        let note = self.keep(&task, &found, began.elapsed());
        found.kept = Some(note.clone());
        tell(Step::Settling { number });
        let seen = self.over(number, spans).await.map_err(|failure| and(failure, &note))?;
        let settled = Settled {
            number,
            payer: self.market.0.payer()?,
            fee: seen.fee,
            prices: seen.legs.iter().map(|leg| leg.price).sum(),
        };
        if seen.end != 1 {
            let why = ended(seen.end).unwrap_or_default();
            let text = format!("results came, but task {number} ended: {why}; {note}");
            return Err(Error::new(Class::Failed, text));
        }
        check_result(&seen, &found)?;
        Ok((task, found, settled))
    }

    /// Keeps the results; says where, or why not.
    fn keep(&self, task: &Task, found: &Found, took: Duration) -> String {
        let network = self.course.network;
        let kept = Kept::of(self.job, task, found, network, took);
        let mut note = match kept.and_then(|kept| self.shelf.put(&kept)) {
            Ok(path) => format!(
                "the results are in {}, `troupe job result {}` shows them again",
                path.display(),
                task.number
            ),
            Err(failure) => format!("the results were not kept: {failure}"),
        };
        if let Err(failure) = self.shelf.remember(self.job, task, found, network) {
            note += &format!("; the model is not remembered: {failure}");
        }
        note
    }

    /// Asks the owners to agree.
    pub(crate) async fn consent(&self, task: &Task) -> Outcome<()> {
        let network = self.course.network;
        let asked = task.owners.iter().map(|source| async {
            let name = network.name(source.id);
            let link = network.node.remote::<Consent>(source.id);
            let link = link.map_err(|error| Error::new(Class::Internal, error))?;
            match link.ask(Consent(task.clone())).within(ASSENT).await {
                Ok(Accepted::Yes) => Ok(()),
                Ok(Accepted::No(reason)) => Err(Error::about(Class::Refused, name, reason)),
                Err(error) => Err(unanswered(&name, error)),
            }
        });
        try_join_all(asked).await.map(drop)
    }

    /// Waits for the election, tells the elected who computes and where, again where one was replaced, and waits until all have their
    /// seats. Owners tell them of the task as well, so they may have them before they are told the rest.
    async fn seated(
        &self,
        mut task: Task,
        spans: &TaskMarket::Spans,
        tell: &mut impl FnMut(Step),
    ) -> Outcome<Task> {
        let number = task.number;
        let accepting = Duration::from_millis(spans.accept_) * 4;
        let until = Instant::now() + Duration::from_millis(spans.consent) + accepting + LATE * 2;
        let (mut elected, mut is_told): (Vec<NodeId>, bool) = (Vec::new(), false);
        let (mut again, mut untold): (_, Option<Error>) = (Instant::now(), None);
        while Instant::now() < until {
            let seen = self.market.look(number).await?;
            let phase = phase(&seen);
            match phase {
                Phase::Consent => {}
                Phase::Draw if is_applied_where_it_stays(&task) => {}
                Phase::Draw => tell(Step::Electing { number }),
                Phase::Accept | Phase::Start => {
                    let nodes = self.market.nodes(&seen).await?;
                    if nodes != elected {
                        task.parties = self.seats(&nodes)?;
                        let network = self.course.network;
                        let parties = nodes.iter().map(|id| network.name(*id)).collect();
                        tell(Step::Seating { parties });
                        (elected, is_told, again) = (nodes, false, Instant::now());
                    }
                    if !is_told && Instant::now() >= again {
                        let told = self.course.seat(&mut task).await;
                        is_told = told.is_ok();
                        if let Err((id, failure)) = told {
                            if is_applied_where_it_stays(&task) {
                                // Nobody else has the model.
                                self.course.abandon(&task).await;
                                return Err(failure);
                            }
                            // The chain replaces one that does not take its seat; one that has it may be there in a moment.
                            let id = id.short();
                            tracing::debug!(id, %failure, "an elected node is not ready");
                            (again, untold) = (Instant::now() + AGAIN, Some(failure));
                        }
                    }
                    if is_told && phase == Phase::Start {
                        return Ok(task);
                    }
                }
                Phase::Compute | Phase::Settle | Phase::Ended => {
                    let stopped = self.stopped(&seen);
                    return Err(match untold {
                        None => stopped,
                        Some(failure) => and(stopped, &failure),
                    });
                }
            }
            self.market.0.news().await;
        }
        let text = format!("task {number} did not begin in time");
        Err(Error::new(Class::TimedOut, text))
    }

    /// Where the elected are.
    pub(crate) fn seats(&self, nodes: &[NodeId]) -> Outcome<[Seat; 3]> {
        let [mut first, mut second, mut third] = nobody();
        for (seat, id) in [&mut first, &mut second, &mut third].into_iter().zip(nodes) {
            let known = self.known.get(id).cloned();
            *seat = known.ok_or_else(|| {
                let name = self.course.network.name(*id);
                Error::about(Class::Unreachable, name, "was elected and is not on the network")
            })?;
        }
        Ok([first, second, third])
    }

    /// Waits until the task is over.
    async fn over(&self, number: u64, spans: &TaskMarket::Spans) -> Outcome<TaskMarket::Task> {
        let settling = Duration::from_millis(spans.settle);
        let until = Instant::now() + Duration::from_millis(SAY.0) + settling + LATE;
        while Instant::now() < until {
            let seen = self.market.look(number).await?;
            if seen.end != 0 {
                return Ok(seen);
            }
            self.market.0.news().await;
        }
        let text = format!("task {number} was not settled in time");
        Err(Error::new(Class::TimedOut, text))
    }

    fn stopped(&self, seen: &TaskMarket::Task) -> Error {
        let why = ended(seen.end).unwrap_or("it went on without us");
        Error::new(Class::Failed, format!("task {} ended: {why}", seen.id))
    }
}

/// Whether a task applies a model that stays with its parties: they are not elected, and not replaced.
fn is_applied_where_it_stays(task: &Task) -> bool {
    matches!(task.applied(), Some(Predict { model: Origin::Kept(_), .. }))
}

/// A failure, and what else is to be said.
fn and(mut failure: Error, note: &impl std::fmt::Display) -> Error {
    failure.reasons.iter_mut().for_each(|reason| reason.text = format!("{}; {note}", reason.text));
    failure
}

/// That what was received is what the parties said on the chain.
fn check_result(seen: &TaskMarket::Task, found: &Found) -> Outcome<()> {
    match seen.seats.iter().find(|seat| seat.posting.result.0 != found.result.0) {
        None => Ok(()),
        Some(seat) => {
            let text = format!("node {} posted another result than came here", seat.id);
            Err(Error::new(Class::Failed, text))
        }
    }
}
