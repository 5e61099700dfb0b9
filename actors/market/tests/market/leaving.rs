//! A process that ends keeps nobody waiting.

use crate::town::{SPAN, Town};
use std::sync::{Arc, Mutex};
use troupe_market::message::{Await, Unseen};
use troupe_market::task::Phase;
use troupe_runtime::{Actor, Cx, Fault, Link, Spec, run};

/// Somebody of the same process who needs to know when a task is over.
struct Waiting {
    task: u64,
    market: Link<Await>,
    told: Arc<Mutex<Option<Unseen>>>,
}

impl Actor for Waiting {
    const KIND: &'static str = "waiting";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let asked = Await { task: self.task, phase: Phase::Ended };
        let market = self.market.clone();
        cx.ask(&market, asked, |waiting, answer, _| {
            *waiting.told.lock().unwrap() = answer.unwrap().err();
            Ok(())
        });
        Ok(())
    }
}

#[test]
fn who_waits_for_a_phase_hears_that_the_process_ends_and_the_drain_is_clean() {
    run(async {
        let town = Town::new().await;
        let task = town.declare(1, [SPAN; 5]).await;
        let told = Arc::new(Mutex::new(None));
        let heard = Arc::clone(&told);
        town.owner.node.spawn(Spec::new(move |build| {
            let market = build.node.link("market");
            Ok(Waiting { task, market, told: Arc::clone(&heard) })
        }));
        town.owner.wait(task, Phase::Consent).await;
        // The task goes on for a minute, the chain for as long as somebody wants to know.
        town.end().await;
        let told = told.lock().unwrap().clone();
        let Some(Unseen::Unreachable(why)) = told else { panic!("{told:?}") };
        assert!(why.contains("on its way out"), "{why}");
    });
}
