//! Results of jobs that were run from here: on the disk, for their owner alone, before anything else can go wrong with them.

use crate::course::Found;
use crate::error::{Class, Error, Outcome};
use crate::found::{Answer, Finished, Onnx, Opening, Settled, Traffic, trained};
use crate::models::{Model, Models};
use crate::network::Network;
use alloy_primitives::hex;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use troupe_config::Moment;
use troupe_learning::Task;
use troupe_storage::files::{self, Existing};
use troupe_types::Hash;

/// No results are of this size.
const LARGEST: u64 = 1 << 30;
/// The form of the files.
const VERSION: u32 = 1;

/// Where results are kept.
#[derive(Debug, Clone)]
pub struct Shelf {
    folder: PathBuf,
}

/// The results of a task on a chain. TOML keeps every number as it is.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    version: u32,
    pub(crate) chain: u64,
    /// Its number there.
    pub task: u64,
    terms: String,
    result: String,
    session: String,
    job: String,
    /// What the model is called that stays with its parties.
    model: Option<String>,
    /// With which others are shown what was found, in hexadecimal digits.
    opening: Option<String>,
    /// The model that was trained as a file, in hexadecimal digits.
    onnx: Option<String>,
    rows: Vec<u32>,
    seconds: f64,
    answers: Vec<Answer>,
    parties: Vec<Moved>,
}

/// What a compute party moved.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Moved {
    name: String,
    node_id: String,
    sent: u64,
    received: u64,
}

impl fmt::Debug for Kept {
    /// Without what was found.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kept(task {} of chain {})", self.task, self.chain)
    }
}

impl Kept {
    /// What came of a task just now.
    pub(crate) fn of(
        job: &str,
        task: &Task,
        found: &Found,
        network: &Network,
        took: Duration,
    ) -> Outcome<Self> {
        let terms = task.terms().map_err(|error| Error::new(Class::Internal, error))?;
        let moved = found.traffic.iter().map(|moved| Moved {
            name: network.name(moved.party),
            node_id: moved.party.to_string(),
            sent: moved.sent,
            received: moved.received,
        });
        Ok(Self {
            version: VERSION,
            chain: task.chain,
            task: task.number,
            terms: terms.to_string(),
            result: found.result.to_string(),
            session: task.session.to_string(),
            job: job.to_owned(),
            model: found.model.map(|model| model.to_string()),
            opening: found.opening.as_ref().map(|it| hex::encode(&it.0)),
            onnx: trained(task, &found.answers).map(|it| hex::encode(it.0)),
            rows: task.owners.iter().map(|source| found.matched.unwrap_or(source.rows)).collect(),
            seconds: took.as_secs_f64(),
            answers: found.answers.clone(),
            parties: moved.collect(),
        })
    }

    /// What the parties agreed that the result is.
    pub fn is_result(&self, posted: &Hash) -> bool {
        self.result == posted.to_string()
    }

    /// As the job's own command would have said it.
    pub fn finished(&self, settled: Option<Settled>) -> Outcome<Finished> {
        let wrong = |what: &str| Error::new(Class::File, format!("the kept {what} is none"));
        let bytes = |digits: Option<&String>, what: &str| {
            digits.map(hex::decode).transpose().map_err(|_| wrong(what))
        };
        let traffic = self.parties.iter().map(|moved| {
            let party = moved.node_id.parse().map_err(|_| wrong("node id"))?;
            let Moved { sent, received, .. } = *moved;
            Ok((moved.name.clone(), Traffic { party, sent, received }))
        });
        Ok(Finished {
            name: self.job.clone(),
            session: self.session.parse().map_err(|_| wrong("session"))?,
            rows: self.rows.clone(),
            answers: self.answers.clone(),
            traffic: traffic.collect::<Outcome<_>>()?,
            settled,
            took: Duration::try_from_secs_f64(self.seconds).map_err(|_| wrong("time"))?,
            kept: None,
            model: match &self.model {
                Some(model) => Some(model.parse().map_err(|_| wrong("model"))?),
                None => None,
            },
            opening: bytes(self.opening.as_ref(), "opening")?.map(Opening).map(Box::new),
            onnx: bytes(self.onnx.as_ref(), "model's file")?.map(Onnx).map(Box::new),
        })
    }
}

impl Shelf {
    /// In a folder, which need not be there yet.
    #[must_use]
    pub const fn of(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where models are remembered that stay with their parties: beside the results.
    #[must_use]
    pub fn models(&self) -> Models {
        Models::of(self.folder.join("models"))
    }

    /// One file a task. The terms are part of its name: another chain has the same numbers for other tasks.
    fn path(&self, chain: u64, task: u64, terms: &str) -> PathBuf {
        let terms = terms.get(..16).unwrap_or(terms);
        self.folder.join(format!("{chain}-{task}-{terms}.toml"))
    }

    /// Keeps results; where they are.
    pub(crate) fn put(&self, kept: &Kept) -> Outcome<PathBuf> {
        let path = self.path(kept.chain, kept.task, &kept.terms);
        let failed = |error: io::Error| Error::about(Class::File, path.display(), error);
        let text = toml::to_string(kept).map_err(|error| Error::new(Class::Internal, error))?;
        files::create_directory(&self.folder).map_err(failed)?;
        files::write(&path, text.as_bytes(), Existing::Replace).map_err(failed)?;
        Ok(path)
    }

    /// Remembers the model that stays with the parties, where one does.
    pub(crate) fn remember(
        &self,
        job: &str,
        task: &Task,
        found: &Found,
        network: &Network,
    ) -> Outcome<()> {
        let Some(name) = found.model else { return Ok(()) };
        let since = Moment(network.node.now().wall);
        let model = Model::new((job, task), name, since, |id| network.name(id));
        model.map_or(Ok(()), |model| self.models().put(&model).map(drop))
    }

    /// Whether results of a task are here.
    #[must_use]
    pub fn has(&self, chain: u64, task: u64, terms: &Hash) -> bool {
        self.path(chain, task, &terms.to_string()).is_file()
    }

    /// The results of a task.
    pub fn get(&self, chain: u64, task: u64, terms: &Hash) -> Outcome<Option<Kept>> {
        let path = self.path(chain, task, &terms.to_string());
        if !path.is_file() {
            return Ok(None);
        }
        let kept = read(&path)?;
        let is_it = kept.chain == chain && kept.task == task && kept.terms == terms.to_string();
        if is_it {
            return Ok(Some(kept));
        }
        Err(Error::about(Class::File, path.display(), "is of another task"))
    }

    /// All results of tasks of this number, whatever chain they are of.
    pub fn numbered(&self, task: u64) -> Outcome<Vec<Kept>> {
        let about = |error: io::Error| Error::about(Class::File, self.folder.display(), error);
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(about(error)),
        };
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(about)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let is_it =
                name.ends_with(".toml") && name.split('-').nth(1) == Some(&*task.to_string());
            if is_it {
                paths.push(path);
            }
        }
        paths.sort();
        paths.iter().map(|path| read(path)).collect()
    }
}

fn read(path: &Path) -> Outcome<Kept> {
    let failed = |text: String| Error::about(Class::File, path.display(), text);
    let bytes = files::read_private(path, LARGEST).map_err(|error| failed(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| failed("is no text".to_owned()))?;
    // What is wrong is not repeated: it would be somebody's result.
    let kept: Kept = toml::from_str(&text).map_err(|_| failed("holds no results".to_owned()))?;
    match kept.version {
        VERSION => Ok(kept),
        version => Err(failed(format!("has the form {version}, this program reads {VERSION}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use tempfile::TempDir;

    fn kept(terms: Hash) -> Kept {
        let values = vec![0.1 + 0.2, f64::MIN_POSITIVE, -1e300, 1.0 / 3.0, 5e-324];
        Kept {
            version: VERSION,
            chain: 7,
            task: 3,
            terms: terms.to_string(),
            result: Hash([9; 32]).to_string(),
            session: troupe_types::SessionId([1; 16]).to_string(),
            job: "what \"people\" call it".into(),
            model: Some(Hash([7; 32]).to_string()),
            opening: Some("c0ffee".to_owned()),
            onnx: Some("0a0b".to_owned()),
            rows: vec![569, 569],
            seconds: 1.25,
            answers: vec![Answer { name: "all".into(), values, bound: Some(1e-9) }],
            parties: vec![Moved {
                name: "compute-1".into(),
                node_id: troupe_types::NodeId([2; 32]).to_string(),
                sent: 5,
                received: 6,
            }],
        }
    }

    #[test]
    fn results_are_read_as_they_were_kept_and_nobody_else_may_read_them() {
        let dir = TempDir::new().unwrap();
        let shelf = Shelf::of(dir.path().join("results"));
        let (terms, other) = (Hash([5; 32]), Hash([6; 32]));
        assert!(!shelf.has(7, 3, &terms) && shelf.numbered(3).unwrap().is_empty());
        let path = shelf.put(&kept(terms)).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(path.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert!(shelf.has(7, 3, &terms));
        let found = shelf.get(7, 3, &terms).unwrap().unwrap();
        assert!(found == kept(terms), "every number to the last bit");
        assert!(found.is_result(&Hash([9; 32])) && !found.is_result(&Hash([8; 32])));
        let finished = found.finished(None).unwrap();
        assert_eq!((&*finished.traffic[0].0, finished.model), ("compute-1", Some(Hash([7; 32]))));
        assert_eq!(finished.onnx, Some(Box::new(Onnx(vec![0x0a, 0x0b]))));
        for (chain, task, terms) in [(7, 3, other), (7, 4, terms), (8, 3, terms)] {
            assert!(!shelf.has(chain, task, &terms));
            assert!(shelf.get(chain, task, &terms).unwrap().is_none());
        }
        assert!(shelf.put(&kept(other)).is_ok());
        assert_eq!(shelf.numbered(3).unwrap().len(), 2);
        assert!(shelf.numbered(4).unwrap().is_empty());
    }

    #[test]
    fn files_that_are_not_what_was_kept_are_refused_without_repeating_them() {
        let dir = TempDir::new().unwrap();
        let shelf = Shelf::of(dir.path().join("results"));
        let terms = Hash([5; 32]);
        let path = shelf.put(&kept(terms)).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let refused = |text: &str| {
            fs::write(&path, text).unwrap();
            match shelf.get(7, 3, &terms) {
                Err(failure) => failure.to_string(),
                Ok(_) => panic!("it was taken"),
            }
        };
        assert!(refused("version = secret").ends_with("holds no results"));
        assert!(refused(&text[..text.len() / 2]).ends_with("holds no results"));
        assert!(refused(&text.replace("version = 1", "version = 2")).contains("form 2"));
        assert!(refused(&text.replace("task = 3", "task = 4")).ends_with("is of another task"));
        fs::write(&path, &text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(shelf.get(7, 3, &terms).is_err_and(|error| error.to_string().contains("644")));
    }
}
