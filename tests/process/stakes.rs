//! Ring 3: candidates take turns in four seats; one is silent, one votes twice, and delegators are paid.

use crate::equivocator::{Seat, entry, equivocate};
use crate::network::{Network, PATIENCE, signal, until, until_within};
use crate::wallet::{Account, ask, height, settle};
use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use troupe_staking::call::abi::{Slashing, Staking};
use troupe_staking::contract::{REWARD_POOL, SLASHING, STAKING};
use troupe_staking::stake::Status;
use troupe_types::{Address, Epoch, Hash, NodeId};

const LAT: u128 = 1_000_000_000_000_000_000;
/// `epoch` of the network file, in milliseconds.
const PERIOD: u64 = 15_000;
/// What the network file says that each founder has staked.
const STAKE: u128 = 150_000 * LAT;
const SEATS: usize = 4;
/// What delegators get of what their candidate earns, in hundredths of a percent.
const SHARE: u16 = 500;

/// Seven candidates, and a node that still knows the state of each block.
fn start() -> Network {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/networks/stakes.toml");
    let counts = ["--validators", "7", "--archive", "1", "--data", "0", "--compute", "0"];
    Network::start_with(&[&counts[..], &["--network", file]].concat())
}

/// What a contract answers after a block.
pub(crate) fn told<C: SolCall>(
    url: &str,
    to: Address,
    asked: &C,
    block: &Value,
) -> Option<C::Return> {
    let data = format!("0x{}", hex::encode(asked.abi_encode()));
    let call = json!({ "to": format!("0x{}", hex::encode(to.0)), "data": data });
    let answer = ask(url, "eth_call", json!([call, block]))?.ok()?;
    let bytes = hex::decode(answer.as_str()?.trim_start_matches("0x")).ok()?;
    Some(C::abi_decode_returns(&bytes).expect("what the interface says"))
}

fn at(height: u64) -> Value {
    Value::String(format!("{height:#x}"))
}

/// Of the last block.
pub(crate) fn latest() -> Value {
    Value::String("latest".to_owned())
}

fn node_id(network: &Network, name: &str) -> NodeId {
    network.node(name)["node_id"].as_str().expect("an id").parse().expect("a node id")
}

fn validators(url: &str) -> Option<Staking::getValidatorsReturn> {
    told(url, STAKING, &Staking::getValidatorsCall {}, &latest())
}

fn candidate(url: &str, node: NodeId) -> Option<Staking::Candidate> {
    told(url, STAKING, &Staking::getCandidateCall { node: node.0.into() }, &latest())
}

fn balance(url: &str, of: Address, block: &Value) -> Option<u128> {
    let params = json!([format!("0x{}", hex::encode(of.0)), block]);
    let answer = ask(url, "eth_getBalance", params)?.ok()?;
    u128::from_str_radix(answer.as_str()?.trim_start_matches("0x"), 16).ok()
}

fn coinbase(url: &str, height: u64) -> Option<String> {
    let block = ask(url, "eth_getBlockByNumber", json!([at(height), false]))?.ok()?;
    block["miner"].as_str().map(str::to_owned)
}

/// Keeps blocks coming while something is waited for.
fn busy(network: &Network, urls: &[String], is_over: &AtomicBool) {
    let account = &network.accounts()[9];
    for nonce in 0.. {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let (envelope, hash) = account.transfer(nonce, Address([9; 20]));
        settle(urls, &envelope, &hash, 1);
    }
}

/// A call that has to succeed.
fn does(urls: &[String], by: &Account, nonce: u64, (to, value): (Address, u128), input: Vec<u8>) {
    let (envelope, hash) = by.call(nonce, to, value, input);
    let receipt = settle(urls, &envelope, &hash, 0);
    assert_eq!(receipt["status"], "0x1", "{receipt}");
}

/// One that never runs while another one is silent: the four seats bear one fault.
fn silent(network: &Network, urls: &[String], name: &str) {
    let (node, pid) = (node_id(network, name), network.node(name)["pid"].as_u64().expect("a pid"));
    signal(pid, "STOP");
    let idle = until_slow("the silent one is punished", || {
        let now = candidate(&urls[0], node)?;
        Status(now.status).has(Status::IDLE).then_some(now)
    });
    signal(pid, "CONT");
    let own = idle.own.free + idle.fresh.free;
    assert!(own < STAKE, "it costs something: {own}");
    // It leaves with the end of a round, and comes back into none while it is frozen.
    until_slow("it is out of office", || {
        let now = validators(&urls[0])?;
        (!now.members.iter().any(|member| member.node.0 == node.0)).then_some(())
    });
}

/// Rounds take seconds, and what is waited for takes some.
fn until_slow<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    until_within(4 * PATIENCE, what, look)
}

fn genesis(url: &str) -> Hash {
    let block = until("the genesis block", || {
        ask(url, "eth_getBlockByNumber", json!(["0x0", false]))?.ok()
    });
    block["hash"].as_str().expect("a hash").parse().expect("a hash")
}

/// Somebody in office votes twice, until it is punished for it. Gives who.
fn twice(network: &Network, urls: &[String], names: &[&str]) -> NodeId {
    let ids: BTreeMap<NodeId, &str> =
        names.iter().map(|name| (node_id(network, name), *name)).collect();
    let (node, name) = until_slow("one of them is in office", || {
        let now = validators(&urls[0])?;
        let mut members = now.members.iter().map(|member| NodeId(member.node.0));
        members.find_map(|node| Some((node, *ids.get(&node)?)))
    });
    let pid = network.node(name)["pid"].as_u64().expect("a pid");
    signal(pid, "STOP");
    let seat = Seat::default();
    let running = equivocate(network, name, genesis(&urls[0]), &seat);
    let (punished, round) = until_slow("the double vote is punished", || {
        let now = validators(&urls[0])?;
        let place = now.members.iter().position(|member| member.node.0 == node.0);
        let place = place.and_then(|place| u16::try_from(place).ok());
        *seat.lock().expect("no test panicked") = place.map(|place| (Epoch(now.round), place));
        let one = candidate(&urls[0], node)?;
        std::thread::sleep(Duration::from_millis(100));
        Status(one.status).has(Status::DOUBLE_SIGN).then_some((one, now.round))
    });
    drop(running);
    signal(pid, "CONT");
    // The tenth part of a percent, of what it staked for itself.
    let own = punished.own.free + punished.fresh.free;
    assert!(own <= STAKE - STAKE / 1_000, "{own}");
    let asked = |round| Slashing::isPunishedCall { voteKey: punished.voteKey.clone(), round };
    let is_known = (round.saturating_sub(2)..=round)
        .any(|round| told(&urls[0], SLASHING, &asked(round), &latest()) == Some(true));
    assert!(is_known, "the chain says for which round");
    until_slow("it is out of office", || {
        let now = validators(&urls[0])?;
        (!now.members.iter().any(|member| member.node.0 == node.0)).then_some(())
    });
    node
}

/// What a settlement epoch is found to have been, from blocks and balances alone.
struct Recount {
    /// What it paid to who made blocks, and to alternatives.
    pays: (u128, u128),
    alternatives: u128,
    made: u128,
    blocks: u128,
}

/// The settlement epoch in which each block was made, from the genesis on.
fn periods(url: &str, to: u64) -> Vec<u64> {
    let of_next = |height| {
        let asked = Staking::getCalendarCall {};
        until("a calendar", || told(url, STAKING, &asked, &at(height))).epoch
    };
    let mut periods = vec![0];
    periods.extend((0..to).map(of_next));
    periods
}

/// A settlement epoch, by its blocks: what the pool had when it began is divided by how many are left in the cycle.
fn recount(url: &str, periods: &[u64], period: u64, miner: &str) -> Recount {
    let of_period = |height: &u64| periods[usize::try_from(*height).expect("small")] == period;
    let heights: Vec<u64> = (1..periods.len() as u64).filter(of_period).collect();
    let begins = at(heights[0] - 1);
    let asked = Staking::getCalendarCall {};
    let calendar = until("a calendar", || told(url, STAKING, &asked, &begins));
    let pool = until("a balance", || balance(url, REWARD_POOL, &begins));
    let left = (calendar.cycleEnds - calendar.began).div_ceil(PERIOD);
    let all = pool / u128::from(left);
    let verifiers = Staking::getVerifiersCall { from: 0, most: 1 };
    let alternatives = until("verifiers", || told(url, STAKING, &verifiers, &begins)).total;
    let mine = |height: &&u64| until("a block", || coinbase(url, **height)) == miner;
    let made = heights.iter().filter(mine).count();
    Recount {
        pays: (all / 2, all - all / 2),
        alternatives: alternatives.into(),
        made: made as u128,
        blocks: heights.len() as u128,
    }
}

fn product(amount: u128, numerator: u128, denominator: u128) -> u128 {
    (U256::from(amount) * U256::from(numerator) / U256::from(denominator)).to()
}

#[test]
fn seven_candidates_share_four_seats_and_who_breaks_the_rules_pays() {
    let network = start();
    let urls = network.rpc();
    let archive = network.node("archive-1")["rpc"].as_str().expect("a URL").to_owned();
    let is_over = Arc::new(AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| busy(&network, &urls, &is_over));
        let over = Over(&is_over);
        // Two accounts delegate to one candidate, three parts and one.
        let popular = node_id(&network, "validator-1");
        let key = entry(&network, "validator-1", "account.json");
        let staker = Account::of(&network, key.secret().expose().try_into().expect("32 bytes"));
        let accounts = network.accounts();
        let gas = 1_000 * LAT;
        does(&urls, &accounts[0], 0, (staker.address(), gas), Vec::new());
        for (account, nonce, amount) in [(0, 1, 3_000 * LAT), (1, 0, 1_000 * LAT)] {
            let asked = Staking::delegateCall { node: popular.0.into(), source: 0, amount };
            does(&urls, &accounts[account], nonce, (STAKING, amount), asked.abi_encode());
        }
        silent(&network, &urls, "validator-7");
        // It gives them 5 %, as soon as it may.
        let epoch = || told(&urls[0], STAKING, &Staking::getCalendarCall {}, &latest());
        until_slow("shares may be changed", || epoch().filter(|now| now.epoch >= 3));
        let share = Staking::setShareCall { node: popular.0.into(), share: SHARE };
        does(&urls, &staker, 0, (STAKING, 0), share.abi_encode());
        let set_in = until("it is set", || candidate(&urls[0], popular)).shareSet;
        let names = ["validator-2", "validator-3", "validator-4", "validator-5", "validator-6"];
        twice(&network, &urls, &names);
        let seen: &mut BTreeSet<[u8; 32]> = &mut BTreeSet::new();
        until_slow("ten rounds are over, and two settlement epochs with the share", || {
            let now = validators(&urls[0])?;
            assert_eq!(now.members.len(), SEATS);
            (now.round > 10 && epoch()?.epoch > set_in + 2).then_some(())
        });
        drop(over);
        let delegators = [accounts[0].address(), accounts[1].address()];
        paid(&archive, &urls[0], (popular, staker.address(), set_in), delegators);
        let rounds = until("a height", || height(&urls[0]));
        for at_height in (1..rounds).step_by(10) {
            let asked = Staking::getValidatorsCall {};
            let then = until("validators", || told(&archive, STAKING, &asked, &at(at_height)));
            seen.extend(then.members.iter().map(|member| member.node.0));
        }
        assert!(seen.len() > SEATS, "others took over: {}", seen.len());
    });
}

/// Ends the load, whatever happens.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What delegators may claim is what blocks and balances say that they earned.
fn paid(
    archive: &str,
    url: &str,
    (node, miner, set_in): (NodeId, Address, u64),
    delegators: [Address; 2],
) {
    let to = until("a height", || height(url));
    until("the archive is there", || (height(archive)? >= to).then_some(()));
    let periods = periods(archive, to);
    let miner = format!("0x{}", hex::encode(miner.0));
    let last = periods[periods.len() - 1];
    let delegations = |of: Address, height: u64| {
        let asked = Staking::getDelegationsCall { delegator: of.0.into() };
        let all = until("delegations", || told(archive, STAKING, &asked, &at(height)));
        all.into_iter().find(|one| one.node.0 == node.0)
    };
    // The settlement epochs in which they have a share, and that are over.
    let from = set_in + 1;
    let before_share = (1..=to).rev().find(|height| periods[*height as usize] < from);
    let before_share = before_share.expect("they delegated before");
    let ended_at =
        (1..=to).rev().find(|height| periods[*height as usize] < last).expect("one ended");
    let mut shares = 0;
    for period in from..last {
        let epoch = recount(archive, &periods, period, &miner);
        let made = product(epoch.pays.0, epoch.made, epoch.blocks);
        let each = epoch.pays.1 / epoch.alternatives;
        let share = |amount| product(amount, SHARE.into(), 10_000);
        shares += share(made) + share(each);
    }
    assert!(shares > 0 && last > from, "{from} {last}");
    for (of, amount) in delegators.into_iter().zip([3_000 * LAT, 1_000 * LAT]) {
        let want = product(shares, amount, 4_000 * LAT);
        let before = delegations(of, before_share).expect("it delegates").claimable;
        assert_eq!(before, 0);
        let got = delegations(of, ended_at).expect("it delegates").claimable;
        let rounding = u128::from(last - from) * 4;
        assert!(want.abs_diff(got) <= rounding, "{got} claimable, {want} earned");
    }
}
