//! Formulas, as people write them, over two columns of two owners, under every rule of totals.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_learning::formula::{At, Field, Formula, Scope, Totals};

fuzz_target!(|text: &str| {
    let field = |owner: u8, name: &str| Field {
        alias: name.to_uppercase(),
        name: name.to_owned(),
        at: At { owner, column: 0 },
        low: -4.0,
        high: 9.0,
    };
    for totals in [Totals::Own, Totals::Parts, Totals::None] {
        let scope = Scope { fields: vec![field(0, "x"), field(1, "y")], rows: 3, totals };
        match Formula::parse(text, &scope) {
            Ok(formula) => {
                let facts = formula.facts();
                assert!(facts.low <= facts.high);
                let values = formula.evaluate(3, |_| Some(&[-4.0, 0.5, 9.0]));
                let values = values.expect("all columns are there");
                assert_eq!(values.len(), if facts.is_rows { 3 } else { 1 });
            }
            Err(fault) => assert!(fault.to_string().len() < 2048, "an endless error"),
        }
    }
});
