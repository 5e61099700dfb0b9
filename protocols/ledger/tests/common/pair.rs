//! Two nodes of a chain: what one makes the other one executes.

use super::{CHAIN, Signatures, account, begin};
use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use std::sync::Arc;
use troupe_chain::block::Receipt;
use troupe_chain::state::StateView;
use troupe_chain::transaction::Recovered;
use troupe_chain::{Block, Genesis};
use troupe_consensus::{CommitProof, Evidence, Fill, Order, Outcome, Place};
use troupe_crypto::Keyed;
use troupe_ledger::{Ledger, Offer, Terms, machine};
use troupe_types::{Address, Gas, Hash, UnixMillis};
use troupe_vm::{CallRequest, Env, Failure, Vm};
use troupe_wire::{List, Sequential};

/// Two nodes of a chain: what one makes the other one executes.
pub struct Pair {
    pub genesis: Genesis,
    pub maker: Ledger,
    pub other: Ledger,
    pub block: Block,
    pub chain: Hash,
}

impl Pair {
    pub fn of(genesis: Genesis) -> Self {
        let (maker, other) = (begin(&genesis), begin(&genesis));
        let block = maker.head().block.as_ref().clone();
        let chain = block.hash();
        Self { genesis, maker, other, block, chain }
    }

    pub fn order(&self) -> Order {
        let parent = self.block.header();
        let height = parent.height.next().unwrap();
        let mut terms = Terms::new(self.genesis.clone()).unwrap();
        let term = terms.at(height).unwrap();
        let (at, of_view) = (height.since(term.first), self.genesis.blocks_per_view);
        Order {
            parent: self.block.hash(),
            height,
            place: Place::new(term.epoch.0, at / of_view),
            index: u32::try_from(at % of_view).unwrap(),
            time: UnixMillis(parent.time.0 + 1_000),
            ends_epoch: height == term.last,
            fill: Fill::Whatever,
        }
    }

    /// Makes the next block, which the other node has to find the same; what came of its transactions.
    pub fn next(&mut self, transactions: &[Recovered], evidence: &[Evidence]) -> Vec<Receipt> {
        let order = self.order();
        let offer = Offer { transactions, evidence };
        let (made, _) = self.maker.build(&order, offer, &Signatures, &Sequential).unwrap();
        let outcome = self.other.execute(&made, &Signatures, &Sequential).unwrap();
        let Outcome::Valid { root, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(root, made.header.root);
        self.block = Block::decode(&made.body).unwrap();
        assert_eq!(self.block.body().transactions.len(), transactions.len());
        let hash = self.block.hash();
        self.other.commit(hash, CommitProof(List::default())).unwrap();
        let committed = self.maker.commit(hash, CommitProof(List::default())).unwrap();
        committed.receipts.to_vec()
    }

    pub fn ask(&self, to: Address, input: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let vm = machine::<Keyed>(Vm::default(), &self.genesis, self.chain);
        let env = Env::of(self.block.header(), CHAIN, Arc::new(()), &vm);
        let request = CallRequest {
            to: Some(to),
            from: account(9),
            input: input.into(),
            gas: Gas(10_000_000),
            ..CallRequest::default()
        };
        let view = self.maker.view(self.block.hash()).unwrap();
        let outcome = troupe_vm::call(view, env, &request).unwrap().unwrap();
        outcome.result.map(|answer| answer.to_vec())
    }

    pub fn told<C: SolCall>(&self, to: Address, asked: &C) -> C::Return {
        C::abi_decode_returns(&self.ask(to, asked.abi_encode()).unwrap()).unwrap()
    }

    pub fn word(&self, of: Address, slot: u8) -> U256 {
        let view = self.maker.view(self.block.hash()).unwrap();
        view.storage(&of, &Hash(U256::from(slot).to_be_bytes())).unwrap()
    }

    pub fn balance(&self, of: Address) -> u128 {
        let view = self.maker.view(self.block.hash()).unwrap();
        view.account(&of).unwrap().unwrap_or_default().balance.saturating_to()
    }
}
