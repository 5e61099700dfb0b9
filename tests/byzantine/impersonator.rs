//! Sends what only others may send, as if it had their role.

use crate::kit::{Diary, Note};
use crate::victim::{BAD, HONEST, VICTIM, ask, request, three};
use bincode::{Decode, Encode};
use std::sync::{Arc, Mutex};
use troupe_runtime::sim::{Adversary, Scenario, Sent, Wants, World, node_id};
use troupe_runtime::{Actor, Cx, Fault, Handle, Node, Reply, Request, Spec};
use troupe_types::{Bytes, Millis};
use troupe_wire::{CallError, Limit, Message, Sender, Wire};

/// Told by a king; nobody else may.
#[derive(Debug, Clone, Encode, Decode)]
struct Decree(u64);

impl Message for Decree {
    type Reply = ();
    const NAME: &'static str = "decree";
}

impl Wire for Decree {
    const SERVICE: &'static str = "test.court";
    const TAG: u16 = 1;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Roles(&["king", "regent"]);
}

/// Obeys decrees.
struct Court(Arc<Mutex<Vec<u64>>>);

impl Actor for Court {
    const KIND: &'static str = "court";
}

impl Handle<Decree> for Court {
    fn handle(
        &mut self,
        Decree(number): Decree,
        reply: Reply<Decree>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.0.lock().expect("one thread").push(number);
        reply.send((), cx);
        Ok(())
    }
}

/// Asks one thing of a victim again and again, and listens to the answers.
pub(crate) struct Impersonator {
    victim: usize,
    request: Request,
    every: Millis,
    heard: Heard,
}

/// What an adversary was told.
pub(crate) type Heard = Arc<Mutex<Vec<Result<Vec<u8>, CallError>>>>;

impl Impersonator {
    pub(crate) fn new(victim: usize, request: Request, every: Millis) -> (Self, Heard) {
        let heard = Heard::default();
        (Self { victim, request, every, heard: Arc::clone(&heard) }, heard)
    }
}

impl Adversary for Impersonator {
    fn acts(&mut self, now: Millis, out: &mut Vec<Sent>) -> Option<Millis> {
        let (to, request) = (node_id(self.victim), self.request.clone());
        out.push(Sent { after: Millis::ZERO, to, request, wants: Wants::Answer });
        Some(now.plus(self.every))
    }

    fn hears(&mut self, _: troupe_types::NodeId, outcome: Result<bytes::Bytes, CallError>) {
        self.heard.lock().expect("one thread").push(outcome.map(|body| body.to_vec()));
    }
}

fn decree(world: &mut World, from: usize, number: u64) -> Result<(), CallError> {
    let ask = move |node: Node| async move {
        node.remote::<Decree>(node_id(VICTIM)).expect("a network").ask(Decree(number)).await
    };
    world.call(from, Millis::secs(10), ask).expect("the asker lives")
}

#[test]
fn a_decree_of_one_who_is_no_king_is_never_read() {
    let obeyed = Arc::new(Mutex::new(Vec::new()));
    let court = Arc::clone(&obeyed);
    let (impersonator, heard) = Impersonator::new(2, request(&Decree(666)), Millis::secs(70));
    let mut world = Scenario::seed(1)
        .nodes(1)
        .role("court")
        .run_actors(move |stage| {
            let court = Arc::clone(&court);
            stage
                .node()
                .spawn(Spec::new(move |_| Ok(Court(Arc::clone(&court)))))
                .serve::<Decree>()?;
            Ok(())
        })
        .nodes(1)
        .role("king")
        .nodes(1)
        .role("duke")
        .byzantine(BAD, Impersonator { victim: VICTIM, ..impersonator })
        .open();
    assert_eq!(decree(&mut world, HONEST, 1), Ok(()));
    world.run_for(Millis::secs(200));
    assert_eq!(world.network().burden(VICTIM).violations[&BAD], 3);
    assert_eq!(*heard.lock().expect("one thread"), vec![Err(CallError::Lost); 3]);
    assert_eq!(decree(&mut world, HONEST, 2), Ok(()));
    assert_eq!(*obeyed.lock().expect("one thread"), [1, 2]);
}

#[test]
fn a_stranger_is_heard_where_anyone_is_and_nowhere_else() {
    let diary = Diary::default();
    let (kept, strange) = (diary.clone(), diary.clone());
    let (impersonator, heard) = Impersonator::new(VICTIM, request(&Note(666)), Millis::secs(70));
    let mut world = Scenario::seed(2)
        .nodes(2)
        .run_actors(move |stage| kept.keep(stage))
        .nodes(1)
        .strangers()
        .run_actors(move |stage| strange.keep(stage))
        .byzantine(BAD, impersonator)
        .run_for(Millis::secs(150));
    assert_eq!(*heard.lock().expect("one thread"), vec![Err(CallError::Lost); 3]);
    assert_eq!(world.network().burden(VICTIM).violations[&BAD], 3);
    assert_eq!(ask(&mut world, BAD, VICTIM, 5).0, Ok(5), "a ping may come from anyone");
    assert_eq!(diary.numbers(VICTIM), [5]);
}

#[test]
fn a_rich_message_of_an_impersonator_is_not_even_decoded() {
    // Refused by its sender before its body is looked at: the violation is not "malformed".
    let (impersonator, heard) = Impersonator::new(
        VICTIM,
        Request { body: vec![0xff; 512].into(), ..request(&Note(0)) },
        Millis::secs(70),
    );
    let (story, diary) = three(3);
    let world = story.byzantine(BAD, impersonator).run_for(Millis::secs(1));
    assert_eq!(world.network().burden(VICTIM).violations[&BAD], 1);
    assert_eq!(heard.lock().expect("one thread").len(), 1);
    assert_eq!(diary.numbers(VICTIM), [0; 0]);
    assert!(world.network().burden(VICTIM).bytes == Bytes(0));
}
