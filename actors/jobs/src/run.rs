//! One private computation from the receiver's side.

use crate::chain::{Chain, Market};
use crate::course::{Course, Found};
use crate::desk::Running;
use crate::error::{Class, Error, Outcome, unanswered};
use crate::found::{Finished, Settled, trained};
use crate::matching;
use crate::models::Model;
use crate::network::{ASSENT, LOOK, Network};
use crate::settle::{Settlement, Way};
use crate::shelf::Shelf;
use crate::step::Step;
use crate::terms::{self, Cast, Input};
use futures_util::future::try_join_all;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use troupe_config::{ComputeJob, JobInput, Layout};
use troupe_learning::Task;
use troupe_learning::message::{COMPUTE, Describe, Described};
use troupe_learning::task::{Seat, nobody};
use troupe_mpc::PARTIES;
use troupe_overlay::Entry;
use troupe_runtime::Contact;
use troupe_types::{NodeId, SessionId};
use troupe_wire::{Stream, Text};

/// How long a data set may take to be listed on the chain.
const LISTING: Duration = Duration::from_secs(60);

/// Runs a job; `tell` hears every step.
pub(crate) async fn run_job(errand: Errand<'_>, mut tell: impl FnMut(Step)) -> Outcome<Finished> {
    let began = Instant::now();
    let done = errand.run(&mut tell).await?;
    Ok(finished(&errand.job.name, errand.network, done, began))
}

/// What came of a task, for whoever wanted it.
pub(crate) fn finished(
    name: &str,
    network: &Network,
    (task, found, settled): Done,
    began: Instant,
) -> Finished {
    let Found { answers, traffic, matched, kept, model, opening, .. } = found;
    let named = traffic.into_iter().map(|moved| (network.name(moved.party), moved));
    let onnx = trained(&task, &answers).map(Box::new);
    Finished {
        name: name.to_owned(),
        session: task.session,
        rows: task.owners.iter().map(|source| matched.unwrap_or(source.rows)).collect(),
        answers,
        traffic: named.collect(),
        settled,
        took: began.elapsed(),
        kept,
        model,
        opening: opening.map(Box::new),
        onnx,
    }
}

/// A job, and where it is run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Errand<'a> {
    /// What is computed on whose data.
    pub(crate) job: &'a ComputeJob,
    /// On which network, as which node.
    pub(crate) network: &'a Network,
    /// Where it is settled, if it is.
    pub(crate) chain: Option<&'a dyn Chain>,
    /// Where results of what is settled are kept.
    pub(crate) shelf: &'a Shelf,
    /// Where it is written down.
    pub(crate) running: &'a Running,
}

/// What a job is run with where nothing is settled.
struct Asked {
    inputs: Vec<Input>,
    candidates: BTreeMap<NodeId, Seat>,
    /// The one that is applied, where it stays with its parties.
    model: Option<Model>,
}

pub(crate) type Done = (Task, Found, Option<Settled>);

impl Errand<'_> {
    async fn run(&self, tell: &mut impl FnMut(Step)) -> Outcome<Done> {
        let chain = self.chain.map_or(0, Chain::id);
        let receiver = self.network.id;
        let model = self.shelf.models().applied(self.job, receiver, Some(chain))?;
        tell(Step::Asking);
        let owners = owners(self.job, self.network)?;
        let candidates = look_around(self.network, &owners, model.as_ref()).await?;
        let mut luck = self.network.luck();
        let inputs = self.described(&owners).await?;
        let course = Course { network: self.network };
        match self.chain {
            None => {
                let asked = Asked { inputs, candidates, model };
                self.unsettled(&course, asked, &mut luck, tell).await
            }
            Some(chain) => {
                let session = SessionId(luck.array());
                let after = model.as_ref().map_or(0, |model| model.task);
                let cast = Cast { session, parties: nobody(), receiver, chain: chain.id(), model };
                let task = terms::task(self.job, &inputs, cast)?;
                let way = Way {
                    market: Market(chain),
                    course: &course,
                    known: &candidates,
                    job: &self.job.name,
                    shelf: self.shelf,
                };
                let (listed, pay) = (self.listed(&inputs)?, self.job.pay);
                let settlement = Settlement { way, listed, pay, after, running: self.running };
                let (task, found, settled) = settlement.run(task, tell).await?;
                Ok((task, found, Some(settled)))
            }
        }
    }

    /// Where the network has no chain, whoever runs the job chooses the parties, unless they have the model that is applied. A node
    /// that does not answer is left out, and another one takes its seat.
    async fn unsettled(
        &self,
        course: &Course<'_>,
        asked: Asked,
        luck: &mut Stream,
        tell: &mut impl FnMut(Step),
    ) -> Outcome<Done> {
        let Asked { inputs, mut candidates, model } = asked;
        loop {
            let session = SessionId(luck.array());
            let parties = match &model {
                Some(model) => model.seats(&candidates),
                None => draw(&candidates, luck)?,
            };
            tell(Step::Seating {
                parties: parties.each_ref().map(|seat| self.network.name(seat.id)).to_vec(),
            });
            let (receiver, stayed) = (self.network.id, model.clone());
            let cast = Cast { session, parties, receiver, chain: 0, model: stayed };
            let mut task = terms::task(self.job, &inputs, cast)?;
            match course.seat(&mut task).await {
                Ok(()) => {
                    let mut found = course.compute(&task, tell).await?;
                    let kept = self.shelf.remember(&self.job.name, &task, &found, self.network);
                    found.kept =
                        kept.err().map(|error| format!("the model is not remembered: {error}"));
                    return Ok((task, found, None));
                }
                Err((unfit, failure)) => {
                    course.abandon(&task).await;
                    if model.is_some() {
                        return Err(failure);
                    }
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
        let entries = self.network.around(owners, |_| true).await?;
        let until = Instant::now() + LISTING;
        loop {
            let inputs = describe_all(self.job, self.network, owners, &entries).await?;
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
                Err(Error::about(Class::Refused, format!("input.{}", listed.name), text))
            }
            number => Ok(number),
        };
        self.job.inputs.iter().zip(inputs).map(number).collect()
    }
}

/// The compute nodes, or those that have the model that is applied; everybody else's address is learned besides.
pub(crate) async fn look_around(
    network: &Network,
    owners: &[NodeId],
    model: Option<&Model>,
) -> Outcome<BTreeMap<NodeId, Seat>> {
    let computes = |entry: &&Entry| entry.services.iter().any(|name| **name == *COMPUTE);
    let is_enough = |entries: &[Entry]| match model {
        Some(model) => {
            let is_there = |id: NodeId| entries.iter().any(|entry| entry.id == id);
            model.parties.iter().all(|keeper| is_there(keeper.id))
        }
        None => entries.iter().filter(computes).count() >= usize::from(PARTIES),
    };
    let entries = network.around(owners, is_enough).await?;
    let seats = entries.iter().filter(computes);
    let seat = |entry: &Entry| Seat { id: entry.id, address: entry.address.clone(), deputy: None };
    let listed = seats.map(|entry| (entry.id, seat(entry))).collect();
    let Some(model) = model else { return Ok(listed) };
    // One that is not listed may still be where it was.
    let seats = model.seats(&listed);
    let contact = |seat: &Seat| Contact { id: seat.id, address: seat.address.to_string() };
    network.learn(seats.iter().map(contact).collect());
    Ok(seats.into_iter().map(|seat| (seat.id, seat)).collect())
}

/// What the owners say of the data sets as they are.
pub(crate) async fn described(job: &ComputeJob, network: &Network) -> Outcome<Vec<Input>> {
    let owners = owners(job, network)?;
    let entries = network.around(&owners, |_| true).await?;
    describe_all(job, network, &owners, &entries).await
}

fn owners(job: &ComputeJob, network: &Network) -> Outcome<Vec<NodeId>> {
    job.inputs.iter().map(|input| network.owner(input)).collect()
}

async fn describe_all(
    job: &ComputeJob,
    network: &Network,
    owners: &[NodeId],
    entries: &[Entry],
) -> Outcome<Vec<Input>> {
    let described = job.inputs.iter().zip(owners).map(|(input, owner)| async move {
        let keys = match (job.layout, owners.iter().find(|other| *other != owner)) {
            (Layout::Matched | Layout::Joined, Some(partner)) => {
                Some(matching::keys(network, input, [*owner, *partner], entries).await?)
            }
            (Layout::Aligned | Layout::Pooled | Layout::Matched | Layout::Joined, _) => None,
        };
        Ok(Input { keys, ..describe(network, input.dataset.as_str(), *owner).await? })
    });
    try_join_all(described).await
}

async fn describe(network: &Network, dataset: &str, owner: NodeId) -> Outcome<Input> {
    let dataset = Text::<64>::new(dataset).map_err(terms::too_long)?;
    let question = Describe { dataset: dataset.clone() };
    let link = network.node.remote::<Describe>(owner);
    let link = link.map_err(|error| Error::new(Class::Internal, error))?;
    let name = network.name(owner);
    match link.ask(question).within(ASSENT).await {
        Ok(Described::As(description)) => Ok(Input { owner, dataset, description, keys: None }),
        Ok(Described::No(reason)) => Err(Error::about(Class::Refused, name, reason)),
        Err(error) => Err(unanswered(&name, error)),
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
            Err(Error::new(Class::Unreachable, text))
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
        let seat = |id: u8| Seat { id: NodeId([id; 32]), address: Text::cut("h:1"), deputy: None };
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
