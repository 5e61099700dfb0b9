//! The same statistics in the clear, for the demo, which owns both files.

use crate::exit::{ExitCode, Failure, Outcome};
use troupe_config::{ColumnOf, Job, Statistic};

/// The exact result of every statistic of an aligned job; `csv` gives the file of an input.
pub(crate) fn results<'a>(job: &Job, csv: impl Fn(usize) -> Option<&'a str>) -> Outcome<Vec<f64>> {
    let column = |of: &ColumnOf| {
        let text = of.input.and_then(&csv);
        let values = text.and_then(|text| read(text, &of.column));
        values.ok_or_else(|| Failure::new(ExitCode::BadFile, format!("no column {}", of.column)))
    };
    job.statistics
        .iter()
        .map(|wanted| {
            let first = column(&wanted.of[0])?;
            Ok(match wanted.statistic {
                Statistic::Sum => first.iter().sum(),
                Statistic::Mean => mean(&first),
                Statistic::Variance => covariance(&first, &first),
                Statistic::Covariance => covariance(&first, &column(&wanted.of[1])?),
            })
        })
        .collect()
}

fn read(csv: &str, column: &str) -> Option<Vec<f64>> {
    let mut lines = csv.lines();
    let place = lines.next()?.split(',').position(|name| name == column)?;
    lines.map(|line| line.split(',').nth(place)?.parse().ok()).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn covariance(first: &[f64], second: &[f64]) -> f64 {
    let (a, b) = (mean(first), mean(second));
    let products = first.iter().zip(second).map(|(x, y)| (x - a) * (y - b));
    products.sum::<f64>() / (first.len() as f64 - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clinic_is_as_its_publishers_describe_it() {
        // From the data set's own description: radius (mean) lies between 6.981 and 28.11, and 212
        // of 569 samples are malignant.
        let clinic = crate::devnet::example("clinic").unwrap().csv;
        let radius = read(clinic, "radius_mean").unwrap();
        let least = radius.iter().copied().fold(f64::INFINITY, f64::min);
        let most = radius.iter().copied().fold(0.0, f64::max);
        assert_eq!((radius.len(), least, most), (569, 6.981, 28.11));
        let lab = crate::devnet::example("laboratory").unwrap().csv;
        assert_eq!(read(lab, "malignant").unwrap().iter().sum::<f64>(), 212.0);
    }

    #[test]
    fn the_covariance_of_a_column_with_itself_is_its_variance() {
        let values = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(covariance(&values, &values), 5.0 / 3.0);
        assert_eq!(mean(&values), 2.5);
    }
}
