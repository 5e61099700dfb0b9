//! A change asked for in both forms has one effect.

use crate::common::{Chain, LAT, STAKE, Secrets, account};
use crate::platon::{self, bytes, item};
use crate::shell::{By, ask};
use alloy_primitives::{Address as Account, B256};
use alloy_sol_types::SolCall;
use troupe_staking::call::abi::{DelegateReward, Governance, Restricting, Staking};
use troupe_staking::contract::{DELEGATE_REWARD, GOVERNANCE, RESTRICTING, STAKING};
use troupe_staking::governance::FIRST_VERSION;
use troupe_staking::stake;
use troupe_types::{Address, Hash};

pub fn node(number: u8) -> B256 {
    Secrets::new(number).node().0.into()
}

fn said(name: &str) -> Staking::Description {
    Staking::Description {
        externalId: "id".to_owned(),
        name: name.to_owned(),
        website: String::new(),
        details: "a\"b\\c\u{1}\u{fc}".to_owned(),
    }
}

/// A change in both forms: what is sent in the first of them, and both inputs.
pub struct Change {
    pub by: u8,
    pub contract: Address,
    pub value: u128,
    pub abi: Vec<u8>,
    pub platon: Vec<u8>,
}

/// Changes by accounts of a chain with founders 1 to 4, which can be made one after the other.
pub fn changes(chain: &mut Chain) -> Vec<Change> {
    let mut all = Vec::new();
    let mut add = |by, contract, value, abi, platon| {
        all.push(Change { by, contract, value, abi, platon });
    };
    let registration = Secrets::new(7).register(account(7));
    let keys = platon::keys(&registration);
    let create = Staking::createStakingCall {
        registration: registration.to_bytes().to_vec().into(),
        source: 0,
        amount: STAKE,
        benefit: Account::from([77; 20]),
        share: 500,
        version: FIRST_VERSION,
        description: said("seven"),
    };
    let text = |text: &str| item(&text);
    let mut arguments =
        vec![item(&0u16), bytes(&[77; 20]), bytes(&node(7).0), text("id"), text("seven")];
    arguments.extend([text(""), text("a\"b\\c\u{1}\u{fc}"), item(&STAKE), item(&500u16)]);
    arguments.push(item(&FIRST_VERSION));
    arguments.extend(keys);
    add(7, STAKING, STAKE, create.abi_encode(), platon::call(1000, &arguments));

    let benefit =
        Staking::setBenefitCall { node: node(7), benefit: Account::from([78; 20]) }.abi_encode();
    let nothing = Vec::new;
    let arguments = [
        bytes(&[78; 20]),
        bytes(&node(7).0),
        nothing(),
        nothing(),
        nothing(),
        nothing(),
        nothing(),
    ];
    add(7, STAKING, 0, benefit, platon::call(1001, &arguments));

    let more = Staking::increaseStakingCall { node: node(7), source: 0, amount: 50 * LAT };
    let arguments = [bytes(&node(7).0), item(&0u16), item(&(50 * LAT))];
    add(7, STAKING, 50 * LAT, more.abi_encode(), platon::call(1002, &arguments));

    let delegate = Staking::delegateCall { node: node(1), source: 0, amount: 40 * LAT };
    let arguments = [item(&0u16), bytes(&node(1).0), item(&(40 * LAT))];
    add(50, STAKING, 40 * LAT, delegate.abi_encode(), platon::call(1004, &arguments));

    let id = stake::by_node(&mut chain.world, &Secrets::new(1).node()).unwrap();
    let undelegate = Staking::undelegateCall { id: id.0, amount: 12 * LAT };
    let since = stake::Stake::of(&mut chain.world, id).unwrap().since.0;
    let arguments = [item(&since), bytes(&node(1).0), item(&(12 * LAT))];
    add(50, STAKING, 0, undelegate.abi_encode(), platon::call(1005, &arguments));
    add(50, STAKING, 0, Staking::redeemCall {}.abi_encode(), platon::call(1006, &[]));

    let plans: Vec<_> = (1..4).map(|epochs| (epochs, 200 * LAT)).collect();
    let plan =
        |(epochs, amount): &(u64, u128)| Restricting::Plan { epochs: *epochs, amount: *amount };
    let create = Restricting::createPlanCall {
        account: Account::from([60; 20]),
        plans: plans.iter().map(plan).collect(),
    };
    let entry = |(epochs, amount): &(u64, u128)| platon::list(&[item(epochs), item(amount)]);
    let entries: Vec<_> = plans.iter().map(entry).collect();
    let arguments = [bytes(&[60; 20]), platon::list(&entries)];
    add(51, RESTRICTING, 600 * LAT, create.abi_encode(), platon::call(4000, &arguments));

    // What is mixed takes from the plans first.
    let mixed = Staking::delegateCall { node: node(2), source: 2, amount: 700 * LAT };
    let arguments = [item(&2u16), bytes(&node(2).0), item(&(700 * LAT))];
    add(60, STAKING, 100 * LAT, mixed.abi_encode(), platon::call(1004, &arguments));

    let claim = DelegateReward::claimCall {}.abi_encode();
    add(50, DELEGATE_REWARD, 0, claim, platon::call(5000, &[]));

    let submit = Governance::submitTextCall { node: node(1), pip: "text".to_owned() };
    let arguments = [bytes(&node(1).0), text("text")];
    add(1, GOVERNANCE, 0, submit.abi_encode(), platon::call(2000, &arguments));
    let vote = Governance::voteAsNodeCall {
        node: node(2),
        id: B256::from([1; 32]),
        choice: 2,
        version: FIRST_VERSION,
    };
    let sign = bytes(&[0; 65]);
    let arguments =
        [bytes(&node(2).0), bytes(&[1; 32]), item(&2u8), item(&FIRST_VERSION), sign.clone()];
    add(2, GOVERNANCE, 0, vote.abi_encode(), platon::call(2003, &arguments));
    let submit = Governance::submitParamCall {
        node: node(2),
        pip: "param".to_owned(),
        module: "staking".to_owned(),
        name: "maxValidators".to_owned(),
        value: "50".to_owned(),
    };
    let arguments =
        [bytes(&node(2).0), text("param"), text("staking"), text("maxValidators"), text("50")];
    add(2, GOVERNANCE, 0, submit.abi_encode(), platon::call(2002, &arguments));
    // A round has eight blocks, each of a second.
    let cancel = Governance::submitCancelCall {
        node: node(3),
        pip: "cancel".to_owned(),
        target: B256::from([2; 32]),
        voting: 16_000,
    };
    let arguments = [bytes(&node(3).0), text("cancel"), item(&2u64), bytes(&[2; 32])];
    add(3, GOVERNANCE, 0, cancel.abi_encode(), platon::call(2005, &arguments));
    let declare = Governance::declareVersionCall { node: node(3), version: FIRST_VERSION };
    let arguments = [bytes(&node(3).0), item(&FIRST_VERSION), sign];
    add(3, GOVERNANCE, 0, declare.abi_encode(), platon::call(2004, &arguments));

    let leave = Staking::withdrawStakingCall { node: node(7) }.abi_encode();
    add(7, STAKING, 0, leave, platon::call(1003, &[bytes(&node(7).0)]));
    all
}

#[test]
fn both_forms_of_a_change_have_one_effect() {
    let mut one = Chain::new(4, 4);
    let mut other = Chain::new(4, 4);
    let changes = changes(&mut one);
    for (at, change) in changes.iter().enumerate() {
        let by = By::account(change.by);
        let abi = ask(&mut one, change.contract, by.sending(change.value), &change.abi);
        let platon = ask(&mut other, change.contract, by, &change.platon);
        assert!(abi.result.is_ok(), "{at}: {:?}", crate::refusals::read(&abi.result));
        assert_eq!(platon.result, Ok(b"0".to_vec()), "{at}");
        assert!(one.world == other.world, "change {at} differs");
        assert_eq!(abi.used, platon.used, "{at}");
        assert!(abi.receipts.is_empty());
        let [(contract, data)] = &platon.receipts[..] else { panic!("{at}: no receipt") };
        assert_eq!(*contract, change.contract);
        assert!(data.starts_with(&[0xc0 + u8::try_from(data.len() - 1).unwrap().min(55), 0x30]));
        one.check();
    }
}

#[test]
fn a_version_is_proposed_in_both_forms() {
    let (mut one, mut other) = (Chain::new(4, 4), Chain::new(4, 4));
    let version = FIRST_VERSION + (1 << 8);
    let pip = "version".to_owned();
    let submit = Governance::submitVersionCall { node: node(1), pip, version, voting: 24_000 };
    let arguments = [bytes(&node(1).0), item(&"version"), item(&version), item(&3u64)];
    let by = By::account(1);
    let abi = ask(&mut one, GOVERNANCE, by, &submit.abi_encode());
    assert_eq!(abi.result, Ok(vec![1; 32]), "it is named by its transaction");
    let platon = ask(&mut other, GOVERNANCE, by, &platon::call(2001, &arguments));
    assert_eq!(platon.result, Ok(b"0".to_vec()));
    assert!(one.world == other.world);
}

#[test]
fn holders_vote_with_what_they_send_and_have_it_back() {
    let mut chain = Chain::new(4, 4);
    let submit = Governance::submitTextCall { node: node(1), pip: "text".to_owned() };
    ask(&mut chain, GOVERNANCE, By::account(1), &submit.abi_encode()).result.unwrap();
    let id = B256::from([1; 32]);
    let before = chain.world.balances[&account(50)];
    let vote = Governance::voteAsHolderCall { id, choice: 1 }.abi_encode();
    let by = By::account(50).sending(30 * LAT);
    ask(&mut chain, GOVERNANCE, by, &vote).result.unwrap();
    assert_eq!(chain.world.balances[&account(50)], before - 30 * LAT);
    let asked = Governance::getHolderVoteCall { id, holder: Account::from([50; 20]) };
    let told = ask(&mut chain, GOVERNANCE, By::account(9), &asked.abi_encode()).result.unwrap();
    let told = Governance::getHolderVoteCall::abi_decode_returns(&told).unwrap();
    assert_eq!((told.choice, told.locked, told.delegated), (1, 30 * LAT, 0));
    chain.check();
    while troupe_staking::governance::Proposal::of(&mut chain.world, &Hash([1; 32])).unwrap().state
        == troupe_staking::governance::State::Voting
    {
        chain.block(&[], |_| {});
    }
    let unlock = Governance::unlockCall { id }.abi_encode();
    let told = ask(&mut chain, GOVERNANCE, By::account(50), &unlock).result.unwrap();
    assert_eq!(Governance::unlockCall::abi_decode_returns(&told), Ok(30 * LAT));
    assert_eq!(chain.world.balances[&account(50)], before);
    chain.check();
}

#[test]
fn what_delegations_earned_is_paid_and_told_in_both_forms() {
    let mut chain = Chain::new(4, 4);
    let share = Staking::setShareCall { node: node(1), share: 500 }.abi_encode();
    chain.until_period(12);
    ask(&mut chain, STAKING, By::account(1), &share).result.unwrap();
    let delegate = Staking::delegateCall { node: node(1), source: 0, amount: 40 * LAT };
    let by = By::account(50).sending(40 * LAT);
    ask(&mut chain, STAKING, by, &delegate.abi_encode()).result.unwrap();
    chain.until_period(15);
    let mut other = Chain { world: chain.world.clone(), ..Chain::new(4, 4) };
    let claim = DelegateReward::claimCall {}.abi_encode();
    let told = ask(&mut chain, DELEGATE_REWARD, By::account(50), &claim).result.unwrap();
    let paid = DelegateReward::claimCall::abi_decode_returns(&told).unwrap();
    assert!(paid.len() == 1 && paid[0].amount > 0 && paid[0].node == node(1));
    let platon = ask(&mut other, DELEGATE_REWARD, By::account(50), &platon::call(5000, &[]));
    assert!(chain.world == other.world);
    let since = stake::Stake::of(&mut chain.world, stake::StakeId(paid[0].id)).unwrap().since.0;
    let one = platon::list(&[bytes(&node(1).0), item(&since), item(&paid[0].amount)]);
    let receipt = platon::list(&[bytes(b"0"), bytes(&platon::list(&[one]))]);
    assert_eq!(platon.receipts, [(DELEGATE_REWARD, receipt)]);
    chain.check();
}
