//! Where the rows of a simulation are: in files that were named, or with the nodes of a development network.

use super::SimulateArgs;
use crate::data;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::manifest::{OverrideArgs, Source};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use troupe_config::{ComputeJob, Dataset, DatasetSettings, JobInput};
use troupe_dataset::Table;
use troupe_learning::join::Keyed;
use troupe_learning::message::Description;
use troupe_types::{Bytes, Hash, SessionId};

/// Where a development network keeps a node's manifest.
const MANIFEST: &str = "node.toml";
/// What the columns of an input may take.
const MEMORY: Bytes = Bytes::mib(16 << 10);

/// The rows of an input.
pub(super) struct Held {
    input: String,
    dataset: Dataset,
    table: Table,
}

/// The rows of every input, in their order.
pub(super) fn all(args: &SimulateArgs, job: &ComputeJob) -> Outcome<Vec<Held>> {
    let files = split(&args.files, '=', "--data", "INPUT=FILE", job)?;
    let mut columns: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let wanted = "INPUT.HEADER:KIND[:LOW..HIGH]";
    for (input, column) in split(&args.columns, '.', "--column", wanted, job)? {
        columns.entry(input).or_default().push(column.to_owned());
    }
    if let Some(input) = columns.keys().find(|input| files.iter().all(|(name, _)| name != *input)) {
        let text = format!("{input} has columns and no file, wants --data {input}=FILE as well");
        return Err(Failure::about(ExitCode::Usage, "--column", text));
    }
    let held = job.inputs.iter().map(|input| {
        let name = input.name.as_str();
        let file = files.iter().find(|(named, _)| *named == name);
        match (file, columns.get(name)) {
            (Some((_, file)), columns) if columns.is_some() || data::is_model(Path::new(file)) => {
                let columns = columns.map_or(&[][..], Vec::as_slice);
                let dataset = data::rows(input.dataset.as_str(), Path::new(file), columns)?;
                Held::read(input, dataset, Path::new(""))
            }
            (Some(_), _) => {
                let text = format!("wants --column {name}.HEADER:KIND for its columns as well");
                Err(Failure::about(ExitCode::Usage, format!("--data {name}"), text))
            }
            (None, _) => from_network(input, &args.dir),
        }
    });
    held.collect()
}

/// Flags of which each is about an input.
fn split<'a>(
    flags: &'a [String],
    by: char,
    flag: &str,
    wants: &str,
    job: &ComputeJob,
) -> Outcome<Vec<(&'a str, &'a str)>> {
    let mut all: Vec<(&str, &str)> = Vec::new();
    for text in flags {
        let wrong = |text: String| Err(Failure::about(ExitCode::Usage, flag, text));
        let Some((input, rest)) = text.split_once(by) else {
            return wrong(format!("wants {wants}, got {text:?}"));
        };
        let names = || job.inputs.iter().map(|input| input.name.as_str());
        if names().all(|name| name != input) {
            let nearest = troupe_config::nearest(input, names());
            let hint = nearest.map(|name| format!(", nearest is \"{name}\"")).unwrap_or_default();
            return wrong(format!("the job has no input \"{input}\"{hint}"));
        }
        if flag == "--data" && all.iter().any(|(name, _)| *name == input) {
            return wrong(format!("input \"{input}\" has two files"));
        }
        all.push((input, rest));
    }
    Ok(all)
}

/// The data set as a node of a development network declares it in its manifest.
fn from_network(input: &JobInput, dir: &Path) -> Outcome<Held> {
    let name = input.name.as_str();
    let about = |text: String| Failure::about(ExitCode::BadFile, format!("input.{name}"), text);
    // An owner may be a node id, which is no folder; and no path is one.
    let folder = dir.join(Path::new(&input.owner).file_name().unwrap_or_default());
    let path = folder.join(MANIFEST);
    if !path.is_file() {
        let path = path.display();
        let text = format!(
            "there is no {path}; --data {name}=FILE and --column {name}.HEADER:KIND name its rows"
        );
        return Err(about(text));
    }
    let found = Source::File(path).load(&OverrideArgs::default())?;
    let settings = &found.loaded.manifest.actor("dataset").settings;
    let settings = troupe_config::read(settings, "settings", DatasetSettings::read);
    let mut datasets = settings.map_err(|errors| about(errors.to_string()))?.datasets;
    let names: Vec<String> = datasets.iter().map(|dataset| dataset.name.to_string()).collect();
    match datasets.iter().position(|dataset| dataset.name == input.dataset) {
        Some(place) => Held::read(input, datasets.swap_remove(place), &folder),
        None => {
            let (owner, wanted) = (&input.owner, &input.dataset);
            let text = format!("{owner} has no data set \"{wanted}\" in its manifest; it has ");
            Err(about(text + &names.join(", ")))
        }
    }
}

impl Held {
    fn read(input: &JobInput, dataset: Dataset, base: &Path) -> Outcome<Self> {
        let path: PathBuf = base.join(&dataset.file);
        let table = Table::load(&path, &dataset, MEMORY);
        let table = table.map_err(|e| Failure::about(ExitCode::BadFile, path.display(), e))?;
        Ok(Self { input: input.name.to_string(), dataset, table })
    }

    pub(super) fn name(&self) -> &str {
        self.dataset.name.as_str()
    }

    /// All columns of numbers.
    pub(super) fn columns(&self) -> Vec<String> {
        self.table.number_columns().map(str::to_owned).collect()
    }

    pub(super) fn description(&self) -> Outcome<Description> {
        self.table.description().ok_or_else(|| self.unfit("has too many columns"))
    }

    /// What each row is known by.
    pub(super) fn keys(&self, columns: &[String]) -> Outcome<Vec<Vec<u8>>> {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let keys = (0..self.table.rows).map(|row| self.table.key(&columns, row));
        let keys = keys.collect::<Option<Vec<_>>>();
        keys.ok_or_else(|| self.unfit("has no such columns of kind key"))
    }

    pub(super) fn input(
        &self,
        session: SessionId,
        names: Vec<String>,
    ) -> Outcome<troupe_mpc::Table> {
        let table = self.table.input(session, names.into_iter());
        table.ok_or_else(|| self.unfit("lacks a column, or has too many rows"))
    }

    pub(super) fn chosen(
        &self,
        rows: &[u32],
        alignment: Hash,
        names: Vec<String>,
    ) -> Outcome<troupe_mpc::Table> {
        let table = self.table.chosen(rows, alignment, names.into_iter());
        table.ok_or_else(|| self.unfit("lacks a column"))
    }

    /// One row for each key, to be joined on shares.
    pub(super) fn keyed(
        &self,
        session: SessionId,
        keys: &[String],
        names: Vec<String>,
    ) -> Outcome<troupe_mpc::Table> {
        let keyed = Keyed::new(session, self.keys(keys)?);
        let keyed = keyed.map_err(|error| self.unfit(&error.to_string()))?;
        Ok(keyed.table(self.chosen(keyed.rows(), Hash::default(), names)?))
    }

    pub(super) fn unfit(&self, text: &str) -> Failure {
        Failure::about(ExitCode::BadFile, format!("input.{}", self.input), text)
    }
}
