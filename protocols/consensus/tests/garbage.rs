//! Whatever is said, believed or not, and in whatever order: a machine does not panic, its memory has
//! bounds, and it signs nothing that contradicts what it signed before.

mod common;

use common::chain::{Plan, genesis};
use common::solo::Solo;
use proptest::prelude::*;
use std::collections::BTreeMap;
use troupe_consensus::message::{
    Answer, Certified, Changed, Fetch, GiveUp, Propose, Status, Vote, Waiting,
};
use troupe_consensus::{
    Anchor, Block, Causes, Certificate, CommitProof, Entry, Header, Input, Kind, Link, Message,
    Outcome, Output, Place, Rank, Rule, Rules, Signature, Signers, Statement, Verdict, ViewChange,
    ViewChangeCertificate,
};
use troupe_types::{Epoch, Hash, Height, Millis, NodeId, UnixMillis, View};
use troupe_wire::{Blob, List, Seed, Stream};

/// A small world of numbers with the largest ones in it, so that garbage often fits other garbage.
fn number(s: &mut Stream) -> u64 {
    match s.below(60) {
        0 => u64::MAX,
        1 => u64::MAX - 1,
        other => other % 6,
    }
}

fn place(s: &mut Stream) -> Place {
    let epoch = [1, 1, 1, 1, 2, 0, u64::MAX][usize::try_from(s.below(7)).expect("seven")];
    Place { epoch: Epoch(epoch), view: View(number(s)) }
}

fn hash(s: &mut Stream) -> Hash {
    match s.below(8) {
        0 => genesis().header.hash,
        other => Hash([u8::try_from(other).expect("small"); 32]),
    }
}

fn index(s: &mut Stream) -> u32 {
    [0, 0, 1, 2, 9, 10, u32::MAX][usize::try_from(s.below(7)).expect("seven")]
}

fn small(s: &mut Stream) -> u16 {
    [0, 1, 2, 3, 3, 4, 127, 128, u16::MAX][usize::try_from(s.below(9)).expect("nine")]
}

fn signers(s: &mut Stream) -> Signers {
    match s.below(4) {
        0 => (0..s.below(129)).map(|_| small(s)).collect(),
        _ => [1, 2, 3].into_iter().collect(),
    }
}

fn certificate(s: &mut Stream) -> Certificate {
    Certificate {
        place: place(s),
        height: Height(number(s)),
        index: index(s),
        hash: hash(s),
        signers: signers(s),
        signature: Signature([0; 96]),
    }
}

fn of(header: &Header) -> Certificate {
    let Header { place, height, index, hash, .. } = *header;
    let signers = [1, 2, 3].into_iter().collect();
    Certificate { place, height, index, hash, signers, signature: Signature([0; 96]) }
}

fn perhaps<T>(s: &mut Stream, make: fn(&mut Stream) -> T) -> Option<T> {
    s.chance(2, 3).then(|| make(s))
}

fn header(s: &mut Stream) -> Header {
    Header {
        hash: hash(s),
        parent: hash(s),
        height: Height(number(s)),
        place: place(s),
        index: index(s),
        time: UnixMillis(if s.chance(1, 6) { u64::MAX } else { 1_700_000_000_000 }),
        root: hash(s),
        causes: Causes {
            has_transactions: s.chance(1, 2),
            has_evidence: false,
            ends_epoch: s.chance(1, 8),
        },
    }
}

fn block(s: &mut Stream) -> Block {
    Block { header: header(s), body: Blob::default() }
}

fn whole(s: &mut Stream) -> ViewChangeCertificate {
    let place = place(s);
    let highest = perhaps(s, certificate);
    let genesis = genesis().header.hash;
    let entry = match highest {
        Some(named) if s.chance(2, 3) => (named.height, Some(named.place), named.hash),
        Some(_) => (Height(number(s)), None, hash(s)),
        None => (Height(0), None, genesis),
    };
    let (height, certified, hash) = entry;
    let signers = signers(s);
    let entry = Entry { height, certified, hash, signers, signature: Signature([0; 96]) };
    let entries = vec![entry; usize::try_from(1 + s.below(2)).expect("small")];
    ViewChangeCertificate { place, entries: List::new(entries).expect("two"), highest }
}

fn message(s: &mut Stream) -> Message {
    match s.below(9) {
        0 | 1 => {
            let block = block(s);
            let (parent, entry) = (perhaps(s, certificate), perhaps(s, whole));
            let edge = s.chance(1, 4).then(|| certificate(s));
            Propose { block, parent, entry, edge, signature: Signature([0; 96]) }.into()
        }
        2 => {
            let Certificate { place, height, index, hash, .. } = certificate(s);
            let (voter, parent) = (small(s), perhaps(s, certificate));
            let signature = Signature([u8::try_from(s.below(3)).expect("small"); 96]);
            Vote { place, height, index, hash, voter, signature, parent }.into()
        }
        3 => Certified(certificate(s)).into(),
        4 => {
            let (place, highest) = (place(s), perhaps(s, certificate));
            let (voter, edge) = (small(s), s.chance(1, 4).then(|| certificate(s)));
            let signature = Signature([0; 96]);
            GiveUp(ViewChange { place, highest, voter, signature, edge }).into()
        }
        5 => Changed(whole(s)).into(),
        6 => Status {
            place: place(s),
            highest: perhaps(s, |s| Rank { height: Height(number(s)), place: place(s) }),
            committed: Height(number(s)),
            proposals: index(s),
            waiting: perhaps(s, |s| Waiting { index: index(s), hash: hash(s), known: signers(s) }),
        }
        .into(),
        7 => match s.below(3) {
            0 => Fetch::Above(Height(number(s))).into(),
            1 => Fetch::Block(hash(s)).into(),
            _ => Fetch::Proposal { place: place(s), index: index(s) }.into(),
        },
        _ => {
            let block = block(s);
            match s.below(4) {
                0 => Answer::Gone(Height(number(s))).into(),
                1 => Answer::Block(block, certificate(s)).into(),
                _ => {
                    let certificate = of(&block.header);
                    Answer::Block(block, certificate).into()
                }
            }
        }
    }
}

fn anchor(s: &mut Stream, solo: &Solo) -> Anchor {
    let block = block(s);
    let links = (0..s.below(4)).map(|_| {
        let header = header(s);
        Link { certificate: of(&header), header }
    });
    let links: Vec<Link> = links.collect();
    let proof = (!links.is_empty()).then(|| CommitProof(List::new(links).expect("few")));
    let epoch = 1 + s.below(2);
    Anchor { block, proof, terms: vec![solo.people.term(&solo.plan, epoch)] }
}

fn input(s: &mut Stream, solo: &Solo) -> Input {
    match s.below(24) {
        0 => Input::Start,
        1 => Input::Verified { task: s.below(200), verdict: Verdict::Checked(Ok(())) },
        2 => Input::Verified { task: s.below(200), verdict: Verdict::Summed(Ok(Vec::new())) },
        3 => {
            let bad = vec![small(s)];
            let verdict = Verdict::Combined { sum: Some(Signature([1; 96])), bad };
            Input::Verified { task: s.below(200), verdict }
        }
        4 => {
            let statement = header(s).statement(Kind::Vote);
            Input::Signed { statement, signature: Signature([2; 96]) }
        }
        5 => Input::Built { parent: hash(s), block: perhaps(s, block), elected: None },
        6 => {
            let elected = s.chance(1, 4).then(|| solo.people.term(&solo.plan, 1 + s.below(3)));
            let outcome = Outcome::Valid { root: hash(s), elected };
            Input::Executed { hash: hash(s), outcome }
        }
        7 => Input::Work { waiting: s.chance(1, 2) },
        8 if s.chance(1, 10) => Input::Synced(Box::new(anchor(s, solo))),
        _ => {
            let from = NodeId([u8::try_from(s.below(6)).expect("small"); 32]);
            Input::Message { from, message: message(s) }
        }
    }
}

fn statements(solo: &Solo) -> Vec<Statement> {
    Kind::ALL.into_iter().flat_map(|kind| solo.said(kind)).collect()
}

fn tell(seed: u64, rules: Rules) -> Result<(), TestCaseError> {
    let s = &mut Seed::from_number(seed).stream("garbage");
    let plan = Plan { length: 20, ..Plan::fixed(4) };
    let mut solo = Solo::with(rules, plan, Vec::new());
    // Blocks that nobody has made have no state to execute them on.
    solo.executes = false;
    solo.builds = false;
    for _ in 0..400 {
        let input = input(s, &solo);
        solo.input(input);
        if s.chance(1, 20) {
            let span = s.below(4_000);
            solo.wait(Millis(span));
        }
    }
    let snapshot = solo.machine.snapshot();
    prop_assert!(snapshot.blocks <= 1024 && snapshot.missing <= 64 && snapshot.votes <= 4 * 3 * 90);
    let said = statements(&solo);
    for (at, one) in said.iter().enumerate() {
        for other in &said[at + 1..] {
            prop_assert!(!one.excludes(other), "{one:?} and {other:?}");
        }
    }
    let mut sent: BTreeMap<&'static str, usize> = BTreeMap::new();
    for output in &solo.wished {
        if let Output::Send { message, .. } = output {
            *sent.entry(common::world::name(message)).or_default() += 1;
        }
    }
    prop_assert!(sent.values().all(|count| *count < 5_000), "{sent:?}");
    Ok(())
}

/// Something that the other three could say if they agreed on mischief, in the present or close to it.
fn mischief(s: &mut Stream, solo: &mut Solo, blocks: &mut Vec<Block>) {
    let view = solo.place().view.0.saturating_add(s.below(3)).saturating_sub(s.below(2));
    let at = Place::new(1, view);
    let pick = |s: &mut Stream, blocks: &[Block]| {
        let newest = blocks.len().saturating_sub(6);
        let most = (blocks.len() - newest) as u64;
        blocks[newest + usize::try_from(s.below(most)).expect("small")].clone()
    };
    let base = pick(s, blocks);
    let certified =
        |solo: &Solo, block: &Block| (block.header.height > Height(0)).then(|| solo.certify(block));
    let named = certified(solo, &base);
    match s.below(10) {
        0..=3 => {
            let index = u32::try_from(s.below(4)).expect("small");
            let block = solo.block(&base, at, index, &[u8::try_from(s.below(2)).expect("a bit")]);
            let before = Place::new(1, view.saturating_sub(1));
            let whole = solo.changed(before, &[1, 2, 3].map(|person| (person, named)));
            let entry = (index == 0 && view > 0 && s.chance(3, 4)).then_some(whole);
            solo.propose(&block, named, entry);
            blocks.push(block);
        }
        4 => {
            if let Some(certificate) = named {
                solo.hear(1, Answer::Block(base, certificate));
            }
        }
        5 => {
            if let Some(certificate) = named {
                solo.tell_certificate(certificate);
            }
        }
        6 => {
            for person in 1..4 {
                let vote = solo.vote_of(person, &base);
                solo.hear(person, vote);
            }
        }
        7 => {
            let person = usize::try_from(1 + s.below(3)).expect("small");
            let change = solo.change_of(person, at, named);
            solo.hear(person, change);
        }
        8 => {
            let whole = solo.changed(at, &[1, 2, 3].map(|person| (person, named)));
            solo.hear(2, Changed(whole));
        }
        _ => {
            let span = s.below(4_000);
            solo.wait(Millis(span));
        }
    }
}

/// No two statements that exclude each other, in the order in which they were made and over restarts.
fn conspire(seed: u64, rules: Rules) -> Result<usize, TestCaseError> {
    let s = &mut Seed::from_number(seed).stream("mischief");
    let mut solo = Solo::with_rules(rules);
    let mut blocks = vec![genesis()];
    let mut log = Vec::new();
    let mut said: Vec<Statement> = Vec::new();
    for _ in 0..300 {
        mischief(s, &mut solo, &mut blocks);
        if s.chance(1, 25) {
            said.extend(statements(&solo));
            log.extend(solo.records());
            solo = solo.restart(rules, log.clone());
        }
    }
    said.extend(statements(&solo));
    said.sort_unstable();
    said.dedup();
    for (at, one) in said.iter().enumerate() {
        for other in &said[at + 1..] {
            prop_assert!(!one.excludes(other), "{one:?} and {other:?}");
        }
    }
    Ok(said.len())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn garbage_that_is_not_believed_does_nothing(seed in any::<u64>()) {
        tell(seed, Rules::ALL)?;
    }

    #[test]
    fn garbage_that_is_believed_breaks_nothing(seed in any::<u64>()) {
        tell(seed, Rules::all_but(Rule::SignaturesChecked))?;
    }

    #[test]
    fn a_conspiracy_of_all_others_gets_no_contradiction_out_of_a_node(seed in any::<u64>()) {
        conspire(seed, Rules::ALL)?;
    }
}

#[test]
fn without_its_memory_a_node_contradicts_itself_in_a_conspiracy() {
    let signed: usize = (0..50).map(|seed| conspire(seed, Rules::ALL).expect("none")).sum();
    assert!(signed > 300, "{signed} statements in fifty conspiracies");
    for rule in [Rule::OneVote, Rule::OneViewChange, Rule::Remembers] {
        let found = (0..50).any(|seed| conspire(seed, Rules::all_but(rule)).is_err());
        assert!(found, "nothing is noticed without {rule:?}");
    }
}
