//! The breast cancer data, and what numpy and scikit-learn make of it.

use super::{Data, text};
use serde_json::Value;
use troupe_learning::task::{Family, MAX_FEATURE, MAX_FEATURES, Reveal, Schedule, Train};
use troupe_wire::{List, Text};

const CSV: &str = include_str!("../../../../examples/data/breast_cancer.csv");
const VECTORS: &str = include_str!("../vectors/breast_cancer.json");

/// Thirty measurements and a label.
pub(crate) struct Cancer {
    pub(crate) names: Vec<String>,
    columns: Vec<Vec<f64>>,
    vectors: Value,
}

impl Cancer {
    pub(crate) fn load() -> Self {
        let mut lines = CSV.lines();
        let names: Vec<String> =
            lines.next().expect("a header").split(',').map(str::to_owned).collect();
        let mut columns = vec![Vec::new(); names.len()];
        for line in lines {
            for (column, cell) in columns.iter_mut().zip(line.split(',')) {
                column.push(cell.parse().expect("a number"));
            }
        }
        let vectors = serde_json::from_str(VECTORS).expect("JSON");
        Self { names, columns, vectors }
    }

    pub(crate) fn numbers(&self, name: &str) -> Vec<f64> {
        let list = self.vectors[name].as_array().expect("a list");
        list.iter().map(|value| value.as_f64().expect("a number")).collect()
    }

    pub(crate) fn number(&self, name: &str) -> f64 {
        self.vectors[name].as_f64().expect("a number")
    }

    pub(crate) fn confusion(&self) -> [[f64; 2]; 2] {
        [0, 1].map(|truth| {
            [0, 1].map(|said: usize| {
                self.vectors["confusion"][truth][said].as_f64().expect("a count")
            })
        })
    }

    fn rows(&self, which: &str) -> Vec<usize> {
        self.numbers(which).into_iter().map(|row| row as usize).collect()
    }

    /// Some columns of some rows, with the bounds of all.
    pub(crate) fn data(
        &self,
        alias: &'static str,
        columns: impl Iterator<Item = usize>,
        rows: &[usize],
    ) -> Data {
        let mut data = Data::new(alias);
        for column in columns {
            let all = &self.columns[column];
            let low = all.iter().copied().fold(f64::INFINITY, f64::min);
            let high = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let values = rows.iter().map(|row| all[*row]).collect();
            data = data.with(&self.names[column], (low, high), values);
        }
        data
    }

    /// Two hospitals with other rows of the same columns.
    pub(crate) fn pooled(&self, which: &str) -> Vec<Data> {
        let rows = self.rows(which);
        let (first, second) = rows.split_at(rows.len() / 3);
        vec![self.data("north", 0..31, first), self.data("south", 0..31, second)]
    }

    /// The same two with held-out rows as well, as many each.
    pub(crate) fn pooled_with_held_out(&self) -> Vec<Data> {
        let (train, test) = (self.rows("train"), self.rows("test"));
        let (train, test) = (train.split_at(train.len() / 3), test.split_at(test.len() / 2));
        let north = self.data("north", 0..31, &[train.0, test.0].concat());
        vec![north, self.data("south", 0..31, &[train.1, test.1].concat())]
    }

    /// Rows of both kinds, those held out last.
    pub(crate) fn aligned_with_held_out(&self) -> Vec<Data> {
        let rows = [self.rows("train"), self.rows("test")].concat();
        self.aligned_rows(&rows)
    }

    /// Two laboratories with other columns of the same rows.
    pub(crate) fn aligned(&self, which: &str) -> Vec<Data> {
        self.aligned_rows(&self.rows(which))
    }

    fn aligned_rows(&self, rows: &[usize]) -> Vec<Data> {
        let odd = (0..30).filter(|column| column % 2 == 1);
        let even = (0..30).filter(|column| column % 2 == 0);
        vec![self.data("odd", odd.chain([30]), rows), self.data("even", even, rows)]
    }

    /// Measurements in deviations from the mean of the rows trained with, both of them public.
    pub(crate) fn features(&self) -> List<Text<MAX_FEATURE>, MAX_FEATURES> {
        let scales = self.numbers("mean").into_iter().zip(self.numbers("deviation"));
        let features = self
            .names
            .iter()
            .zip(scales)
            .map(|(name, (mean, deviation))| text(&format!("({name} - {mean}) / {deviation}")));
        List::new(features.collect()).expect("thirty")
    }

    pub(crate) fn train(&self, family: Family, rate: f64) -> Train {
        let schedule = Schedule {
            epochs: 10,
            batch: 128,
            rate: super::real(rate),
            decay: super::real(0.0),
            limit: super::real(16.0),
            shuffle: false,
        };
        let reveal = Reveal::Weights;
        Train { family, features: self.features(), label: text("benign"), schedule, reveal }
    }

    /// The standardised rows, a one behind each, and their labels.
    pub(crate) fn plain(&self, which: &str) -> Vec<(Vec<f64>, f64)> {
        let scales: Vec<(f64, f64)> =
            self.numbers("mean").into_iter().zip(self.numbers("deviation")).collect();
        let row = |row: usize| {
            let values = scales.iter().zip(&self.columns);
            let values = values.map(|((mean, deviation), all)| (all[row] - mean) / deviation);
            (values.chain([1.0]).collect(), self.columns[30][row])
        };
        self.rows(which).into_iter().map(row).collect()
    }

    /// The share of rows held out whose label weights tell.
    pub(crate) fn accuracy(&self, weights: &[f64]) -> f64 {
        let rows = self.plain("test");
        let right = rows.iter().filter(|(row, label)| {
            let sum: f64 = row.iter().zip(weights).map(|(x, w)| x * w).sum();
            (sum > 0.0) == (*label == 1.0)
        });
        right.count() as f64 / rows.len() as f64
    }
}
