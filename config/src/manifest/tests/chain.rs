//! What actors need of a chain.

use super::*;

#[test]
fn jobs_are_settled_on_a_chain_that_somebody_answers_for_or_on_none() {
    let requester = role("requester").unwrap();
    assert!(load(requester).is_ok());
    let alone = requester.replace("[\"light\", \"account\"]", "[\"storage\"]");
    assert!(load(&alone).unwrap_err().contains("a chain is kept by"));
    let group =
        "[[group]]\nname   = \"chain\"\nthread = \"chain\"\nactors = [\"light\", \"account\"]\n";
    let text = load(&requester.replace(group, "")).unwrap_err();
    assert!(text.contains("actor \"jobs\" answers from what storage"), "{text}");
    let without = load(requester).unwrap().manifest.without_chain();
    let kinds: Vec<&str> = without.kinds().map(|kind| kind.as_str()).collect();
    assert_eq!(kinds, ["telemetry", "member", "control", "jobs"]);
    assert!(load(&without.write()).is_ok());
}

#[test]
fn a_light_client_keeps_no_chain_and_says_so() {
    let light = role("light").unwrap();
    let both = light.replace("[\"light\"]", "[\"light\", \"storage\"]");
    let text = load(&both).unwrap_err();
    let want = "actor \"light\" is for a process that keeps no chain, and \"storage\" does";
    assert!(text.contains(want), "{text}");
    let without = light.replace("[chain]\ngenesis = \"genesis.toml\"\n", "");
    let text = load(&without).unwrap_err();
    assert!(text.contains("actor \"light\" needs a chain"), "{text}");
}
