//! The same answers in the clear, for the demo, which owns both files.

use crate::exit::{ExitCode, Failure, Outcome};
use std::collections::BTreeMap;
use troupe_config::{ComputeJob, Layout, What, Work};
use troupe_learning::formula::{At, Field, Formula, Scope, Totals};

/// The exact answer to every formula of an aligned, matched or joined job; `csv` gives the file of an input.
pub(crate) fn results<'a>(
    job: &ComputeJob,
    csv: impl Fn(usize) -> Option<&'a str>,
) -> Outcome<Vec<f64>> {
    let files = (0..job.inputs.len()).map(csv).collect::<Option<Vec<&str>>>();
    let files =
        files.ok_or_else(|| Failure::new(ExitCode::BadFile, "an input whose file is not here"))?;
    let mut tables: Vec<Table> = files.iter().map(|csv| Table::read(csv)).collect();
    if matches!(job.layout, Layout::Matched | Layout::Joined) {
        let keys = job.inputs.iter().zip(&files);
        let keys: Vec<Keys> = keys.map(|(input, csv)| rows_by_key(csv, &input.keys)).collect();
        for (table, rows) in tables.iter_mut().zip(&keys) {
            let is_common = |key: &&Vec<&str>| keys.iter().all(|other| other.contains_key(*key));
            let common = rows.keys().filter(is_common).filter_map(|key| rows.get(key));
            table.keep(&common.copied().collect::<Vec<usize>>());
        }
    }
    let scope = scope(job, &tables);
    let Work::Statistics(asks) = &job.work else {
        return Err(Failure::new(ExitCode::BadFile, "only formulas have answers in the clear"));
    };
    let answer = |text: &str| {
        let formula = Formula::parse(text, &scope).map_err(|fault| fault.to_string())?;
        let column = |at: At| {
            let table = tables.get(usize::from(at.owner))?;
            table.columns.get(usize::from(at.column)).map(|(_, values)| values.as_slice())
        };
        let rows = usize::try_from(scope.rows).unwrap_or(usize::MAX);
        let values = formula.evaluate(rows, column);
        values.and_then(|values| values.first().copied()).ok_or_else(|| "no value".to_owned())
    };
    let answers = asks.iter().filter_map(|ask| match &ask.what {
        What::Formula(text) => Some((&ask.name, answer(text))),
        What::Rows(_) | What::Histogram { .. } | What::Groups { .. } => None,
    });
    answers
        .map(|(name, value)| value.map_err(|text| Failure::about(ExitCode::BadFile, name, text)))
        .collect()
}

/// The first row of each key.
type Keys<'a> = BTreeMap<Vec<&'a str>, usize>;

fn rows_by_key<'a>(csv: &'a str, columns: &[String]) -> Keys<'a> {
    let header: Vec<&str> = csv.lines().next().unwrap_or_default().split(',').collect();
    let places = columns.iter().map(|name| header.iter().position(|found| found == name));
    let places: Vec<Option<usize>> = places.collect();
    let mut found = Keys::new();
    for (row, line) in csv.lines().skip(1).enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        let key = places.iter().map(|place| cells.get((*place)?).copied());
        if let Some(key) = key.collect::<Option<Vec<&str>>>() {
            found.entry(key).or_insert(row);
        }
    }
    found
}

/// A file in the clear: its columns of numbers, by name.
struct Table<'a> {
    columns: Vec<(&'a str, Vec<f64>)>,
}

impl<'a> Table<'a> {
    fn read(csv: &'a str) -> Self {
        let header = csv.lines().next().unwrap_or_default().split(',').enumerate();
        let column = |place: usize| -> Option<Vec<f64>> {
            csv.lines().skip(1).map(|line| line.split(',').nth(place)?.parse().ok()).collect()
        };
        let numbers = header.filter_map(|(place, name)| Some((name, column(place)?)));
        Self { columns: numbers.collect() }
    }

    /// These rows alone, in this order.
    fn keep(&mut self, rows: &[usize]) {
        for (_, values) in &mut self.columns {
            *values = rows.iter().filter_map(|row| values.get(*row).copied()).collect();
        }
    }
}

fn scope(job: &ComputeJob, tables: &[Table<'_>]) -> Scope {
    let fields = (0..).zip(job.inputs.iter().zip(tables)).flat_map(|(owner, (input, table))| {
        (0..).zip(&table.columns).map(move |(column, (name, values))| Field {
            alias: input.name.to_string(),
            name: (*name).to_owned(),
            at: At { owner, column },
            low: values.iter().copied().fold(f64::INFINITY, f64::min),
            high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    });
    let fields = fields.collect();
    let rows = tables.first().and_then(|table| table.columns.first());
    let rows = rows.map_or(0, |(_, values)| values.len() as u64);
    Scope { fields, rows, totals: Totals::Own }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clinic_is_as_its_publishers_describe_it() {
        // From the data set's own description: radius (mean) lies between 6.981 and 28.11, and 212
        // of 569 samples are malignant.
        let column = |csv, name: &str| -> Vec<f64> {
            let table = Table::read(csv);
            table.columns.into_iter().find(|(found, _)| *found == name).unwrap().1
        };
        let radius = column(crate::devnet::example("clinic").unwrap().csv, "radius_mean");
        let least = radius.iter().copied().fold(f64::INFINITY, f64::min);
        let most = radius.iter().copied().fold(0.0, f64::max);
        assert_eq!((radius.len(), least, most), (569, 6.981, 28.11));
        let malignant = column(crate::devnet::example("laboratory").unwrap().csv, "malignant");
        assert_eq!(malignant.iter().sum::<f64>(), 212.0);
    }

    #[test]
    fn matched_rows_are_those_with_one_key_in_whatever_order_they_stand() {
        let files = ["id,x\nb,2\na,1\nc,3\na,9\n", "y,key\n30,c\n10,a\n40,d\n"];
        let text = "name = \"j\"\nlayout = \"matched\"\n\
            [[input]]\nname = \"l\"\nowner = \"o\"\ndataset = \"l\"\nkeys = [\"id\"]\n\
            [[input]]\nname = \"r\"\nowner = \"p\"\ndataset = \"r\"\nkeys = [\"key\"]\n\
            [[ask]]\nname = \"s\"\nformula = \"sum(l.x * r.y)\"\n";
        let troupe_config::Order::Compute(job) = troupe_config::Order::load(text).unwrap() else {
            panic!("no computation")
        };
        assert_eq!(results(&job, |input| Some(files[input])).unwrap(), [100.0]);
    }
}
