//! What consensus would say of the chain in memory; nothing of it is signed.

use troupe_chain::block::Block;
use troupe_consensus::{
    Causes, Certificate, CommitProof, Evidence, Header, Kind, Link, Place, Rank, Signature,
    Signers, Snapshot, Statement,
};
use troupe_types::{Hash, Height, Millis};
use troupe_wire::List;

const SIGNATURE: Signature = Signature([0xab; 96]);

pub fn proof(block: &Block) -> Option<CommitProof> {
    let header = block.header();
    let (height, place) = (header.height, Place::new(1, 4));
    if height == Height(0) {
        return None;
    }
    let certificate = Certificate {
        place,
        height,
        index: 3,
        hash: block.hash(),
        signers: Signers::from_iter([0, 1, 3]),
        signature: SIGNATURE,
    };
    let header = Header {
        hash: block.hash(),
        parent: header.parent,
        height,
        place,
        index: 3,
        time: header.time,
        root: header.state_root,
        causes: Causes::default(),
    };
    Some(CommitProof(List::new(vec![Link { header, certificate }]).unwrap()))
}

pub fn snapshot() -> Snapshot {
    Snapshot {
        place: Place::new(2, 7),
        position: Some(1),
        is_proposer: false,
        has_given_up: true,
        failures: 2,
        deadline: Millis(12_345),
        committed: (Height(5), Hash([5; 32])),
        locked: (Height(6), Hash([6; 32])),
        highest: Some(Rank { height: Height(8), place: Place::new(2, 6) }),
        proposals: 3,
        blocks: 4,
        votes: 5,
        tasks: 6,
        missing: 0,
        halted: None,
    }
}

/// Two votes for one height.
pub fn evidence() -> Evidence {
    let vote = |hash: u8| Statement {
        kind: Kind::Vote,
        place: Place::new(2, 7),
        height: Height(6),
        index: 1,
        hash: Hash([hash; 32]),
        certified: None,
    };
    Evidence::new(2, (vote(1), SIGNATURE), (vote(2), SIGNATURE)).expect("they exclude each other")
}
