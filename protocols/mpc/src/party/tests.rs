//! Parties that lie consistently: they compute, send and prove with something else than they hold.

mod kept;

use super::*;
use crate::program::{Column, Draft, Form, Op, Register, Rows, Security, Size, Transposed};
use crate::{Input, Output, Owner, Table};
use std::collections::VecDeque;
use troupe_types::{Hash, SessionId};
use troupe_wire::{Machine, Text};

const PLACE: Place = Place { session: SessionId([9; 16]), terms: Hash([8; 32]) };
const COUNT: u32 = 40;

/// A product, its comparison, a truncation, and a choice.
fn program() -> (Program, [Register; 3]) {
    let column = |name: &str| Column {
        owner: 0,
        name: Text::new(name).expect("short"),
        length: COUNT,
        fraction: 0,
        low: -1000,
        high: 1000,
        form: Form::Plain,
    };
    let rows = Rows { count: COUNT, group: 0 };
    let mut draft = Draft::new(vec![rows], vec![column("a"), column("b")]);
    draft.secure(Security::Malicious);
    let (a, b) = (draft.values(0), draft.values(1));
    let product = draft.push(Op::Mul { a, b, shift: 0 });
    let less = draft.less(product, b);
    let cut = draft.push(Op::Trunc { a: product, shift: 2 });
    let chosen = draft.push(Op::Select { bits: less, a: cut, b: product });
    draft.reveal(0, chosen, "chosen", 0, 1);
    (draft.finish().expect("in range"), [a, b, product])
}

/// Three parties and an owner; `lie` sees every party after each of its steps. Gives what each
/// party ended in, if it has ended.
fn run(program: &Program, lie: impl FnMut(u8, &mut Party)) -> [Option<Error>; 3] {
    shelved(program, &[(); 3].map(|()| Shelf::default()), lie)
}

/// The same, with what they kept before.
fn shelved(
    program: &Program,
    shelves: &[Shelf; 3],
    mut lie: impl FnMut(u8, &mut Party),
) -> [Option<Error>; 3] {
    let (now, deadline, seed) = (Now::default(), Millis::secs(60), Seed::from_number(4));
    let party = |index: u8| {
        let seed = seed.child("party", index.into());
        let (shelf, program) = (shelves[usize::from(index)].clone(), program.clone());
        Party::with_shelf(shelf, PLACE, program, index, Deadlines::default(), &seed, now)
            .expect("a place, and everything is there")
    };
    let mut parties = [0, 1, 2].map(party);
    let values = |factor: u32| (0..COUNT).map(|at| f64::from(at * factor % 77) - 30.0).collect();
    let columns = [("a".to_owned(), values(5)), ("b".to_owned(), values(9))].into();
    let table = Table { rows: COUNT, alignment: Hash::default(), columns };
    let mut owner = Owner::new(PLACE, program, 0, table, deadline, &seed, now).expect("good");
    let mut queue: VecDeque<(Peer, u8, Input)> = VecDeque::new();
    let bytes = u64::MAX;
    let mut outputs = Vec::new();
    for to in 0..PARTIES {
        owner.step(now, Input::Credit { to: Peer::Party(to), bytes }, &mut outputs);
        for other in 0..PARTIES {
            queue.push_back((Peer::Party(to), other, Input::Credit { to: Peer::Party(to), bytes }));
        }
    }
    let mut errors = [None, None, None];
    for output in outputs {
        if let Output::Send { to: Peer::Party(to), bytes } = output {
            let from = Peer::Owner(0);
            queue.push_back((from, to, Input::Bytes { from, bytes }));
        }
    }
    while let Some((_, to, input)) = queue.pop_front() {
        let mut outputs = Vec::new();
        let party = &mut parties[usize::from(to)];
        party.step(now, input, &mut outputs);
        lie(to, party);
        let from = Peer::Party(to);
        for output in outputs {
            match output {
                Output::Send { to: Peer::Party(to), bytes } => {
                    queue.push_back((from, to, Input::Bytes { from, bytes }));
                }
                Output::Failed(error) => errors[usize::from(to)] = Some(error),
                Output::Send { .. }
                | Output::Progress { .. }
                | Output::Sign(_)
                | Output::Finished(_) => {}
            }
        }
    }
    for (party, error) in parties.iter().zip(&mut errors) {
        if error.is_none() && party.phase() != Some(Phase::Revealing) {
            let late = Peer::Party(0);
            let phase = party.phase().unwrap_or(Phase::Inputs);
            *error = Some(Error::DeadlinePassed { waiting_for: late, phase });
        }
    }
    errors
}

#[test]
fn honest_parties_prove_everything() {
    let (program, _) = program();
    assert_eq!(run(&program, |_, _| {}), [None, None, None]);
}

#[test]
fn what_is_proven_in_portions_is_the_same_and_is_kept_no_longer_than_that() {
    let (program, _) = program();
    assert_eq!(program.checks().len(), 1);
    let (mut memory, mut portions) = (program.cost().memory[0], 1);
    for words in [4_000, 1_000, 1] {
        let cut = program.proven_by(words);
        let mut held = 0;
        assert_eq!(
            run(&cut, |index, party| if index == 0 {
                held = party.held().0.max(held)
            }),
            [const { None }; 3]
        );
        let cost = cut.cost();
        assert!(
            held <= cost.memory[0].0 && cost.memory[0] <= memory,
            "{words} words: {held} bytes held"
        );
        assert!(cut.checks().len() >= portions, "{words} words: {} portions", cut.checks().len());
        (memory, portions) = (cost.memory[0], cut.checks().len());
    }
    // Each operation by itself.
    assert_eq!(portions, 4);
    assert!(memory < program.cost().memory[0]);
}

#[test]
fn a_party_that_lies_to_itself_too_is_found_out_before_anything_is_revealed() {
    let (program, registers) = program();
    let found = found_out(&program, registers);
    assert!(found >= 20, "{found} of 24");
    // In portions what is believed is tested before it is sent on, so more liars end the session themselves.
    let found = found_out(&program.proven_by(1), registers);
    assert!(found >= 16, "{found} of 24");
}

/// Of how many lies it is shown who told them; all of them end the session.
fn found_out(program: &Program, [_, b, product]: [Register; 3]) -> usize {
    let is_cut = program.checks().len() > 1;
    // After the first round the second factor is still to be compared; after the second there is
    // the product.
    let mut found_out = 0;
    for (register, at, bits) in [(b, 0, [0, 5]), (product, 1, [1, 63])] {
        for liar in 0..PARTIES {
            let cases = bits.into_iter().flat_map(|bit| [(true, bit), (false, bit)]);
            for (is_own, bit) in cases {
                let mut is_told = false;
                let errors = run(program, |index, party| {
                    let Some(work) = &mut party.work else { return };
                    let State::Computing { engine, round, .. } = &mut work.state else { return };
                    if index != liar || *round != at || is_told {
                        return;
                    }
                    is_told = true;
                    engine.deceive(register, |share| {
                        let piece = if is_own { &mut share.own } else { &mut share.next };
                        piece[17] ^= 1 << bit;
                    });
                });
                assert!(is_told, "the lie was never told");
                let what = format!("party {liar}, round {at}, own {is_own}, bit {bit}");
                let verifier = usize::from(crate::peer::prev(liar));
                let unproven = Error::Unproven { prover: liar, verifier: crate::peer::next(liar) };
                let found = errors[verifier].as_ref() == Some(&unproven);
                // Of a piece of `b` some use is only to check what a dealer says, and of any piece it may be in
                // one portion: then the liar sends nothing wrong and ends the session by a false word.
                let may_blame = register == b || is_cut;
                assert!(found || (may_blame && errors[usize::from(liar)].is_some()), "{what}");
                found_out += usize::from(found);
                assert!(errors.iter().all(Option::is_some), "{what}: {errors:?}");
            }
        }
    }
    found_out
}

/// A product, and one of matrices with `b`: 25 elements have a relation each, 1,600 have combinations.
fn matrices(size: Size) -> (Program, Register) {
    let (_, [a, b, _]) = program();
    let column = |name: &str| Column {
        owner: 0,
        name: Text::new(name).expect("short"),
        length: COUNT,
        fraction: 0,
        low: -1000,
        high: 1000,
        form: Form::Plain,
    };
    let rows = Rows { count: COUNT, group: 0 };
    let mut draft = Draft::new(vec![rows], vec![column("a"), column("b")]);
    draft.secure(Security::Malicious);
    let square = draft.push(Op::Mul { a, b: a, shift: 0 });
    let transposed = Transposed::Neither;
    let product = draft.push(Op::Matmul { a: square, b, size, transposed, shift: 0 });
    draft.reveal(0, product, "product", 0, 1);
    (draft.finish().expect("in range"), b)
}

#[test]
fn one_wrong_element_of_a_matrix_is_found_out_before_anything_is_revealed() {
    for [rows, inner, columns] in [[5, 8, 5], [40, 1, 40]] {
        let (program, b) = matrices(Size { rows, inner, columns });
        assert_eq!(run(&program, |_, _| {}), [None, None, None]);
        for liar in 0..PARTIES {
            for (is_own, bit) in [(true, 0), (false, 63)] {
                let mut is_told = false;
                let errors = run(&program, |index, party| {
                    let Some(work) = &mut party.work else { return };
                    let State::Computing { engine, round: 0, .. } = &mut work.state else { return };
                    if index == liar && !is_told {
                        is_told = true;
                        engine.deceive(b, |share| {
                            let piece = if is_own { &mut share.own } else { &mut share.next };
                            piece[17] ^= 1 << bit;
                        });
                    }
                });
                assert!(is_told, "the lie was never told");
                let what = format!("party {liar}, {rows} rows, own {is_own}, bit {bit}");
                let verifier = usize::from(crate::peer::prev(liar));
                let unproven = Error::Unproven { prover: liar, verifier: crate::peer::next(liar) };
                assert_eq!(errors[verifier], Some(unproven), "{what}");
                assert!(errors.iter().all(Option::is_some), "{what}: {errors:?}");
            }
        }
    }
}

/// Products of wide numbers, one of them with the truncation of another.
fn wide() -> (Program, [Register; 2]) {
    let column = |name: &str| Column {
        owner: 0,
        name: Text::new(name).expect("short"),
        length: COUNT,
        fraction: 0,
        low: -1000,
        high: 1000,
        form: Form::Wide,
    };
    let rows = Rows { count: COUNT, group: 0 };
    let mut draft = Draft::new(vec![rows], vec![column("a"), column("b")]);
    draft.secure(Security::Malicious);
    let (a, b) = (draft.values(0), draft.values(1));
    let square = draft.push(Op::Mul { a, b: a, shift: 0 });
    let product = draft.push(Op::Mul { a: square, b, shift: 0 });
    let cut = draft.push(Op::Trunc { a: product, shift: 20 });
    let more = draft.push(Op::Mul { a: cut, b: product, shift: 0 });
    draft.reveal(0, more, "more", 0, 1);
    (draft.finish().expect("in range"), [b, product])
}

/// Has each party in turn believe something else than it holds of registers in a round: a bit of a word of one of its pieces.
fn found_out_whoever_lies(
    program: &Program,
    registers: &[(Register, usize)],
    places: &[(bool, usize, u32)],
) {
    assert_eq!(run(program, |_, _| {}), [None, None, None]);
    for liar in 0..PARTIES {
        for (register, at) in registers {
            for (is_own, word, bit) in places {
                let mut is_told = false;
                let errors = run(program, |index, party| {
                    let Some(work) = &mut party.work else { return };
                    let State::Computing { engine, round, .. } = &mut work.state else { return };
                    if index == liar && round == at && !is_told {
                        is_told = true;
                        engine.deceive(*register, |share| {
                            let piece = if *is_own { &mut share.own } else { &mut share.next };
                            piece[*word] ^= 1 << bit;
                        });
                    }
                });
                assert!(is_told, "the lie was never told");
                let what =
                    format!("party {liar}, round {at}, own {is_own}, word {word}, bit {bit}");
                let verifier = usize::from(crate::peer::prev(liar));
                let unproven = Error::Unproven { prover: liar, verifier: crate::peer::next(liar) };
                let found = errors[verifier].as_ref() == Some(&unproven);
                assert!(found || errors[usize::from(liar)].is_some(), "{what}");
                assert!(errors.iter().all(Option::is_some), "{what}: {errors:?}");
            }
        }
    }
}

#[test]
fn one_wrong_bit_of_a_wide_number_is_found_out_before_anything_is_revealed() {
    let (program, [b, product]) = wide();
    let places = [(true, 34, 0), (false, 34, 63), (true, 35, 63), (false, 35, 0)];
    found_out_whoever_lies(&program, &[(b, 0), (product, 2)], &places);
}

#[test]
fn one_wrong_bit_of_what_is_shuffled_is_found_out_before_anything_is_revealed() {
    let (other, [a, b, _]) = program();
    let rows = Rows { count: COUNT, group: 0 };
    let mut draft = Draft::new(vec![rows], other.columns().to_vec());
    draft.secure(Security::Malicious);
    let product = draft.push(Op::Mul { a, b, shift: 0 });
    let together = draft.concat(&[a, product, b]);
    let shuffled = draft.push(Op::Shuffle { a: together, columns: 3 });
    let square = draft.push(Op::Mul { a: shuffled, b: shuffled, shift: 0 });
    draft.reveal(0, square, "squares", 0, 1);
    let program = draft.finish().expect("in range");
    let places = [(true, 17, 0), (false, 17, 63), (true, 17, 63), (false, 17, 0)];
    // What is shuffled in the next round, another column each.
    found_out_whoever_lies(&program, &[(a, 0), (b, 0)], &places);
}

#[test]
fn a_step_is_light_between_small_rounds_and_nowhere_else() {
    let (small, _) = program();
    let mut light = 0;
    let errors = run(&small, |_, party| {
        if party.is_light() && party.phase().is_some() {
            light += 1;
            assert!(matches!(party.phase(), Some(Phase::Computing { .. })), "{party:?}");
        }
    });
    assert!(errors.iter().all(Option::is_none), "{errors:?}");
    assert!(light > 0);
    // A product of matrices is much work in rounds of few bytes.
    let size = Size { rows: 40, inner: 100_000, columns: 1 };
    let mut draft = Draft::new(vec![Rows { count: COUNT, group: 0 }], small.columns().to_vec());
    let (a, b) = (draft.values(0), draft.values(1));
    let mut last = draft.push(Op::Mul { a, b, shift: 0 });
    for _ in 0..4 {
        last = draft.push(Op::Trunc { a: last, shift: 1 });
    }
    let first = draft.slice(b, 0, 1);
    let (tall, wide) = (draft.repeat(last, 100_000), draft.repeat(first, 100_000));
    let tall = draft.push(Op::Bound { a: tall, low: 0, high: 1 });
    let product = draft.matmul(tall, wide, size, 0);
    draft.reveal(0, product, "product", 0, 1);
    let program = draft.finish().expect("in range");
    let heavy = program.schedule().frames.len() - 1;
    assert!(program.weight(heavy) > LIGHT);
    assert!((0..heavy - 1).all(|round| program.weight(round) <= LIGHT));
}
