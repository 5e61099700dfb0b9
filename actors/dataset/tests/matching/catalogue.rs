//! Data sets that an owner adds and removes while its node runs.

use crate::common::{
    CLINIC, LAB, OPEN, at_home, begin, consent, fetched, matched, network, task, tell,
};
use troupe_dataset::Datasets;
use troupe_dataset::message::{Declare, Inventory, LONGEST, Refused, Retract, Source};
use troupe_learning::message::{Describe, Described};
use troupe_psi::{Mode, Side};
use troupe_runtime::sim::node_id;
use troupe_runtime::{Actor, Node};
use troupe_types::Millis;
use troupe_wire::Text;

/// The laboratory's file, offered by the clinic.
const MORE: &str = "name = \"more\"\nfile = \"lab.csv\"\n\
    columns = [{ name = \"person\", kind = \"key\" }, { name = \"units\", kind = \"integer\" }]\n\
    policy = { requesters = [\"*\"], allow = [\"statistics\"] }\n";

async fn declare(node: Node, text: &str) -> Result<u64, Refused> {
    let link = node.link::<Declare>(Datasets::KIND);
    link.ask(Declare(text.to_owned())).await.unwrap().map(|shelf| shelf.rows)
}

async fn retract(node: Node, name: &str) -> Result<(), Refused> {
    node.link::<Retract>(Datasets::KIND).ask(Retract(name.to_owned())).await.unwrap()
}

async fn inventory(node: Node) -> Vec<(String, u64, Source)> {
    let shelves = node.link::<Inventory>(Datasets::KIND).ask(Inventory).await.unwrap();
    shelves.into_iter().map(|shelf| (shelf.name, shelf.rows, shelf.source)).collect()
}

async fn rows(node: Node, name: &str) -> Option<u64> {
    let link = node.remote::<Describe>(node_id(CLINIC)).unwrap();
    match link.ask(Describe { dataset: Text::new(name).unwrap() }).await.unwrap() {
        Described::As(description) => Some(description.rows),
        Described::No(_) => None,
    }
}

#[test]
fn what_an_owner_adds_is_offered_also_after_a_crash_until_it_is_removed() {
    let mut world = network(1, OPEN)
        .at(Millis::secs(20))
        .crash(CLINIC)
        .restart_after(Millis::secs(1))
        .run_for(Millis::secs(1));
    let both = || {
        let own = ("clinic".to_owned(), 50, Source::Manifest);
        vec![own, ("more".to_owned(), 80, Source::Added)]
    };
    at_home(&mut world, |node| async move {
        assert_eq!(declare(node.clone(), MORE).await, Ok(80));
        let twice = declare(node, MORE).await;
        assert_eq!(twice, Err(Refused::Twice("more".to_owned())));
    });
    assert_eq!(tell(&mut world, |node| rows(node, "more")), Some(80));
    assert_eq!(at_home(&mut world, inventory), both());
    world.run_for(Millis::secs(30));
    assert_eq!(at_home(&mut world, inventory), both());
    assert_eq!(tell(&mut world, |node| rows(node, "more")), Some(80));
    at_home(&mut world, |node| async move {
        assert_eq!(retract(node.clone(), "more").await, Ok(()));
        let gone = retract(node.clone(), "more").await;
        assert_eq!(gone, Err(Refused::Unknown("more".to_owned())));
        let fixed = retract(node, "clinic").await;
        assert_eq!(fixed, Err(Refused::Fixed("clinic".to_owned())));
    });
    assert_eq!(tell(&mut world, |node| rows(node, "more")), None);
    // Its name is free again.
    assert_eq!(at_home(&mut world, |node| async { declare(node, MORE).await }), Ok(80));
}

#[test]
fn an_owner_is_told_what_was_declared_and_what_others_are_shown() {
    let mut world = network(2, OPEN).run_for(Millis::secs(1));
    let declared = MORE.replace("kind = \"integer\"", "kind = \"integer\", low = -5, high = 100");
    let priced = format!("price = \"1.5 LAT\"\n{declared}");
    let shelves = at_home(&mut world, move |node| async move {
        assert_eq!(declare(node.clone(), &priced).await, Ok(80));
        node.link::<Inventory>(Datasets::KIND).ask(Inventory).await.unwrap()
    });
    let [clinic, more] = &shelves[..] else { panic!("{shelves:?}") };
    let bounds = |shelf: &troupe_dataset::message::Shelf| {
        let all = shelf.columns.iter().map(|column| (column.name.clone(), column.low, column.high));
        all.collect::<Vec<_>>()
    };
    // Without a word the bound is the least power of two above all values.
    let key = |name: &str| (name.to_owned(), None, None);
    let units = |low, high| ("units".to_owned(), Some(low), Some(high));
    assert_eq!(bounds(clinic), [key("person"), key("country"), units(0.0, 64.0)]);
    assert_eq!(bounds(more), [key("person"), units(-5.0, 100.0)]);
    assert_eq!((clinic.price, more.price), (0, 1_500_000_000_000_000_000));
    assert_eq!((more.uses, more.number, more.policy.min_rows), (0, None, 20));
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
        let told = at_home(&mut world, move |node| async move { declare(node, &text).await });
        let told = told.unwrap_err().to_string();
        assert!(told.contains(want), "{told}");
    }
    let long = format!("{MORE}#{}", "x".repeat(LONGEST));
    let told = at_home(&mut world, move |node| async move { declare(node, &long).await });
    assert_eq!(told, Err(Refused::Long(MORE.len() + 1 + LONGEST)));
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
    at_home(&mut world, |node| async move {
        assert_eq!(declare(node, &own("clinic.csv")).await, Ok(50));
    });
    let (late, first, second) = (waiting.clone(), rows_of.clone(), others.clone());
    tell(&mut world, |node| async move {
        matched(&node, &first).await.unwrap();
        matched(&node, &second).await.unwrap();
        let (count, keys) = fetched(&node, CLINIC, first.session).await.unwrap();
        assert_eq!((count, keys.len()), (20, 20));
        consent(&node, CLINIC, &late).await.unwrap();
    });
    at_home(&mut world, |node| async move {
        assert_eq!(retract(node.clone(), "own").await, Ok(()));
        assert_eq!(declare(node, &own("lab.csv")).await, Ok(80));
    });
    tell(&mut world, move |node| async move {
        let gone = fetched(&node, CLINIC, rows_of.session).await;
        assert_eq!(gone, Err("the data set is not what it was".to_owned()));
        let late = begin(&node, CLINIC, waiting.session).await;
        assert_eq!(late, Err("own is not what it was".to_owned()));
        // What the other owner has is as it was.
        assert!(fetched(&node, LAB, others.session).await.is_ok());
    });
}
