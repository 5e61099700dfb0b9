//! A task whose participants are known, from the receiver's side: seats are taken, owners contribute, results come.

use crate::error::{Class, Error, Outcome, unanswered};
use crate::found::{Answer, Opening, Traffic, answers};
use crate::matching::{self, HASHING};
use crate::network::{ASSENT, LOOK, Network};
use crate::receiver::{Collect, Expect, Forget};
use crate::step::{Step, working};
use futures_util::future::{join_all, try_join_all};
use troupe_learning::Task;
use troupe_learning::deed::Deed;
use troupe_learning::message::{
    Abandon, Accepted, Contribute, Inquire, Join, Joined, Prepare, Reserve, Reserved, Stage, Status,
};
use troupe_learning::task::{Seat, Unfit};
use troupe_mpc::Received;
use troupe_psi::message::Watch;
use troupe_runtime::{Contact, Link};
use troupe_types::{Hash, Millis, NodeId, SessionId};

/// What the receiver of results does of a task.
pub(crate) struct Course<'a> {
    pub(crate) network: &'a Network,
}

/// Results that somebody waits for. However it ends, nothing of it is left where they arrive.
struct Door<'a> {
    forget: &'a Link<Forget>,
    session: SessionId,
}

impl Drop for Door<'_> {
    fn drop(&mut self) {
        // One that takes no more messages keeps nothing either.
        let _ = self.forget.tell(Forget(self.session));
    }
}

/// What came of a task.
pub(crate) struct Found {
    pub(crate) answers: Vec<Answer>,
    pub(crate) traffic: Vec<Traffic>,
    /// What the parties agreed that the result is.
    pub(crate) result: Hash,
    /// Where the results are kept, or why they are not, where a chain settles the task.
    pub(crate) kept: Option<String>,
    /// How many rows the owners have in common, where they were matched.
    pub(crate) matched: Option<u32>,
    /// What the model is called that stays with the parties, where one does.
    pub(crate) model: Option<Hash>,
    /// With which others are shown what the results are, where a chain settles the task.
    pub(crate) opening: Option<Opening>,
}

/// How long owners may take to match their rows and tell the parties.
pub(crate) const fn joining(task: &Task) -> Millis {
    task.within.inputs.plus(HASHING).plus(ASSENT)
}

impl Course<'_> {
    /// Opens the door for results.
    async fn expect(&self, task: &Task, matched: Option<u32>) -> Outcome<()> {
        let opened = self.network.results.expect.ask(Expect { task: task.clone(), matched }).await;
        let opened = opened.map_err(|error| unanswered("receiver", error))?;
        opened.map_err(|error| Error::new(Class::Internal, error))
    }

    /// Asks the parties which processes would compute; the first that has none is named.
    async fn reserve(&self, task: &mut Task) -> Result<(), (NodeId, Error)> {
        let reserve = Reserve(task.clone());
        let asked = task.parties.iter().map(|seat| async {
            let link = self.network.node.remote::<Reserve>(seat.id);
            let link = link.map_err(|error| (seat.id, Error::new(Class::Internal, error)))?;
            match link.ask(reserve.clone()).within(ASSENT).await {
                Ok(Reserved::Here) => Ok(None),
                Ok(Reserved::By(deputy)) => Ok(Some(deputy)),
                Ok(Reserved::No(reason)) => {
                    let failure = Error::about(Class::Refused, self.name(seat.id), reason);
                    Err((seat.id, failure))
                }
                Err(error) => Err((seat.id, unanswered(&self.name(seat.id), error))),
            }
        });
        let deputies = join_all(asked).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        let before = task.parties.clone();
        for (seat, deputy) in task.parties.iter_mut().zip(deputies) {
            seat.deputy = deputy;
        }
        let deputies = task.parties.iter().filter(|seat| seat.deputy.is_some());
        let contact =
            |seat: &Seat| Contact { id: seat.process(), address: seat.reached_at().to_owned() };
        self.network.learn(deputies.map(contact).collect());
        // Who may compute for whom everybody checks again.
        let unfit = task.check().err().map(|unfit| {
            let id = match unfit {
                Unfit::Deputy(id) | Unfit::TwoParts(id) => id,
                _ => NodeId::default(),
            };
            (id, Error::about(Class::Refused, self.name(id), unfit))
        });
        match unfit {
            None => Ok(()),
            Some(failure) => {
                task.parties = before;
                Err(failure)
            }
        }
    }

    /// Speaks to the processes that compute in the place of parties: results come over connections that are there. The first that
    /// cannot be reached is named.
    async fn meet(&self, task: &Task) -> Result<(), (NodeId, Error)> {
        let deputies = task.parties.iter().filter(|seat| seat.deputy.is_some());
        let met = deputies.map(|seat| async {
            let link = self.network.node.remote::<Inquire>(seat.process());
            let link = link.map_err(|error| (seat.id, Error::new(Class::Internal, error)))?;
            let known = link.ask(Inquire(task.session)).within(ASSENT).await;
            let name = format!("the worker of {}", self.name(seat.id));
            known.map(drop).map_err(|error| (seat.id, unanswered(&name, error)))
        });
        join_all(met).await.into_iter().collect()
    }

    /// Asks the parties to take their seats; the first that does not is named.
    pub(crate) async fn seat(&self, task: &mut Task) -> Result<(), (NodeId, Error)> {
        self.reserve(task).await?;
        let task = &*task;
        self.meet(task).await?;
        let asked = task.parties.iter().map(|seat| async {
            let link = self.network.node.remote::<Prepare>(seat.id);
            let link = link.map_err(|error| Error::new(Class::Internal, error));
            let answer = match link {
                Ok(link) => link.ask(Prepare(task.clone())).within(ASSENT).await,
                Err(failure) => return Err((seat.id, failure)),
            };
            match answer {
                Ok(Accepted::Yes) => Ok(()),
                Ok(Accepted::No(reason)) => {
                    let failure = Error::about(Class::Refused, self.name(seat.id), reason);
                    Err((seat.id, failure))
                }
                Err(error) => Err((seat.id, unanswered(&self.name(seat.id), error))),
            }
        });
        join_all(asked).await.into_iter().collect()
    }

    /// Has the owners match their rows and tell the parties how many are common; the number, which both have to say.
    async fn join(&self, task: &Task, tell: &mut impl FnMut(Step)) -> Outcome<u32> {
        let asked = task.owners.iter().map(|source| async {
            let name = self.name(source.id);
            let link = self.network.node.remote::<Join>(source.id);
            let link = link.map_err(|error| Error::new(Class::Internal, error))?;
            match link.ask(Join(task.clone())).within(joining(task)).await {
                Ok(Joined::Rows(rows)) => Ok(rows),
                Ok(Joined::No(reason)) => {
                    let reason = self.named(task, &reason);
                    Err(Error::about(Class::Refused, name, reason))
                }
                Err(error) => Err(unanswered(&name, error)),
            }
        });
        let joined = try_join_all(asked);
        tokio::pin!(joined);
        let rows = loop {
            tokio::select! {
                rows = &mut joined => break rows?,
                () = tokio::time::sleep(LOOK) => {}
            }
            let Some(first) = task.owners.first() else { continue };
            let Ok(link) = self.network.node.remote::<Watch>(first.id) else { continue };
            let status = link.ask(Watch(task.session)).within(Millis::secs(1)).await.ok();
            if let Some(step) = status.as_ref().and_then(matching::step) {
                tell(step);
            }
        };
        match *rows {
            [first, second] if first == second => Ok(first),
            _ => {
                let text = "the owners do not say the same number of common rows";
                Err(Error::new(Class::Failed, text))
            }
        }
    }

    /// Opens the door for results, and asks the owners to share their columns.
    async fn begin(&self, task: &Task, tell: &mut impl FnMut(Step)) -> Outcome<Option<u32>> {
        let matched = match task.most_matched() {
            Some(_) => Some(self.join(task, tell).await?),
            None => None,
        };
        tell(Step::Contributing);
        self.expect(task, matched).await?;
        self.contribute(task).await?;
        Ok(matched)
    }

    /// Asks the owners to share their columns.
    async fn contribute(&self, task: &Task) -> Outcome<()> {
        let asked = task.owners.iter().map(|source| async {
            let name = self.name(source.id);
            let link = self.network.node.remote::<Contribute>(source.id);
            let link = link.map_err(|error| Error::new(Class::Internal, error))?;
            match link.ask(Contribute(task.clone())).within(ASSENT).await {
                Ok(Accepted::Yes) => Ok(()),
                Ok(Accepted::No(reason)) => Err(Error::about(Class::Refused, name, reason)),
                Err(error) => Err(unanswered(&name, error)),
            }
        });
        try_join_all(asked).await.map(drop)
    }

    /// Owners contribute what they have, or have in common; parties compute, results come.
    pub(crate) async fn compute(&self, task: &Task, tell: &mut impl FnMut(Step)) -> Outcome<Found> {
        let _door = Door { forget: &self.network.results.forget, session: task.session };
        let matched = match self.begin(task, tell).await {
            Ok(matched) => matched,
            Err(mut failure) => {
                self.abandon(task).await;
                // Others have begun, so this is no longer a matter of whom one can reach.
                if failure.class != Class::Refused {
                    failure.class = Class::Failed;
                }
                return Err(failure);
            }
        };
        let patience = task.within.total().plus(Millis::secs(5));
        let collect = self.network.results.collect.ask(Collect(task.session)).within(patience);
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
            Ok(Ok(received)) => {
                let model = Deed::heard(task, &received).map(|deed| deed.model);
                let Received { results, result, opening, .. } = received;
                // Where nobody posted a hash there is nothing to show them for.
                let opening = opening.filter(|_| task.number != 0);
                let opening = opening.and_then(|opening| opening.encode()).map(Opening);
                let answers = answers(task, matched, results)?;
                let traffic = statuses.iter().map(|(id, status)| Traffic::of(*id, status));
                let traffic = traffic.collect();
                let kept = None;
                return Ok(Found { answers, traffic, result, matched, model, opening, kept });
            }
            Ok(Err(reason)) => reason,
            Err(error) => error.to_string(),
        };
        self.abandon(task).await;
        Err(self.failed(task, &reason, &statuses))
    }

    /// The parties need not go on.
    pub(crate) async fn abandon(&self, task: &Task) {
        let told = task.parties.iter().map(|seat| async {
            if let Ok(link) = self.network.node.remote::<Abandon>(seat.process()) {
                // One that does not hear it is freed by its deadline.
                let _ = link.ask(Abandon(task.session)).within(Millis::secs(1)).await;
            }
        });
        join_all(told).await;
    }

    async fn inquire(&self, seat: &Seat, session: SessionId) -> Option<Status> {
        let link = self.network.node.remote::<Inquire>(seat.process()).ok()?;
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
    fn failed(&self, task: &Task, own: &str, statuses: &[(NodeId, Option<Status>)]) -> Error {
        let told = statuses.iter().filter_map(|(id, status)| match status {
            None => Some(format!("{} does not answer", self.name(*id))),
            Some(Status { stage: Stage::Failed(reason), .. }) => {
                Some(format!("{} says: {}", self.name(*id), self.named(task, reason)))
            }
            Some(_) => None,
        });
        let mut texts = vec![self.named(task, own)];
        texts.extend(told);
        Error::new(Class::Failed, texts.join("; "))
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
        self.network.name(id)
    }
}
