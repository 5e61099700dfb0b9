//! Formulas, good and bad.

use super::*;
use proptest::prelude::*;

fn field(alias: &str, name: &str, at: (u8, u16), range: (f64, f64)) -> Field {
    Field {
        alias: alias.to_owned(),
        name: name.to_owned(),
        at: At { owner: at.0, column: at.1 },
        low: range.0,
        high: range.1,
    }
}

fn scope() -> Scope {
    let fields = vec![
        field("a", "x", (0, 0), (-2.0, 3.0)),
        field("a", "net income", (0, 1), (1.0, 8.0)),
        field("b", "y", (1, 0), (1.0, 4.0)),
        field("b", "x", (1, 1), (0.0, 1.0)),
    ];
    Scope { fields, rows: 4, totals: Totals::Own }
}

fn value(text: &str) -> Vec<f64> {
    let columns = [
        [vec![-2.0, 0.0, 1.0, 3.0], vec![1.0, 2.0, 4.0, 8.0]],
        [vec![1.0, 2.0, 4.0, 4.0], vec![0.0, 1.0, 0.0, 1.0]],
    ];
    let formula = Formula::parse(text, &scope()).unwrap_or_else(|fault| panic!("{text}: {fault}"));
    let column = |at: At| Some(&*columns[usize::from(at.owner)][usize::from(at.column)]);
    let values = formula.evaluate(4, column).expect("all columns are there");
    let Facts { low, high, is_rows, is_truth, .. } = formula.facts();
    let (low, high) = if is_truth { (0.0, 1.0) } else { (low, high) };
    assert_eq!(values.len(), if is_rows { 4 } else { 1 }, "{text}");
    for value in &values {
        assert!((low..=high).contains(value), "{text}: {value} outside {low} to {high}");
    }
    values
}

#[test]
fn signs_bind_as_in_arithmetic() {
    assert_eq!(value("1 + 2 * y - 6 / 2"), [0.0, 2.0, 6.0, 6.0]);
    assert_eq!(value("-y * 2 - -1"), [-1.0, -3.0, -7.0, -7.0]);
    assert_eq!(value("8 / 2 / 2 + y - y - 1"), [1.0; 4]);
    assert_eq!(value("(1 + y) * 2"), [4.0, 6.0, 10.0, 10.0]);
    assert_eq!(value("1.5e1 + y * 0"), [15.0; 4]);
    assert_eq!(value("not y > 2 and y > 0 or y == 4"), [1.0; 4]);
    assert_eq!(value("y < 2 or y < 3 and y > 3"), [1.0, 0.0, 0.0, 0.0]);
}

#[test]
fn functions_are_what_they_are_called() {
    assert_eq!(value("sum(a.x)"), [2.0]);
    assert_eq!(value("avg(a.`net income`)"), [3.75]);
    assert_eq!(value("count(y >= 4)"), [2.0]);
    assert_eq!(value("var(b.x)"), [1.0 / 3.0]);
    assert_eq!(value("cov(b.x, b.x) - var(b.x)"), [0.0]);
    assert!((value("corr(a.x, a.x)")[0] - 1.0).abs() < 1e-12);
    assert_eq!(value("median(a.`net income`)"), [2.0]);
    assert_eq!(value("quantile(y, 0)"), [1.0]);
    assert_eq!(value("quantile(y, 1)"), [4.0]);
    assert_eq!(value("if(y > 1, a.x, 9)"), [9.0, 0.0, 1.0, 3.0]);
    assert_eq!(value("min(a.x, y) + max(a.x, y)"), [-1.0, 2.0, 5.0, 7.0]);
    assert_eq!(value("abs(a.x)"), [2.0, 0.0, 1.0, 3.0]);
    assert_eq!(value("sqrt(y + 0 * y)"), [1.0, 2f64.sqrt(), 2.0, 2.0]);
    assert_eq!(value("exp(log(y)) / y < 2"), [1.0; 4]);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let cases = [
        ("", "at 0: `a number, a column or a function` is missing"),
        ("1 +", "at 3: `a number, a column or a function` is missing"),
        ("sum(y", "at 5: `)` is missing"),
        ("sum(y) y", "at 7: something is left over"),
        ("sum(z)", "at 4: there is no column `z`"),
        ("sum(c.y)", "at 4: there is no column `c.y`"),
        ("sum(x)", "at 4: `x` is in several data sets; write which"),
        ("total(y)", "at 0: there is no function `total of 1`"),
        ("min(y)", "at 0: there is no function `min of 1`"),
        ("sum(y) ; 1", "at 7: `;` has no meaning here"),
        ("a.`net", "at 2: the name has no closing backquote"),
        ("1e999", "at 0: not a number that fits"),
        ("y < 1 < 2", "at 6: something is left over"),
        ("y and 1", "at 2: a condition is needed here"),
        ("sum(sum(y))", "at 0: this is one number, not one for each row"),
        ("sum(3)", "at 0: this is one number, not one for each row"),
        ("y / a.x", "at 2: the operand can be -2 to 3, and not all of that has a result"),
        ("sqrt(a.x)", "at 0: the operand can be -2 to 3, and not all of that has a result"),
        ("log(b.x)", "at 0: the operand can be 0 to 1, and not all of that has a result"),
        ("exp(y * 20)", "at 0: the operand can be 20 to 80, and not all of that has a result"),
        ("zscore(y + a.x)", "at 0: `zscore` needs all of its columns at one owner"),
        ("quantile(y, 2)", "at 0: a part from 0 to 1 is needed here"),
        ("quantile(y, y)", "at 0: a public part of all rows is needed here"),
        ("1 < 2", "at 2: this is the same for all data"),
        ("exp(1) * y", "at 0: this is the same for all data"),
        ("y * 1e300", "at 4: the operand can be 1e300 to 1e300, and not all of that has a result"),
    ];
    for (text, want) in cases {
        let fault = Formula::parse(text, &scope()).expect_err(text);
        assert_eq!(fault.to_string(), want, "{text}");
    }
}

#[test]
fn length_depth_and_parts_are_limited() {
    let long = format!("y{}", " ".repeat(MAX_TEXT));
    assert!(matches!(
        Formula::parse(&long, &scope()),
        Err(Fault { reason: Reason::TooMuch { .. }, .. })
    ));
    let deep = format!("{}y{}", "(".repeat(200), ")".repeat(200));
    assert!(matches!(
        Formula::parse(&deep, &scope()),
        Err(Fault { reason: Reason::TooMuch { .. }, .. })
    ));
    let turned = format!("{}y", "-".repeat(500));
    assert!(matches!(
        Formula::parse(&turned, &scope()),
        Err(Fault { reason: Reason::TooMuch { .. }, .. })
    ));
    // A part that is used twice is there once, however often it doubles.
    let doubled = (0..30).fold("y".to_owned(), |inner, _| format!("var({inner})+y"));
    let formula = Formula::parse(&doubled, &scope());
    assert!(matches!(formula, Err(Fault { reason: Reason::Domain { .. }, .. })), "{formula:?}");
    let shown = |text| {
        let formula = Formula::parse(text, &scope()).expect("reads");
        formula.tree.show(formula.root, 20)
    };
    assert_eq!(shown("if(y < 1, y, 2)"), "if((1.0<1),1.0,2)");
    assert!(shown("sum(y*y*y*y*y*y*y*y*y*y*y*y)").len() < 60);
}

#[test]
fn rows_are_not_nested_in_totals_of_pooled_rows() {
    let scope = Scope { totals: Totals::Parts, ..scope() };
    let fault = Formula::parse("sum(y - avg(y))", &scope).expect_err("nested");
    assert_eq!(fault.reason, Reason::Nested);
    assert!(Formula::parse("sum(y * y) - avg(y)", &scope).is_ok());
}

proptest! {
    #[test]
    fn no_text_panics(text in "[-+*/<=>!(),.` a-z0-9]{0,80}") {
        let _ = Formula::parse(&text, &scope());
    }

    #[test]
    fn no_words_panic(words in proptest::collection::vec(
        prop_oneof![
            Just("sum("), Just("if("), Just(")"), Just(","), Just("y"), Just("a.x"), Just("3"),
            Just("-"), Just("*"), Just("<"), Just("and"), Just("not"), Just("cov("), Just("/"),
            Just("quantile("), Just("exp("), Just("log("), Just("0.5"), Just("zscore("),
        ],
        0..40,
    )) {
        let _ = Formula::parse(&words.join(" "), &scope());
    }
}
