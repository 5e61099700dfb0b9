//! Data sets that keepers add and remove while a node runs.

use crate::common::{
    ASKER, CLINIC, LAB, OPEN, STRANGER, begin, consent, fetched, matched, network, task, tell,
};
use troupe_learning::message::{
    Declare, Declared, Describe, Described, Inventory, Listed, Retract, Retracted,
};
use troupe_psi::{Mode, Side};
use troupe_runtime::Node;
use troupe_runtime::sim::node_id;
use troupe_types::Millis;
use troupe_wire::Text;

/// The laboratory's file, offered by the clinic.
const MORE: &str = "name = \"more\"\nfile = \"lab.csv\"\n\
    columns = [{ name = \"person\", kind = \"key\" }, { name = \"units\", kind = \"integer\" }]\n\
    policy = { requesters = [\"*\"], allow = [\"statistics\"] }\n";

async fn declare(node: Node, text: &str) -> Result<u64, String> {
    let link = node.remote::<Declare>(node_id(CLINIC)).unwrap();
    match link.ask(Declare(Text::new(text).unwrap())).await.unwrap() {
        Declared::As(shelf) => Ok(shelf.rows),
        Declared::No(reason) => Err(reason.to_string()),
    }
}

async fn retract(node: Node, name: &str) -> Result<(), String> {
    let link = node.remote::<Retract>(node_id(CLINIC)).unwrap();
    match link.ask(Retract(Text::new(name).unwrap())).await.unwrap() {
        Retracted::Yes => Ok(()),
        Retracted::No(reason) => Err(reason.to_string()),
    }
}

async fn inventory(node: Node) -> Result<Vec<(String, u64, bool)>, String> {
    let link = node.remote::<Inventory>(node_id(CLINIC)).unwrap();
    match link.ask(Inventory).await.unwrap() {
        Listed::As(shelves) => {
            let shelf = |shelf: &troupe_learning::message::Shelf| {
                (shelf.name.to_string(), shelf.rows, shelf.is_added)
            };
            Ok(shelves.iter().map(shelf).collect())
        }
        Listed::No(reason) => Err(reason.to_string()),
    }
}

async fn rows(node: Node, name: &str) -> Option<u64> {
    let link = node.remote::<Describe>(node_id(CLINIC)).unwrap();
    match link.ask(Describe { dataset: Text::new(name).unwrap() }).await.unwrap() {
        Described::As(description) => Some(description.rows),
        Described::No(_) => None,
    }
}

#[test]
fn what_a_keeper_adds_is_offered_also_after_a_crash_until_it_is_removed() {
    let mut world = network(1, OPEN)
        .at(Millis::secs(20))
        .crash(CLINIC)
        .restart_after(Millis::secs(1))
        .run_for(Millis::secs(1));
    let both = || vec![("clinic".to_owned(), 50, false), ("more".to_owned(), 80, true)];
    tell(&mut world, |node| async move {
        assert_eq!(declare(node.clone(), MORE).await, Ok(80));
        assert_eq!(rows(node.clone(), "more").await, Some(80));
        let twice = declare(node.clone(), MORE).await;
        assert_eq!(twice, Err("there is a data set more already".to_owned()));
    });
    assert_eq!(tell(&mut world, inventory), Ok(both()));
    world.run_for(Millis::secs(30));
    assert_eq!(tell(&mut world, inventory), Ok(both()));
    tell(&mut world, |node| async move {
        assert_eq!(rows(node.clone(), "more").await, Some(80));
        assert_eq!(retract(node.clone(), "more").await, Ok(()));
        assert_eq!(rows(node.clone(), "more").await, None);
        let gone = retract(node.clone(), "more").await;
        assert_eq!(gone, Err("there is no data set more".to_owned()));
        let fixed = retract(node.clone(), "clinic").await;
        assert_eq!(fixed, Err("clinic stands in the manifest of its node".to_owned()));
        // Its name is free again.
        assert_eq!(declare(node.clone(), MORE).await, Ok(80));
    });
}

#[test]
fn nobody_but_a_keeper_adds_removes_or_lists() {
    let mut world = network(2, OPEN).run_for(Millis::secs(1));
    let refused = || "only its keepers may change or list what this node offers".to_owned();
    for stranger in [STRANGER, LAB] {
        let story = |node: Node| async move {
            let added = declare(node.clone(), MORE).await;
            (added, retract(node.clone(), "clinic").await, inventory(node).await)
        };
        let told = world.call(stranger, Millis::secs(9), story).unwrap();
        assert_eq!(told, (Err(refused()), Err(refused()), Err(refused())));
    }
}

#[test]
fn a_declaration_that_is_wrong_is_refused_with_its_reason() {
    let mut world = network(3, OPEN).run_for(Millis::secs(1));
    for (old, new, want) in [
        ("lab.csv", "nowhere.csv", "No such file"),
        ("integer", "intejer", "nearest is \"integer\""),
        ("person", "patient", "has no column \"patient\""),
        (
            "person\", kind = \"key\"",
            "person\", kind = \"number\"",
            "row 1: column \"person\" is no finite number",
        ),
    ] {
        let text = MORE.replace(old, new);
        let told = world
            .call(ASKER, Millis::secs(9), move |node| async move { declare(node, &text).await });
        let told = told.unwrap().unwrap_err();
        assert!(told.contains(want), "{told}");
    }
}

/// Some rows that match, and others of the same name.
fn own(file: &str) -> String {
    let policy = OPEN.replace('\n', " ");
    format!(
        "name = \"own\"\nfile = \"{file}\"\npolicy = {policy}\n\
         columns = [{{ name = \"person\", kind = \"key\" }}, {{ name = \"units\", kind = \"integer\" }}]\n"
    )
}

#[test]
fn what_was_matched_is_never_looked_up_in_other_rows_of_the_same_name() {
    let mut world = network(4, OPEN).run_for(Millis::secs(1));
    let told = |session: u8, mode: Mode| {
        let mut task = task(session, mode);
        task.owners[CLINIC].dataset = Text::new("own").unwrap();
        task
    };
    let [rows_of, others] = [(7, Side::First), (8, Side::Second)]
        .map(|(session, receiver)| told(session, Mode::Rows { receiver }));
    let waiting = told(9, Mode::Rows { receiver: Side::First });
    tell(&mut world, |node| async move {
        assert_eq!(declare(node.clone(), &own("clinic.csv")).await, Ok(50));
        matched(&node, &rows_of).await.unwrap();
        matched(&node, &others).await.unwrap();
        let (count, keys) = fetched(&node, CLINIC, rows_of.session).await.unwrap();
        assert_eq!((count, keys.len()), (20, 20));
        consent(&node, CLINIC, &waiting).await.unwrap();

        assert_eq!(retract(node.clone(), "own").await, Ok(()));
        assert_eq!(declare(node.clone(), &own("lab.csv")).await, Ok(80));
        let gone = fetched(&node, CLINIC, rows_of.session).await;
        assert_eq!(gone, Err("the data set is not what it was".to_owned()));
        let late = begin(&node, CLINIC, waiting.session).await;
        assert_eq!(late, Err("own is not what it was".to_owned()));
        // What the other owner has is as it was.
        assert!(fetched(&node, LAB, others.session).await.is_ok());
    });
}
