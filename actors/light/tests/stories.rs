//! Light clients in a simulated world, among honest nodes and liars.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

#[path = "../../blocks/tests/common/mod.rs"]
mod common;

use alloy_primitives::U256;
use bytes::Bytes;
use common::{PAYEE, Town, head, submit, until};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use troupe_chain::Genesis;
use troupe_chain::Header;
use troupe_chain::block::{MAX_HEADER, Roster};
use troupe_chain::genesis::Allocation;
use troupe_chain::light::{
    AskAccount, AskElection, AskHeader, AskHeaders, Election, Headed, Headers, LIGHT,
};
use troupe_chain::message::{Follow, Position, SYNC};
use troupe_chain::state::{Account, Code, ReadError, Slot, StateView};
use troupe_chain::transaction::Rules;
use troupe_crypto::Keyed;
use troupe_gateway::Placing;
use troupe_light::{About, Checkpoint, Client, start};
use troupe_rpc::{At, Backend, Chain};
use troupe_runtime::sim::{Adversary, Scenario, World, node_id};
use troupe_runtime::{Actor, Spec};
use troupe_types::{Address, Gas, Hash, Height, Millis, UnixMillis};
use troupe_vm::{CallRequest, Env};
use troupe_wire::{Blob, CallError, List, Wire, codec};

const FOUR: [usize; 4] = [0, 1, 2, 3];
const DAY: Millis = Millis::secs(86_400);

type Watched = Arc<Client<Keyed>>;

/// A chain that begins when the world does.
fn chain(terms: &[(u64, &[usize])]) -> Genesis {
    Genesis { time: UnixMillis(1_767_225_600_000), ..common::genesis(terms) }
}

struct Alone;

impl Placing for Alone {
    fn place<A: Actor>(&self, spec: Spec<A>) -> Spec<A> {
        spec
    }
}

/// What a light client is told, and what became of each of its starts.
#[derive(Clone)]
struct Watcher {
    genesis: Genesis,
    checkpoint: Rc<RefCell<Option<Checkpoint>>>,
    period: Millis,
    started: Rc<RefCell<Vec<Result<Watched, String>>>>,
}

impl Watcher {
    fn new(town: &Town) -> Self {
        Self {
            genesis: town.genesis.clone(),
            checkpoint: Rc::default(),
            period: DAY,
            started: Rc::default(),
        }
    }

    /// One more node, which follows the others and keeps no chain.
    fn join(&self, scenario: Scenario, number: usize) -> Scenario {
        let watcher = self.clone();
        scenario.nodes(1).run_actors(move |stage| {
            let about = About {
                rules: Rules::of(&watcher.genesis),
                base_fee_floor: watcher.genesis.base_fee_floor,
                election_distance: watcher.genesis.election_distance,
                checkpoint: *watcher.checkpoint.borrow(),
                trusting_period: watcher.period,
                me: node_id(number),
            };
            let made = Client::new(stage.node(), &watcher.genesis, about).map(Arc::new);
            let mut started = watcher.started.borrow_mut();
            match made {
                Ok(client) => {
                    start(stage.node(), &client, Arc::new(|_| {}), &Alone);
                    started.push(Ok(client));
                    Ok(())
                }
                Err(why) => {
                    started.push(Err(why.to_string()));
                    Ok(())
                }
            }
        })
    }

    /// The client as it was started last.
    fn client(&self) -> Watched {
        self.started.borrow().last().unwrap().clone().unwrap()
    }

    fn backend(&self) -> Arc<dyn Backend> {
        let chain = Chain { chain_id: 1, base_fee_floor: 10, client: "test".to_owned() };
        self.client().backend(chain)
    }

    fn height(&self) -> u64 {
        self.backend().committed().borrow().0
    }
}

fn header(world: &mut World, at: usize, backend: Arc<dyn Backend>, height: u64) -> Option<Hash> {
    let asked = world.call(at, Millis::secs(60), move |_| async move {
        backend.header(At::Height(Height(height))).await
    });
    asked.unwrap().unwrap().map(|found| found.hash)
}

/// The hash of a final block, as a validator knows it.
fn truth(world: &mut World, height: u64) -> Hash {
    let asked = world.call(0, Millis::secs(5), move |node| async move {
        node.link::<troupe_blocks::StoredAt>("storage")
            .ask(troupe_blocks::StoredAt(Height(height)))
            .await
    });
    asked.unwrap().unwrap().unwrap().block.hash()
}

/// How a node lies to light clients.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Lie {
    /// Headers of another state.
    WrongHeader,
    /// Certificates that nobody signed.
    WrongProof,
    /// Validators who were not elected.
    WrongRoster,
    /// Accounts that it keeps back.
    NoAccount,
    /// Proofs of accounts with words that they do not have.
    WrongAccount,
    /// A row of headers with one that does not belong there.
    WrongRow,
    /// It claims heights that it does not show.
    TooHigh,
    /// It has nothing.
    Empty,
    /// It never answers.
    Silent,
    /// It answers with noise.
    Noise,
}

struct BadServer(Lie);

fn spoilt(header: &Blob<MAX_HEADER>) -> Blob<MAX_HEADER> {
    let header = Header { state_root: Hash([0xbd; 32]), ..Header::decode(header).unwrap() };
    let mut bytes = Vec::new();
    header.encode(&mut bytes);
    Blob::new(bytes).unwrap()
}

impl BadServer {
    fn headed(&self, headed: Headed) -> Headed {
        match self.0 {
            Lie::WrongHeader => Headed { header: spoilt(&headed.header), ..headed },
            Lie::WrongProof => {
                let mut proof = headed.proof.to_vec();
                // The last byte of a proof is one of a signature.
                *proof.last_mut().unwrap() ^= 1;
                Headed { proof: Blob::new(proof).unwrap(), ..headed }
            }
            _ => headed,
        }
    }

    fn election(&self, election: Election) -> Election {
        let headed = self.headed(election.headed);
        if self.0 != Lie::WrongRoster {
            return Election { headed, ..election };
        }
        let mut next = Roster::decode(&election.next).unwrap();
        next.validators.swap(0, 1);
        Election { headed, next: Blob::new(next.encode()).unwrap(), ..election }
    }
}

/// Rewrites an answer of a type.
fn rewrite<M: Wire>(bytes: &[u8], change: impl FnOnce(M::Reply) -> M::Reply) -> Bytes
where
    M::Reply: bincode::Encode + bincode::Decode<()>,
{
    let reply = codec::decode::<M::Reply>(bytes, M::REPLY_LIMIT).unwrap();
    codec::encode(&change(reply), M::REPLY_LIMIT).unwrap().into()
}

impl Adversary for BadServer {
    fn answers(
        &mut self,
        service: &'static str,
        tag: u16,
        answer: Result<Bytes, CallError>,
    ) -> Option<Result<Bytes, CallError>> {
        let Ok(bytes) = answer else { return Some(answer) };
        if service == SYNC && tag == Follow::TAG && self.0 == Lie::TooHigh {
            let higher = |it: Position| Position { height: Height(it.height.0 + 900), ..it };
            return Some(Ok(rewrite::<Follow>(&bytes, higher)));
        }
        if service != LIGHT {
            return Some(Ok(bytes));
        }
        let bytes = match (self.0, tag) {
            (Lie::Silent, _) => return None,
            (Lie::Noise, _) => vec![0x5a; bytes.len().min(900)].into(),
            // An option without a value.
            (Lie::Empty, _) => vec![0].into(),
            (_, AskHeader::TAG) => rewrite::<AskHeader>(&bytes, |it| it.map(|it| self.headed(it))),
            (_, AskElection::TAG) => {
                rewrite::<AskElection>(&bytes, |it| it.map(|it| self.election(it)))
            }
            (Lie::WrongRow, AskHeaders::TAG) => rewrite::<AskHeaders>(&bytes, |it| {
                it.map(|row: Headers| {
                    let mut row = row.to_vec();
                    let last = row.len() - 1;
                    row[last] = spoilt(&row[last]);
                    List::new(row).unwrap()
                })
            }),
            (Lie::NoAccount, AskAccount::TAG) => vec![0].into(),
            (Lie::WrongAccount, AskAccount::TAG) => {
                let mut bytes = bytes.to_vec();
                // Of the value of the last word, which has no nodes.
                let at = bytes.len() - 2;
                bytes[at] ^= 1;
                bytes.into()
            }
            _ => bytes,
        };
        Some(Ok(bytes))
    }
}

#[test]
fn it_follows_over_epochs_whose_validators_change() {
    let terms: &[(u64, &[usize])] = &[(0, &[0, 1, 2, 3]), (3, &[2, 3, 4, 5]), (5, &[4, 5, 6, 7])];
    let town = Town::new(chain(terms), 8);
    let watcher = Watcher::new(&town);
    let mut world = watcher.join(town.scenario(60, 8, 0), 8).open();
    world.run_for(Millis::secs(90));
    let wanted = head(&mut world, 5).unwrap().height.0;
    assert!(wanted > 240, "{wanted} is in the sixth epoch");
    let came = watcher.height();
    assert!(came + 8 >= wanted, "{came} of {wanted}");
    // Headers of all epochs, also of those whose validators left long ago.
    let backend = watcher.backend();
    for height in [1, 33, 77, 130, 201, wanted - 20] {
        let got = header(&mut world, 8, Arc::clone(&backend), height);
        assert_eq!(got, Some(truth(&mut world, height)), "{height}");
    }
    assert_eq!(header(&mut world, 8, backend, wanted + 900), None);
    assert!(world.stops().is_empty(), "{:?}", world.stops());
}

#[test]
fn it_gets_from_the_genesis_through_the_elections_of_twenty_rounds() {
    let count = 7;
    let town = Town::new(common::staked_genesis(chain(&[(0, &[0])]), count), count);
    let watcher = Watcher::new(&town);
    let rounds = 20;
    let mut world = watcher
        .join(town.scenario(61, count, 0), count)
        // It is there at once, and comes back when all but the last rounds are known to disks alone.
        .at(Millis(10))
        .crash(count)
        .restart_after(Millis::secs(rounds * 4))
        .open();
    world.run_for(Millis::secs(rounds * 4));
    let wanted = head(&mut world, 0).unwrap().height.0;
    assert!(wanted > rounds * common::staked::ROUND, "{wanted}");
    world.run_for(Millis::secs(5));
    let (came, asked) = (watcher.height(), watcher.client().questions());
    assert!(came >= wanted, "{came} of {wanted}");
    assert!(asked < 100, "{asked} questions");
    let backend = watcher.backend();
    for height in [1, 50, 133, wanted - 20] {
        let got = header(&mut world, count, Arc::clone(&backend), height);
        assert_eq!(got, Some(truth(&mut world, height)), "{height}");
    }
    assert!(watcher.client().liars().is_empty());
    assert!(world.stops().is_empty(), "{:?}", world.stops());
}

#[test]
fn servers_that_lie_are_named_and_left_and_nothing_of_theirs_is_believed() {
    let lies = [
        Lie::WrongHeader,
        Lie::WrongProof,
        Lie::WrongRoster,
        Lie::WrongRow,
        Lie::TooHigh,
        Lie::Empty,
        Lie::Silent,
        Lie::Noise,
    ];
    for (seed, lie) in (70..).zip(lies) {
        let town = Town::new(chain(&[(0, &FOUR)]), 4);
        let watcher = Watcher::new(&town);
        let scenario = watcher.join(town.scenario(seed, 4, 0), 4);
        let mut world = scenario
            .byzantine(0, BadServer(lie))
            .byzantine(1, BadServer(lie))
            .byzantine(2, BadServer(lie))
            .open();
        world.run_for(Millis::secs(60));
        let wanted = head(&mut world, 3).unwrap().height.0;
        assert!(wanted > 150, "{wanted}");
        until(&mut world, Millis::secs(40), "at the head", |_| watcher.height() + 2 >= wanted);
        let top = watcher.height();
        for height in (1..=top).rev().step_by(37) {
            let got = header(&mut world, 4, watcher.backend(), height);
            assert_eq!(got, Some(truth(&mut world, height)), "{lie:?} at {height}");
        }
        let liars = watcher.client().liars();
        assert!(!liars.contains(&node_id(3)), "{lie:?}: the honest one is not blamed");
        if matches!(lie, Lie::WrongHeader | Lie::WrongProof | Lie::WrongRoster | Lie::WrongRow) {
            assert!(!liars.is_empty(), "{lie:?} was found out");
        }
        // An honest one asks a few times a block, whatever others do.
        let asked = watcher.client().questions();
        assert!(asked < 20 * wanted, "{lie:?}: {asked} questions for {wanted} blocks");
        assert!(world.stops().is_empty(), "{lie:?}: {:?}", world.stops());
    }
}

#[test]
fn an_account_that_is_kept_back_or_falsely_proven_is_had_from_somebody_else() {
    for (seed, lie) in [(80, Lie::NoAccount), (86, Lie::WrongAccount)] {
        let town = Town::new(chain(&[(0, &FOUR)]), 4);
        let watcher = Watcher::new(&town);
        let mut scenario = watcher.join(town.scenario(seed, 4, 0), 4);
        for at in 0..3 {
            scenario = scenario.byzantine(at, BadServer(lie));
        }
        let mut world = scenario.open();
        world.run_for(Millis::secs(5));
        submit(&mut world, FOUR, 1, 0);
        world.run_for(Millis::secs(3));
        let backend = watcher.backend();
        for _ in 0..6 {
            let (asked, height) = (Arc::clone(&backend), Height(watcher.height()));
            let proof = world.call(4, Millis::secs(60), move |_| async move {
                asked.prove(height, PAYEE, vec![Hash([1; 32])]).await
            });
            let proof = proof.unwrap().unwrap().expect("one of them is honest");
            assert_eq!(proof.account.unwrap().balance.to::<u64>(), 1);
            world.run_for(Millis(500));
        }
        let liars = watcher.client().liars();
        assert!(!liars.contains(&node_id(3)), "{lie:?}");
        assert_eq!(liars.is_empty(), lie == Lie::NoAccount, "{lie:?}: {liars:?}");
    }
}

#[test]
fn who_claims_more_than_it_shows_is_asked_less_and_less() {
    let town = Town::new(chain(&[(0, &FOUR)]), 4);
    let watcher = Watcher::new(&town);
    let mut scenario = watcher.join(town.scenario(81, 4, 0), 4);
    for at in FOUR {
        scenario = scenario.byzantine(at, BadServer(Lie::TooHigh));
    }
    // The chain stands still, and all say that it is higher.
    for at in 1..4 {
        scenario = scenario.at(Millis::secs(10)).pause(at).resume_after(Millis::secs(300));
    }
    let mut world = scenario.open();
    world.run_for(Millis::secs(20));
    let before = watcher.client().questions();
    world.run_for(Millis::secs(100));
    let asked = watcher.client().questions() - before;
    assert!(asked < 200, "{asked} questions in 100 s");
}

#[test]
fn what_it_knew_outlives_it_and_a_damaged_file_is_not_believed() {
    for is_damaged in [false, true] {
        let town = Town::new(chain(&[(0, &FOUR)]), 4);
        let watcher = Watcher::new(&town);
        let scenario = watcher.join(town.scenario(82, 4, 0), 4);
        let mut world =
            scenario.at(Millis::secs(60)).crash(4).restart_after(Millis::secs(20)).open();
        world.run_for(Millis::secs(60));
        let known = watcher.height();
        assert!(known > 100, "{known}");
        world.run_for(Millis::secs(10));
        let disk = world.disk(4).mount();
        assert!(!disk.read("light").unwrap().is_empty());
        if is_damaged {
            disk.append("light", &[7]).unwrap();
        }
        world.run_for(Millis(10_100));
        assert_eq!(watcher.started.borrow().len(), 2);
        let questions = watcher.client().questions();
        let from = watcher.height();
        match is_damaged {
            true => assert!(questions > 0 || from == 0, "it begins anew"),
            // What is kept is ten seconds old at most.
            false => assert!(from + 60 >= known, "{from} of {known}"),
        }
        let wanted = head(&mut world, 0).unwrap().height.0;
        until(&mut world, Millis::secs(20), "at the head", |_| watcher.height() + 2 >= wanted);
    }
}

#[test]
fn a_checkpoint_of_any_block_is_enough_to_begin_with_and_a_wrong_one_is_not() {
    for (seed, is_true) in [(83, true), (84, false)] {
        let terms: &[(u64, &[usize])] = &[(0, &[0, 1, 2, 3]), (3, &[2, 3, 4, 5])];
        let town = Town::new(chain(terms), 6);
        let watcher = Watcher::new(&town);
        let scenario = watcher.join(town.scenario(seed, 6, 0), 6);
        let mut world = scenario.at(Millis(1)).crash(6).restart_after(Millis::secs(60)).open();
        world.run_for(Millis::secs(50));
        let hash = if is_true { truth(&mut world, 100) } else { Hash([0xee; 32]) };
        *watcher.checkpoint.borrow_mut() = Some(Checkpoint { height: Height(100), hash });
        world.run_for(Millis::secs(30));
        let wanted = head(&mut world, 5).unwrap().height.0;
        if !is_true {
            assert_eq!(watcher.height(), 0, "nothing is followed");
            continue;
        }
        assert!(watcher.height() + 8 >= wanted, "{} of {wanted}", watcher.height());
        for height in [2, 99, 101, wanted - 4] {
            let got = header(&mut world, 6, watcher.backend(), height);
            assert_eq!(got, Some(truth(&mut world, height)), "{height}");
        }
    }
}

#[test]
fn whoever_was_away_for_too_long_is_refused_until_a_later_block_is_named() {
    let town = Town::new(chain(&[(0, &FOUR)]), 4);
    let mut watcher = Watcher::new(&town);
    watcher.period = Millis::secs(40);
    let scenario = watcher.join(town.scenario(85, 4, 0), 4);
    let mut world = scenario
        .at(Millis::secs(10))
        .crash(4)
        .restart_after(Millis::secs(70))
        .at(Millis::secs(90))
        .crash(4)
        .restart_after(Millis::secs(1))
        .open();
    world.run_for(Millis::secs(85));
    let started = watcher.started.borrow().clone();
    let why = started[1].as_ref().unwrap_err();
    assert!(why.contains("trusting_period is 40s") && why.contains("checkpoint"), "{why}");
    let height = head(&mut world, 0).unwrap().height.0 - 5;
    let hash = truth(&mut world, height);
    *watcher.checkpoint.borrow_mut() = Some(Checkpoint { height: Height(height), hash });
    world.run_for(Millis::secs(40));
    let wanted = head(&mut world, 0).unwrap().height.0;
    assert!(watcher.height() + 8 >= wanted, "{} of {wanted}", watcher.height());
}

/// A state that notes what is read of it: each would be a question of its own.
struct Noted {
    view: Arc<dyn StateView + Send + Sync>,
    reads: Arc<Mutex<BTreeSet<Vec<u8>>>>,
}

impl Noted {
    fn note(&self, parts: &[&[u8]]) {
        self.reads.lock().unwrap().insert(parts.concat());
    }
}

impl StateView for Noted {
    fn account(&self, address: &Address) -> Result<Option<Account>, ReadError> {
        self.note(&[b"a", &address.0]);
        self.view.account(address)
    }

    fn storage(&self, address: &Address, slot: &Slot) -> Result<U256, ReadError> {
        self.note(&[b"s", &address.0, &slot.0]);
        self.view.storage(address, slot)
    }

    fn next_word(
        &self,
        address: &Address,
        after: Option<&Slot>,
    ) -> Result<Option<(Slot, U256)>, ReadError> {
        self.view.next_word(address, after)
    }

    fn code(&self, hash: &Hash) -> Result<Code, ReadError> {
        self.note(&[b"c", &hash.0]);
        self.view.code(hash)
    }
}

/// A token: takes the second word of the input from its caller and gives it to the first.
const TOKEN: &str = "602035803354033355600035805482019055600052602060 00a000";
/// Reads a hundred words.
const READER: &str = "60645b60019003805450806002 5700";

fn code(text: &str) -> Code {
    let digits: Vec<u8> = text.bytes().filter(|digit| *digit != b' ').collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    Code::from(digits.chunks(2).map(byte).collect::<Vec<u8>>())
}

#[test]
#[expect(clippy::disallowed_macros, reason = "its figures are wanted elsewhere")]
fn a_call_has_all_that_it_reads_after_a_few_questions() {
    let (token, reader) = (Address([0x70; 20]), Address([0x71; 20]));
    let words = |count: u8| {
        let word = |at: u8| (Hash(U256::from(at).to_be_bytes()), U256::from(7));
        (0..count).map(word).collect::<BTreeMap<_, _>>()
    };
    let mut told = chain(&[(0, &FOUR)]);
    let mut sender = [0; 32];
    sender[12..].copy_from_slice(&[1; 20]);
    let balances = BTreeMap::from([(Hash(sender), U256::from(1_000))]);
    let made = |code, storage| Allocation { code, storage, ..Allocation::default() };
    told.alloc.insert(token, made(code(TOKEN), balances));
    told.alloc.insert(reader, made(code(READER), words(100)));
    let town = Town::new(told, 4);
    let watcher = Watcher::new(&town);
    let mut world = watcher.join(town.scenario(87, 4, 0), 4).open();
    world.run_for(Millis::secs(5));
    let mut input = [0; 64];
    (input[31], input[63]) = (9, 5);
    for (to, input, least, most) in [(token, &input[..], 5, 4), (reader, &[][..], 103, 9)] {
        let request = CallRequest {
            from: Address([1; 20]),
            to: Some(to),
            input: input.to_vec().into(),
            gas: Gas(1_000_000),
            ..CallRequest::default()
        };
        let (backend, height) = (watcher.backend(), Height(watcher.height()));
        let client = watcher.client();
        let asked = world.call(4, Millis::secs(30), move |_| async move {
            let found = backend.header(At::Height(height)).await.unwrap().unwrap();
            let snapshot = backend.state(height).await.unwrap().unwrap();
            let before = client.questions();
            snapshot.ahead.as_ref().unwrap().look_ahead(&request).await;
            let questions = client.questions() - before;
            let env = Env::of(&found.header, 1, Arc::new(()), &snapshot.vm);
            let reads = Arc::<Mutex<BTreeSet<Vec<u8>>>>::default();
            let noted = Noted { view: snapshot.view, reads: Arc::clone(&reads) };
            let outcome = troupe_vm::call(noted, env, &request).unwrap().unwrap();
            assert!(outcome.result.is_ok(), "{:?}", outcome.result);
            (questions, reads.lock().unwrap().len())
        });
        let (questions, reads) = asked.unwrap();
        println!("{reads} things are read, {questions} questions were asked");
        assert!(reads >= least, "{reads} things are read");
        // Following the chain goes on beside it.
        assert!(questions <= most + 3, "{questions} questions instead of {reads}");
    }
    assert!(world.stops().is_empty(), "{:?}", world.stops());
}
