//! What every actor shows of itself, without a line of its own.

use crate::common::{Do, Note, act, later, on_bench, settle, spec};
use std::collections::BTreeSet;
use troupe_runtime::{Error, Fault, Queue};
use troupe_types::Millis;
use troupe_wire::CallError;

/// Lines of one family.
fn lines(text: &str, name: &str) -> Vec<String> {
    let own = |line: &&str| {
        let rest = line.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(['{', ' ']))
    };
    text.lines().filter(own).map(str::to_owned).collect()
}

#[test]
fn queues_handling_outcomes_and_restarts_are_counted_by_actor_and_message() {
    on_bench(|bench| async move {
        let small = Queue { messages: 3, ..Queue::default() };
        let anna = bench.node.spawn(spec::<0>(&bench).queue(small));
        let (note, wish) = (anna.link::<Note>(), anna.link::<Do>());
        settle().await;
        for n in 0..4 {
            let _ = note.tell(Note(n));
        }
        let text = bench.node.metrics().text();
        assert_eq!(
            lines(&text, "troupe_actor_queue_depth"),
            ["troupe_actor_queue_depth{actor=\"anna\"} 3"]
        );
        bench.clock.advance(Millis(3));
        settle().await;
        let _ = later(wish.ask(act(|_, _, _| Err(Fault::Restart("on purpose".into())))));
        settle().await;
        let text = bench.node.metrics().text();
        let counted: BTreeSet<String> =
            lines(&text, "troupe_actor_messages_total").into_iter().collect();
        let line = |message: &str, outcome: &str, count: u64| {
            format!(
                "troupe_actor_messages_total{{actor=\"anna\",message=\"{message}\",outcome=\"{outcome}\"}} {count}"
            )
        };
        let expected = [line("note", "done", 3), line("note", "busy", 1), line("do", "crashed", 1)];
        assert_eq!(counted, expected.into());
        let queue = lines(&text, "troupe_actor_queue_seconds_sum");
        assert!(
            queue.contains(
                &"troupe_actor_queue_seconds_sum{actor=\"anna\",message=\"note\"} 0.009".to_owned()
            ),
            "{queue:?}"
        );
        let count = lines(&text, "troupe_actor_handle_seconds_count");
        assert!(
            count.contains(
                &"troupe_actor_handle_seconds_count{actor=\"anna\",message=\"note\"} 3".to_owned()
            ),
            "{count:?}"
        );
        let restarts = lines(&text, "troupe_actor_restarts_total");
        assert!(
            restarts.contains(
                &"troupe_actor_restarts_total{actor=\"anna\",cause=\"fault\"} 1".to_owned()
            ),
            "{restarts:?}"
        );
        assert_eq!(lines(&text, "troupe_actor_queue_bytes").len(), 1);
        assert_eq!(lines(&text, "troupe_actor_busy_seconds_total").len(), 1);
    });
}

#[test]
fn labels_come_from_closed_sets() {
    on_bench(|bench| async move {
        let anna = bench.node.spawn(spec::<0>(&bench));
        for n in 0..50 {
            let _ = anna.link::<Note>().ask(Note(n)).await;
        }
        let text = bench.node.metrics().text();
        let kinds = ["anna"];
        let messages = ["note", "do"];
        let outcomes: Vec<&str> =
            CallError::ALL.iter().map(|why| why.label()).chain(["done"]).collect();
        let causes = ["panic", "fault", "group"];
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let labels = line.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
            for label in
                labels.map_or("", |(labels, _)| labels).split(',').filter(|l| !l.is_empty())
            {
                let (name, value) = label.split_once('=').expect("a label has a value");
                let value = value.trim_matches('"');
                let is_known = match name {
                    "actor" => kinds.contains(&value),
                    "message" => messages.contains(&value),
                    "outcome" => outcomes.contains(&value),
                    "cause" => causes.contains(&value),
                    "le" => value == "+Inf" || value.parse::<f64>().is_ok(),
                    _ => false,
                };
                assert!(is_known, "{line}");
            }
        }
    });
}

#[test]
fn a_metric_of_ones_own_has_a_name_of_its_own() {
    on_bench(|bench| async move {
        let gauge = || prometheus::IntGauge::new("troupe_overlay_peers", "Connected.").unwrap();
        let metrics = bench.node.metrics();
        let own = gauge();
        own.set(3);
        metrics.register(own).expect("the name is new");
        let taken = Error::MetricTaken("troupe_overlay_peers".to_owned());
        assert_eq!(metrics.register(gauge()), Err(taken));
        assert_eq!(lines(&metrics.text(), "troupe_overlay_peers"), ["troupe_overlay_peers 3"]);
    });
}
