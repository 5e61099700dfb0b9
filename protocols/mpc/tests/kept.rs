//! What stays with the parties: whole sessions that keep something, and others that take it up.

mod common;

use common::{Outcome, PLACE, SESSION, Weather, World, table, whole};
use proptest::prelude::*;
use std::sync::Arc;
use troupe_mpc::program::{Column, Defect, Draft, MAX_KEPT, Op, Rows, Security, Taken};
use troupe_mpc::{
    About, Claim, Deadlines, Error, Input, Kept, Notary, OwnClaims, Party, Peer, Place, Program,
    Shelf, Signature, Table, Untaken, Verdict,
};
use troupe_types::{Hash, SessionId};
use troupe_wire::{Now, Seed};

const LENGTH: u32 = 9;
const ENGINES: [Security; 2] = [Security::SemiHonest, Security::Malicious];
const LATER: Place = Place { session: SessionId([0x5f; 16]), terms: Hash([0x7f; 32]) };
const LIMIT: i64 = 1 << 40;

fn column(name: &str, limit: i64) -> Column {
    Column { low: -limit, high: limit, ..whole(0, name, LENGTH, 0) }
}

fn rows() -> Vec<Rows> {
    vec![Rows { count: LENGTH, group: 0 }]
}

/// Keeps a column, and its square's sum; nothing is revealed, and two receivers hear of it.
fn keeping(security: Security) -> Program {
    let mut draft = Draft::new(rows(), vec![column("model", LIMIT), column("x", 1000)]);
    draft.secure(security);
    let (model, x) = (draft.values(0), draft.values(1));
    let squares = draft.push(Op::Dot { a: x, b: x, block: LENGTH, shift: 0 });
    draft.keep(model, "model", 7);
    draft.keep(squares, "squares", 0);
    draft.witnesses(2);
    draft.finish().expect("in range")
}

fn tables(model: &[f64], x: &[f64]) -> Vec<Table> {
    vec![table(LENGTH, &[("model", model.to_vec()), ("x", x.to_vec())])]
}

fn shelves() -> [Shelf; 3] {
    [(); 3].map(|()| Shelf::default())
}

/// A session that went well, and what everybody has of it.
fn kept(security: Security, model: &[f64], x: &[f64]) -> (World, [Shelf; 3]) {
    let shelves = shelves();
    let program = keeping(security);
    let luck = (Weather::FAIR, 1);
    let mut world = World::shelved(PLACE, &program, tables(model, x), luck, &shelves);
    world.run();
    (world, shelves)
}

fn as_kept(kept: &Kept) -> Taken {
    let label = kept.label();
    let (length, fraction) = (label.length, label.fraction);
    Taken { id: kept.id(), length, fraction, low: label.low, high: label.high }
}

/// The model times a column, and what is kept beside it.
fn serving(taken: Vec<Taken>, security: Security) -> Result<Program, Defect> {
    let mut draft = Draft::taking(rows(), vec![column("x", 1000)], taken);
    draft.secure(security);
    let (x, model, squares) = (draft.values(0), draft.taken(0), draft.taken(1));
    let product = draft.push(Op::Mul { a: x, b: model, shift: 0 });
    let more = draft.push(Op::AddPublic { a: squares, constant: 5 });
    draft.reveal(0, product, "product", 0, 1);
    draft.reveal(0, more, "squares", 0, 1);
    draft.finish()
}

fn numbers(limit: i64) -> impl Strategy<Value = Vec<i64>> {
    let one = prop_oneof![Just(limit), Just(-limit), Just(0), Just(-1), -limit..=limit];
    proptest::collection::vec(one, LENGTH as usize)
}

fn floats(numbers: &[i64]) -> Vec<f64> {
    numbers.iter().map(|number| *number as f64).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn what_is_kept_is_taken_up_as_it_was_and_as_often_as_one_likes(
        model in numbers(LIMIT),
        x in numbers(1000),
        y in numbers(1000),
        engine in 0..2usize,
    ) {
        let security = ENGINES[engine];
        let (world, shelves) = kept(security, &floats(&model), &floats(&x));
        let ids: Vec<Hash> =
            shelves[0].of(SESSION).iter().map(|kept| kept.id()).collect();
        prop_assert_eq!(ids.len(), 2);
        for (seat, shelf) in (0..).zip(&shelves) {
            let here = shelf.of(SESSION);
            prop_assert!(here.iter().all(|kept| kept.seat() == seat));
            prop_assert_eq!(here.iter().map(|kept| kept.id()).collect::<Vec<_>>(), ids.clone());
            prop_assert_eq!(&*here[0].label().name, "model");
            // It survives the disk.
            for kept in here {
                prop_assert_eq!(&Kept::decode(&kept.encode()).expect("whole"), &*kept);
            }
        }
        // Who has all three parts has the values; parts of two vectors, or in another order, are none.
        let part = |seat: usize, at: usize| shelves[seat].get(ids[at]).expect("it is there");
        let opened = |of: [(usize, usize); 3]| {
            let parts = of.map(|(seat, at)| part(seat, at));
            Kept::open(parts.each_ref().map(|part| &**part))
        };
        let scaled: Vec<f64> = model.iter().map(|value| *value as f64 / 128.0).collect();
        prop_assert_eq!(opened([(0, 0), (1, 0), (2, 0)]), Ok(scaled));
        prop_assert!(opened([(1, 0), (0, 0), (2, 0)]).is_err());
        prop_assert!(opened([(0, 0), (1, 0), (2, 1)]).is_err());
        for receiver in 0..2 {
            prop_assert_eq!(&world.outcomes[&Peer::Receiver(receiver)], &Outcome::Done(Vec::new()));
            prop_assert_eq!(&world.kept[&receiver], &ids);
            prop_assert_eq!(world.hashes[&receiver], world.endings[&0].result);
        }
        let taken = shelves[0].of(SESSION).iter().map(|kept| as_kept(kept)).collect();
        let program = serving(taken, security).expect("in range");
        let squares: i64 = x.iter().map(|x| x * x).sum();
        for seed in 0..2 {
            let tables = vec![table(LENGTH, &[("x", floats(&y))])];
            let luck = (Weather::FAIR, seed);
            let mut world = World::shelved(LATER, &program, tables, luck, &shelves);
            world.run();
            let Outcome::Done(results) = &world.outcomes[&Peer::Receiver(0)] else {
                panic!("{:?}", world.outcomes);
            };
            let products: Vec<i64> = model.iter().zip(&y).map(|(model, y)| model * y).collect();
            prop_assert_eq!(&results[0].values, &floats(&products));
            prop_assert_eq!(&results[1].values, &floats(&[squares + 5]));
        }
    }
}

fn example(security: Security) -> (World, [Shelf; 3]) {
    let model: Vec<f64> = (0..LENGTH).map(|at| f64::from(at) - 4.0).collect();
    kept(security, &model, &model)
}

#[test]
fn keeping_and_taking_up_take_the_bytes_and_the_memory_that_the_program_says() {
    for security in ENGINES {
        let (world, shelves) = example(security);
        let taken = shelves[0].of(SESSION).iter().map(|kept| as_kept(kept)).collect();
        let serving = serving(taken, security).expect("in range");
        let tables = vec![table(LENGTH, &[("x", vec![3.0; LENGTH as usize])])];
        let luck = (Weather { piece: 70, credit: 300 }, 1);
        let mut later = World::shelved(LATER, &serving, tables, luck, &shelves);
        later.run();
        for (program, world) in [(keeping(security), world), (serving, later)] {
            for link in program.cost().links {
                let sent = world.sent.get(&(link.from, link.to)).copied();
                assert_eq!(sent, Some(link.bytes.0), "{} to {}", link.from, link.to);
            }
            for (held, most) in world.held.iter().zip(program.cost().memory) {
                assert!(*held <= most.0, "{held} bytes held, {most}");
            }
        }
    }
}

/// Signs with a hash of what it signs, which is enough where nobody forges.
struct Scribe;

impl Scribe {
    fn sign(claim: &Claim) -> Signature {
        let mut signature = [0; 64];
        let (Claim::Pair { hash, .. }
        | Claim::Transcript(hash)
        | Claim::Result(hash)
        | Claim::Output(hash)) = claim;
        signature[..32].copy_from_slice(&hash.0);
        signature
    }

    fn signs(_: u8, claims: &OwnClaims) -> Option<Input> {
        Some(Input::Signed(Box::new(claims.each_ref().map(Self::sign))))
    }
}

impl Notary for Scribe {
    fn is_signed(&self, _: u8, claim: &Claim, signature: &Signature) -> bool {
        Self::sign(claim) == *signature
    }
}

#[test]
fn nothing_is_kept_where_the_parties_do_not_all_say_the_same() {
    for security in ENGINES {
        let words = 2 * 4 * (1 + 2 + 2);
        for (from, to) in [(0, 1), (1, 0), (1, 2), (2, 1), (2, 0), (0, 2)] {
            for word in 0..words {
                let (shelves, program) = (shelves(), keeping(security));
                let tables = tables(&[1.0; LENGTH as usize], &[2.0; LENGTH as usize]);
                let luck = (Weather::FAIR, 1);
                let world = World::shelved(PLACE, &program, tables, luck, &shelves);
                let mut world = world.signing(&[0, 1, 2], Arc::new(Scribe), Scribe::signs);
                world.tamper = Some(Box::new(move |sender, receiver, _, bytes| {
                    let is_it = (sender, receiver) == (Peer::Party(from), Peer::Party(to));
                    if !is_it || bytes.len() != 8 * (words + 1) {
                        return vec![bytes];
                    }
                    let mut changed = bytes.to_vec();
                    changed[8 * word] ^= 1;
                    vec![changed.into()]
                }));
                world.run();
                let what = format!("{security:?}: {from} to {to}, word {word}");
                // Of each index a pair, then two receivers, then what is kept.
                let want = match (word % (words / 2) / 4, security) {
                    (0, _) => About::Exchange,
                    (at @ (1 | 2), Security::SemiHonest) => {
                        About::Unchecked { receiver: u8::try_from(at - 1).expect("small") }
                    }
                    (at @ (1 | 2), Security::Malicious) => {
                        About::Results { receiver: u8::try_from(at - 1).expect("small") }
                    }
                    (_, Security::SemiHonest) => About::KeptUnchecked,
                    (_, Security::Malicious) => About::Kept,
                };
                let Error::Contradiction { first, second, about } = world.error(Peer::Party(to))
                else {
                    panic!("{what}: {}", world.error(Peer::Party(to)));
                };
                assert_eq!(*about, want, "{what}");
                assert!([*first, *second].contains(&from), "{what}");
                assert!(shelves.iter().all(|shelf| shelf.of(SESSION).is_empty()), "{what}");
                for receiver in [0, 1].map(Peer::Receiver) {
                    assert!(matches!(world.outcomes[&receiver], Outcome::Failed(_)), "{what}");
                }
            }
        }
    }
}

#[test]
fn what_all_have_signed_is_kept_even_where_a_receiver_takes_nothing() {
    for is_deaf in [false, true] {
        let (shelves, program) = (shelves(), keeping(Security::Malicious));
        let tables = tables(&[1.0; LENGTH as usize], &[2.0; LENGTH as usize]);
        let world = World::shelved(PLACE, &program, tables, (Weather::FAIR, 1), &shelves);
        let mut world = world.signing(&[0, 1, 2], Arc::new(Scribe), Scribe::signs);
        if is_deaf {
            world.deaf.extend((0..3).map(|party| (Peer::Party(party), Peer::Receiver(1))));
        }
        world.run();
        assert_eq!(world.endings.len(), 3);
        let has = |receiver| matches!(world.outcomes[&Peer::Receiver(receiver)], Outcome::Done(_));
        assert_eq!([has(0), has(1)], [true, !is_deaf]);
        // It is taken up by parties that sign as well.
        let taken = shelves[1].of(SESSION).iter().map(|kept| as_kept(kept)).collect();
        let program = serving(taken, Security::Malicious).expect("in range");
        let tables = vec![table(LENGTH, &[("x", vec![7.0; LENGTH as usize])])];
        let later = World::shelved(LATER, &program, tables, (Weather::FAIR, 1), &shelves);
        let mut later = later.signing(&[0, 1, 2], Arc::new(Scribe), Scribe::signs);
        later.run();
        let Outcome::Done(results) = &later.outcomes[&Peer::Receiver(0)] else {
            panic!("{:?}", later.outcomes);
        };
        assert_eq!(results[0].values, [7.0; LENGTH as usize]);
        assert_eq!(results[1].values, [f64::from(4 * LENGTH + 5)]);
    }
}

#[test]
fn whatever_is_changed_of_what_parties_show_each_other_names_the_one_that_shows_it() {
    for security in ENGINES {
        let (_, shelves) = example(security);
        let taken: Vec<Taken> = shelves[0].of(SESSION).iter().map(|kept| as_kept(kept)).collect();
        let program = serving(taken, security).expect("in range");
        for (from, to) in [(0, 1), (1, 0), (1, 2), (2, 1), (2, 0), (0, 2)] {
            for word in 0..4 {
                let tables = vec![table(LENGTH, &[("x", vec![7.0; LENGTH as usize])])];
                let luck = (Weather::FAIR, 1);
                let mut world = World::shelved(LATER, &program, tables, luck, &shelves);
                // Behind the header, and towards the party before also behind the seed.
                let start = if to == (from + 1) % 3 { 96 } else { 96 + 16 };
                world.tamper = Some(Box::new(move |sender, receiver, number, bytes| {
                    let is_it = (sender, receiver) == (Peer::Party(from), Peer::Party(to));
                    if !is_it || number > 0 {
                        return vec![bytes];
                    }
                    let mut changed = bytes.to_vec();
                    changed[start + 8 * word] ^= 0x10;
                    vec![changed.into()]
                }));
                world.run();
                let error = world.error(Peer::Party(to));
                assert_eq!(*error, Error::Altered { party: from }, "{from} to {to}, word {word}");
                assert_eq!(error.verdict(Peer::Party(to)), Verdict::Party(from));
                let receiver = &world.outcomes[&Peer::Receiver(0)];
                assert!(matches!(receiver, Outcome::Failed(_)), "{from} to {to}: a result");
            }
        }
    }
}

#[test]
fn an_owner_that_gives_out_different_shares_of_what_is_kept_is_noticed_and_nothing_is_kept() {
    for security in ENGINES {
        for to in [1, 2] {
            let (shelves, program) = (shelves(), keeping(security));
            let tables = tables(&[1.0; LENGTH as usize], &[2.0; LENGTH as usize]);
            let luck = (Weather::FAIR, 1);
            let mut world = World::shelved(PLACE, &program, tables, luck, &shelves);
            world.tamper = Some(Box::new(move |sender, receiver, _, bytes| {
                if (sender, receiver) != (Peer::Owner(0), Peer::Party(to)) {
                    return vec![bytes];
                }
                let mut changed = bytes.to_vec();
                // In the first column, which is kept as it is: behind the header, the announcement and its mark.
                changed[96 + 8 * (5 + 2 + 1)] ^= 1;
                vec![changed.into()]
            }));
            world.run();
            let me = Peer::Party(to);
            let other = 3 - to;
            let want = match security {
                Security::SemiHonest => Verdict::Nobody,
                Security::Malicious => Verdict::OwnerOrParty { owner: 0, party: other },
            };
            assert_eq!(world.error(me).verdict(me), want, "{}", world.error(me));
            assert!(shelves.iter().all(|shelf| shelf.of(SESSION).is_empty()));
        }
    }
}

#[test]
fn a_receiver_that_is_told_of_something_else_that_is_kept_says_so() {
    let program = keeping(Security::Malicious);
    for (party, word) in [(0u8, 0), (1, 5), (2, 7)] {
        let tables = tables(&[1.0; LENGTH as usize], &[2.0; LENGTH as usize]);
        let mut world = World::at(PLACE, &program, tables, Weather::FAIR, 1);
        world.tamper = Some(Box::new(move |from, to, _, bytes| {
            if from != Peer::Party(party) || to != Peer::Receiver(0) || bytes.len() <= 96 {
                return vec![bytes];
            }
            let mut changed = bytes.to_vec();
            // Two names end the stream, but for a mark.
            let start = changed.len() - 8 * (2 * 4 + 1);
            changed[start + 8 * word] ^= 1;
            vec![changed.into()]
        }));
        world.run();
        let Error::Contradiction { first, second, .. } = world.error(Peer::Receiver(0)) else {
            panic!("{}", world.error(Peer::Receiver(0)));
        };
        assert!([*first, *second].contains(&party));
        assert!(matches!(world.outcomes[&Peer::Receiver(1)], Outcome::Done(_)));
    }
}

#[test]
fn what_is_not_there_or_not_like_that_is_not_taken_up() {
    let (_, shelves) = example(Security::SemiHonest);
    let here = shelves[0].of(SESSION);
    let all: Vec<Taken> = here.iter().map(|kept| as_kept(kept)).collect();
    let refused = |shelf: &Shelf, seat: u8, security, change: &dyn Fn(&mut Taken)| {
        let mut taken = all.clone();
        change(&mut taken[1]);
        let program = serving(taken, security).expect("a program");
        let seed = Seed::from_number(1);
        let (shelf, deadlines) = (shelf.clone(), Deadlines::default());
        let party =
            Party::with_shelf(shelf, LATER, program, seat, deadlines, &seed, Now::default());
        match party.map(|_| ()) {
            Err(Error::Untaken { id: _, reason }) => Some(reason),
            Err(error) => panic!("{error}"),
            Ok(()) => None,
        }
    };
    let semi_honest = Security::SemiHonest;
    let same = |_: &mut Taken| {};
    assert_eq!(refused(&shelves[0], 0, semi_honest, &same), None);
    assert_eq!(refused(&Shelf::default(), 0, semi_honest, &same), Some(Untaken::Missing));
    let seat = Some(Untaken::Seat { got: 0, want: 1 });
    assert_eq!(refused(&shelves[0], 1, semi_honest, &same), seat);
    assert_eq!(refused(&shelves[0], 0, Security::Malicious, &same), Some(Untaken::Unproven));
    type Change = fn(&mut Taken);
    let other: [(Change, Untaken); 5] = [
        (|taken| taken.length += 1, Untaken::Shape("number of elements")),
        (|taken| taken.fraction += 1, Untaken::Shape("format")),
        (|taken| taken.low += 1, Untaken::Shape("range")),
        (|taken| taken.high -= 1, Untaken::Shape("range")),
        (|taken| taken.id.0[0] ^= 1, Untaken::Missing),
    ];
    for (change, reason) in other {
        assert_eq!(refused(&shelves[0], 0, semi_honest, &change), Some(reason));
    }
    // A wider range says nothing wrong.
    assert_eq!(refused(&shelves[0], 0, semi_honest, &|taken| taken.high += 1), None);
    // Without a shelf nobody keeps or takes up anything.
    for program in [keeping(semi_honest), serving(all.clone(), semi_honest).expect("a program")] {
        let party = Party::new(
            LATER,
            program,
            0,
            Deadlines::default(),
            &Seed::from_number(1),
            Now::default(),
        );
        assert_eq!(party.map(|_| ()), Err(Error::NoShelf));
    }
}

#[test]
fn every_bit_of_what_is_written_down_counts() {
    let (_, shelves) = example(Security::Malicious);
    for kept in shelves.iter().flat_map(|shelf| shelf.of(SESSION)) {
        let bytes = kept.encode();
        for length in 0..bytes.len() {
            assert!(Kept::decode(&bytes[..length]).is_err(), "{length} bytes");
        }
        assert!(Kept::decode(&[&bytes[..], &[0]].concat()).is_err());
        for bit in 0..8 * bytes.len() {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            // What others commit to cannot be checked here: it has another name then.
            if let Ok(other) = Kept::decode(&changed) {
                assert_ne!(other.id(), kept.id(), "bit {bit}");
            }
        }
    }
}

#[test]
fn no_share_of_what_is_kept_travels_where_it_is_taken_up() {
    for security in ENGINES {
        let (_, shelves) = example(security);
        let taken = shelves[0].of(SESSION).iter().map(|kept| as_kept(kept)).collect();
        let program = serving(taken, security).expect("in range");
        let tables = vec![table(LENGTH, &[("x", vec![3.0; LENGTH as usize])])];
        let mut world = World::shelved(LATER, &program, tables, (Weather::FAIR, 1), &shelves);
        world.record = true;
        world.run();
        // Shares are words of eight bytes, written as they are or after a byte that says how many follow.
        let encoded: Vec<Vec<u8>> = shelves.iter().map(|it| it.of(SESSION)[0].encode()).collect();
        let words = |bytes: &[u8]| -> std::collections::BTreeSet<Vec<u8>> {
            bytes.windows(8).map(<[u8]>::to_vec).collect()
        };
        // Each piece is with two parties: what two of them have in common, less what is public.
        let pieces = [(0, 1), (1, 2), (2, 0)].map(|(first, second)| {
            let common = &words(&encoded[first]) & &words(&encoded[second]);
            let third = words(&encoded[3 - first - second]);
            &common - &third
        });
        assert!(pieces.iter().all(|piece| piece.len() >= LENGTH as usize), "no shares found");
        let between = |peer: &Peer| matches!(peer, Peer::Party(_));
        for ((from, to), bytes) in &world.heard {
            if !between(from) || !between(to) {
                continue;
            }
            let heard = words(bytes);
            let shown = pieces.iter().any(|piece| !piece.is_disjoint(&heard));
            assert!(!shown, "{security:?}: {from} to {to}");
        }
    }
}

#[test]
fn programs_that_keep_or_take_up_what_cannot_be_are_refused() {
    let taken = |change: &dyn Fn(&mut Taken)| {
        let mut one = Taken { id: Hash([1; 32]), length: LENGTH, fraction: 0, low: -1, high: 1 };
        change(&mut one);
        let other = Taken { id: Hash([2; 32]), length: 1, fraction: 0, low: -1, high: 1 };
        serving(vec![one, other], Security::Malicious).expect_err("refused").to_string()
    };
    let length = u32::try_from(MAX_KEPT).expect("small") + 1;
    assert_eq!(taken(&|one| one.length = 0), "column `01010101` has an impossible length");
    assert_eq!(taken(&|one| one.length = length), "16385 elements kept exceed 16384");
    assert_eq!(taken(&|one| one.fraction = 63), "column `01010101` has an impossible format");
    assert_eq!(taken(&|one| one.low = 2), "column `01010101` has an impossible range");
    assert_eq!(taken(&|one| one.low = i64::MIN), "column `01010101` has an impossible range");
    let kept = |change: &dyn Fn(&mut Draft)| {
        let mut draft = Draft::new(rows(), vec![column("x", 1000)]);
        change(&mut draft);
        draft.finish().expect_err("refused").to_string()
    };
    let nobody = "no results";
    assert_eq!(kept(&|draft| draft.keep(draft.values(0), "x", 0)), nobody);
    assert_eq!(kept(&|draft| draft.witnesses(1)), "receiver 0 has nothing to do");
    assert_eq!(
        kept(&|draft| {
            draft.witnesses(1);
            draft.keep(draft.values(0), "x", 63);
        }),
        "result `x` has an impossible format"
    );
    assert_eq!(
        kept(&|draft| {
            draft.witnesses(1);
            let bits = draft.push(Op::Zero { a: draft.values(0) });
            draft.keep(bits, "bits", 0);
        }),
        "result `bits` has an impossible kind"
    );
    assert_eq!(
        kept(&|draft| {
            draft.witnesses(1);
            let long = draft.push(Op::Fill { first: 0, step: 0, count: length });
            draft.keep(long, "long", 0);
        }),
        "16385 elements kept exceed 16384"
    );
    // What is encoded is read again.
    let program = keeping(Security::Malicious);
    assert_eq!(Program::decode(&program.encode()), Ok(program));
}
