//! The cells of one column, packed.

use sha2::{Digest, Sha256};
use troupe_config::ColumnKind;

/// Whole numbers up to this have a double of their own.
const EXACT: i64 = 1 << 53;

/// A cell that is not what its column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    Empty,
    Kind,
}

/// The cells of a column.
pub(crate) enum Cells {
    Numbers(ColumnKind, Vec<f64>),
    Texts(Texts),
}

/// Texts, one behind the other.
#[derive(Default)]
pub(crate) struct Texts {
    bytes: String,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Texts {
    pub(crate) fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
    }

    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        let end = *self.ends.get(row)?;
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.bytes.get(start..end)
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.ends.len()).map(|row| self.get(row).unwrap_or_default())
    }
}

impl Cells {
    pub(crate) fn new(kind: ColumnKind) -> Self {
        if kind.is_numeric() {
            Self::Numbers(kind, Vec::new())
        } else {
            Self::Texts(Texts::default())
        }
    }

    /// Bytes held.
    pub(crate) fn weight(&self) -> u64 {
        let bytes = match self {
            Self::Numbers(_, values) => values.capacity() * size_of::<f64>(),
            Self::Texts(texts) => {
                texts.bytes.capacity() + texts.ends.capacity() * size_of::<usize>()
            }
        };
        bytes as u64
    }

    /// A cell as people write it.
    pub(crate) fn push_text(&mut self, cell: &str) -> Result<(), Unfit> {
        let cell = cell.trim();
        if cell.is_empty() {
            return Err(Unfit::Empty);
        }
        match self {
            Self::Texts(texts) => {
                texts.push(cell);
                Ok(())
            }
            Self::Numbers(ColumnKind::Integer, _) => {
                self.push_whole(cell.parse::<i64>().map_err(|_| Unfit::Kind)?.into())
            }
            Self::Numbers(ColumnKind::Boolean, _) => match cell {
                "true" | "True" | "TRUE" | "1" => self.push_truth(true),
                "false" | "False" | "FALSE" | "0" => self.push_truth(false),
                _ => Err(Unfit::Kind),
            },
            Self::Numbers(..) => self.push_number(cell.parse::<f64>().map_err(|_| Unfit::Kind)?),
        }
    }

    /// A whole number; a key's is its digits.
    pub(crate) fn push_whole(&mut self, whole: i128) -> Result<(), Unfit> {
        let exact = i64::try_from(whole).ok().filter(|whole| (-EXACT..=EXACT).contains(whole));
        match self {
            Self::Texts(texts) => {
                texts.push(&whole.to_string());
                Ok(())
            }
            Self::Numbers(ColumnKind::Boolean, _) => match whole {
                0 => self.push_truth(false),
                1 => self.push_truth(true),
                _ => Err(Unfit::Kind),
            },
            Self::Numbers(_, values) => {
                values.push(exact.ok_or(Unfit::Kind)? as f64);
                Ok(())
            }
        }
    }

    /// A decimal number.
    pub(crate) fn push_number(&mut self, number: f64) -> Result<(), Unfit> {
        match self {
            Self::Numbers(ColumnKind::Number, values) if number.is_finite() => {
                // There is one zero.
                values.push(number + 0.0);
                Ok(())
            }
            Self::Numbers(..) | Self::Texts(_) => Err(Unfit::Kind),
        }
    }

    /// A truth value.
    pub(crate) fn push_truth(&mut self, truth: bool) -> Result<(), Unfit> {
        match self {
            Self::Numbers(ColumnKind::Boolean | ColumnKind::Integer, values) => {
                values.push(f64::from(u8::from(truth)));
                Ok(())
            }
            Self::Numbers(..) | Self::Texts(_) => Err(Unfit::Kind),
        }
    }

    /// Adds the column to a hash of the content: kind, cells.
    pub(crate) fn hash_into(&self, digest: &mut Sha256) {
        match self {
            Self::Numbers(kind, values) => {
                let tag: u8 = match kind {
                    ColumnKind::Number => 1,
                    ColumnKind::Integer => 2,
                    ColumnKind::Boolean => 3,
                    ColumnKind::Key => 4,
                };
                digest.update([tag]);
                for value in values {
                    digest.update(value.to_bits().to_le_bytes());
                }
            }
            Self::Texts(texts) => {
                digest.update([4]);
                for text in texts.iter() {
                    digest.update((text.len() as u64).to_le_bytes());
                    digest.update(text);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cell_fits_its_column_or_is_refused() {
        let fits = |kind, cell: &str| Cells::new(kind).push_text(cell);
        for (kind, cell, want) in [
            (ColumnKind::Number, " 1.5e3 ", Ok(())),
            (ColumnKind::Number, "inf", Err(Unfit::Kind)),
            (ColumnKind::Number, "NaN", Err(Unfit::Kind)),
            (ColumnKind::Number, " ", Err(Unfit::Empty)),
            (ColumnKind::Integer, "-9007199254740992", Ok(())),
            (ColumnKind::Integer, "9007199254740993", Err(Unfit::Kind)),
            (ColumnKind::Integer, "1.0", Err(Unfit::Kind)),
            (ColumnKind::Boolean, "True", Ok(())),
            (ColumnKind::Boolean, "2", Err(Unfit::Kind)),
            (ColumnKind::Key, "a b", Ok(())),
            (ColumnKind::Key, "", Err(Unfit::Empty)),
        ] {
            assert_eq!(fits(kind, cell), want, "{kind:?} {cell:?}");
        }
        assert_eq!(Cells::new(ColumnKind::Number).push_truth(true), Err(Unfit::Kind));
        assert_eq!(Cells::new(ColumnKind::Boolean).push_whole(2), Err(Unfit::Kind));
    }

    proptest! {
        #[test]
        fn texts_come_back_as_they_were(given in proptest::collection::vec("\\PC{0,9}", 0..20)) {
            let mut texts = Texts::default();
            given.iter().for_each(|text| texts.push(text));
            prop_assert_eq!(texts.iter().collect::<Vec<_>>(), given.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert_eq!(texts.get(given.len()), None);
        }
    }
}
