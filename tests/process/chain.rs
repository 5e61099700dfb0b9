//! Ring 3: a chain of real processes, killed, stopped and drained while transfers become final.

use crate::network::{Network, is_alive, signal, until};
use crate::wallet::{Account, height, receipt, settle};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use troupe_types::Address;

const CHAIN_ONLY: &[&str] = &["--validators", "4", "--data", "0", "--compute", "0"];
const PAYEE: Address = Address([9; 20]);

/// What clients were told is final: the block by transaction.
#[derive(Default)]
struct Told(Mutex<BTreeMap<String, String>>);

impl Told {
    fn hear(&self, hash: String, receipt: &serde_json::Value) {
        let block = receipt["blockHash"].as_str().expect("a block").to_owned();
        self.0.lock().expect("no client panicked").insert(hash, block);
    }

    /// Every node says the same.
    fn check(&self, urls: &[String]) -> usize {
        let told = self.0.lock().expect("no client panicked");
        for (hash, block) in told.iter() {
            for url in urls {
                let found = until("a receipt is everywhere", || receipt(url, hash));
                assert_eq!(found["blockHash"].as_str(), Some(block.as_str()), "{hash} at {url}");
            }
        }
        told.len()
    }
}

/// Sends one transfer after the other until it is told to stop.
fn send(account: &Account, urls: &[String], first: usize, told: &Told, is_over: &AtomicBool) {
    for nonce in 0.. {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let (envelope, hash) = account.transfer(nonce, PAYEE);
        let receipt = settle(urls, &envelope, &hash, first);
        assert_eq!(receipt["status"].as_str(), Some("0x1"));
        told.hear(hash, &receipt);
    }
}

/// Kills one process after the other under load; how long each took until it was at the head again.
fn kill_in_turn(times: usize) -> Vec<Duration> {
    let network = Network::start_with(CHAIN_ONLY);
    let (urls, accounts) = (network.rpc(), network.accounts());
    let (told, is_over) = (Told::default(), AtomicBool::new(false));
    let mut took = Vec::new();
    std::thread::scope(|scope| {
        for (first, account) in accounts.iter().take(4).enumerate() {
            let (urls, told, is_over) = (&urls, &told, &is_over);
            scope.spawn(move || send(account, urls, first, told, is_over));
        }
        for round in 0..times {
            std::thread::sleep(Duration::from_millis(1_000 + 137 * (round as u64 % 7)));
            let victim = match round % 5 {
                4 => "bootstrap".to_owned(),
                validator => format!("validator-{}", validator + 1),
            };
            let old = network.kill(&victim);
            let restarted = until("a process runs again", || {
                let pid = network.node(&victim)["pid"].as_u64()?;
                (pid != 0 && pid != old).then(Instant::now)
            });
            if let Some(url) = network.node(&victim)["rpc"].as_str() {
                until("it is at the head", || {
                    let others = urls.iter().filter(|other| *other != url);
                    let head = others.filter_map(|other| height(other)).max()?;
                    (height(url)? >= head).then_some(())
                });
                took.push(restarted.elapsed());
            }
            network.back(&victim, old);
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let count = told.check(&urls);
    assert!(count > times, "transfers became final all the while: {count}");
    took
}

fn tell(took: &mut [Duration]) {
    took.sort_unstable();
    let (median, longest) = (took[took.len() / 2], took[took.len() - 1]);
    println!("{} restarts: at the head after {median:?}, at most {longest:?}", took.len());
}

#[test]
fn nothing_that_was_final_is_lost_whoever_is_killed_and_it_is_at_the_head_again_soon() {
    let mut took = kill_in_turn(5);
    tell(&mut took);
    // Three seconds on an idle machine; other tests run beside this one.
    assert!(took.iter().all(|took| *took < Duration::from_secs(20)), "{took:?}");
}

#[test]
#[ignore = "two minutes: cargo test --release -p troupe --test process -- --ignored --nocapture fifty"]
fn fifty_kills_under_load_slow() {
    let mut took = kill_in_turn(50);
    tell(&mut took);
    assert!(took.iter().all(|took| *took < Duration::from_secs(3)), "{took:?}");
}

/// The longest time that passes between two heights at a server.
fn longest_gap(url: &str, span: Duration) -> Duration {
    let (began, mut last, mut longest) = (Instant::now(), Instant::now(), Duration::ZERO);
    let mut at = height(url);
    while began.elapsed() < span {
        let now = height(url);
        if now > at {
            longest = longest.max(last.elapsed());
            (at, last) = (now, Instant::now());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    longest.max(last.elapsed())
}

#[test]
fn with_one_of_four_validators_dead_blocks_go_on_and_clients_wait_seconds() {
    let network = Network::start_with(CHAIN_ONLY);
    let urls = network.rpc();
    let victim = network.node("validator-2")["pid"].as_u64().expect("a process id");
    // A process that is stopped is not started again, and its sockets stay open: worse than dead.
    signal(victim, "STOP");
    let longest = longest_gap(&urls[0], Duration::from_secs(20));
    signal(victim, "CONT");
    println!("longest gap: {longest:?}");
    assert!(longest < Duration::from_secs(15), "{longest:?}");
    let account = &network.accounts()[0];
    let (envelope, hash) = account.transfer(0, PAYEE);
    settle(&urls[..1], &envelope, &hash, 0);
    until("the one that was stopped has it as well", || receipt(&urls[1], &hash));
}

#[test]
fn sigterm_ends_a_chain_with_all_that_was_final_and_the_next_start_has_it() {
    let mut network = Network::start_with(CHAIN_ONLY);
    let urls = network.rpc();
    let (envelope, hash) = network.accounts()[0].transfer(0, PAYEE);
    let told = settle(&urls, &envelope, &hash, 0);
    let pid = network.node("validator-1")["pid"].as_u64().expect("a process id");
    let status = network.end();
    assert_eq!(status.code(), Some(0));
    assert!(!is_alive(pid));
    network.begin(CHAIN_ONLY);
    let found = until("the receipt is there", || receipt(&urls[0], &hash));
    assert_eq!(found["blockHash"], told["blockHash"]);
}
