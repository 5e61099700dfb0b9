//! Whole jobs in memory, next to plain arithmetic.

#![allow(dead_code, reason = "every test target uses another part of it")]

pub(crate) mod cancer;
pub(crate) mod jobs;

use std::collections::BTreeMap;
use troupe_learning::task::{
    Bounded, Deadlines, Engine, Keys, Kind, Layout, Question, Seat, Source, Wanted,
};
use troupe_learning::{Plan, Real, Simulated, Task, simulate_on};
use troupe_mpc::{Peer, Shelf, Table};
use troupe_types::{Hash, Millis, NodeId, SessionId};
use troupe_wire::{List, Seed, Text};

pub(crate) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).expect("short")
}

pub(crate) fn real(value: f64) -> Real {
    Real::new(value).expect("finite")
}

/// One owner's data: a name for formulas, and columns with their bounds and values.
#[derive(Debug, Clone)]
pub(crate) struct Data {
    pub(crate) alias: &'static str,
    pub(crate) columns: Vec<(String, (f64, f64), Vec<f64>)>,
}

impl Data {
    pub(crate) fn new(alias: &'static str) -> Self {
        Self { alias, columns: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &str, bounds: (f64, f64), values: Vec<f64>) -> Self {
        self.columns.push((name.to_owned(), bounds, values));
        self
    }

    pub(crate) fn rows(&self) -> u32 {
        u32::try_from(self.columns[0].2.len()).expect("few")
    }

    fn source(&self, id: u8, layout: Layout) -> Source {
        // The columns of a model follow from its layers.
        let columns = self.columns.iter().filter(|_| self.alias != "model");
        let columns = columns.map(|(name, (low, high), _)| Bounded {
            name: text(name),
            low: real(*low),
            high: real(*high),
        });
        Source {
            id: NodeId([id; 32]),
            dataset: text("data"),
            content: Hash::default(),
            alias: text(self.alias),
            rows: self.rows(),
            keys: layout.has_keys().then(|| self.keys()),
            columns: List::new(columns.collect()).expect("few"),
        }
    }

    fn keys(&self) -> Keys {
        let columns = List::new(vec![text("key")]).expect("one");
        Keys { columns, items: self.rows(), address: text("h:1") }
    }

    pub(crate) fn table(&self) -> Table {
        let columns = self.columns.iter().map(|(name, _, values)| (name.clone(), values.clone()));
        Table { rows: self.rows(), alignment: Hash([3; 32]), columns: columns.collect() }
    }
}

pub(crate) fn formula(name: &str, of: &str) -> Wanted {
    Wanted { receiver: 0, name: text(name), question: Question::Formula(text(of)) }
}

pub(crate) fn task(layout: Layout, data: &[Data], kind: Kind) -> Task {
    let seat = |id| Seat { id: NodeId([id; 32]), address: text("h:1"), deputy: None };
    let sources = (1..).zip(data).map(|(id, data)| data.source(id, layout));
    Task {
        session: SessionId([1; 16]),
        chain: 0,
        number: 0,
        parties: [seat(100), seat(101), seat(102)],
        owners: List::new(sources.collect()).expect("few"),
        receivers: List::new(vec![NodeId([200; 32])]).expect("one"),
        layout,
        engine: Engine::SemiHonest,
        kind,
        within: Deadlines {
            inputs: Millis::secs(60),
            computing: Millis::secs(60),
            revealing: Millis::secs(60),
        },
    }
}

pub(crate) fn statistics(layout: Layout, data: &[Data], questions: Vec<Wanted>) -> Task {
    task(layout, data, Kind::Statistics(List::new(questions).expect("few")))
}

/// Runs the job with three parties and gives every receiver's results by name.
pub(crate) fn run(task: &Task, data: &[Data], seed: u64) -> Vec<BTreeMap<String, Vec<f64>>> {
    let plan = Plan::new(task, None).unwrap_or_else(|error| panic!("{error}"));
    run_plan(task, &plan, data, seed)
}

pub(crate) fn run_plan(
    task: &Task,
    plan: &Plan,
    data: &[Data],
    seed: u64,
) -> Vec<BTreeMap<String, Vec<f64>>> {
    let by_name = |one: &troupe_mpc::Received| {
        one.results.iter().map(|one| (one.name.clone(), one.values.clone())).collect()
    };
    session(task, plan, data, seed).received.iter().map(by_name).collect()
}

/// Runs the job and gives all that came of it.
pub(crate) fn session(task: &Task, plan: &Plan, data: &[Data], seed: u64) -> Simulated {
    session_on(&[(); 3].map(|()| Shelf::default()), task, plan, data, seed)
}

/// The same, with what the parties kept.
pub(crate) fn session_on(
    shelves: &[Shelf; 3],
    task: &Task,
    plan: &Plan,
    data: &[Data],
    seed: u64,
) -> Simulated {
    let seeds = Seed::from_number(seed);
    let seeds = |peer| match peer {
        Peer::Party(index) => seeds.child("party", index.into()),
        Peer::Owner(index) => seeds.child("owner", index.into()),
        Peer::Receiver(index) => seeds.child("receiver", index.into()),
    };
    simulate_on(shelves, task, plan, &tables(data), seeds, |_| {})
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Every owner's rows.
pub(crate) fn tables(data: &[Data]) -> Vec<Table> {
    data.iter().map(Data::table).collect()
}
