//! A node signs what it states of a task, and never anything else.

use crate::posting;
use crate::town::{Peer, SPAN, Town, node_key};
use troupe_crypto::ed25519::Sign as _;
use troupe_market::message::{Decide, Decision, Sign, Unseen};
use troupe_market::statement::{Kind, NOBODY, Place, Statement};
use troupe_runtime::run;
use troupe_types::Hash;

async fn sign(peer: &Peer, task: u64, statements: &[Statement]) -> Result<Vec<[u8; 64]>, Unseen> {
    let sign = Sign { task, statements: statements.to_vec() };
    peer.node.link::<Sign>("market").ask(sign).await.unwrap()
}

#[test]
fn a_node_that_was_away_does_not_sign_anything_else_than_before() {
    run(async {
        let mut town = Town::new().await;
        let result = posting(0).result;
        let states = |hash| Statement { kind: Kind::Result, peer: NOBODY, round: 0, part: 0, hash };
        let (truth, lie) = (states(result), states(Hash([99; 32])));
        let (seats, seen) = town.computing(1, [SPAN; 5]).await;
        let task = seen.task.id;
        assert_eq!(sign(&town.owner, task, &[truth]).await, Err(Unseen::NotComputing(task)));
        let at = town.nodes.iter().position(|it| it.who == seats[0]).unwrap();
        let party = town.nodes.remove(at);
        let place =
            Place { chain_id: seen.chain_id, task, terms: Hash(seen.task.terms.0), seat: 0 };
        let signature = node_key(party.who).sign(&truth.digest(&place)).unwrap().0;
        assert_eq!(sign(&party, task, &[truth]).await, Ok(vec![signature]));
        assert_eq!(sign(&party, task, &[lie]).await, Err(Unseen::Said(task)));
        assert_eq!(sign(&party, task, &[truth]).await, Ok(vec![signature]), "it is the same");
        let party = party.restart(&town.chain).await;
        // It has taken part once, and is not asked to again.
        let able = Decide { task, decision: Decision::Able };
        let again = party.node.link::<Decide>("market").ask(able).await.unwrap();
        assert_eq!(again, Err(Unseen::Said(task)));
        let refused = sign(&party, task, &[lie]).await;
        assert!(matches!(refused, Err(Unseen::Said(_) | Unseen::NotComputing(_))), "{refused:?}");
        let word = async |town: &Town| town.sender.look(task).await.unwrap().task.seats[0].word;
        while word(&town).await == 0 {
            town.chain.wait(20).await;
        }
        assert_eq!(word(&town).await, 2, "it has forgotten the rest, and gives up");
        party.end().await;
        town.end().await;
    });
}
