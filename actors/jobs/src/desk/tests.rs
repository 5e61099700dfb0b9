use super::*;
use crate::terms::tests::shipped;
use std::time::Duration;
use tempfile::TempDir;
use troupe_runtime::{Node, Parts};
use troupe_types::{NodeId, SessionId};

fn over() -> Ended {
    Err(Error::new(Class::Failed, "it went wrong"))
}

fn found() -> Found {
    Found::Finished(Finished {
        name: "a job".into(),
        session: SessionId([1; 16]),
        rows: vec![569],
        answers: Vec::new(),
        traffic: Vec::new(),
        settled: None,
        took: Duration::from_secs(1),
        kept: None,
        model: None,
        opening: None,
        onnx: None,
    })
}

fn told(seen: &Seen) -> String {
    match seen.state.borrow().ended.clone().expect("it is over") {
        End::Here(ended) => match &*ended {
            Ok(_) => "well".into(),
            Err(error) => error.to_string(),
        },
        End::Kept(place) => format!("kept as task {}", place.task),
    }
}

#[test]
fn so_many_jobs_go_on_at_once_and_the_oldest_that_ended_are_forgotten() {
    let desk = Desk::default();
    let begin = || desk.begin("a job".into(), 0, &Names::new());
    let going: Vec<Running> = (0..MOST_AT_ONCE).map(|_| begin().unwrap().0).collect();
    assert_eq!(begin().unwrap_err().class, Class::Refused);
    for running in going {
        running.end(over());
    }
    for _ in 0..2 * MOST_ENDED {
        begin().unwrap().0.end(over());
    }
    let (last, _) = begin().unwrap();
    let runs: Vec<u64> = desk.all().iter().map(|seen| seen.run).collect();
    assert_eq!(runs.len(), MOST_ENDED);
    assert_eq!(runs.last(), Some(&last.run));
    assert!(desk.find(|seen| seen.run == 1).is_err());
}

#[test]
fn a_job_that_is_dropped_ends_for_everybody_who_watches() {
    let (running, seen) = Desk::default().begin("a job".into(), 0, &Names::new()).unwrap();
    running.tell(Step::Electing { number: 4 });
    assert_eq!(seen.state.borrow().task, Some(4));
    drop(running);
    assert_eq!(told(&seen), "the process that ran the job gave it up");
}

#[test]
fn what_a_job_ended_with_stays() {
    let (running, seen) = Desk::default().begin("a job".into(), 0, &Names::new()).unwrap();
    running.end(over());
    assert_eq!(told(&seen), "it went wrong");
}

#[test]
fn a_process_that_starts_again_knows_its_jobs_and_adopts_those_that_had_begun() {
    let home = TempDir::new().unwrap();
    let open = || {
        let node = Node::new(Parts::system(1, 1).unwrap());
        Desk::open(home.path().join("jobs"), 2, node.metrics()).unwrap()
    };
    let desk = open();
    let names = Names::from([(NodeId([1; 32]), "compute-1".to_owned())]);
    let begin = |name: &str| desk.begin(name.to_owned(), 9, &names).unwrap();
    begin("fails").0.end(over());
    let (kept, _) = begin("is kept");
    let task = shipped();
    let terms = task.terms().unwrap();
    kept.declares(&Hash([1; 32]), &task);
    kept.tell(Step::Agreeing { number: 3 });
    kept.end(Ok(found()));
    begin("is told").0.end(Ok(found()));
    let (first, _) = begin("is cut off");
    first.declares(&terms, &task);
    first.tell(Step::Agreeing { number: 4 });
    let (second, _) = begin("had just begun");
    assert!(desk.begin("too many".into(), 9, &names).is_err());
    // A process that is killed says nothing.
    std::mem::forget((first, second));

    let desk = open();
    let seen = desk.all();
    let told_then = "it ended well before its node was started again; what it found was told then, and is not kept";
    assert_eq!(
        seen.iter().map(told).collect::<Vec<_>>(),
        ["it went wrong", "kept as task 3", told_then]
    );
    let adopted = desk.adopt();
    let begun: Vec<(u64, Option<u64>)> =
        adopted.iter().map(|one| (one.run, one.entry().task)).collect();
    assert_eq!(begun, [(4, Some(4)), (5, None)]);
    assert_eq!(adopted[0].entry().terms(), Some(terms));
    let declared = adopted[0].entry().declared().unwrap();
    assert_eq!(declared, Task { number: 4, ..task });
    assert_eq!(adopted[1].entry().declared(), None);
    assert_eq!(adopted[0].entry().names(), names);
    assert!(desk.adopt().is_empty(), "each is adopted once");
    assert!(desk.begin("too many".into(), 9, &names).is_err(), "they count");
    let seen = desk.find(|seen| seen.state.borrow().task == Some(4)).unwrap();
    assert_eq!(seen.name, "is cut off");

    // An actor that falls leaves its jobs to the next one, under their numbers.
    drop(adopted);
    let again = "the process that ran the job gave it up; what becomes of task 4 is seen when it starts again";
    assert_eq!(told(&desk.find(|seen| seen.run == 4).unwrap()), again);
    let [first, second] = <[Running; 2]>::try_from(desk.adopt()).unwrap();
    assert_eq!((first.run, second.run), (4, 5));
    first.end(Ok(found()));
    second.end(over());
    assert_eq!(desk.begin("the next".into(), 9, &names).unwrap().0.run, 6);
    let seen = open().all();
    assert_eq!(seen.iter().map(|seen| seen.run).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(told(&seen[3]), "kept as task 4");
}
