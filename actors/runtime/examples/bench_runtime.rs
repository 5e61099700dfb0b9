//! What the shell costs: asks and tells through links, against the same thing in plain actix.
//!
//! `cargo x bench runtime`. Every figure is processor time of the
//! whole process per message, the least of several runs; the two sides take turns, so that a busy
//! machine disturbs both alike.

#![expect(clippy::disallowed_macros, reason = "a benchmark reports to the terminal")]

use rustix::time::{ClockId, clock_gettime};
use std::future::Future;
use troupe_runtime::{Actor, Cx, Fault, Handle, Link, Node, Parts, Reply, Spec, Thread};
use troupe_wire::Message;

const RUNS: usize = 5;
const IN_FLIGHT: u64 = 64;
/// Tells between two looks whether they arrived; below every queue's bound.
const BATCH: u64 = 1_000;

/// Adds to a counter and answers its value: the least an actor can do.
#[derive(Debug)]
struct Add(u64);

impl Message for Add {
    type Reply = u64;
    const NAME: &'static str = "add";
}

impl actix::Message for Add {
    type Result = u64;
}

/// Makes so many asks, one after the other, from inside an actor.
struct Chain(u64);

impl Message for Chain {
    type Reply = ();
    const NAME: &'static str = "chain";
    const DEADLINE: troupe_types::Millis = troupe_types::Millis::secs(600);
}

impl actix::Message for Chain {
    type Result = ();
}

/// One way of having actors.
trait Side: Clone + 'static {
    fn ask(&self, n: u64) -> impl Future<Output = u64> + 'static;
    fn tell(&self, n: u64);
    fn chain(&self, asks: u64) -> impl Future<Output = ()> + 'static;
}

mod shell {
    use super::*;

    #[derive(Default)]
    struct Counter(u64);

    impl Actor for Counter {
        const KIND: &'static str = "counter";
    }

    impl Handle<Add> for Counter {
        fn handle(
            &mut self,
            Add(n): Add,
            reply: Reply<Add>,
            cx: &mut Cx<'_, Self>,
        ) -> Result<(), Fault> {
            self.0 += n;
            reply.send(self.0, cx);
            Ok(())
        }
    }

    struct Caller {
        counter: Link<Add>,
        left: u64,
        done: Option<Reply<Chain>>,
    }

    impl Actor for Caller {
        const KIND: &'static str = "caller";
    }

    impl Handle<Chain> for Caller {
        fn handle(
            &mut self,
            Chain(asks): Chain,
            reply: Reply<Chain>,
            cx: &mut Cx<'_, Self>,
        ) -> Result<(), Fault> {
            (self.left, self.done) = (asks, Some(reply));
            next(self, cx);
            Ok(())
        }
    }

    fn next(caller: &mut Caller, cx: &mut Cx<'_, Caller>) {
        if caller.left == 0 {
            if let Some(done) = caller.done.take() {
                done.send((), cx);
            }
            return;
        }
        caller.left -= 1;
        let counter = caller.counter.clone();
        cx.ask(&counter, Add(1), |caller, answer, cx| {
            answer.expect("the counter answers");
            next(caller, cx);
            Ok(())
        });
    }

    #[derive(Clone)]
    pub(crate) struct Shell {
        counter: Link<Add>,
        caller: Link<Chain>,
    }

    impl Shell {
        pub(crate) fn start(thread: Option<&Thread>) -> Self {
            let node = Node::new(Parts::system(1, 1).expect("threads start"));
            let spec = Spec::new(|_| Ok(Counter::default()));
            let spec = match thread {
                Some(thread) => spec.on(thread),
                None => spec,
            };
            node.spawn(spec).accept::<Add>();
            let counter = node.link::<Add>("counter");
            let its_counter = counter.clone();
            let caller = Spec::new(move |_| {
                Ok(Caller { counter: its_counter.clone(), left: 0, done: None })
            });
            node.spawn(caller).accept::<Chain>();
            Self { counter, caller: node.link("caller") }
        }
    }

    impl Side for Shell {
        fn ask(&self, n: u64) -> impl Future<Output = u64> + 'static {
            let answer = self.counter.ask(Add(n));
            async { answer.await.expect("the counter answers") }
        }

        fn tell(&self, n: u64) {
            self.counter.tell(Add(n)).expect("the batch fits the queue");
        }

        fn chain(&self, asks: u64) -> impl Future<Output = ()> + 'static {
            let done = self.caller.ask(Chain(asks));
            async { done.await.expect("the chain ends") }
        }
    }
}

mod plain {
    use super::*;
    use actix::{
        Actor, Addr, Arbiter, AsyncContext, Context, Handler, ResponseActFuture, WrapFuture,
        fut::ActorFutureExt,
    };

    #[derive(Default)]
    struct Counter(u64);

    impl Actor for Counter {
        type Context = Context<Self>;

        fn started(&mut self, context: &mut Self::Context) {
            context.set_mailbox_capacity(4_096);
        }
    }

    impl Handler<Add> for Counter {
        type Result = u64;

        fn handle(&mut self, Add(n): Add, _context: &mut Self::Context) -> u64 {
            self.0 += n;
            self.0
        }
    }

    struct Caller {
        counter: Addr<Counter>,
        left: u64,
        done: Option<tokio::sync::oneshot::Sender<()>>,
    }

    impl Actor for Caller {
        type Context = Context<Self>;
    }

    impl Handler<Chain> for Caller {
        type Result = ResponseActFuture<Self, ()>;

        fn handle(&mut self, Chain(asks): Chain, context: &mut Self::Context) -> Self::Result {
            let (done, is_done) = tokio::sync::oneshot::channel();
            (self.left, self.done) = (asks, Some(done));
            self.next(context);
            // Not waited for in the context: that would stop the actor from hearing answers.
            let finished = async { is_done.await.expect("the chain ends") };
            Box::pin(finished.into_actor(self))
        }
    }

    impl Caller {
        fn next(&mut self, context: &mut Context<Self>) {
            if self.left == 0 {
                if let Some(done) = self.done.take() {
                    done.send(()).expect("somebody waits");
                }
                return;
            }
            self.left -= 1;
            let answered =
                self.counter.send(Add(1)).into_actor(self).map(|answer, caller, context| {
                    answer.expect("the counter answers");
                    caller.next(context);
                });
            context.spawn(answered);
        }
    }

    #[derive(Clone)]
    pub(crate) struct Plain {
        counter: Addr<Counter>,
        caller: Addr<Caller>,
    }

    impl Plain {
        pub(crate) fn start(arbiter: Option<&Arbiter>) -> Self {
            let counter = match arbiter {
                Some(arbiter) => Actor::start_in_arbiter(&arbiter.handle(), |_| Counter::default()),
                None => Counter::default().start(),
            };
            let caller = Caller { counter: counter.clone(), left: 0, done: None }.start();
            Self { counter, caller }
        }
    }

    impl Side for Plain {
        fn ask(&self, n: u64) -> impl Future<Output = u64> + 'static {
            let answer = self.counter.send(Add(n));
            async { answer.await.expect("the counter answers") }
        }

        fn tell(&self, n: u64) {
            self.counter.do_send(Add(n));
        }

        fn chain(&self, asks: u64) -> impl Future<Output = ()> + 'static {
            let done = self.caller.send(Chain(asks));
            async { done.await.expect("the chain ends") }
        }
    }
}

async fn asks_in_turn(side: impl Side, count: u64) {
    for n in 0..count {
        side.ask(n).await;
    }
}

async fn asks_at_once(side: impl Side, count: u64) {
    let tasks: Vec<_> = (0..IN_FLIGHT)
        .map(|_| tokio::task::spawn_local(asks_in_turn(side.clone(), count / IN_FLIGHT)))
        .collect();
    for task in tasks {
        task.await.expect("asks are answered");
    }
}

async fn tells(side: impl Side, count: u64) {
    for _ in 0..count / BATCH {
        (0..BATCH).for_each(|n| side.tell(n));
        side.ask(0).await;
    }
}

async fn asks_from_an_actor(side: impl Side, count: u64) {
    side.chain(count).await;
}

/// Processor time that the process used so far, in nanoseconds.
fn processor() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

async fn cost(count: u64, work: impl Future<Output = ()>) -> f64 {
    let before = processor();
    work.await;
    (processor() - before) / count as f64
}

/// Prints one line: the least cost of each side and their ratio.
async fn compare<S: Side, P: Side, F: Future<Output = ()>, G: Future<Output = ()>>(
    title: &str,
    count: u64,
    shell: (&S, fn(S, u64) -> F),
    plain: (&P, fn(P, u64) -> G),
) {
    if std::env::args().nth(1).is_some_and(|wanted| !title.contains(&wanted)) {
        return;
    }
    let (mut ours, mut theirs) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..RUNS {
        theirs = theirs.min(cost(count, plain.1(plain.0.clone(), count)).await);
        ours = ours.min(cost(count, shell.1(shell.0.clone(), count)).await);
    }
    println!("{title:<36} {ours:>9.0} {theirs:>9.0} {:>7.2}", ours / theirs);
}

async fn compare_all<S: Side, P: Side>(place: &str, unit: u64, shell: S, plain: P) {
    let (s, p) = (&shell, &plain);
    let title = |what: &str| format!("{place}, {what}");
    compare(&title("asks in turn"), unit, (s, asks_in_turn), (p, asks_in_turn)).await;
    compare(&title("64 asks at once"), unit, (s, asks_at_once), (p, asks_at_once)).await;
    let from = "asks from an actor";
    compare(&title(from), unit, (s, asks_from_an_actor), (p, asks_from_an_actor)).await;
    compare(&title("tells"), 5 * unit, (s, tells), (p, tells)).await;
}

fn main() {
    troupe_runtime::run(async {
        // Every process has a timer armed somewhere, and that costs the event loop something.
        tokio::task::spawn_local(tokio::time::sleep(std::time::Duration::from_secs(3_600)));
        println!("nanoseconds of processor time         shell     actix   ratio");
        compare_all("same thread", 200_000, shell::Shell::start(None), plain::Plain::start(None))
            .await;
        let (thread, arbiter) = (Thread::start(), actix::Arbiter::new());
        let shell = shell::Shell::start(Some(&thread));
        compare_all("across threads", 40_000, shell, plain::Plain::start(Some(&arbiter))).await;
    });
}
