//! What a party states of a task is signed here, by the key of the node.

use crate::actor::Market;
use crate::file::of_task;
use troupe_market::duty::{is_running, seat_of};
use troupe_market::message::{Sign, Unseen};
use troupe_market::statement::Place;
use troupe_runtime::{Cx, Fault, Handle, Reply};
use troupe_types::Hash;

impl Market {
    /// Signs, once it is noted what; the disk has it before the reply leaves.
    fn sign(&self, sign: &Sign, cx: &mut Cx<'_, Self>) -> Result<Vec<[u8; 64]>, Unseen> {
        let Sign { task: number, statements } = sign;
        let task = self.tasks.get(number).and_then(|entry| entry.task());
        let seat = task.zip(self.who).and_then(|(task, who)| seat_of(task, &who));
        let (Some(task), Some(seat)) = (task.filter(|task| is_running(task)), seat) else {
            return Err(Unseen::NotComputing(*number));
        };
        let (chain_id, terms) = (self.chain.reader.chain_id(), Hash(task.terms.0));
        let place = Place { chain_id, task: *number, terms, seat };
        if let Some(record) = self.decisions.signs(*number, statements)? {
            cx.persist(of_task(*number), record.framed());
        }
        let key = &self.opening.key;
        let signed = statements.iter().map(|statement| key.sign(&statement.digest(&place)));
        let signed: Result<Vec<_>, _> = signed.map(|signed| signed.map(|it| it.0)).collect();
        signed.map_err(|error| Unseen::NoKey(error.to_string()))
    }
}

impl Handle<Sign> for Market {
    fn handle(
        &mut self,
        sign: Sign,
        reply: Reply<Sign>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let signed = self.sign(&sign, cx);
        if let Err(why) = &signed {
            tracing::warn!(task = sign.task, %why, "not signed");
        }
        reply.send(signed, cx);
        Ok(())
    }
}
