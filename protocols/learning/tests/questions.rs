//! Histograms, groups, several receivers; and what is refused.

mod common;

use common::{Data, formula, real, run, statistics, text};
use troupe_learning::task::{Layout, Question, Wanted};
use troupe_learning::{Error, Plan, Unfit};
use troupe_wire::List;

fn histogram(of: &str, cuts: &[f64], minimum: u32) -> Wanted {
    let cuts = List::new(cuts.iter().copied().map(real).collect()).expect("few");
    let question = Question::Histogram { of: text(of), cuts, minimum };
    Wanted { receiver: 0, name: text("h"), question }
}

fn groups(by: &str, categories: &[f64], of: &str, minimum: u32) -> Wanted {
    let categories = List::new(categories.iter().copied().map(real).collect()).expect("few");
    let question = Question::Groups { by: text(by), categories, of: text(of), minimum };
    Wanted { receiver: 0, name: text("g"), question }
}

fn data() -> [Data; 2] {
    let ages: Vec<f64> = (0..100).map(|at| f64::from(at * 7 % 90)).collect();
    let regions: Vec<f64> = (0..100).map(|at| f64::from(at % 4).min(2.0)).collect();
    let spent: Vec<f64> = (0..100).map(|at| f64::from(at) * 1.5).collect();
    [
        Data::new("people").with("age", (0.0, 100.0), ages).with("region", (0.0, 3.0), regions),
        Data::new("shop").with("spent", (0.0, 200.0), spent),
    ]
}

/// How many rows satisfy something.
fn count(is_in: impl Fn(usize) -> bool) -> f64 {
    (0..100).filter(|at| is_in(*at)).count() as f64
}

#[test]
fn a_histogram_counts_every_row_once() {
    let data = data();
    let cuts = [20.0, 40.0, 60.0];
    let task = statistics(
        Layout::Aligned,
        &data,
        vec![histogram("age", &cuts, 0), formula("filler", "sum(spent)")],
    );
    let got = &run(&task, &data, 1)[0];
    let age = &data[0].columns[0].2;
    assert_eq!(got["h: below 20"], [count(|at| age[at] < 20.0)]);
    assert_eq!(got["h: 20 to 40"], [count(|at| age[at] >= 20.0 && age[at] < 40.0)]);
    assert_eq!(got["h: from 60"], [count(|at| age[at] >= 60.0)]);
    let all: f64 = got.iter().filter(|(name, _)| name.starts_with("h")).map(|(_, v)| v[0]).sum();
    assert_eq!(all, 100.0);
}

#[test]
fn a_histogram_of_what_two_owners_hold_is_counted_on_shares() {
    let data = data();
    let task =
        statistics(Layout::Aligned, &data, vec![histogram("age + spent", &[50.0, 100.0], 20)]);
    let got = &run(&task, &data, 1)[0];
    let both = |at: usize| data[0].columns[0].2[at] + data[1].columns[0].2[at];
    let bins = [
        count(|at| both(at) < 50.0),
        count(|at| both(at) >= 50.0 && both(at) < 100.0),
        count(|at| both(at) >= 100.0),
    ];
    assert!(bins[0] < 20.0 && bins[1] > 20.0 && bins[1] < bins[2], "{bins:?}");
    assert_eq!(got["h: below 50"], [0.0]);
    // Or the first could be told from the other two.
    assert_eq!(got["h: 50 to 100"], [0.0]);
    assert_eq!(got["h: from 100"], [bins[2]]);
}

/// What is shown of groups of so many rows among so many, by the rule.
fn shown(counts: &[f64], rows: f64, minimum: f64) -> Vec<f64> {
    let mut shown: Vec<f64> =
        counts.iter().map(|count| if *count < minimum { 0.0 } else { *count }).collect();
    let rest = rows - shown.iter().sum::<f64>();
    if rest > 0.0 && rest < minimum {
        let large = shown.iter().copied().filter(|count| *count > 0.0);
        let least = large.fold(f64::INFINITY, f64::min);
        shown.iter_mut().filter(|count| **count == least).for_each(|count| *count = 0.0);
    }
    shown
}

#[test]
fn what_is_not_shown_cannot_be_told_from_what_is() {
    // Everywhere, at one owner and at both; one small group, two that are few together, two that are not, none, an empty one, and
    // rows in no group at all.
    let stories: [&[usize]; 8] = [
        &[60, 37, 3],
        &[50, 40, 4, 6],
        &[50, 30, 9, 11],
        &[50, 50],
        &[50, 50, 0],
        &[60, 35],
        &[45, 45, 5],
        &[3, 97],
    ];
    for (counts, minimum) in stories.into_iter().zip([10, 15, 12, 10, 10, 10, 11, 5]) {
        let kinds = counts.iter().enumerate().flat_map(|(kind, count)| vec![kind as f64; *count]);
        let mut kinds: Vec<f64> = kinds.collect();
        kinds.resize(100, 9.0);
        let other: Vec<f64> = (0..100).map(f64::from).collect();
        let data = [
            Data::new("one").with("kind", (0.0, 9.0), kinds.clone()),
            Data::new("two").with("other", (0.0, 99.0), other.clone()),
        ];
        let which: Vec<f64> = (0..counts.len()).map(|kind| kind as f64).collect();
        let cuts: Vec<f64> = which.iter().map(|kind| kind + 0.5).collect();
        let floats: Vec<f64> = counts.iter().map(|count| *count as f64).collect();
        let asked = vec![
            groups("kind", &which, "other", minimum),
            Wanted { name: text("own"), ..groups("kind", &which, "kind", minimum) },
            histogram("kind + other * 0", &cuts, minimum),
            Wanted { name: text("alone"), ..histogram("kind", &cuts, minimum) },
        ];
        let got = &run(&statistics(Layout::Aligned, &data, asked), &data, 5)[0];
        let want = shown(&floats, 100.0, minimum.into());
        for (kind, rows) in want.iter().enumerate() {
            for name in ["g", "own"] {
                assert_eq!(got[&format!("{name}: rows of {kind}")], [*rows], "{counts:?} {kind}");
                let sum = got[&format!("{name}: sum of {kind}")][0];
                assert!(*rows > 0.0 || sum == 0.0, "{counts:?} {kind}: {sum}");
            }
        }
        let mut bins = floats.clone();
        bins.push(100.0 - floats.iter().sum::<f64>());
        let want = shown(&bins, 100.0, minimum.into());
        for name in ["h", "alone"] {
            let bin = |of: &str| got[&format!("{name}: {of}")][0];
            let mut all = vec![bin("below 0.5")];
            all.extend(cuts.windows(2).map(|edge| bin(&format!("{} to {}", edge[0], edge[1]))));
            all.push(bin(&format!("from {}", cuts[cuts.len() - 1])));
            assert_eq!(all, want, "{name} of {counts:?}");
        }
    }
}

#[test]
fn small_groups_are_suppressed_before_anybody_sees_them() {
    let data = data();
    let wanted = groups("region", &[0.0, 1.0, 2.0, 3.0], "spent", 26);
    let task = statistics(Layout::Aligned, &data, vec![wanted]);
    let got = &run(&task, &data, 2)[0];
    let (region, spent) = (&data[0].columns[1].2, &data[1].columns[0].2);
    let sum: f64 = (0..100).filter(|at| region[*at] == 2.0).map(|at| spent[at]).sum();
    assert_eq!(got["g: rows of 2"], [50.0]);
    assert!((got["g: sum of 2"][0] - sum).abs() < 1e-3);
    // Twenty-five rows each, and none.
    for category in [0, 1, 3] {
        assert_eq!(got[&format!("g: rows of {category}")], [0.0]);
        assert_eq!(got[&format!("g: sum of {category}")], [0.0]);
    }
}

/// Whoever could say which rows are in a group, and apart from that how many there are, would read single rows of others.
#[test]
fn who_is_in_a_group_of_others_rows_and_how_many_are_is_decided_on_shares() {
    let data = data();
    let names = |wanted: Wanted| -> Vec<String> {
        let rest = formula("filler", "sum(age) + sum(spent)");
        let task = statistics(Layout::Aligned, &data, vec![wanted, rest]);
        let plan = Plan::new(&task, None).expect("fits");
        let of_people = plan.program().columns().iter().filter(|column| column.owner == 0);
        of_people.map(|column| column.name.to_string()).collect()
    };
    let is_decided = |names: &[String]| names.iter().any(|name| name.contains(['=', '<']));
    let others = names(groups("region", &[0.0, 1.0], "spent", 20));
    assert!(others.iter().any(|name| name.ends_with(" 0.1")) && !is_decided(&others), "{others:?}");
    // Of rows of its own an owner can say what it likes.
    let own = names(groups("region", &[0.0, 1.0], "age", 20));
    assert!(is_decided(&own), "{own:?}");
}

#[test]
fn pooled_groups_are_joint_ones() {
    let half = |alias, skip: usize| {
        let rows = (skip..100).step_by(2);
        let column = |all: &[f64]| -> Vec<f64> { rows.clone().map(|at| all[at]).collect() };
        let all = data();
        Data::new(alias).with("region", (0.0, 3.0), column(&all[0].columns[1].2)).with(
            "spent",
            (0.0, 200.0),
            column(&all[1].columns[0].2),
        )
    };
    let data = [half("north", 0), half("south", 1)];
    let wanted = groups("region", &[0.0, 2.0], "spent", 26);
    let got = &run(&statistics(Layout::Pooled, &data, vec![wanted]), &data, 3)[0];
    assert_eq!(got["g: rows of 2"], [50.0]);
    assert_eq!(got["g: rows of 0"], [0.0]);
}

#[test]
fn every_receiver_gets_its_own_and_rows_only_where_asked() {
    let data = data();
    let mut task = statistics(
        Layout::Aligned,
        &data,
        vec![
            formula("turnover", "sum(age * spent)"),
            Wanted {
                receiver: 1,
                name: text("each"),
                question: Question::Rows(text("age + spent")),
            },
            Wanted {
                receiver: 1,
                name: text("which"),
                question: Question::Rows(text("age < spent")),
            },
        ],
    );
    task.receivers = List::new(vec![task.owners[0].id, task.owners[1].id]).expect("two");
    let got = run(&task, &data, 4);
    assert_eq!(got[0].len(), 1);
    assert_eq!((got[1]["each"].len(), got[1]["which"].len()), (100, 100));
    for (at, (sum, which)) in got[1]["each"].iter().zip(&got[1]["which"]).enumerate() {
        let (age, spent) = (data[0].columns[0].2[at], data[1].columns[0].2[at]);
        assert!((sum - age - spent).abs() < 1e-6);
        assert_eq!(*which, f64::from(u8::from(age < spent)));
    }
    let refused = statistics(Layout::Aligned, &data, vec![formula("each", "age + spent")]);
    let error = Plan::new(&refused, None).expect_err("rows");
    assert_eq!(
        error.to_string(),
        "`each`: at 0: this is one number for each row; say which sum or mean of them"
    );
}

#[test]
fn questions_that_make_no_sense_are_refused() {
    let data = data();
    let plan = |wanted| Plan::new(&statistics(Layout::Aligned, &data, vec![wanted]), None);
    let order = Unfit::Order { name: "h".to_owned(), what: "cuts" };
    assert_eq!(plan(histogram("age + spent", &[3.0, 3.0], 0)).err(), Some(Error::Unfit(order)));
    let none = Unfit::Empty("categories");
    assert_eq!(plan(groups("age", &[], "spent", 0)).err(), Some(Error::Unfit(none)));
    let idle = Unfit::Idle { owner: 1 };
    assert_eq!(plan(formula("own", "sum(age)")).err(), Some(Error::Unfit(idle)));
    let constant = plan(formula("c", "1 + 1")).expect_err("constant").to_string();
    assert_eq!(constant, "`c`: at 0: this is the same for all data");
    let rows = plan(histogram("sum(age)", &[1.0], 0)).expect_err("one number").to_string();
    assert_eq!(rows, "`h`: at 0: this is one number, not one for each row");
}

#[test]
fn an_owner_shares_nothing_outside_the_bounds_that_everybody_knows() {
    let mut data = data();
    let task = statistics(Layout::Aligned, &data, vec![formula("t", "sum(age * spent)")]);
    let plan = Plan::new(&task, None).expect("fits");
    assert_eq!(plan.contributions(0).map(|one| one.says(&task)).collect::<Vec<_>>(), ["age"]);
    data[1].columns[0].2[17] = 200.5;
    let refused = plan.table(&task, 1, &data[1].table()).expect_err("outside");
    assert_eq!(refused.to_string(), "column `spent`: the value in row 17 lies outside 0 to 200");
    data[1].columns[0].2[17] = f64::NAN;
    assert!(plan.table(&task, 1, &data[1].table()).is_err());
    data[1].columns[0].2.pop();
    let mut short = data[1].table();
    short.rows = 100;
    let refused = plan.table(&task, 1, &short).expect_err("short");
    assert_eq!(refused.to_string(), "the table has no column `spent` of 100 rows");
}

#[test]
fn matched_rows_are_planned_for_once_their_number_is_known() {
    let data = data();
    let task = statistics(Layout::Matched, &data, vec![formula("t", "avg(age * spent)")]);
    let unknown = Plan::new(&task, None).expect_err("unknown").to_string();
    assert_eq!(unknown, "this layout wants the number of matching rows");
    let too_many = Plan::new(&task, Some(101)).expect_err("too many").to_string();
    assert_eq!(too_many, "101 matching rows where there are at most 100");
    let plan = Plan::new(&task, Some(42)).expect("fits");
    assert!(plan.program().owners().iter().all(|rows| rows.count == 42 && rows.group == 0));
}
