//! Four validators of real actors in one deterministic world: network, disks, pools and time are simulated.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

use alloy_primitives::{TxKind, U256};
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_blocks::{Chain, Head, Headed, Member, Placing, Submit};
use troupe_chain::Genesis;
use troupe_chain::genesis::{Allocation, Term};
use troupe_chain::pool::Limits;
use troupe_chain::state::StateView;
use troupe_chain::transaction::{Transaction, TxEip1559, Unsigned};
use troupe_consensus::public_bytes;
use troupe_crypto::ecdsa::SecretKey;
use troupe_crypto::{Keyed, Scheme};
use troupe_runtime::sim::{Scenario, Stage, Weather, World, node_id};
use troupe_runtime::{Actor, Error, Group, Node, Rule, Spec};
use troupe_storage::Boot;
use troupe_storage::index::MemoryShelf;
use troupe_types::{Address, Epoch, Gas, Hash, Millis, UnixMillis};
use troupe_vault::{Opening, Vault};
use troupe_wire::{Seed, Sequential};

const PAYEE: Address = Address([9; 20]);

fn secret(who: u8) -> SecretKey {
    SecretKey::from_bytes(&[who; 32]).unwrap()
}

fn validator_secret(at: usize) -> <Keyed as Scheme>::SecretKey {
    Keyed::generate(&mut Seed::from_number(at as u64).stream("validator"))
}

fn genesis(count: usize) -> Genesis {
    let validator = |at: usize| troupe_chain::genesis::Validator {
        node: node_id(at),
        key: public_bytes::<Keyed>(&Keyed::public_key(&validator_secret(at))).unwrap().0.to_vec(),
        address: Address([0xc0 + u8::try_from(at).unwrap(); 20]),
    };
    let rich = Allocation { balance: U256::from(10).pow(U256::from(24)), ..Allocation::default() };
    let account = |who| Address(secret(who).public_key().address());
    Genesis {
        chain_id: 1,
        time: UnixMillis(946_684_800_000),
        gas_limit: Gas(30_000_000),
        base_fee: 10,
        base_fee_floor: 10,
        blocks_per_view: 10,
        election_distance: 13,
        terms: vec![Term { from: Epoch(0), validators: (0..count).map(validator).collect() }],
        alloc: (1..=9).map(|who| (account(who), rich.clone())).collect(),
    }
}

struct Together(Group);

impl Placing for Together {
    fn place<A: Actor>(&self, spec: Spec<A>) -> Spec<A> {
        spec.group(&self.0)
    }
}

fn start(stage: &Stage<'_>, shelf: MemoryShelf, count: usize) -> Result<(), Error> {
    let disk = stage.node().disk().cloned().unwrap();
    let opening = Opening {
        disk,
        shelf: Box::new(shelf),
        boot: Boot([1; 16]),
        salt: 7,
        genesis: genesis(count),
    };
    let at = stage.number();
    let start = || -> Result<(), troupe_blocks::Error> {
        let (vault, _) = Vault::open(opening, &Sequential, &mut |_| {})?;
        let member = Member::new(node_id(at), Some(Arc::new(validator_secret(at))));
        let chain = Chain::<Keyed>::open(stage.node(), vault, member, &mut |_| {})?;
        let together = Together(Group::new("chain", Rule::All));
        chain.storage(&together);
        chain.mempool(Limits::default(), &together)?;
        chain.executor(&together);
        chain.consensus(&together)
    };
    start().map_err(|error| Error::Thread(error.to_string()))
}

fn scenario(seed: u64, count: usize) -> Scenario {
    let shelves: Arc<Vec<MemoryShelf>> =
        Arc::new((0..count).map(|_| MemoryShelf::default()).collect());
    Scenario::seed(seed)
        .nodes(count)
        .run_actors(move |stage| start(stage, shelves[stage.number()].clone(), count))
        .supervised(Millis(500))
}

fn transfer(who: u8, nonce: u64) -> Vec<u8> {
    let fields = TxEip1559 {
        chain_id: 1,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 1_000,
        max_priority_fee_per_gas: 3,
        to: TxKind::Call(PAYEE.0.into()),
        value: U256::from(1),
        ..TxEip1559::default()
    };
    let signed = Transaction::sign(Unsigned::DynamicFee(fields), &secret(who)).unwrap();
    let mut bytes = Vec::new();
    signed.encode(&mut bytes);
    bytes
}

/// Every node hears of a transaction.
fn submit(world: &mut World, count: usize, who: u8, nonce: u64) {
    for at in 0..count {
        let envelope = transfer(who, nonce);
        let submitted = world.call(at, Millis::secs(5), |node: Node| async move {
            node.link::<Submit>("mempool").ask(Submit(envelope)).await
        });
        // A node that is down hears of it from nobody here.
        let _ = submitted;
    }
}

fn head(world: &mut World, at: usize) -> Option<Headed> {
    let asked = world.call(at, Millis::secs(5), |node: Node| async move {
        node.link::<Head>("executor").ask(Head).await
    });
    asked.and_then(Result::ok)
}

fn received(headed: &Headed) -> u64 {
    let account = headed.state.account(&PAYEE).unwrap().unwrap_or_default();
    account.balance.try_into().unwrap()
}

/// Runs until every node has as much; how long it took.
fn until(world: &mut World, count: usize, most: Millis, wanted: u64) -> Millis {
    let began = world.now();
    while world.now().since(began) < most {
        let heads: Vec<Option<Headed>> = (0..count).map(|at| head(world, at)).collect();
        if heads.iter().flatten().filter(|head| received(head) >= wanted).count() == count {
            return world.now().since(began);
        }
        world.run_for(Millis(100));
    }
    let heads: Vec<_> =
        (0..count).map(|at| head(world, at).map(|head| (head.height, received(&head)))).collect();
    panic!("after {most}, seed {}: {heads:?}, stops {:?}", world.seed(), world.stops());
}

#[test]
fn four_validators_make_a_transfer_final_on_every_disk() {
    let mut world = scenario(1, 4).open();
    world.run_for(Millis(3_000));
    submit(&mut world, 4, 1, 0);
    let took = until(&mut world, 4, Millis::secs(20), 1);
    assert!(took <= Millis(3_000), "{took}");
    let heads: Vec<Headed> = (0..4).map(|at| head(&mut world, at).unwrap()).collect();
    assert!(heads.iter().all(|head| head.height.0 >= 2), "blocks go on");
    assert!(world.stops().is_empty(), "{:?}", world.stops());
}

#[test]
fn whoever_crashes_comes_back_with_all_that_was_final_and_goes_on() {
    for seed in 0..6 {
        let mut world = scenario(100 + seed, 4)
            .at(Millis(6_000))
            .crash(usize::try_from(seed % 4).unwrap())
            .restart_after(Millis(1_000))
            .open();
        world.run_for(Millis(3_000));
        submit(&mut world, 4, 1, 0);
        until(&mut world, 4, Millis::secs(20), 1);
        world.run_for(Millis(9_000));
        submit(&mut world, 4, 2, 0);
        until(&mut world, 4, Millis::secs(60), 2);
    }
}

#[test]
fn when_all_lose_power_at_once_again_and_again_nothing_final_is_lost_and_no_fork_happens() {
    lose_power(0..8);
}

#[test]
#[ignore = "a minute: cargo test --release -p troupe-blocks --test simulated -- --ignored thousand"]
fn a_thousand_stories_of_lost_power_slow() {
    lose_power(1_000..2_000);
}

fn lose_power(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let mut scenario = scenario(200 + seed, 4);
        for round in 0..5 {
            scenario = scenario.at(Millis(4_000 + 7_000 * round + 37 * (seed % 97)));
            for at in 0..4 {
                scenario = scenario.crash(at).restart_after(Millis(700 + 100 * at as u64));
            }
        }
        let mut world = scenario.open();
        let mut highest = [0; 4];
        let mut known: BTreeMap<u64, Hash> = BTreeMap::new();
        for nonce in 0..10 {
            submit(&mut world, 4, 1, nonce);
            for _ in 0..8 {
                world.run_for(Millis(500));
                for (at, highest) in highest.iter_mut().enumerate() {
                    let Some(head) = head(&mut world, at) else { continue };
                    assert!(head.height.0 >= *highest, "seed {seed}: node {at} forgot a block");
                    *highest = head.height.0;
                    let same = known.entry(head.height.0).or_insert(head.hash);
                    assert_eq!(*same, head.hash, "seed {seed}: a fork at {}", head.height);
                }
            }
        }
        // What was in a pool is gone with it; what is sent now becomes final.
        world.run_for(Millis::secs(10));
        let done = (0..4).filter_map(|at| head(&mut world, at)).map(|head| received(&head)).max();
        let done = done.unwrap();
        assert!(done > 0, "seed {seed}: transfers between the crashes");
        for nonce in done..done + 3 {
            submit(&mut world, 4, 1, nonce);
        }
        until(&mut world, 4, Millis::secs(60), done + 3);
    }
}

#[test]
fn a_lossy_network_and_a_dead_validator_slow_it_down_and_no_more() {
    for seed in 0..4 {
        let weather = Weather { lost: 50, vanish: 20, twice: 10, ..Weather::default() };
        let mut world =
            scenario(300 + seed, 4).weather(weather).at(Millis(2_000)).stop(3, Millis(500)).open();
        world.run_for(Millis(4_000));
        for nonce in 0..5 {
            submit(&mut world, 3, 1, nonce);
        }
        until(&mut world, 3, Millis::secs(120), 5);
    }
}

#[test]
fn a_node_that_restarts_in_a_later_epoch_knows_its_validators() {
    // Forty blocks to an epoch, one a second.
    let mut world =
        scenario(400, 4).at(Millis::secs(60)).crash(2).restart_after(Millis(900)).open();
    world.run_for(Millis::secs(75));
    submit(&mut world, 4, 1, 0);
    until(&mut world, 4, Millis::secs(30), 1);
    assert!((0..4).all(|at| head(&mut world, at).unwrap().height.0 > 45), "in the second epoch");
}

#[test]
fn the_same_seed_gives_the_same_events() {
    let run = |seed| {
        let mut world = scenario(seed, 4).open();
        world.run_for(Millis(2_000));
        submit(&mut world, 4, 1, 0);
        world.run_for(Millis(4_000));
        world.hash()
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}
