//! Binaries of PlatON's own compilers: those of `core/vm/testdata` of PlatON-Go 1.5.0, which are not in this
//! repository: `cargo x platon-contracts DIR`.

use crate::common::{COINBASE, Wish, account};
use crate::world::{CALL, KEEPER, World, init};
use alloy_primitives::{Bytes, U256};
use std::path::PathBuf;
use troupe_chain::state::{Account, Changes, StateView};
use troupe_crypto::hash::{keccak256, sha256};
use troupe_types::{Address, Hash};
use troupe_vm::{Failure, Outcome};
use troupe_wasm::{platon_deployment, platon_function};

/// Where the functions under test are; the binary knows this address and the next ones.
const HERE: Address = known(3);
const HELLO: Address = known(4);
const HEIR: Address = known(6);

const fn known(last: u8) -> Address {
    let mut bytes = [0; 20];
    (bytes[0], bytes[1], bytes[2]) = (1, 2, last);
    Address(bytes)
}

#[expect(clippy::disallowed_methods, reason = "the files are not in this repository")]
fn file(name: &str) -> Vec<u8> {
    let folder = std::env::var("TROUPE_PLATON_WASM").expect("TROUPE_PLATON_WASM names the folder");
    let path = PathBuf::from(folder).join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A call with arguments that are encoded already.
fn call(function: &str, arguments: &[u8]) -> Vec<u8> {
    let number = platon_function(function).to_be_bytes();
    let length = u8::try_from(9 + arguments.len()).unwrap();
    let before = if length < 56 { vec![0xc0 + length] } else { vec![0xf8, length] };
    [&before, &[0x88][..], &number, arguments].concat()
}

/// `my_message`: a list of a list of the head, and body and end.
const MESSAGE: &[u8] = b"\xdb\xc6\x85Gavin\x8aI am gavin\x88finished";

/// Reads a number of a module.
fn leb(bytes: &[u8], at: &mut usize) -> usize {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = bytes[*at];
        *at += 1;
        number |= usize::from(byte & 127) << shift;
        shift += 7;
        if byte < 128 {
            return number;
        }
    }
}

/// The same module with one of its exported functions, and the memory, exported alone and as the entry.
fn with_entry(module: &[u8], entry: &str) -> Vec<u8> {
    let mut out = module[..8].to_vec();
    let mut at = 8;
    while at < module.len() {
        let (start, id) = (at, module[at]);
        at += 1;
        let end = leb(module, &mut at) + at;
        if id != 7 {
            out.extend(&module[start..end]);
            at = end;
            continue;
        }
        let mut section = b"\x02\x06memory\x02\0\x06invoke\0".to_vec();
        for _ in 0..leb(module, &mut at) {
            let length = leb(module, &mut at);
            let name = &module[at..at + length];
            at += length + 1;
            let place = at;
            leb(module, &mut at);
            if name == entry.as_bytes() {
                section.extend(&module[place..at]);
            }
        }
        out.extend([7, u8::try_from(section.len()).unwrap()]);
        out.extend(section);
    }
    out
}

fn place(world: &mut World, at: Address, module: &[u8], balance: u64) {
    let mut changes = Changes::default();
    let code_hash = keccak256(module);
    let known = world.account(at);
    let balance = U256::from(balance);
    changes.accounts.insert(at, Some(Account { nonce: 1, code_hash, balance, ..known }));
    changes.codes.insert(code_hash, Bytes::copy_from_slice(module));
    world.state.apply(&changes);
}

#[test]
#[ignore = "needs PlatON's files"]
fn a_contract_of_its_compiler_is_deployed_and_called() {
    let mut world = World::new();
    let mut deploy = |name| {
        let outcome = world.deploy(&platon_deployment(&file(name), &init()), 0);
        outcome.result
    };
    assert!(deploy("contract_hello.wasm").is_ok());
    // A module like others, whose constructor is older than numbers of functions and panics.
    assert_eq!(deploy("contract1.wasm"), Err(Failure::Exception("panic".to_owned())));
    let Err(Failure::Exception(words)) = deploy("bad.wasm") else { panic!("it is no module") };
    assert!(words.starts_with("invalid contract: not valid"), "{words}");

    let hello = world.made(&platon_deployment(&file("contract_hello.wasm"), &init()));
    let size = |world: &World| world.ask(hello, &call("get_vector_size", &[]));
    assert_eq!(size(&world), [0x80]);
    for count in 1..=3 {
        let outcome = world.call(hello, &call("add_message", MESSAGE));
        let messages = outcome.result.unwrap();
        assert_eq!(messages[messages.len() - MESSAGE.len()..], *MESSAGE);
        assert_eq!(size(&world), [count]);
    }
    let messages = world.ask(hello, &call("get_message", b"\x80"));
    assert_eq!(messages, [&[0xf8, 3 * MESSAGE.len() as u8][..], &MESSAGE.repeat(3)].concat());
}

fn output(outcome: Outcome) -> Vec<u8> {
    outcome.result.unwrap().to_vec()
}

/// Each function of the host, as C code calls it. Those that need creation data as input are not called: no
/// input is creation data.
#[test]
#[ignore = "needs PlatON's files"]
fn functions_of_the_host_answer_what_its_own_tests_expect() {
    let (external, hello) = (file("external.wasm"), file("contract_hello.wasm"));
    let mut world = World::new();
    place(&mut world, HELLO, &hello, 0);
    place(&mut world, known(1), b"", 99);
    let run = |world: &mut World, name: &str, input: &[u8]| {
        place(world, HERE, &with_entry(&external, name), 2_000);
        world.send(Wish { gas: 5_000_000, ..Wish::call(1, 0, HERE, input) })
    };
    let env = world.env();
    let sender = account(1);
    let mut answers = |name: &str, want: &[u8]| {
        assert_eq!(output(run(&mut world, &format!("{name}_test"), CALL)), want, "{name}");
    };
    answers("platon_gas_price", &[9]);
    answers("platon_block_hash", &[0; 32]);
    answers("platon_block_number", &env.height.0.to_le_bytes());
    answers("platon_gas_limit", &env.gas_limit.0.to_le_bytes());
    answers("platon_timestamp", &env.time.0.to_le_bytes());
    answers("platon_coinbase", &COINBASE.0);
    answers("platon_balance", &[]);
    answers("platon_origin", &sender.0);
    answers("platon_caller", &sender.0);
    answers("platon_call_value", &[]);
    answers("platon_address", &HERE.0);
    answers("platon_sha3", &keccak256(CALL).0);
    answers("platon_set_state", &[]);
    answers("platon_get_state", CALL);
    answers("platon_get_call_output", &[]);
    answers("platon_debug", &[]);
    answers("platon_destroy_contract", &[]);
    answers("platon_sha256", &sha256([1, 2, 3]).0);
    answers("platon_ripemd160", &hex::decode("79f901da2609f020adadbf2e5f68a16c8c3f7d57").unwrap());
    answers("platon_ecrecover", &hex::decode("970e8128ab834e8eac17ab8e3812f010678cf791").unwrap());
    let number = hex::decode("900123456789abcdeffedcba9876543210").unwrap();
    answers("rlp_u128_size", &17u64.to_le_bytes());
    answers("platon_rlp_u128", &number);
    let bytes: Vec<u8> = (0..16).collect();
    answers("rlp_bytes_size", &17u64.to_le_bytes());
    answers("platon_rlp_bytes", &[&[0x90], &bytes[..]].concat());
    answers("rlp_list_size", &17u64.to_le_bytes());
    answers("platon_rlp_list", &[&[0xd0], &bytes[..]].concat());
    // The code is longer than the 16 bytes of room.
    answers("platon_contract_code", &[0; 16]);
    let length = with_entry(&external, "platon_contract_code_length_test").len();
    let length = [&[0x82][..], &u16::try_from(length).unwrap().to_be_bytes()].concat();
    answers("platon_contract_code_length", &length);

    assert_eq!(world.balance(HEIR), 2_000, "of what destroyed itself");
    assert_eq!(output(run(&mut world, "platon_caller_nonce_test", CALL)).len(), 8);
    let gas = output(run(&mut world, "platon_gas_test", CALL));
    assert!(u64::from_le_bytes(gas.try_into().unwrap()) > 4_000_000);
    let reverted = run(&mut world, "platon_revert_test", CALL).result;
    assert!(matches!(reverted, Err(Failure::Reverted(_))), "{reverted:?}");
    let panicked = run(&mut world, "platon_panic_test", CALL).result;
    assert!(matches!(panicked, Err(Failure::Exception(_))), "{panicked:?}");
    let to = [CALL, &[8; 18]].concat();
    assert_eq!(output(run(&mut world, "platon_transfer_test", &to)), [1]);
    assert_eq!(world.balance(Address(to.try_into().unwrap())), 1);
    for (name, topics) in [("platon_event0_test", 0), ("platon_event3_test", 3)] {
        let outcome = run(&mut world, name, CALL);
        assert_eq!(outcome.logs[0].data.topics().len(), topics);
        assert_eq!(outcome.logs[0].data.data.as_ref(), CALL);
    }
    let add = call("add_message", MESSAGE);
    assert!(run(&mut world, "platon_call_contract_test", &add).result.is_ok());
    assert_eq!(world.balance(HELLO), 2);
    assert_eq!(world.ask(HELLO, &call("get_vector_size", &[])), [1]);
    let before = world.words(HERE);
    assert!(run(&mut world, "platon_delegate_call_contract_test", &add).result.is_ok());
    assert!(world.words(HERE) > before, "the borrowed code put its messages here");

    // A constructor that clones what is at the address that it knows.
    place(&mut world, HERE, &wat::parse_str(KEEPER).unwrap(), 0);
    let data = platon_deployment(&with_entry(&external, "platon_clone_test"), &init());
    let outcome = world.deploy(&data, 5);
    let maker = outcome.contract.unwrap();
    let child = Address(alloy_primitives::Address::from(maker.0).create(1).into_array());
    assert_eq!((world.balance(maker), world.balance(child)), (3, 2));
    assert_eq!(
        Hash(world.state.account(&child).unwrap().unwrap().code_hash.0),
        keccak256(wat::parse_str(KEEPER).unwrap())
    );
}
