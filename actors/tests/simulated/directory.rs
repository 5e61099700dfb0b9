//! Members and directories on simulated networks.

use crate::common::{BOOTSTRAP, CLINIC, COMPUTE, LAB, NODES, OPEN, RECEIVER, network};
use troupe_overlay::message::{Find, Locate};
use troupe_runtime::Node;
use troupe_runtime::sim::{World, node_id};
use troupe_types::{Millis, NodeId};
use troupe_wire::{CallError, List, Text};

fn found(world: &mut World, service: &'static str) -> Result<Vec<NodeId>, CallError> {
    let find = move |node: Node| async move {
        let link = node.remote::<Find>(node_id(BOOTSTRAP)).unwrap();
        link.ask(Find { service: Text::new(service).unwrap(), most: 64 }).await
    };
    let answer = world.call(RECEIVER, Millis::secs(20), find).unwrap();
    let mut ids: Vec<NodeId> = answer?.0.iter().map(|entry| entry.id).collect();
    ids.sort_unstable();
    Ok(ids)
}

fn ids(numbers: &[usize]) -> Vec<NodeId> {
    let mut ids: Vec<NodeId> = numbers.iter().map(|number| node_id(*number)).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn members_are_found_by_the_services_they_publish() {
    let mut world = network(1, OPEN).run_for(Millis::secs(2));
    assert_eq!(found(&mut world, "compute.session"), Ok(ids(&COMPUTE)));
    assert_eq!(found(&mut world, "data.dataset"), Ok(ids(&[CLINIC, LAB])));
    assert_eq!(found(&mut world, "").map(|all| all.len()), Ok(NODES - 1));
    assert_eq!(found(&mut world, "nothing"), Ok(vec![]));
}

#[test]
fn processes_are_found_by_their_identity() {
    let mut world = network(1, OPEN).run_for(Millis::secs(2));
    let asked = [node_id(LAB), NodeId([0xee; 32]), node_id(COMPUTE[0]), node_id(LAB)];
    let locate = move |node: Node| async move {
        let link = node.remote::<Locate>(node_id(BOOTSTRAP)).unwrap();
        link.ask(Locate(List::new(asked.to_vec()).unwrap())).await
    };
    let found = world.call(RECEIVER, Millis::secs(20), locate).unwrap().unwrap().0;
    let mut got: Vec<NodeId> = found.iter().map(|entry| entry.id).collect();
    got.sort_unstable();
    assert_eq!(got, ids(&[LAB, COMPUTE[0]]));
    assert!(found.iter().all(|entry| !entry.address.is_empty()));
}

#[test]
fn a_member_that_is_gone_is_forgotten_and_one_that_returns_is_found() {
    let mut world = network(2, OPEN)
        .at(Millis::secs(5))
        .crash(COMPUTE[0])
        .restart_after(Millis::secs(60))
        .run_for(Millis::secs(30));
    assert_eq!(found(&mut world, "compute.session"), Ok(ids(&COMPUTE[1..])));
    world.run_for(Millis::secs(60));
    assert_eq!(found(&mut world, "compute.session"), Ok(ids(&COMPUTE)));
}

#[test]
fn a_member_that_drains_withdraws_at_once() {
    let mut world =
        network(3, OPEN).at(Millis::secs(5)).stop(LAB, Millis::secs(5)).run_for(Millis::secs(7));
    assert_eq!(found(&mut world, "data.dataset"), Ok(ids(&[CLINIC])));
}

#[test]
fn a_directory_that_crashes_knows_everybody_again_soon() {
    let mut world = network(4, OPEN)
        .at(Millis::secs(5))
        .crash(BOOTSTRAP)
        .restart_after(Millis::secs(5))
        .run_for(Millis::secs(25));
    assert_eq!(found(&mut world, "").map(|all| all.len()), Ok(NODES - 1));
}
