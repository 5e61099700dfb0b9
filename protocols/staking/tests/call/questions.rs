//! What is answered.

use crate::common::{Chain, LAT, STAKE, Secrets};
use crate::platon::{self, bytes, item};
use crate::same::{changes, node};
use crate::shell::{By, ask};
use alloy_primitives::{Address as Account, B256};
use alloy_sol_types::SolCall;
use serde_json::Value;
use troupe_staking::call::abi::{Governance, Restricting, Staking};
use troupe_staking::contract::{DELEGATE_REWARD, GOVERNANCE, RESTRICTING, STAKING};
use troupe_staking::stake;
use troupe_types::Address;

/// A chain in which everything was done but the last thing.
pub fn busy() -> Chain {
    let mut chain = Chain::new(4, 4);
    let mut all = changes(&mut chain);
    all.pop();
    for change in all {
        let by = By::account(change.by).sending(change.value);
        ask(&mut chain, change.contract, by, &change.abi).result.unwrap();
    }
    chain
}

fn told<C: SolCall>(chain: &mut Chain, contract: Address, asked: &C) -> C::Return {
    let answer = ask(chain, contract, By::account(9), &asked.abi_encode()).result.unwrap();
    C::abi_decode_returns(&answer).unwrap()
}

/// What PlatON's clients read: the code, and what is answered.
fn platon(chain: &mut Chain, contract: Address, code: u16, arguments: &[Vec<u8>]) -> (u64, Value) {
    let call = platon::call(code, arguments);
    let answer = ask(chain, contract, By::account(9), &call).result.unwrap();
    let mut answer: Value = serde_json::from_slice(&answer).unwrap();
    (answer["Code"].as_u64().unwrap(), answer["Ret"].take())
}

#[test]
fn a_candidate_is_told_as_it_is_in_both_forms() {
    let mut chain = busy();
    let one = told(&mut chain, STAKING, &Staking::getCandidateCall { node: node(7) });
    assert_eq!((one.node, one.share, one.fresh.free), (node(7), 500, STAKE + 50 * LAT));
    assert_eq!(one.benefit, Account::from([78; 20]));
    let (code, other) = platon(&mut chain, STAKING, 1105, &[bytes(&node(7).0)]);
    assert_eq!(code, 0);
    assert_eq!(other["NodeName"], one.description.name);
    // What a candidate says of itself ends no text of the answer.
    assert_eq!(other["Details"], one.description.details);
    assert_eq!(other["ReleasedHes"], format!("{:#x}", one.fresh.free));
    let all = told(&mut chain, STAKING, &Staking::getCandidatesCall { afterId: 0, most: 1_000 });
    assert_eq!(all.iter().map(|one| one.id).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    let rest = told(&mut chain, STAKING, &Staking::getCandidatesCall { afterId: 2, most: 2 });
    assert_eq!(rest.iter().map(|one| one.id).collect::<Vec<_>>(), [3, 4]);
    let (_, ranked) = platon(&mut chain, STAKING, 1102, &[]);
    assert_eq!(ranked.as_array().unwrap().len(), 5);
    let (code, reason) = platon(&mut chain, STAKING, 1105, &[bytes(&node(9).0)]);
    assert!(code == 301_204 && reason.as_str().unwrap().contains("nothing is known"));
}

#[test]
fn what_counts_is_told_though_nobody_wrote_it() {
    let mut chain = busy();
    let period = troupe_staking::Calendar::period(&mut chain.world);
    chain.until_period(period + 1);
    let before = chain.world.clone();
    let one = told(&mut chain, STAKING, &Staking::getCandidateCall { node: node(7) });
    assert_eq!((one.own.free, one.fresh.free), (STAKE + 50 * LAT, 0));
    assert!(chain.world == before, "a question changes nothing");
}

#[test]
fn validators_and_verifiers_are_told_by_pages() {
    let mut chain = busy();
    let members = told(&mut chain, STAKING, &Staking::getValidatorsCall {}).members;
    assert_eq!(members.len(), 4);
    let (_, other) = platon(&mut chain, STAKING, 1101, &[]);
    assert_eq!(other.as_array().unwrap().len(), 4);
    assert_eq!(other[0]["NodeId"], alloy_primitives::hex::encode(members[0].node));
    let page = told(&mut chain, STAKING, &Staking::getVerifiersCall { from: 1, most: 2 });
    assert_eq!((page.page.len(), page.total), (2, 4));
    let (_, all) = platon(&mut chain, STAKING, 1100, &[]);
    assert_eq!(all[1]["NodeId"], alloy_primitives::hex::encode(page.page[0].node));
    let end = told(&mut chain, STAKING, &Staking::getVerifiersCall { from: u64::MAX, most: 9 });
    assert!(end.page.is_empty());
}

#[test]
fn delegations_locks_and_plans_are_told_in_both_forms() {
    let mut chain = busy();
    let account = Account::from([50; 20]);
    let all = told(&mut chain, STAKING, &Staking::getDelegationsCall { delegator: account });
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].fresh.free, all[0].node), (28 * LAT, node(1)));
    let one = Staking::getDelegationCall { delegator: account, id: all[0].id };
    assert_eq!(told(&mut chain, STAKING, &one).fresh.free, 28 * LAT);
    let id = stake::by_node(&mut chain.world, &Secrets::new(1).node()).unwrap();
    let since = stake::Stake::of(&mut chain.world, id).unwrap().since.0;
    let arguments = [item(&since), bytes(&[50; 20]), bytes(&node(1).0)];
    let (code, other) = platon(&mut chain, STAKING, 1104, &arguments);
    assert_eq!((code, &other["ReleasedHes"]), (0, &Value::from(format!("{:#x}", 28 * LAT))));
    let (_, related) = platon(&mut chain, STAKING, 1103, &[bytes(&[50; 20])]);
    assert_eq!(related[0]["StakingBlockNum"], since);
    let (code, _) = platon(&mut chain, STAKING, 1106, &[bytes(&[50; 20])]);
    assert_eq!(code, 0);
    let locks = told(&mut chain, STAKING, &Staking::getLocksCall { account });
    assert!(locks.later.is_empty() && locks.redeemable.free == 0);

    let holder = Account::from([60; 20]);
    let plan = told(&mut chain, RESTRICTING, &Restricting::getPlanCall { account: holder });
    assert_eq!((plan.pledged, plan.releases.len()), (600 * LAT, 3));
    let (_, other) = platon(&mut chain, RESTRICTING, 4100, &[bytes(&[60; 20])]);
    assert_eq!(other["Pledge"], format!("{:#x}", 600 * LAT));
    assert_eq!(other["plans"][0]["epoch"], plan.releases[0].epoch);
    let (code, _) = platon(&mut chain, RESTRICTING, 4100, &[bytes(&[61; 20])]);
    assert_eq!(code, 304_005);
    let arguments = [bytes(&[50; 20]), platon::list(&[bytes(&node(1).0)])];
    let (code, rewards) = platon(&mut chain, DELEGATE_REWARD, 5100, &arguments);
    assert_eq!((code, &rewards[0]["reward"]), (0, &Value::from("0x0")));
    let arguments = [bytes(&[51; 20]), platon::list(&[])];
    assert_eq!(platon(&mut chain, DELEGATE_REWARD, 5100, &arguments).0, 305_001);
}

#[test]
fn proposals_and_parameters_are_told_in_both_forms() {
    let mut chain = busy();
    let page =
        told(&mut chain, GOVERNANCE, &Governance::getProposalsCall { afterCount: 0, most: 9 });
    assert_eq!(page.iter().map(|one| one.kind).collect::<Vec<_>>(), [1, 3, 4]);
    let (_, list) = platon(&mut chain, GOVERNANCE, 2102, &[]);
    for (one, other) in page.iter().zip(list.as_array().unwrap()) {
        assert_eq!(other["ProposalID"], format!("{}", one.id));
        assert_eq!(other["PIPID"], one.pip);
    }
    let id = B256::from([1; 32]);
    let tally = told(&mut chain, GOVERNANCE, &Governance::getTallyCall { id });
    assert_eq!((tally.yes, tally.no > 0), (0, true));
    assert_eq!(platon(&mut chain, GOVERNANCE, 2101, &[bytes(&id.0)]).0, 302_045);
    let arguments = [bytes(&id.0), bytes(&[0; 32])];
    let (_, accumulated) = platon(&mut chain, GOVERNANCE, 2105, &arguments);
    assert_eq!(accumulated[2], format!("{:#x}", tally.no));
    let all = told(&mut chain, GOVERNANCE, &Governance::getParamsCall { module: String::new() });
    assert_eq!(all.len(), troupe_staking::params::Param::ALL.len());
    for param in all {
        let (module, name) = (param.module.clone(), param.name.clone());
        let one = told(&mut chain, GOVERNANCE, &Governance::getParamCall { module, name });
        assert!(one.least <= one.value && one.value <= one.most);
        let arguments = [item(&param.module.as_str()), item(&param.name.as_str())];
        let (_, value) = platon(&mut chain, GOVERNANCE, 2104, &arguments);
        assert_eq!(value, one.value.to_string());
    }
    let (_, staking) = platon(&mut chain, GOVERNANCE, 2106, &[item(&"staking")]);
    assert_eq!(staking.as_array().unwrap().len(), 7);
    let (_, version) = platon(&mut chain, GOVERNANCE, 2103, &[]);
    assert_eq!(version, told(&mut chain, GOVERNANCE, &Governance::getVersionCall {}).active);
}

#[test]
fn rewards_and_the_pace_of_blocks_are_told() {
    let mut chain = busy();
    chain.until_period(3);
    let block = told(&mut chain, STAKING, &Staking::getPackageRewardCall {});
    let (_, other) = platon(&mut chain, STAKING, 1200, &[]);
    assert_eq!(other, format!("{block:#x}"));
    let all = told(&mut chain, STAKING, &Staking::getStakingRewardCall {});
    assert_eq!(platon(&mut chain, STAKING, 1201, &[]).1, format!("{all:#x}"));
    let pace = platon(&mut chain, STAKING, 1202, &[]).1.as_u64().unwrap();
    assert!((900..=1_100).contains(&pace), "{pace} ms, blocks took 1000");
}
