//! One private computation from the receiver's side.

use super::chain::Chain;
use super::contacts::{Visitor, unanswered};
use super::course::{Course, Found};
use super::matching;
use super::people::{self, ASSENT, LOOK, People, luck};
use super::report::{Finished, Settled};
use super::settle::Settlement;
use super::shelf::Shelf;
use super::step::Step;
use super::terms::{self, Cast, Input};
use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
use futures_util::future::try_join_all;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use troupe_actors::receiver;
use troupe_chain::transaction::Signer;
use troupe_config::{ComputeJob, JobInput, Layout};
use troupe_learning::Task;
use troupe_learning::message::{COMPUTE, Describe, Described};
use troupe_learning::task::{Seat, nobody};
use troupe_mpc::PARTIES;
use troupe_overlay::Entry;
use troupe_types::{NodeId, SessionId};
use troupe_wire::{Stream, Text};

/// How long a data set may take to be listed on the chain.
const LISTING: Duration = Duration::from_secs(60);

/// Runs a job on the network that `record` describes; `tell` hears every step.
pub(crate) async fn run_job(
    job: &ComputeJob,
    record: &Record,
    payer: Option<Signer>,
    mut tell: impl FnMut(Step),
) -> Outcome<Finished> {
    let chain = match payer {
        Some(payer) => Some(Chain::join(record, Some(payer)).await?),
        None => None,
    };
    let visitor = Visitor::join(record)?;
    let began = Instant::now();
    let people = People { visitor: &visitor, record };
    let errand = Errand { visitor: &visitor, people, job, chain: chain.as_ref() };
    let outcome = errand.run(&mut tell).await;
    visitor.leave().await;
    let (task, Found { answers, traffic, matched, kept, .. }, settled) = outcome?;
    let named = traffic.into_iter().map(|moved| (people::name(record, moved.party), moved));
    Ok(Finished {
        name: job.name.clone(),
        session: task.session,
        rows: task.owners.iter().map(|source| matched.unwrap_or(source.rows)).collect(),
        answers,
        traffic: named.collect(),
        settled,
        took: began.elapsed(),
        kept,
    })
}

/// A job on its way.
pub(super) struct Errand<'a> {
    pub(super) visitor: &'a Visitor,
    pub(super) people: People<'a>,
    pub(super) job: &'a ComputeJob,
    /// Where it is settled, if it is.
    pub(super) chain: Option<&'a Chain>,
}

type Done = (Task, Found, Option<Settled>);

impl Errand<'_> {
    async fn run(&self, tell: &mut impl FnMut(Step)) -> Outcome<Done> {
        tell(Step::Asking);
        let owners = self.job.inputs.iter().map(|input| self.people.owner(input));
        let owners = owners.collect::<Outcome<Vec<NodeId>>>()?;
        let candidates = self.look_around(&owners).await?;
        let mut luck = luck()?;
        let inputs = self.described(&owners).await?;
        let results = receiver(&self.visitor.node, self.visitor.id);
        let course = Course { visitor: self.visitor, people: self.people, results };
        match self.chain {
            None => self.unsettled(&course, &inputs, candidates, &mut luck, tell).await,
            Some(chain) => {
                let session = SessionId(luck.array());
                let receiver = self.visitor.id;
                let cast = Cast { session, parties: nobody(), receiver, chain: chain.id };
                let task = terms::task(self.job, &inputs, cast)?;
                let settlement = Settlement {
                    chain,
                    course: &course,
                    known: &candidates,
                    listed: self.listed(&inputs)?,
                    pay: self.job.pay,
                    job: &self.job.name,
                    shelf: Shelf::of(self.people.record.results.clone()),
                };
                let (task, found, settled) = settlement.run(task, tell).await?;
                Ok((task, found, Some(settled)))
            }
        }
    }

    /// What the owners say of the data sets as they are.
    pub(super) async fn inputs(&self) -> Outcome<Vec<Input>> {
        let owners = self.job.inputs.iter().map(|input| self.people.owner(input));
        let owners = owners.collect::<Outcome<Vec<NodeId>>>()?;
        let entries = self.people.around(&owners, |_| true).await?;
        self.describe_all(&owners, &entries).await
    }

    /// Where the network has no chain, whoever runs the job chooses the parties. A node that does not answer is left out,
    /// and another one takes its seat.
    async fn unsettled(
        &self,
        course: &Course<'_>,
        inputs: &[Input],
        mut candidates: BTreeMap<NodeId, Seat>,
        luck: &mut Stream,
        tell: &mut impl FnMut(Step),
    ) -> Outcome<Done> {
        loop {
            let session = SessionId(luck.array());
            let parties = draw(&candidates, luck)?;
            tell(Step::Seating {
                parties: parties.each_ref().map(|seat| self.people.name(seat.id)).to_vec(),
            });
            let cast = Cast { session, parties, receiver: self.visitor.id, chain: 0 };
            let task = terms::task(self.job, inputs, cast)?;
            match course.seat(&task).await {
                Ok(()) => {
                    let found = course.compute(&task, tell).await?;
                    return Ok((task, found, None));
                }
                Err((unfit, failure)) => {
                    course.abandon(&task).await;
                    candidates.remove(&unfit);
                    if candidates.len() < usize::from(PARTIES) {
                        return Err(failure);
                    }
                }
            }
        }
    }

    /// What the owners say of the data sets. Where a chain settles the job they have to be listed there, which takes a
    /// moment after their nodes have started.
    async fn described(&self, owners: &[NodeId]) -> Outcome<Vec<Input>> {
        let entries = self.people.around(owners, |_| true).await?;
        let until = Instant::now() + LISTING;
        loop {
            let inputs = self.describe_all(owners, &entries).await?;
            let are_listed = inputs.iter().all(|input| input.description.listed != 0);
            if self.chain.is_none() || are_listed || Instant::now() >= until {
                return Ok(inputs);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The data sets' numbers in the chain's registry.
    fn listed(&self, inputs: &[Input]) -> Outcome<Vec<u64>> {
        let number = |(listed, input): (&JobInput, &Input)| match input.description.listed {
            0 => {
                let text = "is not listed on the chain yet; its node says why in its log";
                Err(Failure::about(ExitCode::Refused, format!("input.{}", listed.name), text))
            }
            number => Ok(number),
        };
        self.job.inputs.iter().zip(inputs).map(number).collect()
    }

    /// The compute nodes, and everybody else's address.
    async fn look_around(&self, owners: &[NodeId]) -> Outcome<BTreeMap<NodeId, Seat>> {
        let computes = |entry: &&Entry| entry.services.iter().any(|name| **name == *COMPUTE);
        let is_enough =
            |entries: &[Entry]| entries.iter().filter(computes).count() >= usize::from(PARTIES);
        let entries = self.people.around(owners, is_enough).await?;
        let seats = entries.iter().filter(computes);
        let seat = |entry: &Entry| Seat { id: entry.id, address: entry.address.clone() };
        Ok(seats.map(|entry| (entry.id, seat(entry))).collect())
    }

    async fn describe_all(&self, owners: &[NodeId], entries: &[Entry]) -> Outcome<Vec<Input>> {
        let described = self.job.inputs.iter().zip(owners).map(|(input, owner)| async move {
            let keys = match (self.job.layout, owners.iter().find(|other| *other != owner)) {
                (Layout::Matched, Some(partner)) => {
                    let people = self.people;
                    Some(matching::keys(people, input, [*owner, *partner], entries).await?)
                }
                (Layout::Aligned | Layout::Pooled | Layout::Matched, _) => None,
            };
            Ok(Input { keys, ..self.describe(input.dataset.as_str(), *owner).await? })
        });
        try_join_all(described).await
    }

    async fn describe(&self, dataset: &str, owner: NodeId) -> Outcome<Input> {
        let dataset = Text::<64>::new(dataset).map_err(terms::too_long)?;
        let question = Describe { dataset: dataset.clone() };
        let link = self.visitor.node.remote::<Describe>(owner);
        let link = link.map_err(|error| Failure::new(ExitCode::Internal, error))?;
        let name = self.people.name(owner);
        match link.ask(question).within(ASSENT).await {
            Ok(Described::As(description)) => Ok(Input { owner, dataset, description, keys: None }),
            Ok(Described::No(reason)) => Err(Failure::about(ExitCode::Refused, name, reason)),
            Err(error) => Err(unanswered(&name, error)),
        }
    }
}

/// Three of the candidates, drawn without preference.
fn draw(candidates: &BTreeMap<NodeId, Seat>, luck: &mut Stream) -> Outcome<[Seat; 3]> {
    let mut left: Vec<&Seat> = candidates.values().collect();
    let mut take = || {
        let index = usize::try_from(luck.below(left.len() as u64)).ok()?;
        (!left.is_empty()).then(|| left.swap_remove(index).clone())
    };
    match (take(), take(), take()) {
        (Some(a), Some(b), Some(c)) => Ok([a, b, c]),
        _ => {
            let got = candidates.len();
            let text = format!("a job takes {PARTIES} compute nodes, {got} are on the network");
            Err(Failure::new(ExitCode::Unreachable, text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use troupe_wire::Seed;

    #[test]
    fn three_different_nodes_are_drawn_and_every_one_has_its_chance() {
        let seat = |id: u8| Seat { id: NodeId([id; 32]), address: Text::cut("h:1") };
        let candidates: BTreeMap<_, _> = (0..5).map(|id| (NodeId([id; 32]), seat(id))).collect();
        let mut luck = Seed::from_number(1).stream("test");
        let mut firsts = BTreeSet::new();
        for _ in 0..200 {
            let drawn = draw(&candidates, &mut luck).unwrap().map(|seat| seat.id);
            assert_eq!(BTreeSet::from(drawn).len(), 3);
            firsts.insert(drawn[0]);
        }
        assert_eq!(firsts.len(), 5);
        let two = candidates.into_iter().take(2).collect();
        let error = draw(&two, &mut luck).unwrap_err();
        assert_eq!(error.to_string(), "a job takes 3 compute nodes, 2 are on the network");
    }
}
