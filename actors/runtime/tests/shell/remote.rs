//! A link to an actor of another process gives the answers that a local one gives.

use crate::common::{Answers, Bench, Puppet, Wire2, later, on_bench, settle, spec, tell_to};
use bincode::{Decode, Encode};
use troupe_runtime::{Cx, Fault, Handle, Link, Queue, Reply};
use troupe_types::{Bytes, Millis};
use troupe_wire::{Blob, CallError, Certainty, Limit, Message, Sender, Wire};

/// Asks a puppet for one of all outcomes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Echo {
    wish: Wish,
    ballast: Blob<2_000>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
enum Wish {
    Answer(u64),
    Panic,
    Fault,
    Forget,
    Keep,
}

impl Message for Echo {
    type Reply = u64;
    const NAME: &'static str = "echo";

    fn weight(&self) -> Bytes {
        Bytes::of(size_of::<Self>() + self.ballast.len())
    }
}

impl Wire for Echo {
    const SERVICE: &'static str = "test.echo";
    const TAG: u16 = 1;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Anyone;
}

impl Echo {
    pub(crate) fn number(n: u64) -> Self {
        Self::of(Wish::Answer(n))
    }

    fn of(wish: Wish) -> Self {
        Self { wish, ballast: Blob::new(Vec::new()).expect("empty") }
    }

    pub(crate) fn heavy(bytes: usize) -> Self {
        Self { ballast: Blob::new(vec![0; bytes]).expect("it fits"), ..Self::number(0) }
    }
}

impl<const N: usize> Handle<Echo> for Puppet<N> {
    fn handle(
        &mut self,
        Echo { wish, .. }: Echo,
        reply: Reply<Echo>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.log.add(format!("{wish:?}"));
        match wish {
            Wish::Answer(n) => reply.send(n, cx),
            Wish::Panic => panic!("on purpose"),
            Wish::Fault => return Err(Fault::Restart("on purpose".into())),
            Wish::Forget => drop(reply),
            Wish::Keep => {
                cx.after(Millis::secs(3_600), move |_, cx| {
                    reply.send(0, cx);
                    Ok(())
                });
            }
        }
        Ok(())
    }
}

/// One outcome, brought about through the given link to an actor with room for two messages.
async fn outcome(
    bench: &Bench,
    echo: &Link<Echo>,
    want: Option<CallError>,
) -> Result<u64, CallError> {
    let ask = |wish| echo.ask(Echo::of(wish)).within(Millis(100));
    let asked = match want {
        None => later(ask(Wish::Answer(42))),
        Some(CallError::Busy) => {
            for _ in 0..2 {
                echo.tell(Echo::number(1)).expect("there is room");
            }
            let refused = ask(Wish::Answer(1)).await;
            settle().await;
            return refused;
        }
        Some(CallError::Expired) => {
            echo.tell(Echo::of(Wish::Panic)).expect("there is room");
            settle().await;
            // The actor is back at 50 ms and finds the message too late.
            let asked = later(echo.ask(Echo::number(1)).within(Millis(60)));
            settle().await;
            bench.clock.advance(Millis(60));
            asked
        }
        Some(CallError::Unsupported) => later(echo.ask(Echo::heavy(900))),
        Some(CallError::TimedOut) => {
            let asked = later(ask(Wish::Keep));
            settle().await;
            bench.clock.advance(Millis(100));
            asked
        }
        Some(CallError::Crashed) => later(ask(Wish::Panic)),
        Some(CallError::Lost) => later(ask(Wish::Forget)),
        Some(CallError::Closing | CallError::NotHere) => later(ask(Wish::Answer(1))),
    };
    settle().await;
    asked.get().expect("every ask has an outcome")
}

/// Brings one outcome about through a local or a remote link.
fn through(is_remote: bool, want: Option<CallError>) -> (Result<u64, CallError>, Vec<String>) {
    let kept = std::sync::Arc::new(std::sync::Mutex::new(None));
    let result = std::sync::Arc::clone(&kept);
    on_bench(|bench| async move {
        let net = Wire2::between(&bench.node, &bench.node);
        let queue = Queue { messages: 2, bytes: Bytes(800) };
        if want != Some(CallError::NotHere) {
            let anna = bench.node.spawn(spec::<0>(&bench).queue(queue));
            anna.serve::<Echo>().expect("it is free");
            settle().await;
            bench.log.take();
            if want == Some(CallError::Closing) {
                anna.stop();
                settle().await;
            }
        }
        let echo = if is_remote { net.link() } else { bench.node.link::<Echo>("anna") };
        let outcome = outcome(&bench, &echo, want).await;
        *result.lock().unwrap() = Some((outcome, bench.log.take()));
    });
    kept.lock().unwrap().take().expect("the test ran")
}

#[test]
fn local_and_remote_links_give_the_same_answers() {
    for want in CallError::ALL.map(Some).into_iter().chain([None]) {
        let (near, far) = (through(false, want), through(true, want));
        assert_eq!(near.0, want.map_or(Ok(42), Err), "through a local link");
        assert_eq!(near, far, "through a remote link");
        let ran = near.1.iter().filter(|line| *line == "Answer(1)").count();
        let may_run = want.is_none_or(|why| why.certainty() == Certainty::Unknown);
        let fillers = if want == Some(CallError::Busy) { 2 } else { 0 };
        assert!(may_run || ran == fillers, "{want:?} says that it did not run");
    }
}

#[test]
fn a_fault_is_crashed_for_a_remote_asker_too() {
    on_bench(|bench| async move {
        let net = Wire2::between(&bench.node, &bench.node);
        bench.node.spawn(spec::<0>(&bench)).serve::<Echo>().expect("it is free");
        let asked = later(net.link::<Echo>().ask(Echo::of(Wish::Fault)));
        settle().await;
        assert_eq!(asked.get(), Some(Err(CallError::Crashed)));
    });
}

#[test]
fn an_answer_that_is_rubbish_or_lost_leaves_the_outcome_unknown() {
    for answers in [Answers::AreRubbish, Answers::AreLost] {
        on_bench(|bench| async move {
            let net = Wire2::between(&bench.node, &bench.node);
            net.answers(answers);
            bench.node.spawn(spec::<0>(&bench)).serve::<Echo>().expect("it is free");
            let outcome = later(net.link::<Echo>().ask(Echo::number(1)));
            settle().await;
            assert_eq!(outcome.get(), Some(Err(CallError::Lost)));
            assert!(bench.log.take().contains(&"Answer(1)".to_owned()), "it did run");
        });
    }
}

#[test]
fn a_message_over_its_own_limit_is_never_sent() {
    on_bench(|bench| async move {
        let net = Wire2::between(&bench.node, &bench.node);
        bench.node.spawn(spec::<0>(&bench)).serve::<Echo>().expect("it is free");
        let echo = net.link::<Echo>();
        assert_eq!(echo.ask(Echo::heavy(1_500)).await, Err(CallError::Unsupported));
        let refused = echo.tell(Echo::heavy(1_500)).expect_err("too large");
        assert_eq!(refused.why, CallError::Unsupported);
        assert_eq!(refused.message, Echo::heavy(1_500), "it is given back");
    });
}

#[test]
fn an_actor_asks_across_like_any_other() {
    on_bench(|bench| async move {
        let net = Wire2::between(&bench.node, &bench.node);
        let anna = bench.node.spawn(spec::<0>(&bench));
        bench.node.spawn(spec::<1>(&bench)).serve::<Echo>().expect("it is free");
        settle().await;
        bench.log.take();
        let echo = net.link::<Echo>();
        tell_to(&anna.link(), move |_, cx| {
            cx.ask(&echo, Echo::number(5), |puppet, answer, _| {
                puppet.hear("heard", answer);
                Ok(())
            });
            Ok(())
        });
        settle().await;
        assert_eq!(bench.log.take(), ["Answer(5)", "heard 5"]);
    });
}

#[test]
fn a_node_without_a_network_says_so() {
    on_bench(|bench| async move {
        let error =
            bench.node.remote::<Echo>(troupe_types::NodeId([2; 32])).expect_err("no network");
        assert_eq!(error, troupe_runtime::Error::NoNetwork);
    });
}
