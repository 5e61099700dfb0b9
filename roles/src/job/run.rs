//! One private computation from the receiver's side.

use super::contacts::{Visitor, unanswered};
use super::matching::{self, Plan};
use super::people::{self, ASSENT, LOOK, People, luck};
use super::report::{Finished, Traffic};
use super::terms::{self, Input};
use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
use futures_util::future::{join_all, try_join_all};
use std::collections::BTreeMap;
use std::time::Instant;
use troupe_actors::{Collect, Expect, Results, receiver};
use troupe_config::{Job, Layout};
use troupe_mpc::agreement::{Agreement, Seat};
use troupe_mpc::message::{
    Abandon, Accepted, COMPUTE, Contribute, Describe, Described, Inquire, Prepare, Stage, Status,
};
use troupe_mpc::{PARTIES, Revealed};
use troupe_overlay::Entry;
use troupe_psi::Mode;
use troupe_psi::message::Delivery;
use troupe_types::{Millis, NodeId, SessionId};
use troupe_wire::{Stream, Text};

/// What is going on, for whoever watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Owners say what their data sets hold.
    Asking,
    /// Two owners match their rows.
    Matching {
        /// What they do.
        what: &'static str,
        /// How much of it is done, in thousandths.
        done: u64,
        /// What an owner has sent, in bytes.
        sent: u64,
    },
    /// Three compute nodes take their seats.
    Seating {
        /// Their names.
        parties: Vec<String>,
    },
    /// Owners share their columns.
    Contributing,
    /// The parties work.
    Working {
        /// What they do.
        what: String,
        /// How much of everything is done, in thousandths.
        done: u64,
        /// What a party has sent, in bytes.
        sent: u64,
    },
}

/// Runs a job on the network that `record` describes; `tell` hears every step.
pub(crate) async fn run_job(
    job: &Job,
    record: &Record,
    mut tell: impl FnMut(Step),
) -> Outcome<Finished> {
    let visitor = Visitor::join(record)?;
    let began = Instant::now();
    let people = People { visitor: &visitor, record };
    let errand = Errand { visitor: &visitor, people, job };
    let outcome = errand.run(&mut tell).await;
    visitor.leave().await;
    let (agreement, revealed, traffic) = outcome?;
    Finished::new(job, &agreement, &revealed, traffic, began.elapsed(), |id| {
        people::name(record, id)
    })
}

struct Errand<'a> {
    visitor: &'a Visitor,
    people: People<'a>,
    job: &'a Job,
}

type Done = (Agreement, Vec<Revealed>, Vec<Traffic>);

impl Errand<'_> {
    async fn run(&self, tell: &mut impl FnMut(Step)) -> Outcome<Done> {
        tell(Step::Asking);
        let owners = self.job.inputs.iter().map(|input| self.people.owner(input));
        let owners = owners.collect::<Outcome<Vec<NodeId>>>()?;
        let mut candidates = self.look_around(&owners).await?;
        let mut luck = luck()?;
        let datasets = self.datasets(&mut luck, tell).await?;
        let described =
            datasets.iter().zip(&owners).map(|(dataset, id)| self.describe(dataset, *id));
        let inputs = try_join_all(described).await?;
        let results = receiver(&self.visitor.node, self.visitor.id);
        // A node that does not answer is left out and another one takes its seat.
        loop {
            let session = SessionId(luck.array());
            let parties = draw(&candidates, &mut luck)?;
            tell(Step::Seating {
                parties: parties.each_ref().map(|seat| self.name(seat.id)).to_vec(),
            });
            let me = self.visitor.id;
            let agreement = terms::agreement(self.job, &inputs, parties, me, session)?;
            agreement.program().map_err(|error| Failure::new(ExitCode::BadFile, error))?;
            self.expect(&results, &agreement).await?;
            match self.seat(&agreement).await {
                Ok(()) => return self.compute(agreement, &results, tell).await,
                Err((unfit, failure)) => {
                    self.abandon(&agreement).await;
                    candidates.remove(&unfit);
                    if candidates.len() < usize::from(PARTIES) {
                        return Err(failure);
                    }
                }
            }
        }
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

    /// What is computed on: the data sets, or where rows are matched first, views of them.
    async fn datasets(
        &self,
        luck: &mut Stream,
        tell: &mut impl FnMut(Step),
    ) -> Outcome<Vec<String>> {
        let names = self.job.inputs.iter().map(|input| input.dataset.to_string());
        match (self.job.layout, self.job.inputs.as_slice()) {
            (Layout::Matched, [first, second]) => {
                let plan = Plan {
                    inputs: [first, second],
                    mode: Mode::Aligned,
                    delivery: Delivery::Kept,
                    within: self.job.deadline,
                };
                let session = SessionId(luck.array());
                matching::match_rows(self.people, &plan, session, tell).await?;
                Ok(names.map(|name| format!("{name}@{session}")).collect())
            }
            (Layout::Aligned | Layout::Pooled | Layout::Matched, _) => Ok(names.collect()),
        }
    }

    async fn describe(&self, dataset: &str, owner: NodeId) -> Outcome<Input> {
        let dataset = Text::<64>::new(dataset).map_err(terms::too_long)?;
        let question = Describe { dataset: dataset.clone() };
        let link = self.visitor.node.remote::<Describe>(owner);
        let link = link.map_err(|error| Failure::new(ExitCode::Internal, error))?;
        let name = self.name(owner);
        match link.ask(question).within(ASSENT).await {
            Ok(Described::As(description)) => Ok(Input { owner, dataset, description }),
            Ok(Described::No(reason)) => Err(Failure::about(ExitCode::Refused, name, reason)),
            Err(error) => Err(unanswered(&name, error)),
        }
    }

    async fn expect(&self, results: &Results, agreement: &Agreement) -> Outcome<()> {
        let opened = results.expect.ask(Expect(agreement.clone())).await;
        let opened = opened.map_err(|error| unanswered("receiver", error))?;
        opened.map_err(|error| Failure::new(ExitCode::Internal, error))
    }

    /// Asks the parties to take their seats; the first that does not is named.
    async fn seat(&self, agreement: &Agreement) -> Result<(), (NodeId, Failure)> {
        let asked = agreement.parties.iter().map(|seat| async {
            let link = self.visitor.node.remote::<Prepare>(seat.id);
            let link = link.map_err(|error| Failure::new(ExitCode::Internal, error));
            let answer = match link {
                Ok(link) => link.ask(Prepare(agreement.clone())).within(ASSENT).await,
                Err(failure) => return Err((seat.id, failure)),
            };
            match answer {
                Ok(Accepted::Yes) => Ok(()),
                Ok(Accepted::No(reason)) => {
                    let failure = Failure::about(ExitCode::Refused, self.name(seat.id), reason);
                    Err((seat.id, failure))
                }
                Err(error) => Err((seat.id, unanswered(&self.name(seat.id), error))),
            }
        });
        join_all(asked).await.into_iter().collect()
    }

    async fn compute(
        &self,
        agreement: Agreement,
        results: &Results,
        tell: &mut impl FnMut(Step),
    ) -> Outcome<Done> {
        tell(Step::Contributing);
        if let Err(mut failure) = self.contribute(&agreement).await {
            self.abandon(&agreement).await;
            // Others have begun, so this is no longer a matter of whom one can reach.
            if failure.code != ExitCode::Refused {
                failure.code = ExitCode::JobFailed;
            }
            return Err(failure);
        }
        let patience = agreement.within.plus(Millis::secs(5));
        let collect = results.collect.ask(Collect(agreement.session)).within(patience);
        tokio::pin!(collect);
        let outcome = loop {
            tokio::select! {
                outcome = &mut collect => break outcome,
                () = tokio::time::sleep(LOOK) => {}
            }
            let status = self.inquire(&agreement.parties[0], agreement.session).await;
            if let Some(step) = status.as_ref().and_then(working) {
                tell(step);
            }
        };
        let statuses = self.statuses(&agreement).await;
        match outcome {
            Ok(Ok(revealed)) => {
                let traffic =
                    statuses.iter().map(|(id, status)| Traffic::of(*id, status)).collect();
                Ok((agreement, revealed, traffic))
            }
            Ok(Err(reason)) => {
                self.abandon(&agreement).await;
                Err(self.failed(&agreement, &reason, &statuses))
            }
            Err(error) => {
                self.abandon(&agreement).await;
                Err(self.failed(&agreement, &error.to_string(), &statuses))
            }
        }
    }

    async fn contribute(&self, agreement: &Agreement) -> Outcome<()> {
        let asked = agreement.owners.iter().map(|terms| async {
            let name = self.name(terms.id);
            let link = self.visitor.node.remote::<Contribute>(terms.id);
            let link = link.map_err(|error| Failure::new(ExitCode::Internal, error))?;
            match link.ask(Contribute(agreement.clone())).within(ASSENT).await {
                Ok(Accepted::Yes) => Ok(()),
                Ok(Accepted::No(reason)) => Err(Failure::about(ExitCode::Refused, name, reason)),
                Err(error) => Err(unanswered(&name, error)),
            }
        });
        try_join_all(asked).await.map(drop)
    }

    async fn inquire(&self, seat: &Seat, session: SessionId) -> Option<Status> {
        let link = self.visitor.node.remote::<Inquire>(seat.id).ok()?;
        link.ask(Inquire(session)).within(Millis::secs(1)).await.ok()
    }

    async fn statuses(&self, agreement: &Agreement) -> Vec<(NodeId, Option<Status>)> {
        let asked = agreement
            .parties
            .iter()
            .map(|seat| async { (seat.id, self.inquire(seat, agreement.session).await) });
        join_all(asked).await
    }

    async fn abandon(&self, agreement: &Agreement) {
        let told = agreement.parties.iter().map(|seat| async {
            if let Ok(link) = self.visitor.node.remote::<Abandon>(seat.id) {
                // One that does not hear it is freed by its deadline.
                let _ = link.ask(Abandon(agreement.session)).within(Millis::secs(1)).await;
            }
        });
        join_all(told).await;
    }

    /// Says which participant was lost or at fault, by name.
    fn failed(
        &self,
        agreement: &Agreement,
        own: &str,
        statuses: &[(NodeId, Option<Status>)],
    ) -> Failure {
        let told = statuses.iter().filter_map(|(id, status)| match status {
            None => Some(format!("{} does not answer", self.name(*id))),
            Some(Status { stage: Stage::Failed(reason), .. }) => {
                Some(format!("{} says: {}", self.name(*id), self.named(agreement, reason)))
            }
            Some(_) => None,
        });
        let mut texts = vec![self.named(agreement, own)];
        texts.extend(told);
        Failure::new(ExitCode::JobFailed, texts.join("; "))
    }

    /// Puts names behind "party 1" and "owner 0".
    fn named(&self, agreement: &Agreement, text: &str) -> String {
        let mut named = text.to_owned();
        for (index, seat) in agreement.parties.iter().enumerate() {
            let part = format!("party {index}");
            named = named.replace(&part, &format!("{part} ({})", self.name(seat.id)));
        }
        for (index, terms) in agreement.owners.iter().enumerate() {
            let part = format!("owner {index}");
            named = named.replace(&part, &format!("{part} ({})", self.name(terms.id)));
        }
        named
    }

    fn name(&self, id: NodeId) -> String {
        self.people.name(id)
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

fn working(status: &Status) -> Option<Step> {
    let part = |from: u64, to: u64, done: u64, total: u64| {
        from + (to - from) * done.min(total) / total.max(1)
    };
    let (what, done) = match &status.stage {
        Stage::Inputs => ("receiving shares".to_owned(), part(0, 300, status.done, status.total)),
        Stage::Computing { round, rounds } => {
            let done = part(300, 900, u64::from(*round), u64::from(*rounds).max(1));
            (format!("round {round} of {rounds}"), done)
        }
        Stage::Checking { round, rounds } => {
            let done = part(900, 950, u64::from(*round), u64::from(*rounds).max(1));
            (format!("check {round} of {rounds}"), done)
        }
        Stage::Revealing => ("revealing to the receiver".to_owned(), 950),
        Stage::Unknown | Stage::Finished | Stage::Failed(_) => return None,
    };
    Some(Step::Working { what, done, sent: status.sent.0 })
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
