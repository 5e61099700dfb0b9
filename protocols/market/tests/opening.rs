//! Contracts are shown what the results of a task are.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::{Market, SPAN, account, posting};
use troupe_evidence::{Ground, Kind, Opening, Piece, Shape};
use troupe_market::Error;
use troupe_market::task::{self, Posting};
use troupe_types::{Hash, SessionId};
use troupe_wire::{List, Text};

/// What the only receiver of a task got: a mean of -1.5, and which of three rows are above it.
fn opening() -> (Opening, Hash) {
    let name = |name: &str| Text::new(name).unwrap();
    let mean = Shape { name: name("mean"), kind: Kind::Number, length: 1, fraction: 4, divisor: 2 };
    let above = Shape { name: name("above"), kind: Kind::Bits, length: 3, fraction: 0, divisor: 1 };
    let shapes = List::new(vec![mean, above]).unwrap();
    let words = [[7u64, 0b1100], [11, 0b1010], [(-48i64 - 18) as u64, 0b0011]];
    let pieces = words.map(|words| List::new(words.to_vec()).unwrap());
    let ground =
        Ground { session: SessionId([1; 16]), terms: Hash([2; 32]), program: Hash([3; 32]) };
    let salts = [[1, 2], [3, 4], [5, 6]];
    let commit = |index: u8| {
        let mut piece = Piece::new(0, index);
        piece.take(&pieces[usize::from(index)]);
        piece.commit(&salts[usize::from(index)])
    };
    let leaf = ground.leaf(0, shapes.iter(), [commit(0), commit(1), commit(2)]);
    let leaves = List::new(vec![leaf]).unwrap();
    let result = ground.result([leaf]);
    (Opening { ground, receiver: 0, shapes, salts, pieces, leaves }, result)
}

#[test]
fn what_all_parties_of_a_paid_task_posted_can_be_shown_and_nothing_else() {
    let mut market = Market::busy();
    let (good, result) = opening();
    let number = market.started();
    for seat in 0..3 {
        let party = market.parties(number)[seat];
        let posted = Posting { result, ..posting(1, seat) };
        market.act(|world, now| task::post(world, account(party), number, posted, now)).unwrap();
    }
    let show = |market: &mut Market, number, opening: &Opening| {
        task::opened(&mut market.world, number, opening)
    };
    // A contradiction may still be shown.
    assert_eq!(show(&mut market, number, &good), Err(Error::NotPosted { got: result }));
    market.block(SPAN + 1);
    let shown = show(&mut market, number, &good).unwrap();
    let told: Vec<(&str, &[i128], u8, u64)> = shown
        .iter()
        .map(|one| (&*one.shape.name, &one.values[..], one.shape.fraction, one.shape.divisor))
        .collect();
    assert_eq!(told, [("mean", &[-48][..], 4, 2), ("above", &[1, 0, 1], 0, 1)]);

    assert_eq!(show(&mut market, 99, &good), Err(Error::NoTask { task: 99 }));
    let mut changed = good.clone();
    changed.pieces[0] = List::new(vec![8, 0b1100]).unwrap();
    assert_eq!(show(&mut market, number, &changed).unwrap_err().code(), 315_006);
    // Somebody's own, of the same values.
    let mut own = good;
    own.ground.session = SessionId([9; 16]);
    let leaf = {
        let commit = |index: u8| {
            let mut piece = Piece::new(0, index);
            piece.take(&own.pieces[usize::from(index)]);
            piece.commit(&own.salts[usize::from(index)])
        };
        own.ground.leaf(0, own.shapes.iter(), [commit(0), commit(1), commit(2)])
    };
    own.leaves = List::new(vec![leaf]).unwrap();
    assert_eq!(show(&mut market, number, &own).unwrap_err().code(), 315_007);
}
