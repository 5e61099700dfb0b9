//! Contracts of both machines in one world.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

#[path = "../common/mod.rs"]
mod common;
mod follow;
mod world;

use alloy_primitives::U256;
use common::{Wish, account, deploy};
use proptest::prelude::*;
use troupe_chain::state::StateView;
use troupe_chain::transaction::intrinsic_gas_of;
use troupe_types::{Address, Gas};
use troupe_vm::{End, Entry, Failure, Observer};
use world::{BORROWER, HOP, MAKER, World, address, code, evm_hop, module, number};

/// Two contracts of each machine: Ethereum's, modules.
fn hops(world: &mut World) -> ([Address; 2], [Address; 2]) {
    let evm = [0, 1].map(|_| world.made(&deploy(&evm_hop())));
    let wasm = [0, 1].map(|_| world.made(&module(HOP)));
    (evm, wasm)
}

fn route(stops: &[Address], last: &[u8]) -> Vec<u8> {
    let mut input: Vec<u8> = stops.iter().flat_map(|stop| stop.0).collect();
    input.extend(last);
    input
}

#[test]
fn contracts_of_both_machines_call_each_other_and_come_back() {
    let mut world = World::new();
    let ([e, _], [w, _]) = hops(&mut world);
    let outcome = world.call(e, &route(&[w, e, w, e], &[]));
    assert_eq!(number(&outcome.result.unwrap()), U256::from(1));
    assert_eq!((world.word(e), world.word(w)), (3, 2));
    let told: Vec<_> = outcome
        .logs
        .iter()
        .map(|log| (log.address.into_array(), number(&log.data.data).to::<u64>()))
        .collect();
    assert_eq!(told, [(e.0, 1), (w.0, 1), (e.0, 2), (w.0, 2), (e.0, 3)], "in order");
}

#[test]
fn a_panic_in_rust_reverts_as_in_solidity() {
    let mut world = World::new();
    let counter = include_bytes!("../../../../examples/contracts/counter/counter.wasm");
    let most = world.made(&[counter.as_slice(), &[0xff; 32]].concat());
    // increase()
    let outcome = world.call(most, &code("e8927fbc"));
    let Err(Failure::Reverted(data)) = outcome.result else { panic!("{:?}", outcome.result) };
    assert_eq!(data.as_ref(), code(&format!("4e487b71{:064x}", 0x11)), "Panic(uint256): overflow");
    assert!(outcome.gas_used.0 < 100_000, "the rest is given back: {:?}", outcome.gas_used);
}

#[test]
fn what_reverts_in_the_middle_is_taken_back_and_nothing_else() {
    let mut world = World::new();
    let ([e, f], [w, x]) = hops(&mut world);
    for (to, stops) in [(e, [w, f]), (w, [e, x]), (e, [f, x]), (w, [x, f])] {
        let before = [e, f, w, x].map(|hop| world.word(hop));
        let outcome = world.call(to, &route(&stops, &[0xff]));
        // The outermost succeeded, what it called did, and the last one did not.
        assert_eq!(number(&outcome.result.unwrap()), U256::from(1));
        let after = [e, f, w, x].map(|hop| world.word(hop));
        for ((hop, before), after) in [e, f, w, x].iter().zip(before).zip(after) {
            let counts = *hop == to || *hop == stops[0];
            assert_eq!(after - before, u64::from(counts), "{hop}");
        }
        assert_eq!(outcome.logs.len(), 2);
    }
}

#[test]
fn nothing_is_changed_in_a_static_call_by_either_machine() {
    let mut world = World::new();
    let ([e, _], [w, _]) = hops(&mut world);
    // STATICCALL(gas, the address, 0, 0, 0, 0); returns the status.
    let asker = world.made(&deploy(&code("5f5f5f5f 5f35 6060 1c 5a fa 5f52 6020 5f f3")));
    for hop in [e, w] {
        let outcome = world.call(asker, &hop.0);
        assert_eq!(number(&outcome.result.unwrap()), U256::ZERO);
        assert!(outcome.logs.is_empty());
        assert_eq!(world.word(hop), 0);
    }
}

#[test]
fn each_machine_makes_contracts_of_the_other() {
    let mut world = World::new();
    let word = U256::from(77).to_be_bytes::<32>();
    let maker = world.made(&[module(MAKER), word.to_vec()].concat());
    assert_eq!(world.word(maker), 77, "its constructor ran");
    // CALLDATACOPY(0, 0, size); CREATE(0, 0, size); returns the address.
    let factory = world.made(&deploy(&code("36 5f 5f 37 36 5f 5f f0 5f52 6020 5f f3")));
    for (by, data, kept) in [
        (maker, deploy(&evm_hop()), evm_hop()),
        (factory, module(HOP), module(HOP)),
        (maker, [module(MAKER), word.to_vec()].concat(), module(MAKER)),
    ] {
        let outcome = world.call(by, &data);
        let made = address(&outcome.result.unwrap());
        let stored = world.state.account(&made).unwrap().unwrap();
        assert_eq!(world.state.code(&stored.code_hash).unwrap().to_vec(), kept);
        assert_eq!(stored.nonce, 1);
    }
    assert_eq!(world.state.account(&maker).unwrap().unwrap().nonce, 3);
}

#[test]
fn borrowed_code_works_on_the_storage_of_the_borrower() {
    let mut world = World::new();
    let ([e, _], _) = hops(&mut world);
    let borrower = world.made(&module(BORROWER));
    let outcome = world.call(borrower, &e.0);
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    assert_eq!((world.word(borrower), world.word(e)), (1, 0));
    assert_eq!(outcome.logs[0].address.into_array(), borrower.0);
}

#[test]
fn modules_within_each_other_are_64_at_most_and_all_calls_1025() {
    let mut world = World::new();
    let ([e, _], [w, _]) = hops(&mut world);
    let request = world.request(w, &route(&[w; 80], &[]), 30_000_000);
    let outcome = world.ask(&request);
    assert!(outcome.result.is_ok());
    assert_eq!(outcome.logs.len(), 64);
    // What Ethereum's contracts do between them does not count.
    let request = world.request(w, &route(&[e, w].repeat(80), &[]), 30_000_000);
    assert_eq!(world.ask(&request).logs.len(), 128);
    // MSIZE to the end as input is none: a contract that calls itself with all its gas.
    let endless = world.made(&deploy(&code("5f 5f a0 5f5f5f5f5f 30 5a f1 00")));
    let request = world.request(endless, &[], 10_000_000_000_000_000);
    assert_eq!(world.ask(&request).logs.len(), 1_025);
}

#[test]
fn a_module_that_breaks_a_rule_is_refused_by_name_and_costs_all_gas() {
    let mut world = World::new();
    let float = module(
        r#"(module (memory (export "memory") 1)
            (func (export "main") (result i32) (drop (f32.const 1)) (i32.const 0)))"#,
    );
    let outcome = world.deploy(&float);
    let Err(Failure::Exception(words)) = outcome.result else { panic!("{:?}", outcome.result) };
    assert!(words.starts_with("invalid contract: "), "{words}");
    assert_eq!(outcome.gas_used, Gas(5_000_000));
    let bare = wat::parse_str(HOP).unwrap();
    let Err(Failure::Exception(words)) = world.deploy(&bare).result else { panic!() };
    assert!(words.contains("module's length"), "{words}");
    // Code that Ethereum's machine makes is checked as well: CODECOPY and RETURN of what follows.
    let mut init = code("61ffff 80 600c 5f 39 5f f3 00");
    init.extend(wat::parse_str("(module)").unwrap());
    let outcome = world.deploy(&init);
    assert!(outcome.result.is_err() && outcome.contract.is_none());
}

/// Adds up what goes in and out of calls.
#[derive(Default)]
struct Meter(Vec<(u64, usize)>, usize);

impl Observer for Meter {
    fn enter(&mut self, entry: &Entry<'_>) {
        self.0.push((entry.gas, entry.depth));
    }

    fn leave(&mut self, end: &End<'_>) {
        let (given, depth) = self.0.pop().unwrap();
        assert_eq!(depth, end.depth);
        assert!(end.gas_left <= given, "{} of {given}", end.gas_left);
        self.1 += 1;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whichever machines take part, the state and the logs are the same, and no gas comes from nowhere.
    #[test]
    fn which_machine_a_contract_is_for_makes_no_difference_but_in_gas(
        path in proptest::collection::vec(0usize..2, 1..12),
        machines in proptest::collection::vec(any::<bool>(), 12),
        reverts in any::<bool>(),
        share in 0u64..=100,
    ) {
        let mut world = World::new();
        let (evm, wasm) = hops(&mut world);
        let last: &[u8] = if reverts { &[1] } else { &[] };
        // Contract 0 and contract 1, each for one machine throughout.
        let mixed = [0, 1].map(|hop| if machines[hop] { wasm[hop] } else { evm[hop] });
        let told = [evm, mixed].map(|hops| {
            let stops: Vec<Address> = path.iter().map(|hop| hops[*hop]).collect();
            let request = world.request(stops[0], &route(&stops[1..], last), 3_000_000);
            let (outcome, Meter(open, calls)) = world.watch(&request, Meter::default());
            assert!(open.is_empty() && calls == path.len());
            let logs: Vec<_> = outcome.logs.iter().map(|log| {
                let hop = hops.iter().position(|hop| hop.0 == log.address.into_array());
                (hop, log.data.data.clone())
            }).collect();
            (outcome.result, logs, outcome.gas_used)
        });
        prop_assert_eq!((&told[0].0, &told[0].1), (&told[1].0, &told[1].1));

        // With a part of the gas it fails somewhere; the outermost pays for what it was given at most,
        // and the balances say so.
        let stops: Vec<Address> = path.iter().map(|hop| mixed[*hop]).collect();
        let input = route(&stops[1..], last);
        let least = intrinsic_gas_of(&input, false, &[]).0;
        let gas = least + (told[1].2.0 - least) * share / 100;
        let before = world.state.account(&account(1)).unwrap().unwrap().balance;
        let outcome = world.send(Wish { gas, ..Wish::call(1, 0, stops[0], &input) });
        prop_assert!(outcome.gas_used <= Gas(gas));
        let after = world.state.account(&account(1)).unwrap().unwrap().balance;
        prop_assert_eq!(before - after, U256::from(outcome.gas_used.0 * 9));
        let counted: u64 = mixed.iter().map(|hop| world.word(*hop)).sum();
        prop_assert_eq!(counted, outcome.logs.len() as u64);
        if outcome.result.is_err() {
            prop_assert_eq!(counted, 0);
        }
    }
}
