//! What a stranger shows with a block: whatever passes proves that block and no other, by linked headers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::Arc;
use troupe_chain::block::{Block, Body, Header, Stored};
use troupe_consensus::{PublicKey, Term, Validator, ValidatorSet};
use troupe_fuzz::decodes;
use troupe_ledger::{Checked, Light, Proven, check_final};
use troupe_types::{Epoch, Hash, Height, NodeId};

fuzz_target!(|data: &[u8]| {
    decodes::<Proven>(data, Proven::LIMIT);
    // What a client has kept: whatever reads is written as it was.
    if let Some(genesis) = data.first_chunk()
        && let Ok(light) = Light::decode(Hash(*genesis), data)
    {
        assert_eq!(light.encode().as_deref(), Some(data));
    }
    let one = |at| Validator { node: NodeId([at; 32]), key: PublicKey([at; 48]) };
    let set = ValidatorSet::new((0..4).map(one).collect()).expect("four validators");
    let term = Term { epoch: Epoch(1), first: Height(1), last: Height(40), set };
    let header = Header { height: Height(1), epoch: Epoch(1), ..Header::default() };
    let block = Block::new(header, Body::default());
    let hash = block.hash();
    let stored = Arc::new(Stored { block, proof: data.to_vec().into() });
    let checked = check_final(&[stored], &[term], &Hash::default());
    let Ok(Checked::Final { proofs, .. }) = checked else { return };
    for proof in proofs {
        assert_eq!(proof.header().map(|header| header.hash), Some(hash));
        for pair in proof.0.windows(2) {
            assert_eq!(pair[1].header.parent, pair[0].header.hash);
        }
    }
});
