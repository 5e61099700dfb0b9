//! A busy actor does not keep its thread.

use crate::common::{Note, on_bench, settle, spec, tell_to};
use troupe_types::Millis;

#[test]
fn a_flooded_actor_lets_another_one_of_its_thread_run_after_64_messages() {
    on_bench(|bench| async move {
        let anna = bench.node.spawn(spec::<0>(&bench)).link::<Note>();
        let bert = bench.node.spawn(spec::<1>(&bench)).link::<Note>();
        settle().await;
        bench.log.take();
        (0..1_000).for_each(|n| anna.tell(Note(n)).expect("there is room"));
        bert.tell(Note(7_777)).expect("there is room");
        settle().await;
        let ran = bench.log.take();
        let place = ran.iter().position(|line| line == "note 7777").expect("it ran");
        assert!(place <= 64, "it ran after {place} others");
        assert_eq!(ran.len(), 1_001);
    });
}

#[test]
fn an_actor_that_keeps_itself_busy_lets_another_one_run() {
    on_bench(|bench| async move {
        let anna = bench.node.spawn(spec::<0>(&bench));
        let bert = bench.node.spawn(spec::<1>(&bench)).link::<Note>();
        settle().await;
        bench.log.take();
        let own = anna.link::<Note>();
        tell_to(&anna.link(), move |_, cx| {
            // Every timer sets the next one for the same instant: time need not move for them.
            fn again(
                puppet: &mut crate::common::Puppet,
                cx: &mut troupe_runtime::Cx<'_, crate::common::Puppet>,
            ) -> Result<(), troupe_runtime::Fault> {
                puppet.log.add("again");
                if puppet.log.len() < 500 {
                    cx.after(Millis::ZERO, again);
                }
                Ok(())
            }
            cx.after(Millis::ZERO, again);
            Ok(())
        });
        own.tell(Note(1)).expect("there is room");
        bert.tell(Note(2)).expect("there is room");
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        let seen = bench.log.len();
        assert!(seen < 100, "{seen} lines before others had their turn");
        settle().await;
        settle().await;
        settle().await;
        assert!(bench.log.take().contains(&"note 2".to_owned()));
    });
}
