//! A chain that is killed, or loses power, at every call it makes to its disk.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

use alloy_primitives::{TxKind, U256};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_chain::Genesis;
use troupe_chain::genesis::{Allocation, Term, Validator};
use troupe_chain::state::StateView;
use troupe_chain::transaction::{Recovered, Transaction, TxEip1559, Unsigned, recover};
use troupe_consensus::{
    Block, CommitProof, Evidence, Fill, History, Kind, Mark, Order, Outcome, Place, Proposed,
    PublicKey, Record, Signature, Statement,
};
use troupe_crypto::ecdsa::SecretKey;
use troupe_ledger::{Ledger, Nothing, Offer, Secrets};
use troupe_runtime::sim::{Disk, DiskFault, Tear};
use troupe_storage::Boot;
use troupe_storage::index::MemoryShelf;
use troupe_types::{Address, Epoch, Gas, Hash, Height, NodeId, UnixMillis};
use troupe_vault::{Error, Keeps, Opening, Restored, Vault};
use troupe_wire::{List, Seed, Sequential};

const PAYERS: u8 = 3;
const PAYEE: Address = Address([9; 20]);

fn secret(who: u8) -> SecretKey {
    SecretKey::from_bytes(&[who; 32]).unwrap()
}

fn account(who: u8) -> Address {
    Address(secret(who).public_key().address())
}

fn secrets() -> Secrets {
    Secrets((0..10).map(|at| troupe_crypto::sr25519::SecretKey::from_seed(&[at; 32])).collect())
}

fn genesis() -> Genesis {
    let validator = |at: u8| Validator {
        node: NodeId([at; 32]),
        key: vec![at; 48],
        vrf: troupe_crypto::sr25519::SecretKey::from_seed(&[at; 32]).public_key().to_bytes(),
        address: Address([0xc0 + at; 20]),
    };
    let rich = Allocation { balance: U256::from(10).pow(U256::from(24)), ..Allocation::default() };
    Genesis {
        chain_id: 1,
        time: UnixMillis(1_800_000_000_000),
        gas_limit: Gas(30_000_000),
        base_fee: 10,
        base_fee_floor: 10,
        blocks_per_view: 10,
        election_distance: 13,
        terms: vec![Term { from: Epoch(0), validators: (1..=4).map(validator).collect() }],
        is_staked: false,
        alloc: (1..=PAYERS).map(|who| (account(who), rich.clone())).collect::<BTreeMap<_, _>>(),
    }
}

fn transfers(height: Height) -> Vec<Recovered> {
    let transfer = |who| {
        let fields = TxEip1559 {
            chain_id: 1,
            nonce: height.0 - 1,
            gas_limit: 21_000,
            max_fee_per_gas: 1_000_000,
            max_priority_fee_per_gas: 3,
            to: TxKind::Call(PAYEE.0.into()),
            value: U256::from(who),
            ..TxEip1559::default()
        };
        recover(Transaction::sign(Unsigned::DynamicFee(fields), &secret(who)).unwrap()).unwrap()
    };
    (1..=PAYERS).map(transfer).collect()
}

fn next(ledger: &mut Ledger) -> Block {
    let head = ledger.head().block.header();
    let height = head.height.next().unwrap();
    let order = Order {
        parent: ledger.head().block.hash(),
        height,
        place: Place::new(1, 0),
        index: u32::try_from(height.0).unwrap(),
        time: UnixMillis(head.time.0 + 250),
        ends_epoch: false,
        fill: Fill::Whatever,
    };
    let transfers = transfers(height);
    let offer = Offer::transactions(&transfers);
    ledger.build(&order, offer, &secrets(), &Sequential).unwrap().0
}

/// Some record of consensus about a block.
fn record(block: &Block) -> Record {
    let statement: Statement = block.header.statement(Kind::Proposal);
    let signature = Signature([u8::try_from(block.header.height.0 % 251).unwrap(); 96]);
    Record::Proposal(Proposed { statement, parent: None, entry: None, signature })
}

#[test]
fn what_a_key_signed_here_and_elsewhere_is_known_after_a_restart_and_never_lowered() {
    let computer = Computer::new(5);
    let key = |byte| PublicKey([byte; 48]);
    let (mut vault, restored) = computer.open().unwrap();
    let mut ledger = restored.ledger;
    let first = record(&next(&mut ledger));
    assert_eq!(vault.history().unwrap(), History::default());
    vault.record(&[Record::Holder(key(1)), first.clone()]).unwrap();
    let history = vault.history().unwrap();
    let Record::Proposal(proposed) = &first else { panic!("a proposal") };
    let mark = Mark::of(&proposed.statement, &vault.chain());
    assert_eq!(history.iter().collect::<Vec<_>>(), [(key(1), mark)]);
    let later = Mark { place: Place::new(1, 9), ..mark };
    let mut elsewhere = History::default();
    elsewhere.note(key(1), later);
    elsewhere.note(key(2), mark);
    assert_eq!(vault.bar(&elsewhere).unwrap(), [(key(1), later), (key(2), mark)]);
    assert_eq!(vault.bar(&elsewhere).unwrap(), [], "it is known");
    assert_eq!(vault.bar(&history).unwrap(), [], "and not lowered");
    drop((vault, ledger));
    let (vault, restored) = computer.open().unwrap();
    assert_eq!(vault.history().unwrap(), elsewhere);
    assert!(restored.records.contains(&Record::Barred(key(1), later)));
    assert!(restored.records.contains(&Record::Holder(key(1))));
}

/// What a process said that it had done.
#[derive(Debug, Default, Clone)]
struct Said {
    kept: u64,
    recorded: u64,
    flushed: u64,
}

struct Computer {
    disk: Disk,
    shelf: MemoryShelf,
    boot: u8,
}

impl Computer {
    fn new(seed: u64) -> Self {
        let disk = Disk::new(&Seed::from_number(seed));
        Self { disk, shelf: MemoryShelf::default(), boot: 1 }
    }

    fn open(&self) -> Result<(Vault, Restored), Error> {
        let opening = Opening {
            disk: self.disk.mount(),
            shelf: Box::new(self.shelf.clone()),
            boot: Boot([self.boot; 16]),
            salt: 7,
            genesis: genesis(),
            keeps: Keeps::Recent,
        };
        let (mut vault, _) = Vault::open(opening, &Sequential, &mut |_| {})?;
        let restored = vault.restore(&Sequential, &mut |_| {})?;
        Ok((vault, restored))
    }

    /// One process: goes on up to a height, and says what it has done.
    fn run(&self, to: u64, said: &mut Said) -> Result<(), Error> {
        let (mut vault, Restored { mut ledger, .. }) = self.open()?;
        // A block that was durable before anybody was told counts as kept once it was seen.
        said.kept = ledger.head().block.header().height.0;
        while ledger.head().block.header().height.0 < to {
            let block = next(&mut ledger);
            let height = block.header.height.0;
            vault.record(&[record(&block)])?;
            said.recorded = height;
            let proof = CommitProof(List::default());
            let committed = ledger.commit(block.header.hash, proof.clone()).unwrap();
            vault.keep(&[(committed, proof)])?;
            said.kept = height;
            if height.is_multiple_of(5) {
                said.flushed += u64::from(vault.flush(&mut ledger)?);
            }
        }
        Ok(())
    }
}

/// The hashes of the chain as it is without any fault.
fn chain(to: u64) -> Vec<Hash> {
    let (_, Restored { mut ledger, .. }) = Computer::new(0).open().unwrap();
    let mut hashes = vec![ledger.head().block.hash()];
    while ledger.head().block.header().height.0 < to {
        let block = next(&mut ledger);
        ledger.commit(block.header.hash, CommitProof(List::default())).unwrap();
        hashes.push(block.header.hash);
    }
    hashes
}

/// Everything that was said is there, and nothing that was not.
fn check(computer: &Computer, said: &Said, chain: &[Hash]) {
    let (vault, Restored { mut ledger, records, .. }) = computer.open().unwrap();
    let height = ledger.head().block.header().height;
    assert!(height.0 == said.kept || height.0 == said.kept + 1, "{height}: {said:?}");
    for (at, hash) in (0..=height.0).zip(chain) {
        let stored = vault.stored(Height(at)).unwrap().unwrap();
        assert_eq!(stored.block.hash(), *hash, "height {at}");
        let want = if at == 0 { 0 } else { usize::from(PAYERS) };
        assert_eq!(stored.receipts.len(), want);
        for (index, transaction) in (0..).zip(&stored.block.body().transactions) {
            assert_eq!(vault.find(&transaction.hash()).unwrap(), Some((Height(at), index)));
        }
        assert_eq!(vault.height_of(hash).unwrap(), Some(Height(at)));
        assert!(ledger.head().ancestors.get(&Height(at)).is_none_or(|known| known == hash));
    }
    let sum = u64::from(PAYERS) * u64::from(PAYERS + 1) / 2 * height.0;
    let view = ledger.view(ledger.head().block.hash()).unwrap();
    let payee = view.account(&PAYEE).unwrap().unwrap_or_default();
    assert_eq!(payee.balance, U256::from(sum));
    drop(view);
    // What consensus may still need is there: what it said about blocks that are not final.
    let needed: Vec<u64> = records
        .iter()
        .map(|record| match record {
            Record::Proposal(proposed) => proposed.statement.height.0,
            other => panic!("never written: {other:?}"),
        })
        .collect();
    let newest = said.recorded.max(*needed.last().unwrap_or(&0));
    assert!(newest <= said.recorded + 1);
    assert_eq!(needed.contains(&said.recorded), said.recorded > 0, "{needed:?} {said:?}");
    // The next block is the same as without any fault, so the tries are as well.
    let block = next(&mut ledger);
    assert_eq!(block.header.hash, chain[usize::try_from(height.0 + 1).unwrap()]);
    let valid = Outcome::Valid { root: block.header.root, elected: None };
    assert_eq!(ledger.execute(&block, &Nothing, &Sequential), Ok(valid));
}

const BLOCKS: u64 = 24;

#[test]
fn a_chain_that_ends_cleanly_goes_on_where_it_was() {
    let (computer, chain) = (Computer::new(1), chain(BLOCKS + 1));
    let mut said = Said::default();
    for to in [1, 7, 8, 20, BLOCKS] {
        computer.run(to, &mut said).unwrap();
        check(&computer, &said, &chain);
    }
    assert!(said.flushed >= 4, "{said:?}");
}

#[test]
fn nothing_that_was_said_is_lost_wherever_a_process_is_killed_or_loses_power() {
    let chain = chain(BLOCKS + 2);
    let calls = {
        let computer = Computer::new(2);
        computer.run(BLOCKS, &mut Said::default()).unwrap();
        computer.disk.calls()
    };
    assert!(calls > 2 * BLOCKS, "{calls}");
    for call in 1..=calls {
        for tear in Tear::ALL {
            let mut computer = Computer::new(call);
            let mut said = Said::default();
            computer.disk.fault_at(call, DiskFault::Crashes(tear));
            computer.run(BLOCKS, &mut said).unwrap_err();
            computer.disk.lose_power(tear);
            // With the power the index may go, or parts of it.
            computer.boot += 1;
            match call % 3 {
                0 => computer.shelf.break_open(),
                1 => computer.shelf.lose(|key| key.len() % 2 == 1),
                _ => {}
            }
            check(&computer, &said, &chain);
            computer.run(BLOCKS, &mut said).unwrap();
            check(&computer, &said, &chain);
        }
    }
}

#[test]
fn a_disk_that_fails_ends_the_process_and_the_next_one_has_all_that_was_said() {
    let chain = chain(BLOCKS + 2);
    for call in (3..60).step_by(7) {
        let computer = Computer::new(call);
        let mut said = Said::default();
        computer.disk.fault_at(call, DiskFault::Fails);
        if computer.run(BLOCKS, &mut said).is_ok() {
            continue;
        }
        check(&computer, &said, &chain);
    }
}

#[test]
fn a_block_that_is_kept_already_is_passed_over_and_another_at_its_height_is_refused() {
    let computer = Computer::new(4);
    let (mut vault, Restored { mut ledger, .. }) = computer.open().unwrap();
    let mut next = || {
        let block = next(&mut ledger);
        let proof = CommitProof(List::default());
        (ledger.commit(block.header.hash, proof.clone()).unwrap(), proof)
    };
    let (first, second, third) = (next(), next(), next());
    vault.keep(&[first.clone(), second.clone()]).unwrap();
    vault.keep(&[first.clone(), second, third]).unwrap();
    assert!(vault.stored(Height(3)).unwrap().is_some());
    let mut other = first;
    let mut header = other.0.block.header().clone();
    header.time.0 += 1;
    other.0.block = Arc::new(troupe_chain::Block::new(header, other.0.block.body().clone()));
    vault.keep(&[other]).unwrap_err();
}

#[test]
fn while_a_state_is_looked_at_the_base_does_not_move_under_it() {
    let computer = Computer::new(3);
    let (mut vault, Restored { mut ledger, .. }) = computer.open().unwrap();
    let genesis = ledger.head().block.hash();
    let view = ledger.view(genesis).unwrap();
    for _ in 0..3 {
        let block = next(&mut ledger);
        let proof = CommitProof(List::default());
        let committed = ledger.commit(block.header.hash, proof.clone()).unwrap();
        vault.keep(&[(committed, proof)]).unwrap();
        assert!(!vault.flush(&mut ledger).unwrap(), "the view holds it");
        assert_eq!(view.account(&PAYEE).unwrap(), None);
    }
    drop(view);
    assert!(vault.flush(&mut ledger).unwrap());
    let fallen =
        std::mem::replace(&mut ledger, vault.restore(&Sequential, &mut |_| {}).unwrap().ledger);
    assert_eq!(fallen.head().block.hash(), ledger.head().block.hash(), "an actor that fell");
    let head = ledger.head().block.hash();
    let payee = ledger.view(head).unwrap().account(&PAYEE).unwrap().unwrap();
    assert_eq!(payee.balance, U256::from(18));
}

/// Two votes for one height.
fn contradiction(view: u64, signature: u8) -> Evidence {
    let vote = |hash| Statement {
        kind: Kind::Vote,
        place: Place::new(1, view),
        height: Height(view + 1),
        index: 0,
        hash: Hash([hash; 32]),
        certified: None,
    };
    let signature = Signature([signature; 96]);
    Evidence::new(2, (vote(1), signature), (vote(2), signature)).unwrap()
}

#[test]
fn evidence_is_there_after_a_loss_of_power_once_for_each_offence_and_the_latest_of_much() {
    let mut computer = Computer::new(5);
    let (mut vault, restored) = computer.open().unwrap();
    assert!(restored.evidence.is_empty());
    for (view, signature) in [(3, 1), (1, 1), (3, 2)] {
        vault.accuse(&contradiction(view, signature)).unwrap();
    }
    drop((vault, restored));
    computer.disk.lose_power(Tear::Nothing);
    computer.boot += 1;
    let (mut vault, restored) = computer.open().unwrap();
    assert_eq!(restored.evidence, [contradiction(1, 1), contradiction(3, 1)]);
    for view in 0..300 {
        vault.accuse(&contradiction(view, 1)).unwrap();
    }
    drop((vault, restored));
    let (_, restored) = computer.open().unwrap();
    let latest: Vec<Evidence> = (44..300).map(|view| contradiction(view, 1)).collect();
    assert_eq!(restored.evidence, latest);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// However often the power goes, and whenever.
    #[test]
    fn a_chain_survives_any_number_of_crashes(calls in prop::collection::vec(1u64..70, 1..6)) {
        let chain = chain(BLOCKS + 2);
        let mut computer = Computer::new(99);
        let mut said = Said::default();
        for call in calls {
            let tear = Tear::ALL[usize::try_from(call % 4).unwrap()];
            computer.disk.fault_at(computer.disk.calls() + call, DiskFault::Crashes(tear));
            if computer.run(BLOCKS, &mut said).is_ok() {
                break;
            }
            computer.disk.lose_power(tear);
            computer.boot += 1;
            check(&computer, &said, &chain);
        }
    }
}
