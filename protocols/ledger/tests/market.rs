//! A task of the market, by transactions through blocks that a second node executes.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use alloy_primitives::U256;
use alloy_sol_types::{SolCall, SolError, SolEvent};
use common::economy::staked;
use common::pair::Pair;
use common::receiver::{KEEP, contract};
use common::{CHAIN, LAT, account, call, genesis};
use ed25519_dalek::{Signer, SigningKey};
use troupe_chain::Genesis;
use troupe_chain::block::Receipt;
use troupe_chain::transaction::Recovered;
use troupe_ledger::found_market;
use troupe_market::Rules;
use troupe_market::call::abi::{DataRegistry, TaskMarket};
use troupe_market::contract::{DATA, TASKS};
use troupe_market::node::registration;
use troupe_market::statement::{Kind, NOBODY, Place, Statement};
use troupe_market::task::DELIVERY;
use troupe_types::{Address, Hash, Millis};
use troupe_vm::Failure;

const STAKE: u128 = 200 * LAT;
const NODES: [u8; 5] = [3, 4, 5, 6, 7];
const SENDER: u8 = 8;
const RECEIVER: u8 = 9;

/// Contracts that declare tasks: one takes what it is told, one says no, one goes on for ever, one wants to be told again.
const TAKES: Address = Address([0xa1; 20]);
const REFUSES: Address = Address([0xa2; 20]);
const BURNS: Address = Address([0xa3; 20]);
const GREEDY: Address = Address([0xa4; 20]);
/// What callbacks may use.
const GAS: u64 = 150_000;

/// When it is told, delivers the same task again, and keeps one more than what came of that.
fn greedy() -> Vec<u8> {
    // PUSH4 deliver, PUSH1 224, SHL, PUSH0, MSTORE; the first word it is told after that; CALL
    let mut code = [&[0x63][..], &TaskMarket::deliverCall::SELECTOR].concat();
    code.extend([0x60, 224, 0x1b, 0x5f, 0x52, 0x60, 4, 0x35, 0x60, 4, 0x52]);
    code.extend([0x5f, 0x5f, 0x60, 36, 0x5f, 0x5f, 0x73]);
    code.extend(TASKS.0);
    code.extend([0x5a, 0xf1, 0x60, 1, 0x01, 0x5f, 0x55]);
    code
}

fn word(value: u64) -> U256 {
    U256::from(value)
}

fn rules() -> Rules {
    Rules {
        least_stake: 100 * LAT,
        bond: 10 * LAT,
        small_bond: LAT,
        answer: Millis::secs(30),
        least_span: Millis::secs(3),
        ..Rules::default()
    }
}

/// Views of two blocks, and a market.
fn with_market() -> Genesis {
    let mut genesis = Genesis { blocks_per_view: 2, ..genesis(&[&[0]]) };
    let start = u8::try_from(contract(TASKS, &[]).len()).unwrap();
    let refuse = [&KEEP[..], &[0x5f, 0x5f, 0xfd]].concat();
    let burn = [&KEEP[..], &[0x60, start - 1, 0x56]].concat();
    for (address, told) in
        [(TAKES, KEEP.to_vec()), (REFUSES, refuse), (BURNS, burn), (GREEDY, greedy())]
    {
        genesis.alloc.entry(address).or_default().code = contract(TASKS, &told).into();
    }
    found_market(genesis, &rules())
}

/// A chain, and the next nonce of each account.
struct Chain {
    pair: Pair,
    nonces: [u64; 10],
}

impl Chain {
    fn send(&mut self, who: u8, to: Address, value: u128, input: Vec<u8>) -> Recovered {
        let nonce = &mut self.nonces[usize::from(who)];
        *nonce += 1;
        call(who, *nonce - 1, to, value, input)
    }

    /// A block with a call of the market by each of some accounts; all of them do what they say.
    fn all<C: SolCall>(&mut self, by: &[u8], asked: &C) -> Vec<Receipt> {
        let sent: Vec<Recovered> =
            by.iter().map(|who| self.send(*who, TASKS, 0, asked.abi_encode())).collect();
        let receipts = self.pair.next(&sent, &[]);
        assert!(receipts.iter().all(|receipt| receipt.is_success), "{by:?}");
        receipts
    }

    /// The code with which a call is refused.
    fn refused(&mut self, who: u8, to: Address, value: u128, input: Vec<u8>) -> u32 {
        let sent = self.send(who, to, value, input.clone());
        let before = self.pair.balance(TASKS);
        let receipts = self.pair.next(&[sent], &[]);
        assert!(!receipts[0].is_success && receipts[0].logs.is_empty());
        assert_eq!(self.pair.balance(TASKS), before);
        // Whoever only asks sends nothing and is somebody else, but is refused as well.
        let Err(Failure::Reverted(data)) = self.pair.ask(to, input) else { return 0 };
        TaskMarket::Refused::abi_decode(&data).unwrap().code
    }

    fn task(&self, task: u64) -> TaskMarket::Task {
        self.pair.told(TASKS, &TaskMarket::getTaskCall { task })
    }

    /// A contract declares a task, of which it wants to be told.
    fn declared_by(&mut self, contract: Address, value: u128, callback: TaskMarket::Callback) {
        let declaration = declaration();
        let input = TaskMarket::declareWithCall { declaration, callback }.abi_encode();
        let sent = self.send(SENDER, contract, value, input);
        assert!(self.pair.next(&[sent], &[])[0].is_success);
    }

    /// What the callback may use that is still to be made.
    fn callback(&self, task: u64) -> u64 {
        self.pair.told(TASKS, &TaskMarket::getCallbackCall { task }).gas_
    }

    /// Whose nodes are parties.
    fn parties(&self, task: u64) -> Vec<u8> {
        let account_of = |seat: &TaskMarket::Seat| {
            let node = self.pair.told(TASKS, &TaskMarket::getNodeCall { id: seat.id });
            NODES.into_iter().find(|who| account(*who).0 == node.account.0).unwrap()
        };
        self.task(task).seats.iter().map(account_of).collect()
    }

    fn blocks(&mut self, count: usize) {
        (0..count).for_each(|_| drop(self.pair.next(&[], &[])));
    }
}

fn secret(who: u8) -> SigningKey {
    SigningKey::from_bytes(&[who; 32])
}

fn listing(who: u8) -> DataRegistry::Listing {
    DataRegistry::Listing {
        node: [who; 32].into(),
        name: "customers".to_owned(),
        schema: [1; 32].into(),
        rows: 1_000,
        content: [who; 32].into(),
        price: LAT,
        policy: DataRegistry::Policy {
            anyone: false,
            askers: [account(SENDER), TAKES, REFUSES, BURNS, GREEDY].map(|it| it.0.into()).to_vec(),
            algorithms: 1,
            engines: 0b10,
            leastRows: 100,
            leastGroup: 10,
            named: Vec::new(),
            excluded: Vec::new(),
            ownParty: false,
            expires: 0,
        },
    }
}

fn declaration() -> TaskMarket::Declaration {
    let span = 60_000;
    TaskMarket::Declaration {
        terms: [7; 32].into(),
        datasets: vec![1, 2],
        algorithms: 1,
        engine: 1,
        leastRows: 100,
        leastGroup: 10,
        receivers: vec![account(RECEIVER).0.into()],
        excluded: Vec::new(),
        after_: 0,
        fee: 3 * LAT,
        prices: 2 * LAT,
        spans: TaskMarket::Spans {
            consent: span,
            accept_: span,
            start: span,
            compute: span,
            settle: 3_000,
        },
    }
}

/// Two data sets of the accounts 1 and 2, five compute nodes, and views enough for all to count.
fn begun() -> Chain {
    let mut chain = Chain { pair: Pair::of(with_market()), nonces: [0; 10] };
    let publish = |who| DataRegistry::publishCall { listing: listing(who) }.abi_encode();
    let mut sent: Vec<Recovered> =
        [1, 2].map(|who| chain.send(who, DATA, 0, publish(who))).to_vec();
    for who in NODES {
        let key = secret(who).verifying_key().to_bytes();
        let digest = registration(CHAIN, account(who), &key);
        let asked =
            TaskMarket::registrationCall { account: account(who).0.into(), key: key.into() };
        assert_eq!(chain.pair.told(TASKS, &asked).0, digest.0);
        let signature = secret(who).sign(&digest.0).to_bytes().to_vec().into();
        let asked = TaskMarket::registerCall { key: key.into(), signature, capacity: 2 };
        sent.push(chain.send(who, TASKS, STAKE, asked.abi_encode()));
    }
    let receipts = chain.pair.next(&sent, &[]);
    assert!(receipts.iter().all(|receipt| receipt.is_success));
    assert_eq!(chain.pair.balance(TASKS), 5 * STAKE);
    chain.blocks(8);
    chain
}

fn started(chain: &mut Chain) {
    let input = TaskMarket::declareCall { declaration: declaration() }.abi_encode();
    let sent = chain.send(SENDER, TASKS, 5 * LAT, input);
    let receipts = chain.pair.next(&[sent], &[]);
    assert!(receipts[0].is_success);
    let told = TaskMarket::Declared::decode_log_data(&receipts[0].logs[0].data).unwrap();
    assert_eq!((told.task, told.sender.0.0), (1, account(SENDER).0));
    computing(chain);
}

/// A task that was declared comes to where its parties compute.
fn computing(chain: &mut Chain) {
    chain.all(&[1, 2], &TaskMarket::authoriseCall { task: 1 });
    let task = chain.task(1);
    assert_eq!(task.phase, 2);
    assert_eq!(task.election.view_, chain.pair.told(TASKS, &TaskMarket::getViewsCall {}) + 3);
    while chain.task(1).phase == 2 {
        chain.blocks(1);
    }
    let task = chain.task(1);
    assert_eq!(task.election.drawnAt, chain.pair.block.header().height.0);
    assert_eq!(task.election.word.0, chain.pair.block.header().word().0);
    assert_eq!((task.seats.len(), task.reserves.len()), (3, 2));
    let parties = chain.parties(1);
    chain.all(&parties, &TaskMarket::accept_Call { task: 1 });
    chain.all(&[1, 2], &TaskMarket::confirmCall { task: 1 });
    assert_eq!(chain.task(1).phase, 5);
}

fn posting() -> TaskMarket::Posting {
    TaskMarket::Posting {
        result: [1; 32].into(),
        transcript: [2; 32].into(),
        output: [3; 32].into(),
        pairs: [[4; 32].into(), [5; 32].into()],
    }
}

#[test]
fn a_task_goes_through_blocks_and_all_are_paid() {
    let mut chain = begun();
    started(&mut chain);
    assert_eq!(chain.pair.balance(TASKS), 5 * STAKE + 5 * LAT);
    let parties = chain.parties(1);
    let asked = TaskMarket::postCall { task: 1, posting: posting() };
    let receipts = chain.all(&parties, &asked);
    let told = TaskMarket::Posted::decode_log_data(&receipts[0].logs[0].data).unwrap();
    assert_eq!(told.posting.result, posting().result);
    assert_eq!(receipts[2].logs.len(), 2, "the last one says that they agree");
    let (owner, party) = (chain.pair.balance(account(1)), chain.pair.balance(account(parties[0])));
    chain.blocks(5);
    let task = chain.task(1);
    assert_eq!((task.phase, task.end, task.escrow), (7, 1, 0));
    assert_eq!(chain.pair.balance(TASKS), 5 * STAKE);
    assert_eq!(chain.pair.balance(account(1)), owner + LAT);
    assert_eq!(chain.pair.balance(account(parties[0])), party + LAT);
    let page = chain.pair.told(TASKS, &TaskMarket::getTasksCall { afterId: 0, count: 9 });
    assert_eq!(page.len(), 1);
    let asked =
        DataRegistry::getDatasetsOfCall { owner: account(2).0.into(), afterId: 0, count: 9 };
    let [dataset] = &chain.pair.told(DATA, &asked)[..] else { panic!("account 2 has one") };
    assert_eq!((dataset.id, &dataset.listing.name[..]), (2, "customers"));
    let nodes = chain.pair.told(TASKS, &TaskMarket::getNodesCall { afterId: 0, count: 9 });
    assert_eq!(nodes.iter().filter(|node| node.paid == 1 && node.bound == 0).count(), 3);
}

#[test]
fn a_contract_declares_a_task_and_is_told_once_how_it_ended() {
    let tip = LAT / 100;
    for (at, takes) in [(TAKES, true), (REFUSES, false), (BURNS, false)] {
        let mut chain = begun();
        let callback = TaskMarket::Callback { gas_: GAS, tip };
        chain.declared_by(at, 5 * LAT + tip, callback);
        let task = chain.task(1);
        assert_eq!((task.sender.0.0, chain.callback(1)), (at.0, GAS));
        let deliver = TaskMarket::deliverCall { task: 1 }.abi_encode();
        assert_eq!(chain.refused(RECEIVER, TASKS, 0, deliver.clone()), 313_006, "it goes on");
        computing(&mut chain);
        let parties = chain.parties(1);
        chain.all(&parties, &TaskMarket::postCall { task: 1, posting: posting() });
        chain.blocks(5);
        // It is settled, whatever the contract does then.
        let task = chain.task(1);
        assert_eq!((task.phase, task.end, task.escrow, chain.callback(1)), (7, 1, 0, GAS));
        assert_eq!(chain.pair.balance(TASKS), 5 * STAKE + tip);
        let before = chain.pair.balance(account(RECEIVER));
        let sent = chain.send(RECEIVER, TASKS, 0, deliver.clone());
        let receipts = chain.pair.next(&[sent], &[]);
        assert!(receipts[0].is_success);
        let told = TaskMarket::Delivered::decode_log_data(&receipts[0].logs[0].data).unwrap();
        assert_eq!((told.task, told.by.0.0, told.succeeded), (1, account(RECEIVER).0, takes));
        let most = if at == BURNS { GAS + DELIVERY } else { GAS };
        assert!((GAS / 2..=most).contains(&receipts[0].cumulative_gas.0), "{:?}", receipts[0]);
        let after = chain.pair.balance(account(RECEIVER));
        assert!(after > before && after <= before + tip, "the tip is more than the fee");
        let kept = [0, 1, 2, 3].map(|slot| chain.pair.word(at, slot));
        let want = [word(1), word(1), U256::from_be_bytes([1; 32]), U256::from_be_slice(&TASKS.0)];
        assert_eq!(kept, if takes { want } else { [U256::ZERO; 4] });
        assert_eq!(chain.callback(1), 0);
        assert_eq!(chain.pair.balance(TASKS), 5 * STAKE);
        assert_eq!(chain.refused(RECEIVER, TASKS, 0, deliver), 313_014, "once");
    }
}

#[test]
fn who_brings_too_little_gas_for_a_callback_spends_it_for_nothing() {
    let mut chain = begun();
    chain.declared_by(TAKES, 5 * LAT, TaskMarket::Callback { gas_: 990_000, tip: 0 });
    let input = TaskMarket::cancelCall { task: 1 }.abi_encode();
    let sent = chain.send(SENDER, TAKES, 0, input);
    assert!(chain.pair.next(&[sent], &[])[0].is_success, "the contract takes it back");
    assert_eq!(chain.task(1).end, 2);
    assert_eq!(chain.pair.balance(TAKES), 5 * LAT, "the deposit is the contract's");
    let sent = chain.send(RECEIVER, TASKS, 0, TaskMarket::deliverCall { task: 1 }.abi_encode());
    assert!(!chain.pair.next(&[sent], &[])[0].is_success);
    assert_eq!(chain.callback(1), 990_000, "somebody else may");
}

#[test]
fn a_contract_that_delivers_by_itself_has_its_tip_back_and_none_twice() {
    let tip = LAT / 100;
    for at in [TAKES, GREEDY] {
        let mut chain = begun();
        chain.declared_by(at, 5 * LAT + tip, TaskMarket::Callback { gas_: GAS, tip });
        let input = TaskMarket::cancelCall { task: 1 }.abi_encode();
        let sent = chain.send(SENDER, at, 0, input);
        assert!(chain.pair.next(&[sent], &[])[0].is_success);
        let by = if at == TAKES { at } else { account(RECEIVER) };
        let input = TaskMarket::deliverCall { task: 1 }.abi_encode();
        let sent = chain.send(RECEIVER, if at == TAKES { at } else { TASKS }, 0, input);
        let receipts = chain.pair.next(&[sent], &[]);
        let [log] = &receipts[0].logs[..] else { panic!("{:?}", receipts[0]) };
        let told = TaskMarket::Delivered::decode_log_data(&log.data).unwrap();
        assert_eq!((told.task, told.by.0.0, told.succeeded), (1, by.0, true));
        assert_eq!(chain.pair.balance(TASKS), 5 * STAKE);
        let back = if at == TAKES { tip } else { 0 };
        assert_eq!(chain.pair.balance(at), 5 * LAT + back);
        // The number of the task; or one more than nothing, for it was refused.
        assert_eq!(chain.pair.word(at, 0), word(1));
    }
}

#[test]
fn a_contradiction_that_is_shown_by_a_transaction_is_slashed() {
    let mut chain = begun();
    started(&mut chain);
    let parties = chain.parties(1);
    let said = |hash: u8| {
        let statement = Statement {
            kind: Kind::Result,
            peer: NOBODY,
            round: 0,
            part: 0,
            hash: Hash([hash; 32]),
        };
        let place = Place { chain_id: CHAIN, task: 1, terms: Hash([7; 32]), seat: 2 };
        let signature =
            secret(parties[2]).sign(&statement.digest(&place).0).to_bytes().to_vec().into();
        let (peer, hash) = (NOBODY, [hash; 32].into());
        TaskMarket::Statement { kind: 4, peer, round: 0, part: 0, hash, signature }
    };
    let asked = TaskMarket::reportCall { task: 1, seat: 2, first: said(1), second: said(2) };
    let owner = chain.pair.balance(account(1));
    let receipts = chain.all(&[RECEIVER], &asked);
    let told: Vec<_> = receipts[0]
        .logs
        .iter()
        .filter_map(|log| TaskMarket::Slashed::decode_log_data(&log.data).ok())
        .collect();
    // Its bond, and thirty hundredths of what else it staked.
    let lost = 10 * LAT + 190 * LAT * 30 / 100;
    assert_eq!(told[0].amount, lost);
    assert_eq!(chain.pair.balance(account(1)), owner + lost * 9 / 20);
    assert_eq!(chain.task(1).end, 13);
    assert_eq!(chain.pair.balance(TASKS), 5 * STAKE - lost);
    assert_eq!(chain.refused(RECEIVER, TASKS, 0, asked.abi_encode()), 315_003);
}

#[test]
fn what_is_refused_says_why_and_leaves_nothing_but_its_price() {
    let mut chain = begun();
    let declare = |declaration| TaskMarket::declareCall { declaration }.abi_encode();
    // Too little is sent; nothing is asked for; nobody computes for nothing.
    assert_eq!(chain.refused(SENDER, TASKS, LAT, declare(declaration())), 310_001);
    let none = TaskMarket::Declaration { datasets: Vec::new(), fee: 0, prices: 0, ..declaration() };
    assert_eq!(chain.refused(SENDER, TASKS, 0, declare(none)), 310_005);
    let free = TaskMarket::Declaration { fee: 0, prices: 0, ..declaration() };
    assert_eq!(chain.refused(SENDER, TASKS, 0, declare(free)), 313_016);
    let asked = TaskMarket::authoriseCall { task: 9 }.abi_encode();
    assert_eq!(chain.refused(1, TASKS, 0, asked), 313_005);
    assert_eq!(chain.refused(1, TASKS, 0, vec![1, 2, 3, 4]), 3);
    let asked = DataRegistry::revokeCall { id: 2 }.abi_encode();
    assert_eq!(chain.refused(1, DATA, 0, asked), 311_003);
    let long = DataRegistry::Listing { name: "n".repeat(65), ..listing(1) };
    let asked = DataRegistry::publishCall { listing: long }.abi_encode();
    assert_eq!(chain.refused(1, DATA, 0, asked), 311_001);
    let asked = TaskMarket::withdrawCall {}.abi_encode();
    assert_eq!(chain.refused(RECEIVER, TASKS, 0, asked), 312_004);
}

#[test]
fn chains_without_a_market_have_accounts_like_others_there() {
    let mut pair = Pair::of(genesis(&[&[0]]));
    let asked = TaskMarket::getViewsCall {}.abi_encode();
    assert_eq!(pair.ask(TASKS, asked.clone()), Ok(Vec::new()));
    let receipts = pair.next(&[call(1, 0, TASKS, 5, asked)], &[]);
    assert!(receipts[0].is_success && receipts[0].logs.is_empty());
    assert_eq!(pair.balance(TASKS), 5);
    // A market is beside stakes, or without them.
    let both = Pair::of(found_market(staked(7), &rules()));
    assert_eq!(both.told(TASKS, &TaskMarket::getRulesCall {}).bond, 10 * LAT);
    assert_eq!(Millis(both.told(TASKS, &TaskMarket::getRulesCall {}).answer), rules().answer);
}
