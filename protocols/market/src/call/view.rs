//! Records as Solidity's structs.

use super::abi::{DataRegistry, TaskMarket};
use crate::Rules;
use crate::data::{Askers, Dataset, Listing};
use crate::node::Node;
use crate::statement::{Held, Statement};
use crate::task::{Answer, Callback, Demand, Leg, Posting, Seat, Spans, Task, Word};
use alloy_primitives::{Address as SolAddress, B256};
use troupe_evidence::Opened;
use troupe_types::{Address, Hash, NodeId};

fn account(address: &Address) -> SolAddress {
    address.0.into()
}

fn hash(hash: &Hash) -> B256 {
    hash.0.into()
}

fn nodes(nodes: &[NodeId]) -> Vec<B256> {
    nodes.iter().map(|node| node.0.into()).collect()
}

pub(super) fn dataset(id: u64, found: Dataset) -> DataRegistry::Dataset {
    let Dataset { owner, version, since, is_revoked, listing } = found;
    let (owner, listing) = (account(&owner), self::listing(&listing));
    DataRegistry::Dataset { id, owner, version, since: since.0, revoked: is_revoked, listing }
}

pub(crate) fn listing(listing: &Listing) -> DataRegistry::Listing {
    let policy = &listing.policy;
    let askers = match &policy.askers {
        Askers::Anyone => Vec::new(),
        Askers::Listed(askers) => askers.iter().map(account).collect(),
    };
    DataRegistry::Listing {
        node: listing.node.0.into(),
        name: listing.name.to_string(),
        schema: hash(&listing.schema),
        rows: listing.rows,
        content: hash(&listing.content),
        price: listing.price,
        policy: DataRegistry::Policy {
            anyone: policy.askers == Askers::Anyone,
            askers,
            algorithms: policy.algorithms,
            engines: policy.engines,
            leastRows: policy.least_rows,
            leastGroup: policy.least_group,
            named: nodes(&policy.named),
            excluded: nodes(&policy.excluded),
            ownParty: policy.is_own_party,
            expires: policy.expires.map_or(0, |expires| expires.0),
        },
    }
}

pub(super) fn node(id: u64, node: &Node) -> TaskMarket::Node {
    TaskMarket::Node {
        id,
        account: account(&node.account),
        node: node.node.0.into(),
        key: node.key.into(),
        stake: node.stake,
        bound: node.bound,
        weight: node.weight,
        nextWeight: node.change.map_or(node.weight, |change| change.weight),
        changed: node.change.map_or(0, |change| change.view),
        capacity: node.capacity,
        busy: node.busy,
        since: node.since.0,
        leftAt: node.left.map_or(0, |left| left.time.0),
        paid: node.paid,
        failed: node.failed,
    }
}

pub(super) fn task(id: u64, task: Task) -> TaskMarket::Task {
    let (word, drawn_at) = task.drawn.unwrap_or_default();
    let ending = task.ending;
    TaskMarket::Task {
        id,
        sender: account(&task.sender),
        terms: hash(&task.terms),
        algorithms: task.algorithms,
        engine: task.engine,
        leastRows: task.least_rows,
        leastGroup: task.least_group,
        receivers: task.receivers.iter().map(account).collect(),
        excluded: nodes(&task.excluded),
        after_: task.after,
        fee: task.fee,
        escrow: task.escrow,
        spans: spans(&task.spans),
        phase: task.phase as u8,
        deadline: task.deadline.0,
        since: task.since.0,
        finalAt: task.final_at.0,
        election: TaskMarket::Election {
            view_: task.draw_view,
            word: hash(&word),
            drawnAt: drawn_at.0,
            replaced: task.replaced,
        },
        legs: task.legs.iter().map(leg).collect(),
        seats: task.seats.iter().map(seat).collect(),
        demands: task.demands.iter().map(demand).collect(),
        reserves: task.reserves.into_inner(),
        end: ending.map_or(0, |ending| ending.end as u8),
        through: account(&ending.and_then(|ending| ending.through).unwrap_or_default()),
    }
}

pub(super) fn opened(opened: &Opened) -> TaskMarket::Opened {
    let Opened { shape, values } = opened;
    TaskMarket::Opened {
        name: shape.name.to_string(),
        values: values.clone(),
        fraction: shape.fraction,
        divisor: shape.divisor,
    }
}

pub(super) fn callback(callback: Option<Callback>) -> TaskMarket::Callback {
    let Callback { gas, tip } = callback.unwrap_or_default();
    TaskMarket::Callback { gas_: gas, tip }
}

const fn spans(spans: &Spans) -> TaskMarket::Spans {
    TaskMarket::Spans {
        consent: spans.consent.0,
        accept_: spans.accept.0,
        start: spans.start.0,
        compute: spans.compute.0,
        settle: spans.settle.0,
    }
}

fn leg(leg: &Leg) -> TaskMarket::Leg {
    TaskMarket::Leg {
        dataset: leg.dataset,
        version: leg.version,
        owner: account(&leg.owner),
        price: leg.price,
        authorised: leg.is_authorised,
        confirmed: leg.is_confirmed,
    }
}

fn seat(seat: &Seat) -> TaskMarket::Seat {
    let nothing = Posting {
        result: Hash::default(),
        transcript: Hash::default(),
        output: Hash::default(),
        pairs: [Hash::default(); 2],
    };
    let (word, posted) = match seat.word {
        Word::Silent => (0, nothing),
        Word::Posted(posting) => (1, posting),
        Word::Gave { .. } => (2, nothing),
        Word::Signed { result, transcript } => (3, Posting { result, transcript, ..nothing }),
    };
    TaskMarket::Seat {
        id: seat.node,
        accepted: seat.has_accepted,
        bond: seat.bond,
        word,
        punished: seat.is_punished,
        posting: posting(&posted),
    }
}

pub(crate) fn posting(posting: &Posting) -> TaskMarket::Posting {
    TaskMarket::Posting {
        result: hash(&posting.result),
        transcript: hash(&posting.transcript),
        output: hash(&posting.output),
        pairs: posting.pairs.map(|pair| hash(&pair)),
    }
}

pub(crate) fn statement(held: &Held) -> TaskMarket::Statement {
    let Statement { kind, peer, round, part, hash } = &held.statement;
    TaskMarket::Statement {
        kind: *kind as u8,
        peer: *peer,
        round: *round,
        part: *part,
        hash: self::hash(hash),
        signature: held.signature.to_vec().into(),
    }
}

fn demand(demand: &Demand) -> TaskMarket::Demand {
    let (answer, until, published) = match demand.answer {
        Answer::Awaited => (0, demand.until, Hash::default()),
        Answer::Published { hash, until } => (1, until, hash),
        Answer::Settled => (2, demand.until, Hash::default()),
    };
    TaskMarket::Demand {
        from: demand.from,
        of_: demand.of,
        round: demand.round,
        until: until.0,
        answer,
        hash: hash(&published),
    }
}

pub(super) fn rules(rules: &Rules) -> TaskMarket::Rules {
    TaskMarket::Rules {
        leastStake: rules.least_stake,
        bond: rules.bond,
        smallBond: rules.small_bond,
        unbonding: rules.unbonding.0,
        answer: rules.answer.0,
        draw: rules.draw.0,
        views: rules.views,
        slashedPercent: rules.slashed_percent,
        reporterPercent: rules.reporter_percent,
        abandonedPercent: rules.abandoned_percent,
        leastFee: rules.least_fee,
        leastSpan: rules.least_span.0,
    }
}
