//! `receiver`: takes the results of joint computations that somebody at this process asked for.
//!
//! It is a part of whatever runs jobs: a process that does so for its owner, or a command for the time of one.

use std::collections::BTreeMap;
use troupe_learning::task::Seat;
use troupe_learning::{Plan, Task};
use troupe_mpc::{Peer, Place, Received, Receiver};
use troupe_runtime::{
    Actor, BulkEvent, Cancel, Cast, Conversation, Cx, Event, Exit, Fault, Handle, Link, Node,
    Queue, Registration, Reply, Spec,
};
use troupe_types::{Bytes, Hash, Millis, NodeId, SessionId};
use troupe_wire::Message;

/// Opens the door for the results of a computation; sent before anybody shares anything.
#[derive(Debug)]
pub struct Expect {
    /// What is computed.
    pub task: Task,
    /// Where rows are matched, how many both owners say they have in common.
    pub matched: Option<u32>,
}

/// Asks for the results once they are all there, or for why there are none.
#[derive(Debug)]
pub struct Collect(pub SessionId);

impl Message for Expect {
    type Reply = Result<(), String>;
    const NAME: &'static str = "expect";
}

impl Message for Collect {
    type Reply = Result<Received, String>;
    const NAME: &'static str = "collect";
    const DEADLINE: Millis = Millis::secs(86_400);
}

/// Closes the door again: nobody waits for the results any more.
#[derive(Debug)]
pub struct Forget(pub SessionId);

impl Message for Forget {
    type Reply = ();
    const NAME: &'static str = "forget";
}

/// Sent by a computation's child when it is over.
struct Over {
    session: SessionId,
    /// The hash of the task.
    terms: Hash,
    outcome: Result<Received, String>,
}

impl Message for Over {
    type Reply = ();
    const NAME: &'static str = "over";
    const LANE: troupe_wire::Lane = troupe_wire::Lane::Control;
}

/// Links to a started receiver.
#[derive(Debug, Clone)]
pub struct Results {
    /// Before anybody shares.
    pub expect: Link<Expect>,
    /// After they agreed.
    pub collect: Link<Collect>,
    /// When a job is given up.
    pub forget: Link<Forget>,
}

/// Starts a receiver on a node.
#[must_use]
pub fn receiver(node: &Node, me: NodeId) -> Results {
    let spawned = node.spawn(Spec::new(move |_| Ok(Desk { me, expected: BTreeMap::new() })));
    spawned.accept::<Over>();
    Results { expect: spawned.link(), collect: spawned.link(), forget: spawned.link() }
}

struct Desk {
    me: NodeId,
    expected: BTreeMap<SessionId, Expected>,
}

struct Expected {
    /// The hash of the task.
    terms: Hash,
    cancel: Link<Cancel>,
    _door: Registration,
    asker: Option<Reply<Collect>>,
    outcome: Option<Result<Received, String>>,
}

impl Actor for Desk {
    const KIND: &'static str = "receiver";
}

impl Desk {
    fn expect(
        &mut self,
        Expect { task, matched }: &Expect,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), String> {
        let session = task.session;
        // The same task with other parties: nobody has sent anything yet.
        self.forget(session, cx);
        let index = task.receiver(self.me).ok_or("no result is this process's")?;
        let plan = Plan::new(task, *matched).map_err(|error| error.to_string())?;
        let program = plan.program().clone();
        let cast = Cast::new(task.parts()).map_err(|error| error.to_string())?;
        let most = Bytes(program.cost().received(Peer::Receiver(index)).0 + (1 << 20));
        let terms = task.hash().map_err(|error| error.to_string())?;
        let place = Place { session, terms };
        let streams = task.streams().map_err(|error| error.to_string())?;
        let machine = Receiver::new(place, program, index, task.within.total(), cx.now())
            .map_err(|error| error.to_string())?;
        let myself: Link<Over> = cx.myself();
        let listener = move |event: Event<_, Received, troupe_mpc::Error, _>| {
            if let Event::Ended { outcome, .. } = event {
                let outcome = outcome.map_err(|error| error.to_string());
                // Nobody waits for the result of a desk that is gone.
                let _ = myself.tell(Over { session, terms, outcome });
            }
        };
        let child = Conversation::new(streams, self.me, cast, machine, most, listener);
        let lifetime = task.within.total().plus(Millis::secs(1));
        let spawned =
            cx.child(child, Queue::default(), Some(lifetime), move |desk: &mut Self, exit, cx| {
                let why = match exit {
                    // It has told the outcome itself.
                    Exit::Stopped => return Ok(()),
                    Exit::DeadlinePassed => "the deadline of the job passed".to_owned(),
                    Exit::Panicked(_) => "the receiver crashed".to_owned(),
                    Exit::Faulted(fault) => fault.to_string(),
                };
                desk.settle((session, terms), Err(why), cx);
                Ok(())
            });
        let from: Vec<NodeId> = task.parties.iter().map(Seat::process).collect();
        let door = cx.node().bulk().register(streams, from, spawned.link::<BulkEvent>());
        let door = door.map_err(|why| {
            spawned.stop();
            format!("the session's streams: {why}")
        })?;
        let cancel = spawned.link::<Cancel>();
        let expected = Expected { terms, cancel, _door: door, asker: None, outcome: None };
        self.expected.insert(session, expected);
        Ok(())
    }

    fn forget(&mut self, session: SessionId, cx: &mut Cx<'_, Self>) {
        if let Some(before) = self.expected.remove(&session) {
            // A child that is gone already needs no cancelling.
            let _ = cx.tell(&before.cancel, Cancel);
        }
    }

    fn settle(
        &mut self,
        (session, terms): (SessionId, Hash),
        outcome: Result<Received, String>,
        cx: &mut Cx<'_, Self>,
    ) {
        let expected = self.expected.get_mut(&session).filter(|expected| expected.terms == terms);
        let Some(expected) = expected else { return };
        match expected.asker.take() {
            Some(asker) => {
                asker.send(outcome, cx);
                self.expected.remove(&session);
            }
            None => expected.outcome = Some(outcome),
        }
    }
}

impl Handle<Expect> for Desk {
    fn handle(
        &mut self,
        expect: Expect,
        reply: Reply<Expect>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let expected = self.expect(&expect, cx);
        reply.send(expected, cx);
        Ok(())
    }
}

impl Handle<Collect> for Desk {
    fn handle(
        &mut self,
        Collect(session): Collect,
        reply: Reply<Collect>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        match self.expected.get_mut(&session) {
            None => reply.send(Err("no results are expected".to_owned()), cx),
            Some(expected) => match expected.outcome.take() {
                Some(outcome) => {
                    self.expected.remove(&session);
                    reply.send(outcome, cx);
                }
                None => expected.asker = Some(reply),
            },
        }
        Ok(())
    }
}

impl Handle<Forget> for Desk {
    fn handle(
        &mut self,
        Forget(session): Forget,
        reply: Reply<Forget>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.forget(session, cx);
        reply.send((), cx);
        Ok(())
    }
}

impl Handle<Over> for Desk {
    fn handle(
        &mut self,
        Over { session, terms, outcome }: Over,
        _reply: Reply<Over>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.settle((session, terms), outcome, cx);
        Ok(())
    }
}
