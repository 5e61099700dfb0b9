//! A session of all participants in one place, beside the same one between nodes.

use crate::common::{CLINIC, COMPUTE, LAB, OPEN, network, run, task};
use std::path::Path;
use troupe_config::Dataset;
use troupe_dataset::Table;
use troupe_learning::{Plan, Task, simulate};
use troupe_mpc::Peer;
use troupe_runtime::Node;
use troupe_runtime::sim::World;
use troupe_types::{Bytes, Millis};
use troupe_wire::Seed;

/// The columns of a shipped file as its owner puts them in.
fn table(file: &str, numbers: &[&str], task: &Task) -> troupe_mpc::Table {
    let column = |name: &&str| format!(", {{ name = \"{name}\", kind = \"number\" }}");
    let columns: String = numbers.iter().map(column).collect();
    let columns = format!("[{{ name = \"sample\", kind = \"key\" }}{columns}]");
    let text = format!("name = \"rows\"\nfile = \"{file}\"\ncolumns = {columns}\n");
    let dataset = Dataset::load(&text).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data").join(file);
    let table = Table::load(&path, &dataset, Bytes::mib(1)).unwrap();
    table.input(task.session, numbers.iter().map(|name| (*name).to_owned())).unwrap()
}

/// What a node of a simulated network draws for a machine: there, the same every time.
fn seed(world: &mut World, number: usize, purpose: &'static str) -> Seed {
    let draw = move |node: Node| async move { node.random(purpose, 0).array() };
    Seed::new(world.call(number, Millis::secs(9), draw).unwrap())
}

#[test]
fn a_simulation_comes_to_the_values_of_the_session_between_nodes_to_the_last_bit() {
    for number in [1, 2, 3] {
        let mut world = network(number, OPEN).run_for(Millis::secs(2));
        let task = task(1);
        let found = run(&mut world, task.clone()).unwrap();

        let parties = COMPUTE.map(|number| seed(&mut world, number, "mpc party"));
        let owners = [CLINIC, LAB].map(|number| seed(&mut world, number, "mpc owner"));
        let seeds = |peer| match peer {
            Peer::Party(index) => parties[usize::from(index)].clone(),
            Peer::Owner(index) => owners[usize::from(index)].clone(),
            Peer::Receiver(_) => Seed::from_number(0),
        };
        let tables = [
            table("clinic.csv", &["radius_mean", "area_mean"], &task),
            table("laboratory.csv", &["malignant"], &task),
        ];
        let plan = Plan::new(&task, None).unwrap();
        let values = |seeds: &dyn Fn(Peer) -> Seed| {
            let simulated = simulate(&task, &plan, &tables, seeds, |_| {}).unwrap();
            let results = &simulated.received[0].results;
            results.iter().map(|result| result.values[0].to_bits()).collect::<Vec<u64>>()
        };
        assert_eq!(values(&seeds), found.iter().map(|value| value.to_bits()).collect::<Vec<u64>>());
        // What chance decides shows in the last bits.
        let other = |run| values(&|peer| seeds(peer).child("another", run));
        assert!((0..8).any(|run| other(run) != values(&seeds)));
    }
}
