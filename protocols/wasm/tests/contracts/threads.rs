//! One engine, many threads, as a parallel executor uses it.

use crate::world::{TestHost, engine, hash, wasm};
use alloy_primitives::Bytes;
use troupe_wasm::{Engine, Entry, Finished, Outcome, Trap};

/// Divides a hundred by the length of the input, after a recursion as deep.
fn divider() -> Bytes {
    wasm(
        r#"(module (import "troupe" "input_size" (func $size (result i32)))
          (memory (export "memory") 1)
          (func $down (param i32) (if (local.get 0)
            (then (call $down (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "main") (result i32)
            (call $down (i32.mul (call $size) (i32.const 100)))
            (i32.div_u (i32.const 5) (call $size))))"#,
    )
}

fn runs(engine: &Engine, code: &Bytes) -> Vec<Finished> {
    let run = |length: usize| {
        let input = vec![0; length].into();
        let host = TestHost::new(engine);
        engine.run(&hash(code), code, Entry::Main, input, 1_000_000, host).1
    };
    (0..12).cycle().take(120).map(run).collect()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "what is tested is that threads do not matter")]
fn runs_on_many_threads_end_as_on_one() {
    let (engine, code) = (engine(), divider());
    let alone = runs(&engine, &code);
    assert_eq!(alone[0].outcome, Outcome::Trapped(Trap::DivisionByZero));
    assert_eq!(alone[5].outcome, Outcome::Reverted(Bytes::new()));
    assert_eq!(alone[6].outcome, Outcome::Success(Bytes::new()));
    assert_eq!(alone[11].outcome, Outcome::Trapped(Trap::StackOverflow));
    std::thread::scope(|scope| {
        let (engine, code) = (&engine, &code);
        let others: Vec<_> = (0..8).map(|_| scope.spawn(|| runs(engine, code))).collect();
        for other in others {
            assert_eq!(other.join().expect("it does not panic"), alone);
        }
    });
}
