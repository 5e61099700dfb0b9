//! Making a block.

use crate::Error;
use crate::execute::nonces;
use crate::ledger::Ledger;
use std::sync::Arc;
use troupe_chain::block::{Body, MAX_HEADER, next_base_fee};
use troupe_chain::transaction::Recovered;
use troupe_chain::{Block, Header};
use troupe_consensus::{Fill, MAX_BODY, Order, Term};
use troupe_vm::{Env, Executed, Executor};
use troupe_wire::Fork;

/// Bytes of a body that no transaction gets: the header, the lists around it, and one to spare.
const RESERVED: usize = MAX_HEADER + 64;
/// Bytes of framing around a transaction in its list.
const FRAMING: usize = 8;

impl Ledger {
    /// Makes and executes a block on a known parent: of these transactions as many as fit, in this
    /// order; those without a place at their turn are passed over. Gives what the block elects, too.
    pub fn build(
        &mut self,
        order: &Order,
        candidates: &[Recovered],
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
        let candidates = match order.fill {
            Fill::Whatever => candidates,
            Fill::Nothing => &[],
        };
        let view = self.view(order.parent)?;
        let branch = self.branch(order.parent);
        let env = Env::of(&header, self.rules.chain_id, &branch);
        let mut executor = Executor::new(&view, env, self.rules);
        let mut taken: Vec<Recovered> = Vec::new();
        let mut room = MAX_BODY - RESERVED;
        for candidate in candidates {
            let size = candidate.size().as_usize() + FRAMING;
            if size <= room && executor.transact(candidate)?.is_ok() {
                room -= size;
                taken.push(candidate.clone());
            }
        }
        let gas_used = executor.gas_used();
        let (changes, receipts) = executor.finish()?;
        drop(view);
        let executed = Executed { changes, receipts, gas_used };
        executed.write(&mut header);

        let transactions = taken.iter().map(Recovered::share).collect();
        let body = Body { transactions, ..Body::default() };
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
        self.keep(block, sealed, receipts, nonces(&taken))?;
        Ok((wrapped, self.terms.elected_by(order.height)?))
    }
}
