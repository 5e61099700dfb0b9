//! Parties that changed what they kept.

use super::*;
use crate::program::Taken;

/// A program that keeps a product, and what each party has of it then.
fn kept(security: Security) -> [Shelf; 3] {
    let shelves = [(); 3].map(|()| Shelf::default());
    let mut draft = draft(Vec::new(), security);
    let (a, b) = (draft.values(0), draft.values(1));
    let product = draft.push(Op::Mul { a, b, shift: 0 });
    draft.keep(product, "product", 0);
    draft.witnesses(1);
    let program = draft.finish().expect("in range");
    let mut is_early = false;
    let errors = run(&program, |index, party| {
        let Some(work) = &party.work else { return };
        let is_agreed = matches!(work.state, State::Revealing(_));
        is_early |= !is_agreed && !work.kept.is_empty();
        for kept in &work.kept {
            shelves[usize::from(index)].put(kept.clone());
        }
    });
    assert_eq!(errors, [const { None }; 3]);
    assert!(!is_early, "something is kept before the parties agree");
    shelves
}

fn draft(taken: Vec<Taken>, security: Security) -> Draft {
    let (program, _) = program();
    let mut draft = Draft::taking(program.owners().to_vec(), program.columns().to_vec(), taken);
    draft.secure(security);
    draft
}

/// A program that takes it up, multiplies it, and reveals what comes of that and the thing itself.
fn taking(shelves: &[Shelf; 3], security: Security) -> (Program, Register) {
    let kept = shelves[0].of(PLACE.session);
    let label = kept[0].label();
    let taken = Taken {
        id: kept[0].id(),
        length: label.length,
        fraction: label.fraction,
        low: label.low,
        high: label.high,
    };
    let mut draft = draft(vec![taken], security);
    let (a, model) = (draft.values(0), draft.taken(0));
    let product = draft.push(Op::Mul { a, b: model, shift: 0 });
    draft.reveal(0, product, "product", 0, 1);
    draft.reveal(0, model, "model", 0, 1);
    (draft.finish().expect("in range"), model)
}

const ENGINES: [Security; 2] = [Security::SemiHonest, Security::Malicious];
const WORDS: [(usize, u32); 3] = [(0, 0), (17, 31), (COUNT as usize - 1, 63)];

/// Every party, both of its pieces, a bit of some words.
fn cases() -> impl Iterator<Item = (u8, bool, (usize, u32))> {
    (0..PARTIES).flat_map(|liar| {
        [true, false]
            .into_iter()
            .flat_map(move |is_own| WORDS.into_iter().map(move |word| (liar, is_own, word)))
    })
}

#[test]
fn what_is_taken_up_as_it_was_kept_is_computed_with() {
    for security in ENGINES {
        let shelves = kept(security);
        let (program, _) = taking(&shelves, security);
        assert_eq!(shelved(&program, &shelves, |_, _| {}), [const { None }; 3]);
    }
}

#[test]
fn a_party_that_changed_a_bit_of_what_it_kept_is_named_before_anything_is_computed() {
    for security in ENGINES {
        let shelves = kept(security);
        let (program, _) = taking(&shelves, security);
        for (liar, is_own, (word, bit)) in cases() {
            let honest = &shelves[usize::from(liar)].of(PLACE.session)[0];
            // Its own check finds it, whether it was the disk or the party itself.
            let changed = honest.flipped(is_own, word, bit);
            assert_eq!(Kept::decode(&changed.encode()), Err(crate::Spoilt::Changed));
            // One that does not check.
            let mut theirs = shelves.clone();
            theirs[usize::from(liar)] = Shelf::default();
            theirs[usize::from(liar)].put(changed);
            let mut computed = false;
            let errors = shelved(&program, &theirs, |index, party| {
                computed |= index != liar
                    && matches!(party.phase(), Some(Phase::Closing | Phase::Revealing));
            });
            let what = format!("{security:?}: party {liar}, own {is_own}, word {word}");
            let other = if is_own { crate::peer::prev(liar) } else { crate::peer::next(liar) };
            let named = Some(Error::Altered { party: liar });
            assert_eq!(errors[usize::from(other)], named, "{what}");
            assert!(errors.iter().all(Option::is_some), "{what}: {errors:?}");
            assert!(!computed, "{what}: somebody came to an end");
        }
    }
}

#[test]
fn a_party_that_shows_what_it_kept_and_uses_something_else_is_found_out_by_its_proof() {
    let shelves = kept(Security::Malicious);
    let (program, _) = taking(&shelves, Security::Malicious);
    for (liar, is_own, (word, bit)) in cases() {
        let (mut is_told, mut revealed) = (false, false);
        let errors = shelved(&program, &shelves, |index, party| {
            revealed |= party.phase() == Some(Phase::Revealing);
            let Some(work) = &mut party.work else { return };
            if index != liar || is_told {
                return;
            }
            // What it computes the first messages with, from the moment on that it has shown the hash.
            if let State::Inputs(_) = &work.state {
                work.taking.change(is_own, word, bit);
                is_told = true;
            }
        });
        let what = format!("party {liar}, own {is_own}, word {word}");
        assert!(is_told, "the lie was never told");
        let verifier = usize::from(crate::peer::prev(liar));
        let unproven = Error::Unproven { prover: liar, verifier: crate::peer::next(liar) };
        assert_eq!(errors[verifier], Some(unproven), "{what}: {errors:?}");
        assert!(errors.iter().all(Option::is_some), "{what}: {errors:?}");
        assert!(!revealed, "{what}: something was revealed");
    }
}

#[test]
fn a_party_that_only_reveals_something_else_is_found_out_where_the_session_closes() {
    let shelves = kept(Security::Malicious);
    let (program, model) = taking(&shelves, Security::Malicious);
    for (liar, is_own, (word, bit)) in cases() {
        let (mut is_told, mut revealed) = (false, false);
        let errors = shelved(&program, &shelves, |index, party| {
            revealed |= party.phase() == Some(Phase::Revealing);
            let Some(work) = &mut party.work else { return };
            let State::Computing { engine, round: 0, .. } = &mut work.state else { return };
            if index != liar || is_told {
                return;
            }
            is_told = true;
            // The product is on its way; what is revealed is still here.
            engine.deceive(model, |share| {
                let piece = if is_own { &mut share.own } else { &mut share.next };
                piece[word] ^= 1 << bit;
            });
        });
        let what = format!("party {liar}, own {is_own}, word {word}: {errors:?}");
        assert!(is_told, "the lie was never told");
        assert!(errors.iter().all(Option::is_some) && !revealed, "{what}");
        let is_contradicted = errors.iter().flatten().any(|error| {
            matches!(error, Error::Contradiction { first, second, .. } if [*first, *second].contains(&liar))
        });
        assert!(is_contradicted, "{what}");
    }
}
