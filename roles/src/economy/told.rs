//! What contracts told of what they did, read from a receipt.

use super::abi::{self, DelegateReward, Governance, Restricting, Staking};
use super::words::{Version, choice, purse, state};
use super::{Clock, Facts};
use crate::rpc::{bytes, data, fixed};
use crate::tx::Amount;
use DelegateReward::DelegateRewardEvents as Rewards;
use Governance::GovernanceEvents as Votes;
use Restricting::RestrictingEvents as Plans;
use Staking::StakingEvents as Stakes;
use alloy_primitives::{B256, U256};
use serde_json::{Value, json};
use troupe_staking::contract;
use troupe_types::Address;

/// The most logs that are read; a call of ours tells a few.
const MOST: usize = 256;
/// A log has no more topics.
const TOPICS: usize = 4;

/// Something that happened.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// Its name, for programs.
    name: &'static str,
    /// In words.
    pub(super) words: String,
    facts: Facts,
}

impl Told {
    fn new(name: &'static str, words: String, facts: Facts) -> Self {
        Self { name, words, facts }
    }

    pub(super) fn json(&self) -> Value {
        let mut json = self.facts.json();
        json["event"] = self.name.into();
        json
    }
}

/// What the economy's contracts told in a receipt; what others told, and what nobody knows, is left out.
pub(super) fn told(receipt: &Value, clock: Option<&Clock>) -> Vec<Told> {
    let logs = receipt.get("logs").and_then(Value::as_array);
    let logs = logs.map(Vec::as_slice).unwrap_or_default().iter().take(MOST);
    logs.filter_map(|log| read(log, clock)).collect()
}

/// What one contract logged in a receipt: topics and data.
pub(crate) fn logs(receipt: &Value, of: Address) -> impl Iterator<Item = (Vec<B256>, Vec<u8>)> {
    let logs = receipt.get("logs").and_then(Value::as_array);
    let logs = logs.map(Vec::as_slice).unwrap_or_default().iter().take(MOST).filter_map(raw);
    logs.filter(move |(address, ..)| *address == of).map(|(_, topics, bytes)| (topics, bytes))
}

/// Whose log it is, its topics, and its data.
fn raw(log: &Value) -> Option<(Address, Vec<B256>, Vec<u8>)> {
    let address = Address(fixed(log.get("address")?)?);
    let topics = log.get("topics")?.as_array().filter(|topics| topics.len() <= TOPICS)?;
    let topics: Option<Vec<B256>> = topics.iter().map(|topic| Some(fixed(topic)?.into())).collect();
    Some((address, topics?, bytes(log.get("data")?)?))
}

fn read(log: &Value, clock: Option<&Clock>) -> Option<Told> {
    let (address, topics, bytes) = raw(log)?;
    match address {
        contract::STAKING => Some(of_stakes(abi::event::<Stakes>(&topics, &bytes).ok()?, clock)),
        contract::RESTRICTING => Some(of_plans(abi::event::<Plans>(&topics, &bytes).ok()?)),
        contract::GOVERNANCE => Some(of_votes(abi::event::<Votes>(&topics, &bytes).ok()?)),
        contract::DELEGATE_REWARD => {
            let Rewards::Claimed(told) = abi::event::<Rewards>(&topics, &bytes).ok()?;
            let words = format!("{} were earned with node {}", lat(told.amount), told.node);
            let facts = node(told.node).amount("amount", told.amount);
            Some(Told::new("claimed", words, facts))
        }
        _ => None,
    }
}

fn of_stakes(event: Stakes, clock: Option<&Clock>) -> Told {
    let when =
        |epoch: u64| clock.map_or_else(|| format!("epoch {epoch}"), |clock| clock.when(epoch));
    match event {
        Stakes::Created(told) => {
            let amount = purse(told.free, told.restricted);
            let words = format!("node {} is candidate {} with {amount}", told.node, told.id);
            let facts = node(told.node).number("id", told.id);
            Told::new("created", words, facts.and(split("", told.free, told.restricted)))
        }
        Stakes::Edited(told) => {
            Told::new("edited", format!("candidate {} was changed", told.node), node(told.node))
        }
        Stakes::Increased(told) => {
            let amount = purse(told.free, told.restricted);
            let words = format!("candidate {} has {amount} more", told.node);
            let facts = node(told.node).and(split("", told.free, told.restricted));
            Told::new("increased", words, facts)
        }
        Stakes::Withdrawn(told) => {
            let back = purse(told.free, told.restricted);
            let is_all = clock.is_some_and(|clock| told.until <= clock.epoch);
            let rest = match is_all {
                true => "which is all".to_owned(),
                false => format!("the rest does with {}", when(told.until)),
            };
            let words = format!("candidate {} leaves: {back} went back, {rest}", told.node);
            let facts = node(told.node).and(split("", told.free, told.restricted));
            Told::new("withdrawn", words, facts.number("until", told.until))
        }
        Stakes::Delegated(told) => {
            let amount = purse(told.free, told.restricted);
            let words = format!("{amount} are delegated to node {}", told.node);
            let facts = node(told.node).and(split("", told.free, told.restricted));
            Told::new("delegated", words, facts)
        }
        Stakes::Undelegated(told) => {
            let back = purse(told.free, told.restricted);
            let mut words = format!("of node {} {back} went back", told.node);
            if told.lockedFree > 0 || told.lockedRestricted > 0 {
                let locked = purse(told.lockedFree, told.lockedRestricted);
                words += &format!(", {locked} are locked until {}", when(told.until));
            }
            if told.earned > 0 {
                words += &format!(", {} had been earned and were paid", lat(told.earned));
            }
            let facts = node(told.node)
                .and(split("", told.free, told.restricted))
                .and(split("locked_", told.lockedFree, told.lockedRestricted))
                .number("until", told.until)
                .amount("earned", told.earned);
            Told::new("undelegated", words, facts)
        }
        Stakes::Redeemed(told) => {
            let words = format!("{} were paid out", purse(told.free, told.restricted));
            Told::new("redeemed", words, split("", told.free, told.restricted))
        }
    }
}

fn of_plans(event: Plans) -> Told {
    match event {
        Plans::PlanCreated(told) => {
            let account = Address(told.account.into());
            let words = format!("{} are planned for {}", lat(told.amount), account.to_checksum());
            let facts =
                Facts::default().text("account", data(account)).amount("amount", told.amount);
            Told::new("plan_created", words, facts)
        }
        Plans::Released(told) => {
            let words = format!("{} are released with epoch {}", lat(told.amount), told.epoch);
            let facts = Facts::default().number("epoch", told.epoch).amount("amount", told.amount);
            Told::new("released", words, facts)
        }
        Plans::Paid(told) => {
            let words = format!("{} of restricting plans were paid", lat(told.amount));
            let facts = Facts::default().amount("amount", told.amount).amount("owed", told.owed);
            Told::new("paid", words, facts)
        }
    }
}

fn of_votes(event: Votes) -> Told {
    let proposal = |id: B256| Facts::default().text("proposal", id);
    match event {
        Votes::Submitted(told) => {
            let words = format!("proposal {} is voted on", told.id);
            Told::new("submitted", words, proposal(told.id).and(node(told.node)))
        }
        Votes::NodeVoted(told) => {
            let choice = choice(told.choice);
            let words = format!("node {} voted {choice} on {}", told.node, told.id);
            let facts = proposal(told.id).and(node(told.node)).text("choice", choice);
            Told::new("node_voted", words, facts)
        }
        Votes::HolderVoted(told) => {
            let choice = choice(told.choice);
            let (locked, delegated) = (lat(told.locked), lat(told.delegated));
            let words = format!(
                "voted {choice} on {} with {locked} that are locked and {delegated} that are delegated",
                told.id
            );
            let facts = proposal(told.id).text("choice", choice);
            let facts = facts.amount("locked", told.locked).amount("delegated", told.delegated);
            Told::new("holder_voted", words, facts)
        }
        Votes::Unlocked(told) => {
            let words = format!("{} went back, the vote on {} is over", lat(told.amount), told.id);
            Told::new("unlocked", words, proposal(told.id).amount("amount", told.amount))
        }
        Votes::Ended(told) => {
            let state = state(told.state);
            let words = format!("proposal {} is {state}", told.id);
            Told::new("ended", words, proposal(told.id).text("state", state))
        }
        Votes::Declared(told) => {
            let version = Version(told.version);
            let words = format!("node {} runs version {version}", told.node);
            Told::new("declared", words, node(told.node).text("version", version))
        }
        Votes::Activated(told) => {
            let version = Version(told.version);
            let words = format!("version {version} is in force from round {}", told.fromRound);
            let facts = Facts::default().text("version", version);
            Told::new("activated", words, facts.number("from_round", told.fromRound))
        }
    }
}

fn node(node: B256) -> Facts {
    Facts::default().text("node", node)
}

/// An amount by where it came from: each part under its name.
fn split(prefix: &str, free: u128, restricted: u128) -> Facts {
    let (free_name, restricted_name) = match prefix {
        "" => ("free", "restricted"),
        _ => ("locked_free", "locked_restricted"),
    };
    Facts::default().amount(free_name, free).amount(restricted_name, restricted)
}

fn lat(von: u128) -> Amount {
    Amount(U256::from(von))
}

/// Several things that happened, for programs.
pub(super) fn json(all: &[Told]) -> Value {
    json!(all.iter().map(Told::json).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use troupe_staking::call::log_of;
    use troupe_staking::stake::StakeId;
    use troupe_staking::{Event, Purse, governance, restricting, stake};
    use troupe_types::{Hash, NodeId};

    const NODE: NodeId = NodeId([7; 32]);
    const WHO: Address = Address([8; 20]);

    fn receipt(events: &[Event]) -> Value {
        let logs = events.iter().map(|event| {
            let log = log_of(event);
            let topics: Vec<String> = log.topics.iter().map(data).collect();
            json!({ "address": data(log.contract), "topics": topics, "data": data(log.data) })
        });
        json!({ "logs": logs.collect::<Vec<_>>() })
    }

    #[test]
    fn every_event_is_read_as_it_was_told() {
        let lat = 1_000_000_000_000_000_000;
        let amount = Purse { free: 2 * lat, restricted: lat };
        let (id, delegator) = (Hash([9; 32]), WHO);
        let events = [
            Event::Stake(stake::Event::Created { id: StakeId(3), node: NODE, staker: WHO, amount }),
            Event::Stake(stake::Event::Edited { node: NODE }),
            Event::Stake(stake::Event::Increased { node: NODE, amount }),
            Event::Stake(stake::Event::Withdrawn { node: NODE, returned: amount, until: 12 }),
            Event::Stake(stake::Event::Delegated { delegator, node: NODE, amount }),
            Event::Stake(stake::Event::Undelegated {
                delegator,
                node: NODE,
                returned: Purse::EMPTY,
                locked: amount,
                until: 12,
                earned: lat,
            }),
            Event::Stake(stake::Event::Redeemed { delegator, amount }),
            Event::Stake(stake::Event::Claimed { delegator, node: NODE, amount: lat }),
            Event::Restricting(restricting::Event::Created {
                from: WHO,
                account: WHO,
                amount: lat,
            }),
            Event::Restricting(restricting::Event::Paid { account: WHO, amount: lat, owed: 1 }),
            Event::Governance(governance::Event::Submitted { id, node: NODE }),
            Event::Governance(governance::Event::Unlocked { id, holder: WHO, amount: lat }),
            Event::Governance(governance::Event::Declared { node: NODE, version: 0x0001_0200 }),
        ];
        let all = told(&receipt(&events), None);
        let names: Vec<Value> = all.iter().map(|one| one.json()["event"].clone()).collect();
        let want = [
            "created",
            "edited",
            "increased",
            "withdrawn",
            "delegated",
            "undelegated",
            "redeemed",
            "claimed",
            "plan_created",
            "paid",
            "submitted",
            "unlocked",
            "declared",
        ];
        assert_eq!(names, want);
        let node = format!("0x{}", "07".repeat(32));
        assert_eq!(
            all[0].words,
            format!("node {node} is candidate 3 with 3 LAT (1 LAT of restricting plans)")
        );
        assert_eq!(
            all[5].words,
            format!(
                "of node {node} 0 LAT went back, 3 LAT (1 LAT of restricting plans) are locked until epoch 12, \
                 1 LAT had been earned and were paid"
            )
        );
        let json = all[5].json();
        assert_eq!(
            (&json["locked_free"], &json["until"]),
            (&json!((2 * lat).to_string()), &json!(12))
        );
        assert_eq!(all[12].words, format!("node {node} runs version 1.2.0"));
    }

    #[test]
    fn what_others_told_and_what_is_cut_is_left_out() {
        let event = Event::Stake(stake::Event::Edited { node: NODE });
        let good = receipt(std::slice::from_ref(&event));
        assert_eq!(told(&good, None).len(), 1);
        for (field, value) in [
            ("address", json!(data([1; 20]))),
            ("topics", json!([])),
            ("topics", json!([data([1; 32])])),
            ("data", json!("0x00")),
            ("data", Value::Null),
        ] {
            let mut other = good.clone();
            other["logs"][0][field] = value;
            assert!(told(&other, None).is_empty(), "{field}");
        }
        for strange in [Value::Null, json!({ "logs": 7 }), json!({ "logs": [null, [], "x"] })] {
            assert!(told(&strange, None).is_empty());
        }
    }

    proptest! {
        #[test]
        fn no_log_panics(
            which in 0u8..8,
            topics in prop::collection::vec(any::<[u8; 32]>(), 0..5),
            bytes in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut address = contract::STAKING;
            address.0[19] = which;
            let topics: Vec<String> = topics.iter().map(data).collect();
            let log = json!({ "address": data(address), "topics": topics, "data": data(bytes) });
            let _ = told(&json!({ "logs": [log] }), None);
        }
    }
}
