//! State changes, keys, accounts and chunks: what is read has one form. The first byte chooses.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::Arc;
use troupe_chain::state::{Account, Changes, Chunk, Flat, FlatKey, Rebuild, State};
use troupe_types::{Hash, Height};
use troupe_wire::Sequential;

/// Changes that decode give a state whichever way they are applied.
fn changes(bytes: &[u8]) {
    let Ok(changes) = Changes::decode(bytes) else { return };
    assert_eq!(changes.encode().as_deref(), Ok(bytes), "a second encoding of the same changes");
    let genesis = Hash::default();
    let mut state = State::new(Arc::new(Flat::default()), Height::ZERO, genesis);
    let sealed = state.seal(genesis, changes, &Sequential).expect("the parent is known");
    let sealed_changes = sealed.changes();
    let mut flat = Flat::default();
    flat.apply(&sealed_changes);
    state.insert(Hash([1; 32]), sealed).expect("a new block");
    state.commit(Hash([1; 32])).expect("the child of the genesis block");
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    match choice % 4 {
        0 => changes(body),
        1 => {
            if let Ok(key) = FlatKey::from_bytes(body) {
                assert_eq!(key.to_bytes(), body, "a second encoding of the same key");
            }
        }
        2 => {
            let Ok(account) = Account::decode(body) else { return };
            let mut again = Vec::new();
            account.encode(&mut again);
            assert_eq!(again, body, "a second encoding of the same account");
        }
        _ => {
            let Ok(chunk) = Chunk::decode(body) else { return };
            assert_eq!(chunk.encode().as_deref(), Ok(body), "a second encoding of the same chunk");
            let mut rebuild = Rebuild::new();
            if rebuild.feed(&chunk, &Sequential).is_ok() {
                let _ = rebuild.finish(&Sequential);
            }
        }
    }
});
