//! A node that catches up and gets these bytes for answers, cut as the first byte says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_chain::message::Position;
use troupe_chain::sync::{Input, Limits, Output, Sync, Verdict, check_blocks};
use troupe_types::{Bytes, Hash, Height, Millis, NodeId};
use troupe_wire::{Machine, Now};

fuzz_target!(|data: &[u8]| {
    let Some((piece, bytes)) = data.split_first() else { return };
    let now = Now { mono: Millis(1), ..Now::default() };
    let genesis = Hash::default();
    let mut sync = Sync::new(Limits::default(), genesis, Height::ZERO, genesis, now);
    let position = Position { genesis, first: Height::ZERO, height: Height(90), hash: genesis };
    let mut wishes = Vec::new();
    for peer in [NodeId([1; 32]), NodeId([2; 32])] {
        sync.step(now, Input::Position { peer, position }, &mut wishes);
    }
    let mut pieces = bytes.chunks(usize::from(*piece).max(1) * 16);
    while let Some(wish) = wishes.pop() {
        match wish {
            Output::Ask { id, .. } => {
                let Some(bytes) = pieces.next() else { break };
                let bytes = bytes.to_vec();
                sync.step(now, Input::Answer { id, bytes }, &mut wishes);
            }
            Output::Verify { id, parent, blocks } => {
                let verdict = match check_blocks(parent, &blocks) {
                    Ok(blocks) => Verdict::Good(blocks),
                    Err(_) => Verdict::Bad,
                };
                sync.step(now, Input::Verified { id, verdict }, &mut wishes);
            }
            Output::Inquire { .. } | Output::Execute { .. } => {}
            Output::Score { .. } | Output::Progress { .. } => {}
        }
        assert!(sync.held() <= Bytes::mib(8), "more is held than came");
    }
});
