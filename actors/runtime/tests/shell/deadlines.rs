//! Every message has a deadline, and what is asked on its behalf gets what is left of it.

use crate::common::{Bench, Do, Note, Puppet, Slow, act, later, on_bench, settle, spec, tell_to};
use troupe_runtime::Link;
use troupe_types::Millis;
use troupe_wire::CallError;

/// Makes the actor fall, so that it reads nothing from its queue for 50 ms.
async fn pause(bench: &Bench, link: &Link<Do>) {
    tell_to(link, |_, _| panic!("on purpose"));
    settle().await;
    bench.log.take();
}

#[test]
fn an_expired_message_never_runs_and_its_asker_hears_so() {
    on_bench(|bench| async move {
        let spawned = bench.node.spawn(spec::<0>(&bench));
        pause(&bench, &spawned.link()).await;
        let note = spawned.link::<Note>();
        let (first, second) = (
            later(note.ask(Note(1)).within(Millis(60))),
            later(note.ask(Note(2)).within(Millis(61))),
        );
        settle().await;
        // The actor is back at 50 ms and sees both, one of them too late.
        bench.clock.advance(Millis(60));
        settle().await;
        assert_eq!(first.get(), Some(Err(CallError::Expired)));
        assert_eq!(second.get(), Some(Ok(2)));
        assert_eq!(bench.log.take(), ["anna 1 started", "note 2"]);
    });
}

#[test]
fn a_tell_that_is_too_late_never_runs() {
    on_bench(|bench| async move {
        let spawned = bench.node.spawn(spec::<0>(&bench));
        pause(&bench, &spawned.link()).await;
        let note = spawned.link::<Note>();
        note.tell_by(Note(1), Millis(50)).expect("there is room");
        note.tell_by(Note(2), Millis(51)).expect("there is room");
        bench.clock.advance(Millis(50));
        settle().await;
        assert_eq!(bench.log.take(), ["anna 1 started", "note 2"]);
    });
}

#[test]
fn the_clock_is_read_anew_after_an_idle_time() {
    on_bench(|bench| async move {
        let note = bench.node.spawn(spec::<0>(&bench)).link::<Note>();
        assert_eq!(note.ask(Note(1)).await, Ok(1));
        settle().await;
        bench.log.take();
        note.tell_by(Note(2), Millis(10)).expect("there is room");
        bench.clock.advance(Millis(10));
        settle().await;
        assert_eq!(bench.log.take(), [""; 0], "what it read after the first message is old");
    });
}

#[test]
fn nested_asks_inherit_what_is_left() {
    on_bench(|bench| async move {
        let anna = bench.node.spawn(spec::<0>(&bench)).link::<Do>();
        let bert = bench.node.spawn(spec::<1>(&bench)).link::<Do<1>>();
        let carl = bench.node.spawn(spec::<2>(&bench)).link::<Do<2>>();
        settle().await;
        bench.log.take();
        bench.clock.advance(Millis(100));
        let asked = later(
            anna.ask(act(move |puppet: &mut Puppet, reply, cx| {
                puppet.log.add(format!("anna until {}", cx.deadline()));
                let to_bert = act::<1>(move |puppet: &mut Puppet<1>, reply, cx| {
                    puppet.log.add(format!("bert until {}", cx.deadline()));
                    let to_carl = act::<2>(|puppet: &mut Puppet<2>, _, cx| {
                        puppet.log.add(format!("carl until {}", cx.deadline()));
                        Ok(())
                    });
                    cx.ask_within(&carl, to_carl, Millis(7), |_, answer, cx| {
                        assert_eq!(answer, Err(CallError::Lost));
                        reply.send(3, cx);
                        Ok(())
                    });
                    Ok(())
                });
                cx.ask(&bert, to_bert, move |puppet, answer, cx| {
                    puppet.log.add(format!("anna still until {}", cx.deadline()));
                    reply.send(answer.expect("bert answers"), cx);
                    Ok(())
                });
                Ok(())
            }))
            .within(Millis(30)),
        );
        settle().await;
        assert_eq!(asked.get(), Some(Ok(3)));
        assert_eq!(
            bench.log.take(),
            ["anna until 130ms", "bert until 130ms", "carl until 107ms", "anna still until 130ms"],
        );
    });
}

#[test]
fn an_actor_hears_when_its_ask_is_not_answered_in_time() {
    on_bench(|bench| async move {
        let anna = bench.node.spawn(spec::<0>(&bench)).link::<Do>();
        let bert = bench.node.spawn(spec::<1>(&bench)).link::<Do<1>>();
        settle().await;
        bench.log.take();
        for span in [30, 10, 20] {
            let bert = bert.clone();
            tell_to(&anna, move |_, cx| {
                let keep = act::<1>(|puppet: &mut Puppet<1>, reply, _| {
                    puppet.owed.push(reply);
                    Ok(())
                });
                cx.ask_within(&bert, keep, Millis(span), move |puppet, answer, _| {
                    puppet.hear(&format!("within {span}:"), answer);
                    Ok(())
                });
                Ok(())
            });
        }
        settle().await;
        assert_eq!(bench.clock.armed(), 1, "one alarm serves all");
        bench.clock.advance(Millis(9));
        settle().await;
        assert_eq!(bench.log.take(), [""; 0]);
        bench.clock.advance(Millis(1));
        settle().await;
        assert_eq!(bench.log.take(), ["within 10: timed_out"]);
        bench.clock.advance(Millis(100));
        settle().await;
        assert_eq!(bench.log.take(), ["within 20: timed_out", "within 30: timed_out"]);
        // Answers that come now find nobody.
        tell_to(&bert, |puppet, cx| {
            puppet.owed.drain(..).for_each(|reply| reply.send(1, cx));
            Ok(())
        });
        settle().await;
        assert_eq!(bench.log.take(), [""; 0]);
        assert_eq!(bench.clock.armed(), 0);
    });
}

#[test]
fn a_tell_is_no_part_of_the_call_being_handled() {
    on_bench(|bench| async move {
        let anna = bench.node.spawn(spec::<0>(&bench)).link::<Do>();
        let bert = bench.node.spawn(spec::<1>(&bench)).link::<Slow>();
        settle().await;
        bench.log.take();
        let asked = later(
            anna.ask(act(move |_, reply, cx| {
                cx.tell(&bert, Slow(1)).expect("there is room");
                reply.send(0, cx);
                Ok(())
            }))
            .within(Millis(1)),
        );
        settle().await;
        assert_eq!(asked.get(), Some(Ok(0)));
        assert_eq!(bench.log.take(), ["slow 1"]);
    });
}
