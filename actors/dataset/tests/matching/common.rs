//! Two data owners and whoever asks them.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use tempfile::TempDir;
use troupe_config::{DatasetSettings, Table};
use troupe_psi::Mode;
use troupe_psi::message::{
    Assent, Begin, Delivery, Fetch, Fetched, Match, Owner, Stage, Survey, Surveyed, Task, Watch,
};
use troupe_runtime::sim::{Scenario, World, node_id};
use troupe_runtime::{Error, Node};
use troupe_types::{Millis, SessionId};
use troupe_wire::{List, Text};

pub(crate) const CLINIC: usize = 0;
pub(crate) const LAB: usize = 1;
pub(crate) const ASKER: usize = 2;
pub(crate) const STRANGER: usize = 3;
pub(crate) const NODES: usize = 4;

/// Whatever may be matched, for everyone.
pub(crate) const OPEN: &str = r#"{ requesters = ["*"], partners = ["*"], allow = ["statistics"],
    matching = ["count", "rows", "aligned"], returned = ["count", "rows", "aligned"] }"#;

/// The clinic has people 0 to 49, the laboratory 30 to 99, the first ten of them twice.
static FILES: LazyLock<TempDir> = LazyLock::new(|| {
    let dir = TempDir::new().unwrap();
    let table = |people: Vec<u32>| {
        let mut text = "person,country,units\n".to_owned();
        people.iter().for_each(|person| writeln!(text, "p{person},ch,{person}").unwrap());
        text
    };
    fs::write(dir.path().join("clinic.csv"), table((0..50).collect())).unwrap();
    fs::write(dir.path().join("lab.csv"), table((30..100).rev().chain(30..40).collect())).unwrap();
    dir
});

/// Whom both have.
pub(crate) fn common() -> BTreeSet<String> {
    (30..50).map(|person| format!("p{person}")).collect()
}

pub(crate) fn dataset_of(number: usize) -> &'static str {
    if number == CLINIC { "clinic" } else { "lab" }
}

fn settings(number: usize, policy: &str) -> DatasetSettings {
    let name = dataset_of(number);
    let policy = policy.replace('\n', " ");
    let text = format!(
        "[[datasets]]\nname = \"{name}\"\nfile = \"{name}.csv\"\npolicy = {policy}\n\
         columns = [{{ name = \"person\", kind = \"key\" }}, {{ name = \"country\", kind = \"key\" }}, \
         {{ name = \"units\", kind = \"integer\" }}]\n"
    );
    let table = Table::parse(&text).unwrap_or_else(|errors| panic!("{errors}\n{text}"));
    troupe_config::read(&table, "settings", DatasetSettings::read)
        .unwrap_or_else(|errors| panic!("{errors}\n{text}"))
}

/// Starts a data owner on a node.
pub(crate) fn start(node: &Node, number: usize, policy: &str) -> Result<(), Error> {
    let base: &Path = FILES.path();
    let spec = troupe_dataset::open(node, node_id(number), base, settings(number, policy), None);
    let spec = spec.unwrap_or_else(|error| panic!("{error}"));
    troupe_dataset::serve(&node.spawn(spec))
}

/// Both owners with one policy.
pub(crate) fn network(seed: u64, policy: &'static str) -> Scenario {
    Scenario::seed(seed).nodes(NODES).run_actors(move |stage| {
        if [CLINIC, LAB].contains(&stage.number()) {
            start(stage.node(), stage.number(), policy)?;
        }
        Ok(())
    })
}

pub(crate) fn keys(names: &[&str]) -> List<Text<64>, 4> {
    List::new(names.iter().map(|name| Text::new(*name).unwrap()).collect()).unwrap()
}

pub(crate) fn task(session: u8, mode: Mode) -> Task {
    let owner = |number: usize, items| Owner {
        id: node_id(number),
        address: Text::new("h:1").unwrap(),
        dataset: Text::new(dataset_of(number)).unwrap(),
        keys: keys(&["person"]),
        items,
    };
    Task {
        session: SessionId([session; 16]),
        owners: [owner(CLINIC, 50), owner(LAB, 70)],
        mode,
        requester: node_id(ASKER),
        delivery: Delivery::Returned,
        within: Millis::secs(60),
    }
}

pub(crate) async fn consent(node: &Node, to: usize, task: &Task) -> Result<(), String> {
    let link = node.remote::<Match>(node_id(to)).unwrap();
    match link.ask(Match(task.clone())).await.map_err(|error| error.to_string())? {
        Assent::Yes => Ok(()),
        Assent::No(reason) => Err(reason.to_string()),
    }
}

pub(crate) async fn begin(node: &Node, to: usize, session: SessionId) -> Result<(), String> {
    let link = node.remote::<Begin>(node_id(to)).unwrap();
    match link.ask(Begin(session)).await.map_err(|error| error.to_string())? {
        Assent::Yes => Ok(()),
        Assent::No(reason) => Err(reason.to_string()),
    }
}

pub(crate) async fn stage(node: &Node, to: usize, session: SessionId) -> Option<Stage> {
    let link = node.remote::<Watch>(node_id(to)).unwrap();
    Some(link.ask(Watch(session)).await.ok()?.stage)
}

/// How it ended at an owner; `None` where nobody answers.
pub(crate) async fn end(node: &Node, to: usize, session: SessionId) -> Option<Stage> {
    loop {
        match stage(node, to, session).await? {
            Stage::Waiting | Stage::Points | Stage::Answers => {}
            over => return Some(over),
        }
        node.clock().alarm(node.now().mono.plus(Millis(200))).await;
    }
}

/// Has both owners match.
pub(crate) async fn matched(node: &Node, task: &Task) -> Result<[Option<Stage>; 2], String> {
    for to in [CLINIC, LAB] {
        consent(node, to, task).await?;
    }
    for to in [CLINIC, LAB] {
        begin(node, to, task.session).await?;
    }
    let first = end(node, CLINIC, task.session).await;
    Ok([first, end(node, LAB, task.session).await])
}

/// How many are common and which, as an owner tells.
pub(crate) async fn fetched(
    node: &Node,
    from: usize,
    session: SessionId,
) -> Result<(u32, Vec<String>), String> {
    let link = node.remote::<Fetch>(node_id(from)).unwrap();
    match link.ask(Fetch { session, from: 0 }).await.map_err(|error| error.to_string())? {
        Fetched::Common { count, keys } => {
            let keys = keys.iter().map(|key| key.iter().map(|cell| &**cell).collect());
            Ok((count, keys.collect()))
        }
        Fetched::No(reason) => Err(reason.to_string()),
    }
}

pub(crate) async fn survey(node: &Node, to: usize, names: &[&str]) -> Result<u32, String> {
    let link = node.remote::<Survey>(node_id(to)).unwrap();
    let survey = Survey {
        dataset: Text::new(dataset_of(to)).unwrap(),
        keys: keys(names),
        partner: node_id(CLINIC + LAB - to),
    };
    match link.ask(survey).await.map_err(|error| error.to_string())? {
        Surveyed::Items(items) => Ok(items),
        Surveyed::No(reason) => Err(reason.to_string()),
    }
}

/// Runs a story of whoever asks.
pub(crate) fn tell<T: Send + 'static, F>(
    world: &mut World,
    story: impl FnOnce(Node) -> F + Send + 'static,
) -> T
where
    F: Future<Output = T> + 'static,
{
    world.call(ASKER, Millis::secs(200), story).expect("the asker lives")
}

/// Tells a story in the clinic's own process.
pub(crate) fn at_home<T: Send + 'static, F>(
    world: &mut World,
    story: impl FnOnce(Node) -> F + Send + 'static,
) -> T
where
    F: Future<Output = T> + 'static,
{
    world.call(CLINIC, Millis::secs(200), story).expect("the clinic lives")
}
