//! Tasks whose rows are matched: terms, what they come to for the rows that are common, and what both owners have to say.

mod common;

use common::{Data, formula, real, statistics, task, text};
use proptest::prelude::*;
use troupe_learning::common::{Discord, Voices};
use troupe_learning::task::{
    Family, HeldOut, Keys, Kind, Layout, Metric, Question, Reveal, Schedule, Source, Train, Trial,
    Wanted,
};
use troupe_learning::{Error, Plan, Task, Unfit};
use troupe_mpc::Verdict;
use troupe_types::NodeId;
use troupe_wire::List;

/// Two owners, of 60 and 100 rows.
fn data() -> Vec<Data> {
    let values = |rows: u32| (0..rows).map(|row| f64::from(row % 7)).collect();
    vec![
        Data::new("clinic").with("age", (0.0, 9.0), values(60)),
        Data::new("lab").with("level", (-1.0, 8.0), values(100)),
    ]
}

fn questions() -> Vec<Wanted> {
    let histogram = Question::Histogram {
        of: text("age"),
        cuts: List::new(vec![real(2.0), real(4.0)]).expect("two"),
        minimum: 5,
    };
    let groups = Question::Groups {
        by: text("age"),
        categories: List::new(vec![real(1.0), real(2.0)]).expect("two"),
        of: text("level"),
        minimum: 5,
    };
    let more = [("h", histogram), ("g", groups)];
    let more = more.map(|(name, question)| Wanted { receiver: 0, name: text(name), question });
    let mut all: Vec<Wanted> =
        ["mean(age)", "cov(age, level)", "sum(age * level)", "median(age + level)"]
            .iter()
            .map(|of| formula(of, of))
            .collect();
    all.extend(more);
    all
}

fn training() -> Kind {
    let metrics = List::new(vec![Metric::Rmse]).expect("one");
    Kind::Train(Train {
        family: Family::Linear,
        features: List::new(vec![text("age / 9")]).expect("one"),
        label: text("level / 9"),
        schedule: Schedule {
            epochs: 2,
            batch: 8,
            rate: real(0.5),
            decay: real(0.0),
            limit: real(16.0),
            shuffle: false,
        },
        reveal: Reveal::Both(Trial { held_out: HeldOut::Every(5), metrics }),
    })
}

fn matched(kind: Kind) -> Task {
    task(Layout::Matched, &data(), kind)
}

/// The same over so many aligned rows.
fn aligned(task: &Task, rows: u32) -> Task {
    let owners = task.owners.iter().map(|source| Source { rows, keys: None, ..source.clone() });
    let owners = List::new(owners.collect()).expect("two");
    Task { layout: Layout::Aligned, owners, ..task.clone() }
}

fn kinds() -> [Kind; 2] {
    [Kind::Statistics(List::new(questions()).expect("few")), training()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_number_is_what_both_owners_say_and_nothing_else(
        first in 0u32..70,
        second in 0u32..70,
        is_swapped in any::<bool>(),
    ) {
        let task = matched(training());
        let mut voices = Voices::new(&task).expect("it is matched");
        let mut said = [(task.owners[0].id, first), (task.owners[1].id, second)];
        if is_swapped {
            said.reverse();
        }
        let fits = |rows: u32| (1..=60).contains(&rows);
        let [one, other] = said;
        prop_assert_eq!(voices.hear(one.0, one.1).is_ok(), fits(one.1));
        if fits(one.1) {
            let heard = voices.hear(other.0, other.1);
            prop_assert_eq!(heard.is_ok(), one.1 == other.1);
            prop_assert!(heard.is_err() || heard == Ok(Some(one.1)));
        }
    }
}

#[test]
fn what_common_rows_come_to_is_what_as_many_aligned_rows_come_to_and_fits_where_the_most_fit() {
    for kind in kinds() {
        let task = matched(kind);
        let most = Plan::new(&task, task.most_matched()).expect("it fits for the most rows");
        for rows in 10..=60 {
            let plan = Plan::new(&task, Some(rows)).expect("it fits for fewer");
            let other = Plan::new(&aligned(&task, rows), None).expect("it fits");
            assert_eq!(plan.program().hash(), other.program().hash());
            assert_eq!(plan.results(), other.results());
            assert_eq!(task.claims(1, Some(rows)), aligned(&task, rows).claims(1, None));
            let (cost, bound) = (plan.program().cost(), most.program().cost());
            for (memory, bound) in cost.memory.iter().zip(&bound.memory) {
                // A last batch that is not full is one more shape, which is all that fewer rows may add.
                let bound = bound.0 + bound.0 / 100;
                assert!(memory.0 <= bound, "{memory} exceeds {bound} for {rows} rows");
            }
        }
    }
}

#[test]
fn nobody_but_an_owner_is_heard_and_each_once_and_whoever_says_nothing_is_named() {
    let task = matched(training());
    let mut voices = Voices::new(&task).expect("it is matched");
    let [clinic, lab] = [task.owners[0].id, task.owners[1].id];
    for stranger in [task.parties[0].id, task.receivers[0], NodeId([77; 32])] {
        assert_eq!(voices.hear(stranger, 5), Err(Discord::Stranger));
    }
    assert_eq!(voices.silent(), Some(Discord::Silent { owner: 0 }));
    assert_eq!(voices.hear(clinic, 5), Ok(None));
    assert_eq!(voices.hear(clinic, 5), Err(Discord::Twice { owner: 0 }));
    assert_eq!(voices.silent().map(Discord::verdict), Some(Verdict::Owner(1)));
    let differ = Discord::Differ { first: 0, second: 1 };
    assert_eq!(voices.clone().hear(lab, 6), Err(differ));
    assert_eq!(differ.verdict(), Verdict::Owners(0, 1));
    // The numbers are nobody's business who hears of it.
    assert!(!differ.to_string().contains(['5', '6']));
    let many = voices.clone().hear(lab, 61).expect_err("too many");
    assert_eq!(
        many.to_string(),
        "owner 1 says that 61 rows are common, at most 60 can be, and at least one"
    );
    assert_eq!(voices.hear(lab, 5), Ok(Some(5)));
    assert_eq!(voices.silent(), None);
    assert_eq!(Voices::new(&aligned(&task, 9)), None);
}

#[test]
fn keys_have_to_be_there_alike_at_both_owners_and_no_more_than_rows() {
    let refused = |change: &dyn Fn(&mut Keys)| {
        let mut task = matched(training());
        let mut owners = task.owners.to_vec();
        change(owners[1].keys.as_mut().expect("keys"));
        task.owners = List::new(owners).expect("two");
        task.check().expect_err("refused").to_string()
    };
    let columns =
        |names: &[&str]| List::new(names.iter().map(|name| text(name)).collect()).expect("few");
    assert_eq!(refused(&|keys| keys.columns = columns(&[])), "this layout wants keys");
    assert_eq!(
        refused(&|keys| keys.columns = columns(&["a", "b"])),
        "this layout wants as many columns of keys at both owners"
    );
    assert_eq!(refused(&|keys| keys.items = 0), Unfit::Matched { got: 0, most: 100 }.to_string());
    assert_eq!(refused(&|keys| keys.items = 101), "101 matching rows where there are at most 100");
    let mut twice = matched(training());
    let mut owners = twice.owners.to_vec();
    for owner in &mut owners {
        owner.keys.as_mut().expect("keys").columns = columns(&["a", "a"]);
    }
    twice.owners = List::new(owners).expect("two");
    assert_eq!(twice.check(), Err(Unfit::SameName { what: "keys", name: "a".into() }));
}

#[test]
fn fewer_common_rows_than_a_task_can_be_computed_on_are_refused_and_never_more_than_keys() {
    let task = matched(training());
    assert_eq!(task.most_matched(), Some(60));
    assert!(Plan::new(&task, Some(61)).is_err());
    assert!(Plan::new(&task, Some(0)).is_err());
    // Nothing would be left to be held out.
    assert!(matches!(Plan::new(&task, Some(4)), Err(Error::Unfit(Unfit::HeldOut { rows: 4 }))));
    let task = statistics(Layout::Matched, &data(), vec![formula("v", "cov(age, level)")]);
    assert!(Plan::new(&task, Some(2)).is_ok());
    assert!(Plan::new(&task, Some(1)).is_err(), "one row has no covariance");
}

#[test]
fn the_streams_of_a_matching_belong_to_one_task_and_are_not_those_of_its_shares() {
    let task = matched(training());
    let mut other = task.clone();
    other.parties.rotate_left(1);
    assert_ne!(task.matching(), other.matching());
    assert_ne!(task.matching(), task.streams());
}
