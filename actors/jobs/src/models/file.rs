//! A remembered model as a file: TOML, for its owner alone.

use super::{Keeper, Model, Models};
use crate::error::{Class, Error, Outcome};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use troupe_config::{ModelName, Unit, Value};
use troupe_learning::Real;
use troupe_learning::task::{Family, MAX_FEATURES};
use troupe_storage::files::{self, Existing};
use troupe_types::Hash;
use troupe_wire::{List, Text};

/// The form of the files.
const VERSION: u32 = 1;
/// None is of this size: it has a name, and who takes part.
const LARGEST: u64 = 64 << 10;

/// What a file says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    model: String,
    job: String,
    since: String,
    chain: u64,
    task: u64,
    family: Fitted,
    features: u32,
    limit: f64,
    holders: Vec<String>,
    parties: Vec<Party>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fitted {
    Linear,
    Logistic,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Party {
    name: String,
    node_id: String,
    address: String,
}

impl Written {
    fn of(model: &Model) -> Self {
        let party = |keeper: &Keeper| Party {
            name: keeper.name.clone(),
            node_id: keeper.id.to_string(),
            address: keeper.address.to_string(),
        };
        Self {
            version: VERSION,
            model: model.name.to_string(),
            job: model.job.clone(),
            since: model.since.to_string(),
            chain: model.chain,
            task: model.task,
            family: match model.family {
                Family::Linear => Fitted::Linear,
                Family::Logistic => Fitted::Logistic,
            },
            features: model.features,
            limit: model.limit.get(),
            holders: model.holders.iter().map(ToString::to_string).collect(),
            parties: model.parties.iter().map(party).collect(),
        }
    }

    /// The model; what of it is none.
    fn read(self) -> Result<Model, &'static str> {
        let keeper = |party: Party| -> Result<Keeper, &'static str> {
            Ok(Keeper {
                name: party.name,
                id: party.node_id.parse().map_err(|_| "node id")?,
                address: Text::new(party.address).map_err(|_| "address")?,
            })
        };
        let parties = self.parties.into_iter().map(keeper).collect::<Result<Vec<_>, _>>()?;
        let holders = self.holders.iter().map(|id| id.parse().map_err(|_| "node id"));
        let holders = List::new(holders.collect::<Result<Vec<_>, _>>()?).map_err(|_| "holders")?;
        let is_count = (1..=MAX_FEATURES).contains(&usize::try_from(self.features).unwrap_or(0));
        if !is_count {
            return Err("number of features");
        }
        Ok(Model {
            name: self.model.parse().map_err(|_| "name")?,
            job: self.job,
            since: self.since.parse().map_err(|_| "time")?,
            chain: self.chain,
            task: self.task,
            family: match self.family {
                Fitted::Linear => Family::Linear,
                Fitted::Logistic => Family::Logistic,
            },
            features: self.features,
            limit: Real::new(self.limit).filter(|limit| limit.get() > 0.0).ok_or("limit")?,
            parties: parties.try_into().map_err(|_| "number of parties")?,
            holders,
        })
    }
}

impl Models {
    fn path(&self, name: &Hash) -> PathBuf {
        self.folder.join(format!("{name}.toml"))
    }

    /// Remembers a model; where. The oldest is forgotten where there are too many.
    pub fn put(&self, model: &Model) -> Outcome<PathBuf> {
        let path = self.path(&model.name);
        let failed = |error: io::Error| Error::about(Class::File, path.display(), error);
        let text = toml::to_string(&Written::of(model))
            .map_err(|error| Error::new(Class::Internal, error))?;
        files::create_directory(&self.folder).map_err(failed)?;
        files::write(&path, text.as_bytes(), Existing::Replace).map_err(failed)?;
        self.make_room()?;
        Ok(path)
    }

    fn make_room(&self) -> Outcome<()> {
        let names = self.names()?;
        let Some(more) = names.len().checked_sub(self.most).filter(|more| *more > 0) else {
            return Ok(());
        };
        // Of a file that cannot be read nobody knows how old it is.
        let mut all: Vec<Model> = names.iter().filter_map(|name| self.get(name).ok()).collect();
        all.sort_by_key(|model| model.since);
        for model in all.iter().take(more) {
            tracing::warn!(
                model = model.short(),
                most = self.most,
                "the oldest model is forgotten"
            );
            self.remove(&model.name)?;
        }
        Ok(())
    }

    fn remove(&self, name: &Hash) -> Outcome<()> {
        let path = self.path(name);
        fs::remove_file(&path).map_err(|error| Error::about(Class::File, path.display(), error))
    }

    /// Forgets the one that is called so, by all of its digits or the first, whatever its file says; its whole name. Parties are not told.
    pub fn forget(&self, wanted: &str) -> Outcome<Hash> {
        let wrong = |text: String| Error::about(Class::Usage, "model", text);
        let name = ModelName::read(&Value::Text(wanted.to_owned()));
        let name = name.map_err(|problem| wrong(problem.to_string()))?;
        let name = self.meant(&name).map_err(wrong)?;
        self.remove(&name)?;
        Ok(name)
    }

    /// What those are called that are remembered, in order.
    pub(super) fn names(&self) -> Outcome<Vec<Hash>> {
        let about = |error: io::Error| Error::about(Class::File, self.folder.display(), error);
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(about(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let file = entry.map_err(about)?.file_name();
            let stem = file.to_str().and_then(|name| name.strip_suffix(".toml"));
            // Whatever else is there is no model.
            names.extend(stem.and_then(|stem| stem.parse::<Hash>().ok()));
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The one of this name.
    pub(super) fn get(&self, name: &Hash) -> Outcome<Model> {
        read(&self.path(name), name)
    }

    /// All that are remembered, the oldest first.
    pub fn all(&self) -> Outcome<Vec<Model>> {
        let mut all =
            self.names()?.iter().map(|name| self.get(name)).collect::<Outcome<Vec<_>>>()?;
        all.sort_by_key(|model| model.since);
        Ok(all)
    }
}

fn read(path: &Path, name: &Hash) -> Outcome<Model> {
    let failed = |text: String| Error::about(Class::File, path.display(), text);
    let bytes = files::read_private(path, LARGEST).map_err(|error| failed(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| failed("is no text".to_owned()))?;
    let written: Written = toml::from_str(&text)
        .map_err(|error| failed(format!("tells of no model: {}", error.message())))?;
    if written.version != VERSION {
        let version = written.version;
        return Err(failed(format!("has the form {version}, this program reads {VERSION}")));
    }
    let model = written.read().map_err(|what| failed(format!("its {what} is none")))?;
    if model.name != *name {
        return Err(failed("tells of another model".to_owned()));
    }
    Ok(model)
}
