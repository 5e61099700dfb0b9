//! What a requester asks of a matching, and what its child tells.

use super::entry::{Common, Entry, Life, News, failed, status};
use super::run::Seated;
use crate::manager::{Datasets, requester};
use troupe_psi::message::{Assent, Begin, Dismiss, Stage, Status, Watch};
use troupe_runtime::{Cancel, Cx, Event, Fault, Handle, Proceed, Reply};
use troupe_types::{Bytes, SessionId};
use troupe_wire::Text;

impl Datasets {
    /// The matching, if the asker is its requester.
    pub(super) fn mine(&self, session: SessionId, cx: &Cx<'_, Self>) -> Option<&Entry> {
        self.matchings.of(session, requester(cx.origin()).ok()?)
    }

    /// A matching is over, whoever says so.
    pub(super) fn over(
        &mut self,
        session: SessionId,
        common: Common,
        stage: Stage,
        cx: &Cx<'_, Self>,
    ) {
        if let Some(Entry { life: Life::Running(_), .. }) = self.matchings.entries.get(&session) {
            self.meters.running.dec();
        }
        tracing::info!(session = %session.short(), ?stage, "matching ended");
        self.matchings.end(session, common, stage, cx.now().mono);
    }

    fn begin(&mut self, session: SessionId, cx: &mut Cx<'_, Self>) -> Result<(), String> {
        let entry = self.mine(session, cx).ok_or("no such matching of this requester")?;
        let Life::Running(Seated { proceed, .. }) = &entry.life else {
            return Err("it is not ready".to_owned());
        };
        // What a policy said at the consent may have ended since.
        let name = entry.task.owner(entry.side).dataset.clone();
        let offer = self.offer(&name, entry.task.requester)?;
        if !entry.is_about(&offer.table) {
            return Err(format!("{} is not what it was", &*name));
        }
        if offer.policy.is_over(cx.now().wall) {
            return Err(format!("the policy of {} has expired", &*name));
        }
        let proceed = proceed.clone();
        cx.tell(&proceed, Proceed).map_err(|refused| refused.why.to_string())
    }
}

impl Handle<Begin> for Datasets {
    fn handle(
        &mut self,
        Begin(session): Begin,
        reply: Reply<Begin>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let answer = match self.begin(session, cx) {
            Ok(()) => Assent::Yes,
            Err(reason) => Assent::No(Text::cut(&reason)),
        };
        reply.send(answer, cx);
        Ok(())
    }
}

impl Handle<Watch> for Datasets {
    fn handle(
        &mut self,
        Watch(session): Watch,
        reply: Reply<Watch>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let entry = self.mine(session, cx).map(|entry| entry.status.clone());
        let told = entry.or_else(|| self.joint_status(session, requester(cx.origin()).ok()?));
        reply.send(told.unwrap_or_else(|| status(Stage::Unknown)), cx);
        Ok(())
    }
}

impl Handle<Dismiss> for Datasets {
    fn handle(
        &mut self,
        Dismiss(session): Dismiss,
        reply: Reply<Dismiss>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let cancel = match self.mine(session, cx).map(|entry| &entry.life) {
            Some(Life::Running(Seated { cancel, .. })) => Some(cancel.clone()),
            // What was prepared finds nobody any more.
            Some(Life::Preparing | Life::Over { .. }) => {
                self.matchings.entries.remove(&session);
                None
            }
            None => None,
        };
        if let Some(cancel) = cancel {
            // A child that is gone already needs no cancelling.
            let _ = cx.tell(&cancel, Cancel);
        }
        reply.send((), cx);
        Ok(())
    }
}

impl Handle<News> for Datasets {
    fn handle(
        &mut self,
        News { session, event }: News,
        _reply: Reply<News>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        match event {
            Event::News { news, traffic } => {
                if let Some(entry) = self.matchings.entries.get_mut(&session) {
                    entry.progress(news, traffic);
                }
            }
            Event::Ended { outcome, traffic } => {
                self.meters.ended(outcome.is_ok(), traffic);
                if let Some(entry) = self.matchings.entries.get_mut(&session) {
                    let (sent, received) = (Bytes(traffic.sent), Bytes(traffic.received));
                    entry.status = Status { sent, received, ..status(Stage::Waiting) };
                }
                match outcome {
                    Ok(outcome) => {
                        let stage = Stage::Finished(outcome.transcript);
                        self.over(session, outcome.learned.into(), stage, cx);
                        self.write(session, cx);
                    }
                    Err(error) => {
                        self.over(session, Common::Nothing, failed(&error.to_string()), cx);
                    }
                }
            }
        }
        Ok(())
    }
}
