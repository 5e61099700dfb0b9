//! What two owners have in common, as data sets of their own.

use crate::common::{ASKER, CLINIC, LAB, OPEN, STRANGER, matched, network, task, tell};
use troupe_mpc::message::{Describe, Described};
use troupe_psi::Mode;
use troupe_runtime::Node;
use troupe_runtime::sim::node_id;
use troupe_types::Millis;
use troupe_wire::Text;

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
