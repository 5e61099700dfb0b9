//! Contracts of PlatON's convention beside those of the two others.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod births;
#[path = "../common/mod.rs"]
mod common;
mod real;
mod succession;
mod world;

use alloy_primitives::U256;
use common::{Wish, account};
use proptest::prelude::*;
use troupe_chain::state::StateView;
use troupe_chain::transaction::intrinsic_gas_of;
use troupe_types::{Address, Gas};
use troupe_vm::Failure;
use troupe_wasm::{platon_deployment, platon_function};
use world::{CALL, HOP, KEEPER, World, code, evm_hop, init, number, our_hop, platon};

/// A contract for Ethereum's machine, one of our convention, one of PlatON's.
fn hops(world: &mut World) -> [Address; 3] {
    [evm_hop(), our_hop(), platon(HOP, &[])].map(|data| world.made(&data))
}

/// The way through some contracts: each finds the next one behind two bytes.
fn route(stops: &[Address], last: &[u8]) -> Vec<u8> {
    let mut input: Vec<u8> = stops.iter().flat_map(|stop| [CALL, &stop.0].concat()).collect();
    input.extend(CALL);
    input.extend(last);
    input
}

#[test]
fn contracts_of_three_kinds_call_each_other_and_come_back() {
    let mut world = World::new();
    let [e, w, p] = hops(&mut world);
    let outcome = world.call(e, &route(&[p, w, p, e, p, p], &[]));
    assert_eq!(number(&outcome.result.unwrap()), U256::from(1));
    assert_eq!([e, w, p].map(|hop| world.count(hop)), [2, 1, 4]);
    let told: Vec<_> = outcome
        .logs
        .iter()
        .map(|log| (log.address.into_array(), number(&log.data.data).to::<u64>()))
        .collect();
    assert_eq!(told, [(e.0, 1), (p.0, 1), (w.0, 1), (p.0, 2), (e.0, 2), (p.0, 3), (p.0, 4)]);
}

#[test]
fn the_module_that_other_programs_deploy_is_that_of_its_text() {
    let built = include_bytes!("hop.wasm");
    assert_eq!(hex::encode(built), hex::encode(wat::parse_str(HOP).unwrap()));
}

#[test]
fn the_code_is_the_module_as_ethereums_machine_sees_it() {
    let mut world = World::new();
    let hop = world.made(&platon(HOP, &[]));
    let module = wat::parse_str(HOP).unwrap();
    assert_eq!(world.code(hop), module);
    // Returns EXTCODESIZE and EXTCODEHASH of the address.
    let asker = world.made(&common::deploy(&code("5f35 6060 1c 80 3b 5f52 3f 6020 52 6040 5f f3")));
    let seen = world.ask(asker, &hop.0);
    assert_eq!(number(&seen[..32]), U256::from(module.len()));
    assert_eq!(seen[32..], world.account(hop).code_hash.0);
    // CALLDATACOPY(0, 0, size); CREATE2(0, 0, size, 7); returns the address.
    let factory =
        world.made(&common::deploy(&code("36 5f 5f 37 6007 36 5f 5f f5 5f52 6020 5f f3")));
    let data = platon(HOP, &[]);
    let made = world.call(factory, &data).result.unwrap();
    let salted = alloy_primitives::Address::from(factory.0)
        .create2_from_code(U256::from(7).to_be_bytes::<32>(), &data);
    assert_eq!(made[12..], salted.0, "the hash is of all the creation data");
    assert_eq!(world.code(Address(salted.into_array())), module);
}

#[test]
fn what_is_neither_a_deployment_nor_a_call_is_refused_by_name() {
    let mut world = World::new();
    let hop = wat::parse_str(HOP).unwrap();
    let other = [&[0xc9, 0x88][..], &platon_function("unit").to_be_bytes()].concat();
    let ours = wat::parse_str(include_str!("ours.wat")).unwrap();
    let module = troupe_wasm::with_length(&hop).unwrap();
    for (data, said) in [
        (platon_deployment(&hop, &other), "not of 0xe9b5e87ed4669d83 (init)"),
        (platon_deployment(&hop, b""), "is not a list that begins"),
        ([&platon(HOP, &[])[..], &[0]].concat(), "is not a list of a module and a call"),
        (platon_deployment(&ours, &init()), "not of the data's convention"),
        (module, "not of the data's convention"),
        (platon_deployment(b"\0asm", &init()), "not valid at byte"),
    ] {
        let outcome = world.deploy(&data, 0);
        let Err(Failure::Exception(words)) = outcome.result else { panic!("{:?}", outcome.result) };
        assert!(words.starts_with("invalid contract: "), "{words}");
        assert!(words.contains(said), "{words}");
        assert_eq!(outcome.gas_used, Gas(5_000_000), "{words}");
    }
    // The constructor is called once.
    let keeper = world.made(&platon(KEEPER, &[]));
    assert!(matches!(world.call(keeper, &init()).result, Err(Failure::Exception(_))));
    assert!(matches!(world.call(keeper, b"no list").result, Err(Failure::Exception(_))));
}

#[test]
fn a_transfer_to_a_contract_runs_nothing() {
    let mut world = World::new();
    let keeper = world.made(&platon(KEEPER, &[]));
    let words = world.words(keeper);
    let outcome = world.send(Wish { gas: 60_000, ..Wish::pay(1, 0, keeper, 5) });
    assert!(outcome.result.is_ok());
    assert_eq!((world.balance(keeper), world.words(keeper)), (5, words));
}

#[test]
fn long_creation_data_is_no_init_code() {
    let mut world = World::new();
    // 60,000 bytes of data that the contract has.
    let text = format!(
        "(module (memory (export \"memory\") 1) (func (export \"invoke\")) (data (i32.const 0) \"{}\"))",
        "a".repeat(60_000)
    );
    let gas = 15_000_000;
    let outcome = world.send(Wish { gas, ..Wish::create(1, 0, &platon(&text, &[])) });
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    assert!(world.state.account(&outcome.contract.unwrap()).unwrap().is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whichever machines take part, what is done is the same, no gas comes from nowhere, and with less of it
    /// than it takes nothing is half done.
    #[test]
    fn which_kind_a_contract_is_of_makes_no_difference_but_in_gas(
        path in proptest::collection::vec(0usize..3, 1..9),
        reverts in any::<bool>(),
        share in 0u64..=100,
    ) {
        let mut world = World::new();
        let hops = hops(&mut world);
        let stops: Vec<Address> = path.iter().map(|hop| hops[*hop]).collect();
        let input = route(&stops[1..], if reverts { &[1] } else { &[] });

        let mut whole = world.clone();
        let outcome = whole.call(stops[0], &input);
        // The last one takes back what it did; if it is the first, that is all there is.
        let counts = path.len() - usize::from(reverts);
        prop_assert_eq!(outcome.logs.len(), counts);
        prop_assert_eq!(outcome.result.is_ok(), counts > 0);
        prop_assert_eq!(hops.iter().map(|hop| whole.count(*hop)).sum::<u64>(), counts as u64);

        let least = intrinsic_gas_of(&input, false, &[]).0;
        let gas = least + (outcome.gas_used.0 - least) * share / 100;
        let before = world.balance(account(1));
        let outcome = world.send(Wish { gas, ..Wish::call(1, 0, stops[0], &input) });
        prop_assert!(outcome.gas_used <= Gas(gas));
        prop_assert_eq!(before - world.balance(account(1)), u128::from(outcome.gas_used.0) * 9);
        let counted: u64 = hops.iter().map(|hop| world.count(*hop)).sum();
        prop_assert_eq!(counted, outcome.logs.len() as u64);
        if outcome.result.is_err() {
            prop_assert_eq!(counted, 0);
        }
    }
}
