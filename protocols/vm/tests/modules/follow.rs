//! Native contracts that have contracts of both machines called.

use crate::common::deploy;
use crate::world::{World, code, number};
use crate::{Meter, hops, route};
use alloy_primitives::{B256, Bytes, U256};
use std::sync::Arc;
use troupe_chain::state::Slot;
use troupe_types::Address;
use troupe_vm::{Follow, Native, NativeCall, NativeHost, Refusal, Vm};

const AT: Address = Address([0x11; 20]);

/// Counts its calls, has the first address of its input called with the rest of it and half of the gas, and logs whether that went
/// well.
struct Teller;

impl Native for Teller {
    fn call(&self, host: &mut NativeHost<'_>, call: &NativeCall<'_>) -> Result<Bytes, Refusal> {
        let count = host.load(Slot::default())? + U256::ONE;
        host.store(Slot::default(), count)?;
        let (to, rest) = call.input.split_first_chunk::<20>().unwrap();
        let input = Bytes::copy_from_slice(rest);
        let gas = host.gas() / 2;
        host.follow(Follow { to: Address(*to), input, gas })?;
        Ok(Bytes::new())
    }

    fn followed(
        &self,
        host: &mut NativeHost<'_>,
        _: &NativeCall<'_>,
        has_succeeded: bool,
    ) -> Result<Bytes, Refusal> {
        host.log(&[B256::with_last_byte(has_succeeded.into())], Bytes::new())?;
        Ok(Bytes::new())
    }
}

fn world() -> World {
    let mut world = World::new();
    world.vm = Vm::default().with(AT, Arc::new(Teller));
    world
}

#[test]
fn contracts_of_either_machine_are_called_by_a_native_one_and_call_it_again() {
    let mut world = world();
    let ([e, f], [w, x]) = hops(&mut world);
    for (by, to, last) in [(e, w, x), (w, e, f), (x, w, e), (f, e, x)] {
        let before = [by, to, last, AT].map(|it| world.word(it));
        let request = world.request(by, &route(&[AT, to, AT, last], &[]), 10_000_000);
        let (outcome, Meter(open, calls)) = world.watch(&request, Meter::default());
        assert!(open.is_empty());
        assert_eq!(calls, 5, "all five are seen, each within the one before");
        assert_eq!(outcome.result.map(|it| number(&it)), Ok(U256::ONE));
        let told: Vec<Address> =
            outcome.logs.iter().map(|log| Address(log.address.into_array())).collect();
        assert_eq!(told, [by, to, last, AT, AT], "the native one speaks last");
        let outcome = world.call(by, &route(&[AT, to], &[1]));
        assert_eq!(outcome.logs.last().unwrap().data.topics(), [B256::ZERO], "it says no");
        let after = [by, to, last, AT].map(|it| world.word(it));
        // What reverted is taken back, and nothing else.
        assert_eq!(after, [before[0] + 1, before[1], before[2], before[3] + 1]);
    }
}

#[test]
fn nobody_can_make_a_call_fail_that_follows_by_coming_from_deep_within() {
    let mut world = world();
    let ([e, _], [w, _]) = hops(&mut world);
    // Modules within each other, of which the callee needs half; calls of all kinds, of which it needs half.
    for (hop, most, behind) in [(w, 31, vec![w; 32]), (e, 512, vec![e; 511])] {
        for deep in [most, most + 1] {
            let path = [&vec![hop; deep - 1][..], &[AT], &behind[..]].concat();
            let gas = if hop == w { 500_000_000 } else { 10_000_000_000_000_000 };
            let outcome = world.ask(&world.request(hop, &route(&path, &[]), gas));
            assert!(outcome.result.is_ok());
            let told = outcome.logs.iter().filter(|log| log.address.into_array() == AT.0);
            let told: Vec<_> = told.map(|log| log.data.topics()[0]).collect();
            let others = outcome.logs.len() - told.len();
            if deep == most {
                assert_eq!(told, [B256::with_last_byte(1)]);
                assert!(others > deep, "the callee has run");
            } else {
                assert!(told.is_empty() && others == deep, "nothing was done, and nobody called");
            }
        }
    }
}

#[test]
fn a_static_call_has_nobody_called() {
    let mut world = world();
    let ([e, _], [w, _]) = hops(&mut world);
    // STATICCALL(gas, the native one, 0, size, 0, 0) of what comes in; returns the status.
    let text = format!("36 5f 5f 37 5f5f 36 5f 73{} 5a fa 5f52 6020 5f f3", hex::encode(AT.0));
    let asker = world.made(&deploy(&code(&text)));
    for to in [e, w] {
        let outcome = world.call(asker, &to.0);
        assert_eq!(number(&outcome.result.unwrap()), U256::ZERO);
        assert_eq!((world.word(AT), world.word(to), outcome.logs.len()), (0, 0, 0));
    }
}
