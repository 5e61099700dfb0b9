//! A task whose participants are known, from the receiver's side: seats are taken, owners contribute, results come.

use super::contacts::{Visitor, unanswered};
use super::people::{ASSENT, LOOK, People};
use super::report::{Answer, Traffic, answers};
use super::step::{Step, working};
use crate::exit::{ExitCode, Failure, Outcome};
use futures_util::future::{join_all, try_join_all};
use troupe_actors::{Collect, Expect, Results};
use troupe_learning::Task;
use troupe_learning::message::{Abandon, Accepted, Contribute, Inquire, Prepare, Stage, Status};
use troupe_learning::task::Seat;
use troupe_mpc::Received;
use troupe_types::{Hash, Millis, NodeId, SessionId};

/// What the receiver of results does of a task.
pub(super) struct Course<'a> {
    pub(super) visitor: &'a Visitor,
    pub(super) people: People<'a>,
    pub(super) results: Results,
}

/// What came of a task.
pub(super) struct Found {
    pub(super) answers: Vec<Answer>,
    pub(super) traffic: Vec<Traffic>,
    /// What the parties agreed that the result is.
    pub(super) result: Hash,
    /// Where the results are kept, or why they are not, where a chain settles the task.
    pub(super) kept: Option<String>,
}

impl Course<'_> {
    /// Opens the door for results.
    pub(super) async fn expect(&self, task: &Task) -> Outcome<()> {
        let opened = self.results.expect.ask(Expect(task.clone())).await;
        let opened = opened.map_err(|error| unanswered("receiver", error))?;
        opened.map_err(|error| Failure::new(ExitCode::Internal, error))
    }

    /// Asks the parties to take their seats; the first that does not is named.
    pub(super) async fn seat(&self, task: &Task) -> Result<(), (NodeId, Failure)> {
        let asked = task.parties.iter().map(|seat| async {
            let link = self.visitor.node.remote::<Prepare>(seat.id);
            let link = link.map_err(|error| Failure::new(ExitCode::Internal, error));
            let answer = match link {
                Ok(link) => link.ask(Prepare(task.clone())).within(ASSENT).await,
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

    /// Asks the owners to share their columns.
    pub(super) async fn contribute(&self, task: &Task) -> Outcome<()> {
        let asked = task.owners.iter().map(|source| async {
            let name = self.name(source.id);
            let link = self.visitor.node.remote::<Contribute>(source.id);
            let link = link.map_err(|error| Failure::new(ExitCode::Internal, error))?;
            match link.ask(Contribute(task.clone())).within(ASSENT).await {
                Ok(Accepted::Yes) => Ok(()),
                Ok(Accepted::No(reason)) => Err(Failure::about(ExitCode::Refused, name, reason)),
                Err(error) => Err(unanswered(&name, error)),
            }
        });
        try_join_all(asked).await.map(drop)
    }

    /// Owners contribute, parties compute, results come.
    pub(super) async fn compute(&self, task: &Task, tell: &mut impl FnMut(Step)) -> Outcome<Found> {
        tell(Step::Contributing);
        if let Err(mut failure) = self.contribute(task).await {
            self.abandon(task).await;
            // Others have begun, so this is no longer a matter of whom one can reach.
            if failure.code != ExitCode::Refused {
                failure.code = ExitCode::JobFailed;
            }
            return Err(failure);
        }
        let patience = task.within.total().plus(Millis::secs(5));
        let collect = self.results.collect.ask(Collect(task.session)).within(patience);
        tokio::pin!(collect);
        let outcome = loop {
            tokio::select! {
                outcome = &mut collect => break outcome,
                () = tokio::time::sleep(LOOK) => {}
            }
            let status = self.inquire(&task.parties[0], task.session).await;
            if let Some(step) = status.as_ref().and_then(working) {
                tell(step);
            }
        };
        let statuses = self.statuses(task).await;
        let reason = match outcome {
            Ok(Ok(Received { results, result })) => {
                let answers = answers(task, results)?;
                let traffic = statuses.iter().map(|(id, status)| Traffic::of(*id, status));
                let traffic = traffic.collect();
                return Ok(Found { answers, traffic, result, kept: None });
            }
            Ok(Err(reason)) => reason,
            Err(error) => error.to_string(),
        };
        self.abandon(task).await;
        Err(self.failed(task, &reason, &statuses))
    }

    /// The parties need not go on.
    pub(super) async fn abandon(&self, task: &Task) {
        let told = task.parties.iter().map(|seat| async {
            if let Ok(link) = self.visitor.node.remote::<Abandon>(seat.id) {
                // One that does not hear it is freed by its deadline.
                let _ = link.ask(Abandon(task.session)).within(Millis::secs(1)).await;
            }
        });
        join_all(told).await;
    }

    async fn inquire(&self, seat: &Seat, session: SessionId) -> Option<Status> {
        let link = self.visitor.node.remote::<Inquire>(seat.id).ok()?;
        link.ask(Inquire(session)).within(Millis::secs(1)).await.ok()
    }

    async fn statuses(&self, task: &Task) -> Vec<(NodeId, Option<Status>)> {
        let asked = task
            .parties
            .iter()
            .map(|seat| async { (seat.id, self.inquire(seat, task.session).await) });
        join_all(asked).await
    }

    /// Says which participant was lost or at fault, by name.
    fn failed(&self, task: &Task, own: &str, statuses: &[(NodeId, Option<Status>)]) -> Failure {
        let told = statuses.iter().filter_map(|(id, status)| match status {
            None => Some(format!("{} does not answer", self.name(*id))),
            Some(Status { stage: Stage::Failed(reason), .. }) => {
                Some(format!("{} says: {}", self.name(*id), self.named(task, reason)))
            }
            Some(_) => None,
        });
        let mut texts = vec![self.named(task, own)];
        texts.extend(told);
        Failure::new(ExitCode::JobFailed, texts.join("; "))
    }

    /// Puts names behind "party 1" and "owner 0".
    fn named(&self, task: &Task, text: &str) -> String {
        let mut named = text.to_owned();
        for (index, seat) in task.parties.iter().enumerate() {
            let part = format!("party {index}");
            named = named.replace(&part, &format!("{part} ({})", self.name(seat.id)));
        }
        for (index, source) in task.owners.iter().enumerate() {
            let part = format!("owner {index}");
            named = named.replace(&part, &format!("{part} ({})", self.name(source.id)));
        }
        named
    }

    fn name(&self, id: NodeId) -> String {
        self.people.name(id)
    }
}
