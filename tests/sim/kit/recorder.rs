//! An actor that writes down what it hears, in a diary that outlives it.

use bincode::{Decode, Encode};
use std::sync::{Arc, Mutex};
use troupe_runtime::sim::Stage;
use troupe_runtime::{Actor, Cx, Error, Fault, Handle, Origin, Reply, Spec};
use troupe_tests::seeds::fall;
use troupe_types::Millis;
use troupe_wire::{Lane, Limit, Message, Retry, Sender, Wire};

/// Told by anyone who wants a number written down.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) struct Note(pub(crate) u64);

impl Message for Note {
    type Reply = ();
    const NAME: &'static str = "note";
    const DEADLINE: Millis = Millis::secs(60);
}

impl Wire for Note {
    const SERVICE: &'static str = "test.recorder";
    const TAG: u16 = 1;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Listed;
}

/// Asked by anyone; answered with the same number, once it was written down.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) struct Ping(pub(crate) u64);

impl Message for Ping {
    type Reply = u64;
    const NAME: &'static str = "ping";
    const LANE: Lane = Lane::Control;
    const RETRY: Retry = Retry::Idempotent;
    const DEADLINE: Millis = Millis::secs(20);
}

impl Wire for Ping {
    const SERVICE: &'static str = "test.recorder";
    const TAG: u16 = 2;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Anyone;
}

/// One line of a diary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Milliseconds since the process began that heard it.
    pub(crate) at: Millis,
    /// Who heard it.
    pub(crate) node: usize,
    pub(crate) number: u64,
    /// Whether it came over the network, and from which start of the sender.
    pub(crate) incarnation: Option<u64>,
}

/// What all recorders of a world heard, in the order in which they did.
#[derive(Debug, Clone, Default)]
pub(crate) struct Diary(Arc<Mutex<Vec<Line>>>);

impl Diary {
    pub(crate) fn lines(&self) -> Vec<Line> {
        self.0.lock().expect("one thread").clone()
    }

    /// The numbers that one node heard, in order.
    pub(crate) fn numbers(&self, node: usize) -> Vec<u64> {
        let lines = self.lines();
        lines.iter().filter(|line| line.node == node).map(|line| line.number).collect()
    }

    /// Makes recorders for a node.
    pub(crate) fn recorder(&self, node: usize) -> impl Fn() -> Recorder + Send + 'static {
        let diary = self.clone();
        move || Recorder { diary: diary.clone(), node }
    }

    /// Puts a recorder on a node.
    pub(crate) fn keep(&self, stage: &Stage<'_>) -> Result<(), Error> {
        let recorder = self.recorder(stage.number());
        let spec = Spec::new(move |_| Ok(recorder()));
        stage.node().spawn(spec).serve::<Note>()?.serve::<Ping>().map(drop)
    }
}

pub(crate) struct Recorder {
    diary: Diary,
    node: usize,
}

impl Actor for Recorder {
    const KIND: &'static str = "recorder";
}

impl Recorder {
    /// A note of this number makes it fall.
    pub(crate) const FALL: u64 = u64::MAX;

    fn write(&self, number: u64, cx: &Cx<'_, Self>) {
        assert!(cx.now().mono <= cx.deadline(), "a message ran after its deadline");
        let incarnation = match cx.origin() {
            Origin::Local => None,
            Origin::Peer(peer) => Some(peer.incarnation.0),
        };
        let line = Line { at: cx.now().mono, node: self.node, number, incarnation };
        self.diary.0.lock().expect("one thread").push(line);
    }
}

impl Handle<Note> for Recorder {
    fn handle(
        &mut self,
        Note(number): Note,
        _: Reply<Note>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        if number == Self::FALL {
            fall("told to");
        }
        self.write(number, cx);
        Ok(())
    }
}

impl Handle<Ping> for Recorder {
    fn handle(
        &mut self,
        Ping(number): Ping,
        reply: Reply<Ping>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.write(number, cx);
        reply.send(number, cx);
        Ok(())
    }
}
