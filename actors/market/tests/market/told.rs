//! Contracts that declare tasks are told how they end.

use crate::common::account;
use crate::town::*;
use alloy_sol_types::SolCall;
use serde_json::json;
use troupe_market::call::abi::TaskMarket as Market;
use troupe_market::contract::TASKS;
use troupe_market::duty::Say;
use troupe_market::message::Decision;
use troupe_market::task::{End, Phase};
use troupe_runtime::run;

const GAS: u64 = 150_000;
/// More than the gas costs here.
const TIP: u128 = 10u128.pow(17);

/// What the contract keeps: the task, how it ended, the result, who said so.
async fn kept(town: &Town) -> [String; 4] {
    let mut words = [const { String::new() }; 4];
    for (slot, word) in words.iter_mut().enumerate() {
        let asked = json!([format!("0x{}", DECLARES), format!("{slot:#x}"), "latest"]);
        let found = town.chain.call("eth_getStorageAt", asked).await;
        *word = found.as_str().unwrap().trim_start_matches("0x").to_owned();
    }
    words
}

async fn is_told(town: &Town, task: u64) -> [String; 4] {
    loop {
        let kept = kept(town).await;
        if kept[0] == format!("{task:064x}") {
            return kept;
        }
        town.chain.wait(50).await;
    }
}

#[test]
fn the_first_party_has_the_contract_told_that_declared_a_task_for_the_tip() {
    run(async {
        let town = Town::new().await;
        let callback = Market::Callback { gas_: GAS, tip: TIP };
        let spans = [SPAN, SPAN, SPAN, SPAN, 2_000];
        let task = town.declare_by_contract(1, spans, callback).await;
        town.allowed(task).await;
        for (seat, party) in (0..).zip(town.parties(task).await) {
            party.wait(task, Phase::Compute).await;
            party.decide(task, Decision::Say(Say::Done(posting(seat)))).await;
        }
        let told = is_told(&town, task).await;
        assert_eq!(told[1], format!("{:064x}", End::Paid as u8));
        assert_eq!(told[2], hex::encode(posting(0).result.0));
        assert_eq!(told[3], format!("{:0>64}", hex::encode(TASKS.0)));
        assert_eq!(town.told(Market::getCallbackCall { task }).await.gas_, 0, "that was it");
        town.end().await;
    });
}

#[test]
fn nobody_pays_for_a_callback_but_whoever_wants_it() {
    run(async {
        let town = Town::new().await;
        let callback = Market::Callback { gas_: GAS, tip: 10 };
        let spans = [SPAN, SPAN, 1_500, SPAN, SPAN];
        let task = town.declare_by_contract(1, spans, callback).await;
        // One that pays for itself, beside it, and ends later.
        let worthy = Market::Callback { gas_: GAS, tip: TIP };
        let next = town.declare_by_contract(2, [SPAN, SPAN, 3_000, SPAN, SPAN], worthy).await;
        for task in [task, next] {
            town.owner.decide(task, Decision::Allow).await;
            for party in town.parties(task).await {
                party.decide(task, Decision::Able).await;
            }
        }
        for task in [task, next] {
            let over = town.sender.wait(task, Phase::Ended).await;
            assert_eq!(over.task.end, End::NotStarted as u8, "nobody has confirmed it");
        }
        let told = is_told(&town, next).await;
        assert_eq!(told[1..3], [format!("{:064x}", End::NotStarted as u8), "0".repeat(64)]);
        assert_eq!(town.told(Market::getCallbackCall { task }).await.gas_, GAS, "left alone");
        // Whoever wants it may. What it costs can be asked before.
        let call = Market::deliverCall { task };
        let input = format!("0x{}", hex::encode(call.abi_encode()));
        let from = format!("0x{}", account(SENDER));
        let asked = json!([{ "from": from, "to": format!("0x{TASKS}"), "data": input }]);
        let costs = town.chain.call("eth_estimateGas", asked).await;
        let costs = costs.as_str().unwrap().trim_start_matches("0x").to_owned();
        let costs = u64::from_str_radix(&costs, 16).unwrap();
        assert!((GAS..GAS + troupe_market::task::DELIVERY).contains(&costs), "{costs}");
        assert!(town.sender.call(3, 0, call).await);
        is_told(&town, task).await;
        town.end().await;
    });
}
