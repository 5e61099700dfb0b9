//! Making a block.

use crate::execute::{Did, nonces};
use crate::hooks::{self, Facts};
use crate::ledger::Ledger;
use crate::terms::term_of;
use crate::{Error, Known};
use std::sync::Arc;
use troupe_chain::block::{Body, MAX_HEADER, Roster, next_base_fee};
use troupe_chain::transaction::Recovered;
use troupe_chain::{Block, Header};
use troupe_consensus::{Evidence, Fill, MAX_BODY, Order, Term};
use troupe_vm::{Env, Executed, Executor};
use troupe_wire::Fork;

/// Bytes of a body that nothing in its lists gets: the header, the lists around it, and one to spare.
const RESERVED: usize = MAX_HEADER + 64;
/// Bytes of framing around an item in its list.
const FRAMING: usize = 8;

/// What may go into a block, the best first.
#[derive(Debug, Clone, Copy, Default)]
pub struct Offer<'a> {
    /// Transactions.
    pub transactions: &'a [Recovered],
    /// Evidence against validators.
    pub evidence: &'a [Evidence],
}

impl<'a> Offer<'a> {
    /// An offer of transactions alone.
    #[must_use]
    pub const fn transactions(transactions: &'a [Recovered]) -> Self {
        Self { transactions, evidence: &[] }
    }
}

impl Ledger {
    /// Makes and executes a block on a known parent: of what is offered as much as fits, in this order;
    /// what has no place at its turn is passed over. Gives what the block elects, too.
    pub fn build(
        &mut self,
        order: &Order,
        offer: Offer<'_>,
        known: &impl Known,
        fork: &impl Fork,
    ) -> Result<(troupe_consensus::Block, Option<Term>), Error> {
        let parent = Arc::clone(self.parent(order.parent)?);
        let place = order.place;
        let mut header = Header {
            parent: order.parent,
            coinbase: self.terms.coinbase(place.epoch, place.view)?,
            height: order.height,
            gas_limit: self.params.gas_limit,
            time: order.time,
            base_fee: next_base_fee(parent.header(), self.params.base_fee_floor),
            epoch: place.epoch,
            view: place.view,
            index: order.index,
            ..Header::default()
        };
        let key = self.drawer(place.epoch, place.view)?;
        let proof = known.prove(&key, &self.draw(parent.header(), order.index)?);
        let proof = proof.ok_or(Error::NoKey { epoch: place.epoch, view: place.view })?;
        header.randomness = proof.0.to_vec();
        let offer = match order.fill {
            Fill::Whatever => offer,
            Fill::Nothing => Offer::default(),
        };
        let view = self.view(order.parent)?;
        self.knows_rules(&view, place.epoch)?;
        let mut court = self.court(place.epoch, &view, known);
        let (evidence, offences) = court.choose(offer.evidence)?;
        let branch = self.branch(order.parent);
        let env = Env::of(&header, self.rules.chain_id, Arc::new(branch), &self.vm);
        let mut executor = Executor::new(view, env, self.rules);
        let parent_time = parent.header().time;
        let facts = Facts { header: &header, parent_time, offences: &offences };
        hooks::begin(&mut executor, &facts)?;
        let mut taken: Vec<Recovered> = Vec::new();
        let weight: usize = evidence.iter().map(|bytes| bytes.len() + FRAMING).sum();
        let mut room = MAX_BODY - RESERVED - weight;
        let mut attempts = match fork.width() {
            1 => Vec::new(),
            _ => executor.attempt(offer.transactions, fork),
        };
        attempts.resize_with(offer.transactions.len(), || None);
        for (candidate, attempt) in offer.transactions.iter().zip(attempts) {
            let size = candidate.size().as_usize() + FRAMING;
            if size <= room && executor.accept(candidate, attempt)?.is_ok() {
                room -= size;
                taken.push(candidate.clone());
            }
        }
        let elected = hooks::end(&mut executor, &facts)?;
        let elected = self.elected(order.height, elected)?;
        header.next_term = elected.as_ref().map(Roster::hash);
        let executed = executor.executed()?;
        executed.write(&mut header);

        let transactions = taken.iter().map(Recovered::share).collect();
        let body = Body { transactions, evidence };
        header.transactions_root = body.transactions_root();
        header.evidence_hash = body.evidence_hash();
        let Executed { changes, receipts, .. } = executed;
        let sealed = self.state.seal(order.parent, changes, fork)?;
        header.state_root = sealed.root();
        let block = Block::new(header, body);
        let wrapped = match self.wrap(&block) {
            Ok(wrapped) => wrapped,
            Err(error) => {
                self.state.abandon(sealed);
                return Err(error);
            }
        };
        let term = elected.as_ref().map(term_of).transpose()?;
        self.keep(block, sealed, Did { receipts, elected, nonces: nonces(&taken) })?;
        Ok((wrapped, term))
    }
}
