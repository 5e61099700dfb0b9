//! What an owner brings.

use crate::program::{Alignment, Column, Form};
use crate::rep3::ring::halves;
use crate::{Error, Fixed, Unfit};
use std::collections::BTreeMap;
use zeroize::{Zeroize, Zeroizing};

/// An owner's data in the clear. Its values are zeroed when it is dropped.
pub struct Table {
    /// Rows of the table.
    pub rows: u32,
    /// The digest of its row keys, for owners of one group to compare.
    pub alignment: Alignment,
    /// Its columns, by name; those that the program does not read stay here.
    pub columns: BTreeMap<String, Vec<f64>>,
}

impl Table {
    /// Takes a column out, encoded as the program wants it.
    pub(super) fn encode(&mut self, column: &Column) -> Result<Zeroizing<Vec<u64>>, Error> {
        let name = &*column.name;
        let Some(values) = self.columns.remove(name) else {
            return Err(Error::MissingColumn { name: name.to_owned() });
        };
        let values = Zeroizing::new(values);
        let named = |reason| Error::Column { name: name.to_owned(), reason: Box::new(reason) };
        if values.len() as u64 != u64::from(column.length) {
            let (got, want) = (values.len() as u64, column.length.into());
            return Err(named(Error::Rows { got, want }));
        }
        let format = Fixed::new(column.fraction)?;
        let mut words = Zeroizing::new(format.encode(&values).map_err(named)?);
        let range = column.low..=column.high;
        if let Some(row) = words.iter().position(|word| !range.contains(&word.cast_signed())) {
            let low = column.low as f64 * format.unit();
            let high = column.high as f64 * format.unit();
            return Err(named(Error::Value { row, reason: Unfit::OutOfRange { low, high } }));
        }
        match column.form {
            Form::Plain => {}
            Form::Centred => centre(&mut words),
            Form::Wide => widen(&mut words),
        }
        Ok(words)
    }
}

impl core::fmt::Debug for Table {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let names: Vec<&String> = self.columns.keys().collect();
        write!(f, "Table({} rows, {names:?})", self.rows)
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        for values in self.columns.values_mut() {
            values.zeroize();
        }
    }
}

/// Makes two words of each, the lower one first.
fn widen(words: &mut Zeroizing<Vec<u64>>) {
    let mut wide = Zeroizing::new(Vec::with_capacity(2 * words.len()));
    for word in words.iter() {
        wide.extend(halves(i128::from(word.cast_signed()).cast_unsigned()));
    }
    *words = wide;
}

/// Takes the mean, rounded to a whole number, from all elements and appends it.
///
/// The elements stay below 2^62 in magnitude, so distances fit; and a mean lies between them.
fn centre(words: &mut Zeroizing<Vec<u64>>) {
    let count = words.len() as i128;
    let sum: i128 = words.iter().map(|word| i128::from(word.cast_signed())).sum();
    let mean = (2 * sum + count).div_euclid(2 * count);
    let mean = i64::try_from(mean).expect("a mean lies between the least and the greatest");
    let mean = mean.cast_unsigned();
    for word in words.iter_mut() {
        *word = word.wrapping_sub(mean);
    }
    words.reserve_exact(1);
    words.push(mean);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use troupe_wire::Text;

    fn column(length: u32, form: Form) -> Column {
        Column {
            owner: 0,
            name: Text::new("income").expect("short"),
            length,
            fraction: 4,
            low: -1600,
            high: 16_000,
            form,
        }
    }

    fn table(values: Vec<f64>) -> Table {
        let rows = u32::try_from(values.len()).expect("few");
        let columns = BTreeMap::from([("income".to_owned(), values)]);
        Table { rows, alignment: Alignment::default(), columns }
    }

    proptest! {
        #[test]
        fn distances_from_the_centre_add_up_to_at_most_half_a_unit_each(
            values in proptest::collection::vec(-100f64..1000.0, 1..50),
        ) {
            let count = values.len();
            let wanted = column(u32::try_from(count).expect("few"), Form::Centred);
            let words = table(values.clone()).encode(&wanted).expect("in range");
            prop_assert_eq!(words.len(), count + 1);
            let signed: Vec<i64> = words.iter().map(|word| word.cast_signed()).collect();
            let (distances, mean) = signed.split_at(count);
            let total: i64 = distances.iter().sum();
            prop_assert!(2 * total.unsigned_abs() <= count as u64);
            for (value, distance) in values.iter().zip(distances) {
                let back = (distance + mean[0]) as f64 / 16.0;
                prop_assert!((value - back).abs() <= 1.0 / 32.0);
            }
        }
    }

    #[test]
    fn a_table_that_breaks_the_promise_is_refused_without_a_word_about_its_values() {
        let cases: [(Vec<f64>, &str); 4] = [
            (vec![1.0], "column `income`: 1 rows where the program has 2"),
            (vec![1.0, f64::NAN], "column `income`: the value in row 1 is not finite"),
            (vec![-100.5, 0.0], "column `income`: the value in row 0 lies outside -100 to 1000"),
            (vec![0.0, 1000.5], "column `income`: the value in row 1 lies outside -100 to 1000"),
        ];
        for (values, want) in cases {
            let refused = table(values).encode(&column(2, Form::Plain)).expect_err("out of range");
            assert_eq!(refused.to_string(), want);
        }
        let mut other = table(vec![1.0]);
        other.columns.clear();
        let refused = other.encode(&column(1, Form::Plain)).expect_err("missing");
        assert_eq!(refused.to_string(), "no column `income` in the table");
    }

    #[test]
    fn a_table_prints_names_only() {
        let shown = format!("{:?}", table(vec![1234.5]));
        assert_eq!(shown, "Table(1 rows, [\"income\"])");
    }
}
