//! The economy's contracts, called by transactions and by who only asks.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use alloy_primitives::{B256, U256};
use alloy_sol_types::{SolCall, SolError, SolEvent};
use common::economy::staked;
use common::pair::Pair;
use common::{LAT, Signatures, account, call, node_id, validator_secret};
use troupe_chain::Genesis;
use troupe_chain::genesis::Allocation;
use troupe_chain::transaction::Recovered;
use troupe_consensus::{Evidence, Kind, Place, Statement, sign};
use troupe_crypto::Keyed;
use troupe_ledger::{Error, Offer};
use troupe_staking::call::abi::{Slashing, Staking};
use troupe_staking::contract::{REWARD_POOL, SLASHING, STAKING};
use troupe_staking::governance::PROGRAM_VERSION;
use troupe_staking::world::Table;
use troupe_types::{Address, Epoch, Hash, Height};
use troupe_vm::{Failure, RecordKey, record_words};
use troupe_wire::{Limit, Sequential, codec};

/// Passes on what it is asked to the staking contract, in a call that may change nothing.
const ONLY_ASKS: Address = Address([0xee; 20]);

impl Pair {
    fn new() -> Self {
        // CALLDATACOPY(0, 0, size), STATICCALL(gas, staking, 0, size, 0, 0), RETURNDATACOPY, RETURN
        let head = [0x36, 0x5f, 0x5f, 0x37, 0x5f, 0x5f, 0x36, 0x5f, 0x73];
        let tail = [0x5a, 0xfa, 0x50, 0x3d, 0x5f, 0x5f, 0x3e, 0x3d, 0x5f, 0xf3];
        let code = [&head[..], &STAKING.0, &tail].concat();
        let mut genesis = staked(7);
        let asks = Allocation { code: code.into(), ..Allocation::default() };
        genesis.alloc.insert(ONLY_ASKS, asks);
        Self::of(genesis)
    }

    /// A node's contradiction in the first round: two votes.
    fn contradiction(&self, at: usize, view: u64) -> Evidence {
        self.contradiction_of(Kind::Vote, at, view)
    }

    fn contradiction_of(&self, kind: Kind, at: usize, view: u64) -> Evidence {
        let roster = self.genesis.terms[0].validators.iter();
        let signer = roster.clone().position(|validator| validator.node == node_id(at)).unwrap();
        let said = |hash| Statement {
            kind,
            place: Place::new(1, view),
            height: Height(view * 3 + 1),
            index: 0,
            hash: Hash([hash; 32]),
            certified: None,
        };
        let signed =
            |said| (said, sign::<Keyed>(&validator_secret(at), &said, &self.chain).unwrap());
        let signer = u16::try_from(signer).unwrap();
        Evidence::new(signer, signed(said(1)), signed(said(2))).unwrap()
    }

    fn of_first_round(&self) -> usize {
        usize::from(self.genesis.terms[0].validators[2].node.0[0]) - 1
    }
}

fn delegate(who: u8, nonce: u64, amount: u128) -> Recovered {
    let asked = Staking::delegateCall { node: node_id(0).0.into(), source: 0, amount };
    call(who, nonce, STAKING, amount, asked.abi_encode())
}

/// A call as PlatON's clients write it.
fn platon(code: u16, arguments: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    let items: Vec<Vec<u8>> = std::iter::once(alloy_rlp::encode(code))
        .chain(arguments.iter().cloned())
        .map(|item| alloy_rlp::encode(&item[..]))
        .collect();
    let payload_length = items.iter().map(Vec::len).sum();
    alloy_rlp::Header { list: true, payload_length }.encode(&mut out);
    out.extend(items.concat());
    out
}

fn report(who: u8, nonce: u64, evidence: &Evidence) -> Recovered {
    let evidence = evidence.encode().unwrap().into();
    let asked = Slashing::reportDuplicateSignCall { evidence };
    call(who, nonce, SLASHING, 0, asked.abi_encode())
}

#[test]
fn a_delegation_is_taken_and_told_and_a_second_node_finds_the_same() {
    let mut pair = Pair::new();
    let before = pair.balance(STAKING);
    let receipts = pair.next(&[delegate(1, 0, 100 * LAT)], &[]);
    assert!(receipts[0].is_success);
    assert_eq!(pair.balance(STAKING), before + 100 * LAT);
    let [log] = &receipts[0].logs[..] else { panic!("{:?}", receipts[0].logs) };
    assert_eq!(log.address, B256::left_padding_from(&STAKING.0)[12..]);
    let told = Staking::Delegated::decode_log_data(&log.data).unwrap();
    assert_eq!((told.node.0, told.free), (node_id(0).0, 100 * LAT));
    let asked = Staking::getDelegationsCall { delegator: account(1).0.into() };
    let [held] = &pair.told(STAKING, &asked)[..] else { panic!("it delegates to one") };
    assert_eq!((held.fresh.free, held.counts.free), (100 * LAT, 0));
    // Through a contract that only asks as well.
    assert_eq!(pair.told(ONLY_ASKS, &asked)[0].fresh.free, 100 * LAT);
}

#[test]
fn what_platons_clients_send_does_the_same_and_is_receipted_first() {
    let mut pair = Pair::new();
    let before = pair.balance(account(2));
    let arguments =
        [alloy_rlp::encode(0u16), alloy_rlp::encode(node_id(0).0), alloy_rlp::encode(100 * LAT)];
    let receipts = pair.next(&[call(2, 0, STAKING, 0, platon(1004, &arguments))], &[]);
    assert!(receipts[0].is_success);
    let [receipt, told] = &receipts[0].logs[..] else { panic!("{:?}", receipts[0].logs) };
    assert!(receipt.data.topics().is_empty());
    assert_eq!(receipt.data.data[..], [0xc1, b'0'], "the list of \"0\"");
    assert_eq!(told.data.topics()[0], Staking::Delegated::SIGNATURE_HASH);
    let fee = u128::from(receipts[0].cumulative_gas.0) * 13;
    assert_eq!(pair.balance(account(2)), before - 100 * LAT - fee);
}

#[test]
fn what_is_refused_reverts_with_its_code_and_leaves_nothing_but_its_price() {
    let mut pair = Pair::new();
    let before = pair.balance(STAKING);
    let receipts = pair.next(&[delegate(1, 0, LAT)], &[]);
    assert!(!receipts[0].is_success && receipts[0].logs.is_empty());
    assert_eq!(pair.balance(STAKING), before);
    assert!(receipts[0].cumulative_gas.0 < 100_000, "what is left goes back");
    let asked = Staking::delegateCall { node: node_id(0).0.into(), source: 0, amount: LAT };
    let Err(Failure::Reverted(data)) = pair.ask(STAKING, asked.abi_encode()) else { panic!() };
    let refused = Staking::Refused::abi_decode(&data).unwrap();
    assert_ne!(refused.code, 0);
    assert!(!refused.reason.is_empty());
}

#[test]
fn a_call_that_may_change_nothing_changes_nothing() {
    let pair = Pair::new();
    let asked = Staking::redeemCall {};
    assert_eq!(pair.ask(ONLY_ASKS, asked.abi_encode()), Ok(Vec::new()));
}

#[test]
fn evidence_by_transaction_punishes_once_and_pays_who_shows_it() {
    let mut pair = Pair::new();
    let at = pair.of_first_round();
    let evidence = pair.contradiction(at, 0);
    let (stakes, pool) = (pair.balance(STAKING), pair.balance(REWARD_POOL));
    let reporter = pair.balance(account(1));
    let receipts = pair.next(&[report(1, 0, &evidence), report(2, 0, &evidence)], &[]);
    assert_eq!([receipts[0].is_success, receipts[1].is_success], [true, false]);
    let lost = stakes - pair.balance(STAKING);
    assert!(lost > 0, "of its stake something is lost");
    let fee = u128::from(receipts[0].cumulative_gas.0) * 13;
    let prize = pair.balance(account(1)) + fee - reporter;
    assert_eq!(prize * 2, lost, "half of it is the reporter's");
    assert!(pair.balance(REWARD_POOL) >= pool - lost);
    let key = pair.genesis.terms[0].validators[2].key.clone();
    let asked = Slashing::isPunishedCall { voteKey: key.into(), round: 1 };
    assert!(pair.told(SLASHING, &asked));
    // Nor can a block carry it any more.
    pair.next(&[], &[evidence]);
    assert!(pair.block.body().evidence.is_empty());
}

#[test]
fn what_a_block_punished_no_transaction_does() {
    let mut pair = Pair::new();
    let evidence = pair.contradiction(pair.of_first_round(), 1);
    let stakes = pair.balance(STAKING);
    pair.next(&[], &[evidence]);
    assert_eq!(pair.block.body().evidence.len(), 1);
    let lost = stakes - pair.balance(STAKING);
    assert!(lost > 0);
    let receipts = pair.next(&[report(1, 0, &evidence)], &[]);
    assert!(!receipts[0].is_success);
    assert_eq!(pair.balance(STAKING), stakes - lost);
    let Err(Failure::Reverted(data)) = pair.ask(
        SLASHING,
        Slashing::reportDuplicateSignCall { evidence: evidence.encode().unwrap().into() }
            .abi_encode(),
    ) else {
        panic!("it is punished already")
    };
    assert_eq!(Slashing::Refused::abi_decode(&data).unwrap().code, 303_001);
}

#[test]
fn contradictions_of_several_kinds_in_one_view_are_punished_once_and_those_of_another_view_again() {
    let mut pair = Pair::new();
    let at = pair.of_first_round();
    let [vote, proposal, change] = Kind::ALL.map(|kind| pair.contradiction_of(kind, at, 0));
    let stakes = pair.balance(STAKING);
    pair.next(&[], &[vote, proposal]);
    assert_eq!(pair.block.body().evidence.len(), 2, "both are recorded");
    let fine = stakes - pair.balance(STAKING);
    let own = 150_000 * LAT;
    assert_eq!(fine, own / 1_000);
    let receipts = pair.next(&[report(1, 0, &change)], &[]);
    assert!(!receipts[0].is_success);
    assert_eq!(pair.balance(STAKING), stakes - fine);
    pair.next(&[], &[change, pair.contradiction(at, 1)]);
    assert_eq!(pair.block.body().evidence.len(), 2);
    assert_eq!(pair.balance(STAKING), stakes - fine - (own - fine) / 1_000);
}

#[test]
fn evidence_that_shows_nothing_punishes_nobody() {
    let pair = Pair::new();
    let genuine = pair.contradiction(pair.of_first_round(), 0).encode().unwrap();
    let stakes = pair.balance(STAKING);
    for at in [0, genuine.len() / 2, genuine.len() - 1] {
        let mut bytes = genuine.clone();
        bytes[at] ^= 1;
        let asked = Slashing::reportDuplicateSignCall { evidence: bytes.into() };
        let Err(Failure::Reverted(data)) = pair.ask(SLASHING, asked.abi_encode()) else {
            panic!("byte {at}")
        };
        let refused = Slashing::Refused::abi_decode(&data).unwrap();
        assert_eq!(refused.code, 303_000, "{}", refused.reason);
    }
    for end in [0, 1, genuine.len() - 1] {
        let asked = Slashing::reportDuplicateSignCall { evidence: genuine[..end].to_vec().into() };
        assert!(matches!(pair.ask(SLASHING, asked.abi_encode()), Err(Failure::Reverted(_))));
    }
    assert_eq!(pair.balance(STAKING), stakes);
    assert_eq!(U256::from(stakes), U256::from(7 * 150_000 * LAT));
}

/// A chain on which a version is in force from the beginning.
fn with_version(version: u32) -> Genesis {
    let mut genesis = staked(7);
    let key = RecordKey::of_bytes(Table::Version as u8, &[]).unwrap();
    // Nothing is on its way, and nobody is looked at.
    let record = codec::encode(&(version, None::<u8>, None::<u64>), Limit::KiB1).unwrap();
    let stakes = genesis.alloc.get_mut(&STAKING).unwrap();
    stakes.storage.extend(record_words(&key, &record).filter(|(_, word)| !word.is_zero()));
    genesis
}

#[test]
fn a_node_stops_before_rules_that_it_does_not_know() {
    // Another patch has the same rules.
    let mut alike = Pair::of(with_version(PROGRAM_VERSION + 1));
    assert!(alike.next(&[delegate(1, 0, 100 * LAT)], &[])[0].is_success);
    let mut newer = Pair::of(with_version(PROGRAM_VERSION + (1 << 8)));
    let (order, offer) = (newer.order(), Offer { transactions: &[], evidence: &[] });
    let built = newer.maker.build(&order, offer, &Signatures, &Sequential);
    let error = built.unwrap_err();
    assert_eq!(error, Error::Outdated { active: PROGRAM_VERSION + (1 << 8), round: Epoch(1) });
    let text =
        "version 1.1.0 is in force from round 1 on, this program knows the rules up to 1.0.0";
    assert!(error.to_string().starts_with(text), "{error}");
}
