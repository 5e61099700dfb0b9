//! What consensus says. Numbers are plain here, as PlatON writes them.

use crate::encode::data;
use serde_json::{Value, json};
use troupe_consensus::{Certificate, Evidence, Kind, Place, Signature, Snapshot, Statement};
use troupe_types::{Hash, Height};

/// A certificate, in the fields of PlatON.
pub(crate) fn certificate(certificate: &Certificate) -> Value {
    let Certificate { place, height, index, hash, signers, signature } = certificate;
    let last = signers.iter().last().map_or(0, |last| last + 1);
    let signers: String =
        (0..last).map(|at| if signers.contains(at) { 'x' } else { '_' }).collect();
    json!({
        "epoch": place.epoch.0,
        "viewNumber": place.view.0,
        "blockHash": data(hash),
        "blockNumber": height.0,
        "blockIndex": index,
        "signature": data(signature.0),
        "validatorSet": signers,
    })
}

/// Proof that a validator contradicted itself.
pub(crate) fn evidence(evidence: &Evidence) -> Value {
    let Evidence { signer, first, second, first_signature, second_signature } = evidence;
    let kind = match first.kind {
        Kind::Proposal => "proposal",
        Kind::Vote => "vote",
        Kind::ViewChange => "viewChange",
    };
    json!({
        "kind": kind,
        "epoch": first.place.epoch.0,
        "viewNumber": first.place.view.0,
        "signer": signer,
        "first": statement(first, first_signature),
        "second": statement(second, second_signature),
    })
}

fn statement(statement: &Statement, signature: &Signature) -> Value {
    json!({
        "blockNumber": statement.height.0,
        "blockIndex": statement.index,
        "blockHash": data(statement.hash),
        "certified": statement.certified.map(place),
        "signature": data(signature.0),
    })
}

/// Where a node's part in consensus is.
pub(crate) fn status(snapshot: &Snapshot) -> Value {
    json!({
        "at": place(snapshot.place),
        "position": snapshot.position,
        "isProposer": snapshot.is_proposer,
        "hasGivenUp": snapshot.has_given_up,
        "failures": snapshot.failures,
        "committed": block(snapshot.committed),
        "locked": block(snapshot.locked),
        "highest": snapshot.highest.map(|rank| {
            json!({ "blockNumber": rank.height.0, "at": place(rank.place) })
        }),
        "proposals": snapshot.proposals,
        "blocks": snapshot.blocks,
        "votes": snapshot.votes,
        "tasks": snapshot.tasks,
        "missing": snapshot.missing,
        "halted": snapshot.halted.map(|halt| halt.to_string()),
    })
}

fn place(place: Place) -> Value {
    json!({ "epoch": place.epoch.0, "viewNumber": place.view.0 })
}

fn block((height, hash): (Height, Hash)) -> Value {
    json!({ "blockNumber": height.0, "blockHash": data(hash) })
}
