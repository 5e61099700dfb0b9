//! Two nodes and nothing between them: what one sends arrives at the other's door at once.

use std::sync::{Arc, Mutex};
use troupe_runtime::{
    Answer, Arrival, BulkEvent, BulkHeader, BulkSink, Inbound, Link, Node, Peer, Request,
    Transport, Violation,
};
use troupe_types::{Incarnation, NodeId};
use troupe_wire::{CallError, Version, Wire};

const FAR: NodeId = NodeId([2; 32]);

/// The way from one node to the other.
#[derive(Clone)]
pub(crate) struct Wire2 {
    near: Node,
    door: Arc<Door>,
}

/// What the far side sees of the near one, and what it does with it.
pub(crate) struct Door {
    inbound: Inbound,
    sender: Mutex<Peer>,
    violations: Mutex<Vec<Violation>>,
    answers: Mutex<Answers>,
}

/// What becomes of answers on their way back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    Arrive,
    AreRubbish,
    AreLost,
}

impl Wire2 {
    /// Connects `near` to `far`, once.
    pub(crate) fn between(near: &Node, far: &Node) -> Self {
        let sender = Peer {
            id: NodeId([1; 32]),
            incarnation: Incarnation(1),
            role: Some("compute".to_owned()),
            version: Version(1),
        };
        let door = Arc::new(Door {
            inbound: far.inbound().clone(),
            sender: Mutex::new(sender),
            violations: Mutex::default(),
            answers: Mutex::new(Answers::Arrive),
        });
        near.connect(Arc::clone(&door) as _);
        Self { near: near.clone(), door }
    }

    pub(crate) fn link<M: Wire>(&self) -> Link<M> {
        self.near.remote(FAR).expect("it is connected")
    }

    /// Under which role the far side lists the sender.
    pub(crate) fn listed_as(&self, role: Option<&str>) {
        self.door.sender.lock().unwrap().role = role.map(str::to_owned);
    }

    pub(crate) fn speaks(&self, version: Version) {
        self.door.sender.lock().unwrap().version = version;
    }

    pub(crate) fn answers(&self, answers: Answers) {
        *self.door.answers.lock().unwrap() = answers;
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&self, arrival: &Arrival<'_>, answer: Option<Answer>) -> Option<Violation> {
        self.door.arrive(arrival, answer);
        self.door.violations.lock().unwrap().pop()
    }
}

impl Door {
    fn arrive(&self, arrival: &Arrival<'_>, answer: Option<Answer>) {
        let sender = Arc::new(self.sender.lock().unwrap().clone());
        if let Err(violation) = self.inbound.arrive(&sender, arrival, answer) {
            self.violations.lock().unwrap().push(violation);
        }
    }
}

fn arrival(request: &Request) -> Arrival<'_> {
    let Request { service, tag, within, body, .. } = request;
    Arrival { service, tag: *tag, within: *within, body }
}

impl Transport for Door {
    fn tell(&self, _to: NodeId, request: Request) -> Result<(), CallError> {
        self.arrive(&arrival(&request), None);
        Ok(())
    }

    fn ask(&self, _to: NodeId, request: Request, answer: Answer) {
        let answer: Answer = match *self.answers.lock().unwrap() {
            Answers::Arrive => answer,
            Answers::AreRubbish => {
                Box::new(|outcome| answer(outcome.map(|_| vec![0xff; 40].into())))
            }
            Answers::AreLost => Box::new(move |_| drop(answer)),
        };
        self.arrive(&arrival(&request), Some(answer));
    }

    fn open_bulk(
        &self,
        _to: NodeId,
        _header: BulkHeader,
        _events: Link<BulkEvent>,
    ) -> Result<Box<dyn BulkSink>, CallError> {
        Err(CallError::Unsupported)
    }

    fn peers(&self) -> Vec<Arc<Peer>> {
        Vec::new()
    }
}
