//! Answering light clients: headers with proofs, rosters, accounts, codes, receipts.

use super::Syncing;
use super::read::Reading;
use super::serve::read_outcome;
use crate::executor::{Head, Prove};
use crate::storage::{Find, StoredAt};
use std::sync::Arc;
use troupe_chain::block::{Stored, encode_receipts};
use troupe_chain::light::{
    AccountShown, AskAccount, AskCode, AskHeader, AskPlace, AskReceipts, Headed, Part,
};
use troupe_chain::state::StateView;
use troupe_crypto::Scheme;
use troupe_runtime::{Cx, Fault, Handle, Pool, Reply};
use troupe_types::{Height, NodeId};
use troupe_vault::Error;
use troupe_wire::{Blob, CallError, Message};

/// So many answers to light clients are worked out at a time. Above it the asker hears that this node is busy.
pub(super) const MOST: usize = 16;

fn weigh_headed(headed: &Option<Headed>) -> usize {
    headed.as_ref().map_or(0, |headed| headed.header.len() + headed.proof.len())
}

fn weigh_part(part: &Option<Part>) -> usize {
    part.as_ref().map_or(0, |part| part.bytes.len())
}

pub(super) fn headed(stored: &Stored) -> Option<Headed> {
    let mut header = Vec::new();
    stored.block.header().encode(&mut header);
    let proof = Blob::new(stored.proof.to_vec()).ok()?;
    Some(Headed { header: Blob::new(header).ok()?, proof })
}

impl<S: Scheme> Syncing<S> {
    /// Who asks, if it may: everybody has a share of requests and bytes, which comes back with time.
    pub(super) fn admit(&mut self, cost: u32, cx: &Cx<'_, Self>) -> Option<NodeId> {
        let (from, now) = (self.sender(cx), cx.now().mono);
        self.budgets.admit(from, cost, now).then_some(from)
    }

    /// Works an answer out in a pool, from what is on disk.
    pub(super) fn look_up<M: Message>(
        &mut self,
        reply: Reply<M>,
        weigh: fn(&M::Reply) -> usize,
        work: impl FnOnce(Reading) -> Result<M::Reply, Error> + Send + 'static,
        cx: &mut Cx<'_, Self>,
    ) where
        M::Reply: Send,
    {
        let from = self.admit(1, cx).filter(|_| self.looking_up < MOST);
        let Some(from) = from else { return reply.refuse(cx) };
        let reading = Reading::new(Arc::clone(&self.parts.shared.vault), self.tips.headers());
        let job = move || work(reading).map_err(|error| error.to_string());
        let submitted = cx.pool(Pool::Jobs, job, move |sync, found, cx| {
            sync.looking_up -= 1;
            let found = read_outcome(found)?;
            sync.budgets.charge(from, weigh(&found), cx.now().mono);
            reply.send(found, cx);
            Ok(())
        });
        self.looking_up += usize::from(submitted.is_ok());
    }
}

impl<S: Scheme> Handle<AskHeader> for Syncing<S> {
    fn handle(
        &mut self,
        AskHeader(height): AskHeader,
        reply: Reply<AskHeader>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let Some((_, (last, _))) = self.tips.range() else { return Ok(()) };
        let height = height.unwrap_or(last);
        if height > last {
            reply.send(None, cx);
            return Ok(());
        }
        let work =
            move |mut reading: Reading| Ok(reading.stored(height)?.as_ref().and_then(headed));
        self.look_up(reply, weigh_headed, work, cx);
        Ok(())
    }
}

impl<S: Scheme> Handle<AskAccount> for Syncing<S> {
    fn handle(
        &mut self,
        AskAccount { height, address, slots }: AskAccount,
        reply: Reply<AskAccount>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let Some(from) = self.admit(1, cx) else {
            reply.refuse(cx);
            return Ok(());
        };
        let prove = Prove { height, address, slots: slots.to_vec() };
        let link = self.prove.clone();
        cx.ask(&link, prove, move |sync, proof, cx| {
            // The ledger may have too much to do.
            let Ok(proof) = proof else {
                reply.refuse(cx);
                return Ok(());
            };
            let shown = proof.as_ref().and_then(AccountShown::of);
            let weight = shown.as_ref().map_or(0, AccountShown::weight);
            sync.budgets.charge(from, weight, cx.now().mono);
            reply.send(shown, cx);
            Ok(())
        });
        Ok(())
    }
}

impl<S: Scheme> Handle<AskCode> for Syncing<S> {
    fn handle(
        &mut self,
        AskCode { hash, offset }: AskCode,
        reply: Reply<AskCode>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let head = self.head.clone();
        cx.ask(&head, Head, move |sync, headed, cx| {
            let Ok(headed) = headed else { return Ok(()) };
            let work = move |_: Reading| {
                // One that is not there is no fault here: strangers ask for whatever they like.
                let code = headed.state.code(&hash).ok();
                Ok(code.and_then(|code| Part::of(&code, offset)))
            };
            sync.look_up(reply, weigh_part, work, cx);
            Ok(())
        });
        Ok(())
    }
}

impl<S: Scheme> Handle<AskReceipts> for Syncing<S> {
    fn handle(
        &mut self,
        AskReceipts { height, offset }: AskReceipts,
        reply: Reply<AskReceipts>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let Some(from) = self.admit(1, cx) else {
            reply.refuse(cx);
            return Ok(());
        };
        let link = self.stored.clone();
        cx.ask(&link, StoredAt(height), move |sync, stored, cx| {
            let Ok(stored) = stored else {
                reply.refuse(cx);
                return Ok(());
            };
            let encoded = stored.and_then(|stored| encode_receipts(&stored.receipts).ok());
            let part = encoded.and_then(|encoded| Part::of(&encoded, offset));
            sync.budgets.charge(from, weigh_part(&part), cx.now().mono);
            reply.send(part, cx);
            Ok(())
        });
        Ok(())
    }
}

impl<S: Scheme> Handle<AskPlace> for Syncing<S> {
    fn handle(
        &mut self,
        AskPlace(transaction): AskPlace,
        reply: Reply<AskPlace>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        if self.admit(1, cx).is_none() {
            reply.refuse(cx);
            return Ok(());
        }
        let link = self.find.clone();
        let find = |found: Result<Option<(Height, u32)>, CallError>| found.ok();
        cx.ask(&link, Find(transaction), move |_, found, cx| {
            if let Some(found) = find(found) {
                reply.send(found, cx);
            }
            Ok(())
        });
        Ok(())
    }
}
