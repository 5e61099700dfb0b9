//! Agreements, good and bad.

use super::*;
use proptest::prelude::*;
use troupe_types::{Millis, NodeId, SessionId};
use troupe_wire::{Stream, vectors};

fn text<const MAX: usize>(text: impl Into<String>) -> Text<MAX> {
    Text::new(text).expect("short")
}

fn terms(id: u8, rows: u64, columns: &[(&str, u8)]) -> Terms {
    let columns = columns
        .iter()
        .map(|(name, magnitude)| ColumnTerms { name: text(*name), magnitude: *magnitude });
    let columns = List::new(columns.collect()).expect("few");
    Terms { id: NodeId([id; 32]), dataset: text("d"), rows, columns }
}

fn agreement(layout: Layout, owners: Vec<Terms>, statistics: Vec<Wanted>) -> Agreement {
    let seat = |id| Seat { id: NodeId([id; 32]), address: text("h:1") };
    Agreement {
        session: SessionId([1; 16]),
        parties: [seat(100), seat(101), seat(102)],
        owners: List::new(owners).expect("few"),
        receiver: NodeId([200; 32]),
        layout,
        statistics: List::new(statistics).expect("few"),
        within: Millis::secs(60),
    }
}

const fn at(owner: u8, column: u8) -> At {
    At { owner, column }
}

#[test]
fn everybody_derives_the_same_program_and_as_fine_as_fits() {
    let owners = vec![terms(1, 569, &[("area", 12)]), terms(2, 569, &[("spots", 0)])];
    let wanted = vec![Wanted::Covariance(at(0, 0), at(1, 0)), Wanted::Mean(at(0, 0))];
    let made = agreement(Layout::Aligned, owners, wanted);
    let plan = made.plan().expect("it fits");
    assert_eq!(plan.program.hash(), made.program().expect("it fits").hash());
    assert_eq!(plan.expected.len(), 2);
    assert!(plan.expected.iter().all(|expected| expected.bound < 1e-3), "{:?}", plan.expected);
}

#[test]
fn pooled_columns_are_one_variable_of_all_owners() {
    let owners = vec![terms(1, 30, &[("age", 7)]), terms(2, 40, &[("age", 6)])];
    let made = agreement(Layout::Pooled, owners, vec![Wanted::Variance(at(0, 0))]);
    let program = made.program().expect("it fits");
    assert_eq!(program.owners().iter().map(|rows| rows.count).collect::<Vec<_>>(), [30, 40]);
    let beside = agreement(
        Layout::Pooled,
        vec![terms(1, 30, &[("age", 7)]), terms(2, 40, &[("rage", 6)])],
        vec![Wanted::Sum(at(0, 0))],
    );
    assert_eq!(beside.program().unwrap_err(), Unfit::Differ { owner: 1, what: "their columns" });
}

#[test]
fn terms_that_nobody_should_agree_to_are_named() {
    let good = || vec![terms(1, 30, &[("x", 4)]), terms(2, 30, &[("y", 4)])];
    let sum = || vec![Wanted::Sum(at(0, 0))];
    let mut twice = agreement(Layout::Aligned, good(), sum());
    twice.receiver = NodeId([101; 32]);
    assert_eq!(twice.program().unwrap_err(), Unfit::TwoParts(NodeId([101; 32])));
    let nobody = agreement(Layout::Aligned, vec![], sum());
    assert_eq!(nobody.program().unwrap_err(), Unfit::Empty("owners"));
    let nothing = agreement(Layout::Aligned, good(), vec![]);
    assert_eq!(nothing.program().unwrap_err(), Unfit::Empty("statistics"));
    let missing = agreement(Layout::Aligned, good(), vec![Wanted::Sum(at(1, 3))]);
    assert_eq!(
        missing.program().unwrap_err().to_string(),
        "statistic 0 names column 3 of owner 1, which is not there"
    );
    let uneven = vec![terms(1, 30, &[("x", 4)]), terms(2, 31, &[("y", 4)])];
    let uneven = agreement(Layout::Aligned, uneven, sum());
    assert_eq!(
        uneven.program().unwrap_err().to_string(),
        "owners 0 and 1 differ in their number of rows"
    );
}

proptest! {
    #[test]
    fn no_terms_panic(
        rows in proptest::collection::vec((any::<u64>(), any::<u8>()), 0..4),
        statistics in proptest::collection::vec((0u8..4, any::<u8>(), any::<u8>()), 0..4),
        is_pooled in any::<bool>(),
    ) {
        let owners = rows.iter().zip(1..).map(|((rows, m), id)| terms(id, *rows, &[("x", *m)]));
        let wanted = statistics.iter().map(|(kind, a, b)| match kind {
            0 => Wanted::Sum(at(*a % 4, 0)),
            1 => Wanted::Mean(at(*a, 0)),
            2 => Wanted::Variance(at(0, *b % 2)),
            _ => Wanted::Covariance(at(*a % 3, 0), at(*b % 3, 0)),
        });
        let layout = if is_pooled { Layout::Pooled } else { Layout::Aligned };
        let _ = agreement(layout, owners.collect(), wanted.collect()).plan();
    }
}

#[test]
fn the_encoding_is_pinned() {
    let hash = vectors::hash(Agreement::LIMIT, |stream: &mut Stream| {
        let rows = stream.below(1 << 30);
        let owners = vec![terms(1, rows, &[("x", 4), ("y", 9)])];
        let mut made = agreement(Layout::Aligned, owners, vec![Wanted::Mean(at(0, 1))]);
        made.session = SessionId(stream.array());
        made
    });
    assert_eq!(hash, "5340da2b864e40ca");
}
