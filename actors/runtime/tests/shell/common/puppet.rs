//! An actor that does what its messages say.

use super::Bench;
use std::sync::{Arc, Mutex};
use troupe_runtime::{Actor, Cx, Fault, Handle, Link, Reply, Spec};
use troupe_types::{Bytes, Millis};
use troupe_wire::{CallError, Lane, Message};

/// What happened, in order, from whatever thread and incarnation.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn add(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    /// What was added since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

/// The actor. `N` makes kinds of it that a node tells apart.
pub(crate) struct Puppet<const N: usize = 0> {
    pub(crate) log: Log,
    /// Answers that it owes.
    pub(crate) owed: Vec<Reply<Do<N>>>,
    pub(crate) incarnation: u64,
}

const KINDS: [&str; 4] = ["anna", "bert", "carl", "dora"];

impl<const N: usize> Puppet<N> {
    pub(crate) fn new(log: &Log, incarnation: u64) -> Self {
        Self { log: log.clone(), owed: Vec::new(), incarnation }
    }
}

impl<const N: usize> Actor for Puppet<N> {
    const KIND: &'static str = KINDS[N];

    fn started(&mut self, _cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.log.add(format!("{} {} started", Self::KIND, self.incarnation));
        Ok(())
    }

    fn stopping(&mut self, _cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.log.add(format!("{} stopping", Self::KIND));
        Ok(())
    }
}

/// A puppet that logs that it was built.
pub(crate) fn spec<const N: usize>(bench: &Bench) -> Spec<Puppet<N>> {
    let log = bench.log.clone();
    Spec::new(move |build| Ok(Puppet::new(&log, build.incarnation)))
}

/// What a puppet is to do.
type Act<const N: usize> = Box<
    dyn FnOnce(&mut Puppet<N>, Reply<Do<N>>, &mut Cx<'_, Puppet<N>>) -> Result<(), Fault> + Send,
>;

/// Does anything; answered or not as it pleases.
pub(crate) struct Do<const N: usize = 0>(pub(crate) Act<N>);

impl<const N: usize> std::fmt::Debug for Do<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Do")
    }
}

impl<const N: usize> Message for Do<N> {
    type Reply = u64;
    const NAME: &'static str = "do";
}

/// Makes a [`Do`].
pub(crate) fn act<const N: usize>(
    act: impl FnOnce(&mut Puppet<N>, Reply<Do<N>>, &mut Cx<'_, Puppet<N>>) -> Result<(), Fault>
    + Send
    + 'static,
) -> Do<N> {
    Do(Box::new(act))
}

impl<const N: usize> Handle<Do<N>> for Puppet<N> {
    fn handle(
        &mut self,
        Do(act): Do<N>,
        reply: Reply<Do<N>>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        act(self, reply, cx)
    }
}

macro_rules! noted {
    ($(#[$doc:meta])* $name:ident, $label:literal, $lane:ident, $deadline:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) struct $name(pub(crate) u64);

        impl Message for $name {
            type Reply = u64;
            const NAME: &'static str = $label;
            const LANE: Lane = Lane::$lane;
            const DEADLINE: Millis = $deadline;
        }

        impl<const N: usize> Handle<$name> for Puppet<N> {
            fn handle(
                &mut self,
                $name(n): $name,
                reply: Reply<$name>,
                cx: &mut Cx<'_, Self>,
            ) -> Result<(), Fault> {
                self.log.add(format!(concat!($label, " {}"), n));
                reply.send(n, cx);
                Ok(())
            }
        }
    };
}

noted!(
    /// Logged and given back.
    Note, "note", Normal, Millis::secs(5)
);
noted!(
    /// The same, on the lane for what keeps the system going.
    Urgent, "urgent", Control, Millis::secs(5)
);
noted!(
    /// The same, and worth waiting for much longer.
    Slow, "slow", Normal, Millis::secs(100)
);

/// So many bytes on the bulk lane.
#[derive(Debug)]
pub(crate) struct Heavy(pub(crate) u64);

impl Message for Heavy {
    type Reply = ();
    const NAME: &'static str = "heavy";
    const LANE: Lane = Lane::Bulk;

    fn weight(&self) -> Bytes {
        Bytes(self.0)
    }
}

impl<const N: usize> Handle<Heavy> for Puppet<N> {
    fn handle(
        &mut self,
        _heavy: Heavy,
        reply: Reply<Heavy>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        reply.send((), cx);
        Ok(())
    }
}

impl<const N: usize> Puppet<N> {
    /// Notes how a call of its own went.
    pub(crate) fn hear(&self, what: &str, answer: Result<u64, CallError>) {
        self.log.add(match answer {
            Ok(n) => format!("{what} {n}"),
            Err(why) => format!("{what} {}", why.label()),
        });
    }
}

/// Asks a puppet to do something and leaves the answer to a task.
pub(crate) fn tell_to<const N: usize>(
    link: &Link<Do<N>>,
    what: impl FnOnce(&mut Puppet<N>, &mut Cx<'_, Puppet<N>>) -> Result<(), Fault> + Send + 'static,
) {
    link.tell(act(move |puppet, _reply, cx| what(puppet, cx))).expect("there is room");
}
