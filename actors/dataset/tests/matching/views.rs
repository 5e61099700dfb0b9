//! What two owners have in common, as data sets of their own.

use crate::common::{
    ASKER, CLINIC, COMPUTE, LAB, NODES, OPEN, STRANGER, matched, network, start, task, tell,
};
use std::sync::{Arc, Mutex};
use troupe_learning::message::{Accepted, Contribute, Describe, Described, Description, Prepare};
use troupe_learning::task::{self, Engine, Kind, Layout, Question, Seat, Source, Wanted};
use troupe_learning::{Plan, Task};
use troupe_mpc::{Deadlines, Error, Party, Peer, Place, Received, Receiver, Revealed};
use troupe_psi::Mode;
use troupe_runtime::sim::{Scenario, node_id};
use troupe_runtime::{
    Actor, BulkEvent, Cast, Conversation, Cx, Event, Fault, Handle, Node, Queue, Registration,
    Reply, Spec,
};
use troupe_types::{Bytes, Millis, NodeId, SessionId};
use troupe_wire::{List, Seed, Text};

async fn described(node: Node, owner: usize, name: String) -> Result<u64, String> {
    let link = node.remote::<Describe>(node_id(owner)).unwrap();
    match link.ask(Describe { dataset: Text::new(name).unwrap() }).await.unwrap() {
        Described::As(description) => Ok(description.rows),
        Described::No(reason) => Err(reason.to_string()),
    }
}

#[test]
fn after_an_alignment_its_requester_sees_the_common_rows_as_a_view_and_nobody_else_does() {
    let mut world = network(1, OPEN).run_for(Millis::secs(1));
    let task = task(7, Mode::Aligned);
    let session = task.session;
    tell(&mut world, move |node| async move { matched(&node, &task).await.unwrap() });
    for (owner, name) in [(CLINIC, "clinic"), (LAB, "lab")] {
        let view = format!("{name}@{session}");
        let look = {
            let view = view.clone();
            move |node| described(node, owner, view)
        };
        assert_eq!(world.call(ASKER, Millis::secs(9), look.clone()).unwrap(), Ok(20));
        let told = world.call(STRANGER, Millis::secs(9), look).unwrap();
        assert_eq!(told, Err(format!("no matching {session} of {name} for this requester")));
    }
    let wrong = move |node| described(node, CLINIC, format!("lab@{session}"));
    let told = world.call(ASKER, Millis::secs(9), wrong).unwrap();
    assert_eq!(told, Err("no data set lab for this requester".to_owned()));
}

type Results = Arc<Mutex<Option<Result<Vec<Revealed>, String>>>>;

/// A compute party; at the asker, the receiver.
struct Host {
    me: NodeId,
    results: Results,
    doors: Vec<Registration>,
}

impl Actor for Host {
    const KIND: &'static str = "session";
}

impl Handle<Prepare> for Host {
    fn handle(
        &mut self,
        Prepare(task): Prepare,
        reply: Reply<Prepare>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let (session, plan) = (task.session, Plan::new(&task, None).unwrap());
        let place = Place { session, terms: task.hash().unwrap() };
        let streams = task.streams().unwrap();
        let program = plan.program().clone();
        let cast = Cast::new(task.parts()).unwrap();
        let others: Vec<NodeId> = cast.others(self.me).map(|(_, node)| node).collect();
        let (now, most, queue) = (cx.now(), Bytes::mib(8), Queue::default());
        let events = match cast.part(self.me) {
            Some(Peer::Party(index)) => {
                let seed = Seed::new(cx.node().random("mpc party", 0).array());
                let deadlines = Deadlines::default();
                let party = Party::new(place, program, index, deadlines, &seed, now).unwrap();
                let child = Conversation::new(streams, self.me, cast, party, most, |_| {});
                cx.child(child, queue, None, |_, _, _| Ok(())).link::<BulkEvent>()
            }
            _ => {
                let receiver = Receiver::new(place, program, 0, task.within.total(), now).unwrap();
                let results = Arc::clone(&self.results);
                let listener = move |event: Event<_, Received, Error>| {
                    if let Event::Ended { outcome, .. } = event {
                        let outcome = outcome.map(|received| received.results);
                        *results.lock().unwrap() = Some(outcome.map_err(|error| error.to_string()));
                    }
                };
                let child = Conversation::new(streams, self.me, cast, receiver, most, listener);
                cx.child(child, queue, None, |_, _, _| Ok(())).link::<BulkEvent>()
            }
        };
        self.doors.push(cx.node().bulk().register(streams, others, events).unwrap());
        reply.send(Accepted::Yes, cx);
        Ok(())
    }
}

async fn source(node: &Node, owner: usize, name: &str, alias: &str) -> Source {
    let link = node.remote::<Describe>(node_id(owner)).unwrap();
    let dataset = Text::new(name).unwrap();
    let described = link.ask(Describe { dataset: dataset.clone() }).await.unwrap();
    let Described::As(Description { rows, columns, content, .. }) = described else {
        panic!("{described:?}");
    };
    let (id, alias, rows) = (node_id(owner), Text::new(alias).unwrap(), rows.try_into().unwrap());
    Source { id, dataset, content, alias, rows, key: None, columns }
}

#[test]
fn statistics_over_the_views_of_both_are_those_of_the_common_rows() {
    let results = Results::default();
    let kept = Arc::clone(&results);
    let scenario = Scenario::seed(3).nodes(NODES).run_actors(move |stage| {
        let (number, results) = (stage.number(), Arc::clone(&kept));
        match number {
            CLINIC | LAB => start(stage.node(), number, OPEN),
            STRANGER => Ok(()),
            _ => {
                let make = move |_: &troupe_runtime::Build<'_>| {
                    let (me, results) = (node_id(number), Arc::clone(&results));
                    Ok(Host { me, results, doors: Vec::new() })
                };
                stage.node().spawn(Spec::new(make)).serve::<Prepare>().map(|_| ())
            }
        }
    });
    let mut world = scenario.run_for(Millis::secs(1));
    tell(&mut world, move |node| async move {
        let task = task(7, Mode::Aligned);
        matched(&node, &task).await.unwrap();
        let view = |name: &str| format!("{name}@{}", task.session);
        let owners = vec![
            source(&node, CLINIC, &view("clinic"), "clinic").await,
            source(&node, LAB, &view("lab"), "lab").await,
        ];
        let wanted = |formula: &str| Wanted {
            receiver: 0,
            name: Text::new(formula).unwrap(),
            question: Question::Formula(Text::new(formula).unwrap()),
        };
        let questions = vec![wanted("sum(clinic.units)"), wanted("cov(clinic.units, lab.units)")];
        let seat = |number| Seat { id: node_id(number), address: Text::new("h:1").unwrap() };
        let phase = Millis::secs(7);
        let task = Task {
            session: SessionId([8; 16]),
            chain: 0,
            number: 0,
            parties: COMPUTE.map(seat),
            owners: List::new(owners).unwrap(),
            receivers: List::new(vec![node_id(ASKER)]).unwrap(),
            layout: Layout::Aligned,
            engine: Engine::Malicious,
            kind: Kind::Statistics(List::new(questions).unwrap()),
            within: task::Deadlines { inputs: phase, computing: phase, revealing: phase },
        };
        let here = node.link::<Prepare>("session");
        assert_eq!(here.ask(Prepare(task.clone())).await.unwrap(), Accepted::Yes);
        for seat in &task.parties {
            let link = node.remote::<Prepare>(seat.id).unwrap();
            assert_eq!(link.ask(Prepare(task.clone())).await.unwrap(), Accepted::Yes);
        }
        for source in task.owners.iter() {
            let link = node.remote::<Contribute>(source.id).unwrap();
            let answer = link.ask(Contribute(task.clone())).await.unwrap();
            assert_eq!(answer, Accepted::Yes);
        }
    });
    world.run_for(Millis::secs(30));
    let revealed = results.lock().unwrap().take().expect("an end").unwrap();
    let [sum, covariance] = [0, 1].map(|place: usize| revealed[place].values[0]);
    // People 30 to 49 with as many units as their number, at both.
    assert!((sum - 790.0).abs() < 1e-6, "{sum}");
    assert!((covariance - 35.0).abs() < 1e-2, "{covariance}");
}
