//! Signing everything before anything is sent.

use super::batch::Batch;
use super::senders::Sender;
use super::tally::lane_of;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::progress;
use alloy_primitives::U256;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use troupe_chain::transaction::Draft;

/// The gas of a transfer. Yellow paper, appendix G
pub(super) const TRANSFER_GAS: u64 = 21_000;
/// How many are signed before a thread looks for more.
const PIECE: u32 = 250;

/// What is the same for all transactions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub(super) chain_id: u64,
    /// In von per gas.
    pub(super) max_fee: u128,
    pub(super) tip: u128,
}

impl Terms {
    /// What a transfer costs at most, with the one von that it moves.
    pub(super) fn cost(&self) -> U256 {
        U256::from(self.max_fee).saturating_mul(U256::from(TRANSFER_GAS)).saturating_add(U256::ONE)
    }

    /// The transfer of a number: the senders take turns, and each pays the next.
    pub(super) fn transfer(&self, senders: &[Sender], number: u32) -> Draft {
        let place = number as usize % senders.len();
        let to = &senders[(place + 1) % senders.len()];
        let turn = u64::from(number) / senders.len() as u64;
        Draft {
            chain_id: self.chain_id,
            nonce: senders[place].nonce.saturating_add(turn),
            to: Some(to.address),
            value: U256::ONE,
            input: Default::default(),
            gas_limit: TRANSFER_GAS,
            max_fee: self.max_fee,
            max_tip: self.tip,
        }
    }
}

/// How requests are laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) txs: u32,
    pub(super) lanes: u32,
    /// Transactions in a request.
    pub(super) batch: usize,
}

/// Everything that will be sent.
#[derive(Debug)]
pub(super) struct Prepared {
    /// Of every transaction, by its number.
    pub(super) hashes: Vec<[u8; 32]>,
    /// The requests of every lane, in order.
    pub(super) lanes: Vec<VecDeque<Batch>>,
}

/// A signed transaction.
type Signed = ([u8; 32], Vec<u8>);

/// Signs all transactions on all processors, and writes the requests.
pub(super) fn prepare(senders: &[Sender], terms: &Terms, shape: Shape) -> Outcome<Prepared> {
    let bar = progress::bar(shape.txs.into());
    bar.set_message("signing");
    let next = AtomicU32::new(0);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let work = || -> Outcome<Vec<(u32, Vec<Signed>)>> {
        let mut done = Vec::new();
        loop {
            let begin = next.fetch_add(PIECE, Ordering::Relaxed);
            if begin >= shape.txs {
                return Ok(done);
            }
            let piece = begin..shape.txs.min(begin + PIECE);
            bar.inc(piece.len() as u64);
            done.push((begin, sign(senders, terms, piece)?));
        }
    };
    let signed = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined = threads.into_iter().map(|thread| match thread.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect::<Outcome<Vec<_>>>()
    });
    bar.finish_and_clear();
    let mut pieces: Vec<(u32, Vec<Signed>)> = signed?.into_iter().flatten().collect();
    pieces.sort_unstable_by_key(|(begin, _)| *begin);
    Ok(lay_out(pieces.into_iter().flat_map(|(_, piece)| piece), senders.len(), shape))
}

fn sign(senders: &[Sender], terms: &Terms, numbers: Range<u32>) -> Outcome<Vec<Signed>> {
    let signed = numbers.map(|number| {
        let signer = &senders[number as usize % senders.len()].signer;
        let transaction = signer.sign(terms.transfer(senders, number));
        let transaction = transaction.map_err(|error| Failure::new(ExitCode::Internal, error))?;
        Ok((transaction.hash().0, transaction.to_bytes()))
    });
    signed.collect()
}

/// Puts transactions into requests, each sender's in the order of their nonces and by one lane.
fn lay_out(signed: impl Iterator<Item = Signed>, senders: usize, shape: Shape) -> Prepared {
    let senders = u32::try_from(senders).unwrap_or(u32::MAX);
    let mut hashes = Vec::new();
    let mut lanes = vec![VecDeque::new(); shape.lanes as usize];
    for (number, (hash, envelope)) in (0u32..).zip(signed) {
        hashes.push(hash);
        let lane: &mut VecDeque<Batch> = &mut lanes[lane_of(number, senders, shape.lanes) as usize];
        match lane.back_mut().filter(|batch| batch.numbers().len() < shape.batch) {
            Some(batch) => batch.push(number, &envelope),
            None => {
                let mut batch = Batch::new();
                batch.push(number, &envelope);
                lane.push_back(batch);
            }
        }
    }
    Prepared { hashes, lanes }
}

#[cfg(test)]
mod tests {
    use super::super::args::Kind;
    use super::super::senders::derive;
    use super::*;
    use std::collections::BTreeMap;
    use troupe_chain::Transaction;
    use troupe_chain::transaction::recover;

    const TERMS: Terms = Terms { chain_id: 7, max_fee: 100, tip: 1 };

    #[test]
    fn every_transaction_is_in_one_request_and_each_sender_s_in_order_by_one_lane() {
        for kind in [Kind::Ecdsa, Kind::Sr25519] {
            let mut senders = derive(kind, 1, 5);
            senders[3].nonce = 9;
            let shape = Shape { txs: 23, lanes: 2, batch: 4 };
            let prepared = prepare(&senders, &TERMS, shape).unwrap();
            assert_eq!(prepared.hashes.len(), 23);
            let mut seen = 0;
            let mut lanes_of = BTreeMap::new();
            let mut nonces: BTreeMap<_, Vec<u64>> = BTreeMap::new();
            for (lane, batches) in prepared.lanes.iter().enumerate() {
                for batch in batches {
                    assert!(batch.numbers().len() <= 4);
                    let body: serde_json::Value = serde_json::from_slice(batch.body()).unwrap();
                    for call in body.as_array().unwrap() {
                        let number = call["id"].as_u64().unwrap();
                        let digits = &call["params"][0].as_str().unwrap()[2..];
                        let transaction =
                            Transaction::decode(&hex::decode(digits).unwrap()).unwrap();
                        assert_eq!(transaction.hash().0, prepared.hashes[number as usize]);
                        let nonce = transaction.nonce();
                        let sender = recover(transaction).unwrap().sender();
                        assert_eq!(*lanes_of.entry(sender).or_insert(lane), lane);
                        nonces.entry(sender).or_default().push(nonce);
                        seen += 1;
                    }
                }
            }
            assert_eq!(seen, 23);
            assert_eq!(nonces[&senders[0].address], [0, 1, 2, 3, 4]);
            assert_eq!(nonces[&senders[3].address], [9, 10, 11, 12]);
        }
    }

    #[test]
    fn a_transfer_costs_its_gas_and_what_it_moves() {
        assert_eq!(TERMS.cost(), U256::from(2_100_001));
    }
}
