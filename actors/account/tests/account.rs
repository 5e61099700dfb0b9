//! An account before a chain of one validator: real actors, disks and clocks.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

#[path = "../../gateway/tests/common/mod.rs"]
mod common;

use common::{Behind, PAYEE, Process, TELLS, secret, sent};
use proptest::prelude::*;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use troupe_account::{Happened, Opening, Reader, Source, Submit, Submitted};
use troupe_chain::errand::{Errand, Limits, Outcome};
use troupe_chain::transaction::Signer;
use troupe_runtime::{
    Actor, Cx, Directory, Fault, Handle, Link, Node, Parts, Reply, Spec, StopCause, run,
};
use troupe_types::{Address, Gas, Hash, Height, Millis};
use troupe_wire::List;

/// Whose account it is.
const WHO: u8 = 2;

fn errand(number: u8, to: Address) -> Errand {
    let input = List::new(Vec::new()).unwrap();
    Errand { id: Hash([number; 32]), to, value: 5, input, gas_limit: Gas(60_000) }
}

/// A process with an account, and its folder.
fn begin(chain: &Process, folder: &Path) -> (Node, Link<Submit>) {
    let disk = Arc::new(Directory::open(folder.to_owned()).unwrap());
    let node = Node::new(Parts { disk: Some(disk), ..Parts::system(1, 1).unwrap() });
    let signer = Arc::new(Signer::Ethereum(secret(WHO)));
    let limits = Limits { patience: Millis(200), ..Limits::default() };
    let (about, reader, home) = (chain.about.clone(), chain.reader.clone(), chain.node.clone());
    let source = move |_: &Node| {
        let troupe_gateway::Source { backend, beside } =
            troupe_gateway::source(&about, &reader, &home);
        Source { backend, beside }
    };
    troupe_account::start(&node, Opening { signer, limits }, source, |spec| spec);
    let link = node.link("account");
    (node, link)
}

async fn over(link: &Link<Submit>, errand: Errand) -> Outcome {
    match link.ask(Submit(errand)).await.unwrap() {
        Submitted::Over(outcome) => outcome,
        Submitted::Busy | Submitted::Leaving => panic!("not over"),
    }
}

async fn end(node: Node) {
    node.stop(StopCause::Asked);
    let drained = node.drain(Millis::secs(10)).await;
    assert!(drained.unfinished.is_empty(), "{drained:?}");
}

async fn balance(chain: &Process, of: Address) -> serde_json::Value {
    chain.call("eth_getBalance", json!([format!("0x{of}"), "latest"])).await
}

#[test]
fn what_is_handed_in_is_in_a_block_once_also_after_a_restart() {
    run(async {
        let chain = Process::start(Behind::All);
        let folder = tempfile::tempdir().unwrap();
        let (node, link) = begin(&chain, folder.path());
        let (first, second) =
            tokio::join!(over(&link, errand(1, PAYEE)), over(&link, errand(2, PAYEE)));
        for outcome in [first, second] {
            let Outcome::Included { has_succeeded, gas_used, hash, height, .. } = outcome else {
                panic!("withdrawn")
            };
            assert_eq!((has_succeeded, gas_used), (true, Gas(21_000)));
            let receipt =
                chain.call("eth_getTransactionReceipt", json!([format!("0x{hash}")])).await;
            assert_eq!(receipt["blockNumber"], format!("0x{:x}", height.0));
        }
        assert_eq!(over(&link, errand(1, PAYEE)).await, first);
        end(node).await;

        let (node, link) = begin(&chain, folder.path());
        assert_eq!(over(&link, errand(2, PAYEE)).await, second);
        assert_eq!(balance(&chain, PAYEE).await, "0xa");
        let third = over(&link, errand(3, PAYEE)).await;
        assert!(matches!(third, Outcome::Included { .. }));
        assert_eq!(balance(&chain, PAYEE).await, "0xf");
        end(node).await;
        chain.end().await;
    });
}

#[test]
fn a_nonce_that_somebody_else_takes_costs_an_errand_nothing() {
    run(async {
        let chain = Process::start(Behind::All);
        let folder = tempfile::tempdir().unwrap();
        let (node, link) = begin(&chain, folder.path());
        // The same key, in another wallet.
        let other = async {
            for nonce in 0..3 {
                let sent = sent(WHO, nonce, Address([8; 20]), 1);
                chain.call("eth_sendRawTransaction", json!([sent])).await;
            }
        };
        let all = async {
            let mut outcomes = Vec::new();
            for number in 1..=4 {
                outcomes.push(over(&link, errand(number, PAYEE)).await);
            }
            outcomes
        };
        let ((), outcomes) = tokio::join!(other, all);
        let included = outcomes.iter().filter(|it| matches!(it, Outcome::Included { .. }));
        assert_eq!(included.count(), 4);
        assert_eq!(balance(&chain, PAYEE).await, "0x14");
        end(node).await;
        chain.end().await;
    });
}

/// Hands in an errand, and keeps the answer.
struct Asker {
    account: Link<Submit>,
    heard: Arc<std::sync::Mutex<Option<Submitted>>>,
}

impl Actor for Asker {
    const KIND: &'static str = "asker";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let account = self.account.clone();
        cx.ask_within(&account, Submit(errand(9, PAYEE)), Millis::secs(900), |asker, answer, _| {
            *asker.heard.lock().unwrap() = answer.ok();
            Ok(())
        });
        Ok(())
    }
}

#[test]
fn a_process_ends_where_no_block_comes_any_more_and_goes_on_with_what_was_handed_in() {
    run(async {
        let chain = Process::start(Behind::All);
        let folder = tempfile::tempdir().unwrap();
        let (node, link) = begin(&chain, folder.path());
        chain.end().await;
        let heard = Arc::new(std::sync::Mutex::new(None));
        let answer = Arc::clone(&heard);
        node.spawn(Spec::new(move |_| {
            Ok(Asker { account: link.clone(), heard: Arc::clone(&answer) })
        }));
        node.clock().alarm(node.now().mono.plus(Millis(100))).await;
        end(node).await;
        assert_eq!(*heard.lock().unwrap(), Some(Submitted::Leaving));

        let chain = Process::start(Behind::All);
        let (node, link) = begin(&chain, folder.path());
        let included = link.ask(Submit(errand(9, PAYEE))).within(Millis::secs(60)).await;
        let is_included =
            matches!(included, Ok(Submitted::Over(Outcome::Included { has_succeeded: true, .. })));
        assert!(is_included, "{included:?}");
        end(node).await;
        chain.end().await;
    });
}

/// Hears what a contract logs.
struct Listener {
    reader: Reader,
    heard: Arc<std::sync::Mutex<Vec<(Height, usize)>>>,
}

impl Actor for Listener {
    const KIND: &'static str = "listener";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let to = cx.myself::<Happened>();
        cx.task(self.reader.clone().follow(TELLS, Height::ZERO, to));
        Ok(())
    }
}

impl Handle<Happened> for Listener {
    fn handle(
        &mut self,
        happened: Happened,
        _: Reply<Happened>,
        _: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.heard.lock().unwrap().push((happened.height, happened.logs.len()));
        Ok(())
    }
}

#[test]
fn every_block_with_a_log_is_told_of_once_and_in_order() {
    run(async {
        let chain = Process::staked_archive(|_| {});
        let folder = tempfile::tempdir().unwrap();
        let (node, link) = begin(&chain, folder.path());
        let mut heights = Vec::new();
        for number in 1..=3 {
            let call = Errand { value: 0, ..errand(number, TELLS) };
            let Outcome::Included { height, has_succeeded: true, .. } = over(&link, call).await
            else {
                panic!("no log")
            };
            heights.push((height, 1));
        }
        // Begun late, it hears of what was before.
        let heard = Arc::default();
        let source = troupe_gateway::source(&chain.about, &chain.reader, &chain.node);
        let reader = Reader::new(source.backend);
        let told = Arc::clone(&heard);
        let spec =
            Spec::new(move |_| Ok(Listener { reader: reader.clone(), heard: Arc::clone(&told) }));
        node.spawn(spec).accept::<Happened>();
        let beside = source.beside;
        let waiting = async {
            while heard.lock().unwrap().len() < 3 {
                chain.wait(20).await;
            }
        };
        tokio::select! { () = beside => {}, () = waiting => {} }
        assert_eq!(*heard.lock().unwrap(), heights);
        end(node).await;
        chain.end().await;
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn any_amounts_add_up(values in proptest::collection::vec(0u128..1_000_000, 1..8)) {
        run(async {
            let chain = Process::start(Behind::All);
            let folder = tempfile::tempdir().unwrap();
            let (node, link) = begin(&chain, folder.path());
            let errands = (1..).zip(&values).map(|(number, value)| {
                over(&link, Errand { value: *value, ..errand(number, PAYEE) })
            });
            for outcome in futures_util::future::join_all(errands).await {
                assert!(matches!(outcome, Outcome::Included { .. }));
            }
            let sum: u128 = values.iter().sum();
            assert_eq!(balance(&chain, PAYEE).await, format!("0x{sum:x}"));
            end(node).await;
            chain.end().await;
        });
    }
}
