//! Jobs of a process, on its disk: one that starts again knows which had begun, and what became of the others.

use crate::error::{Class, Error, Outcome};
use crate::network::Names;
use alloy_primitives::hex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use troupe_learning::Task;
use troupe_storage::files::{self, Existing};
use troupe_types::Hash;

/// The form of the files.
const VERSION: u32 = 1;
/// No entry is of this size: names, and the reasons of a failure.
const LARGEST: u64 = 1 << 20;
/// So much of a failure is written down, in bytes.
const MOST: usize = 64 << 10;

/// Where jobs are written down, a file each.
#[derive(Debug, Clone)]
pub(crate) struct Diary {
    folder: PathBuf,
}

/// What is known of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    version: u32,
    /// Its number in the process.
    pub(crate) run: u64,
    /// What people call it.
    pub(crate) name: String,
    /// The chain that it is settled on; 0 where it is not.
    pub(crate) chain: u64,
    /// The hash of what it is declared by, from just before that on.
    terms: Option<String>,
    /// All of that, without its number and its parties.
    declared: Option<String>,
    /// Its number on the chain, once it has one.
    pub(crate) task: Option<u64>,
    /// What its owner calls nodes, by their ids.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    names: BTreeMap<String, String>,
    /// How it ended, once it has.
    pub(crate) ended: Option<Written>,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// Why there is no result; well without one.
    pub(crate) class: Option<Class>,
    /// The same in words, a line each.
    pub(crate) lines: Vec<String>,
}

impl Entry {
    /// One that begins.
    pub(crate) fn new(run: u64, name: String, chain: u64, names: &Names) -> Self {
        Self {
            version: VERSION,
            run,
            name,
            chain,
            terms: None,
            declared: None,
            task: None,
            names: names.iter().map(|(id, name)| (id.to_string(), name.clone())).collect(),
            ended: None,
        }
    }

    /// The hash of what it is declared by, where it got so far.
    pub(crate) fn terms(&self) -> Option<Hash> {
        self.terms.as_ref()?.parse().ok()
    }

    /// What its owner calls nodes.
    pub(crate) fn names(&self) -> Names {
        let named = self.names.iter();
        named.filter_map(|(id, name)| Some((id.parse().ok()?, name.clone()))).collect()
    }

    /// It is about to be declared.
    pub(crate) fn declares(&mut self, terms: &Hash, task: &Task) {
        self.terms = Some(terms.to_string());
        self.declared = task.encode().ok().map(hex::encode);
    }

    /// What it was declared by, with its number, where it has one.
    pub(crate) fn declared(&self) -> Option<Task> {
        let task = Task::decode(&hex::decode(self.declared.as_ref()?).ok()?).ok()?;
        let is_it = task.terms().ok() == self.terms();
        is_it.then_some(Task { number: self.task?, ..task })
    }
}

impl Written {
    /// As it is written down; long ones are cut.
    pub(crate) fn of(error: Option<&Error>) -> Self {
        let mut room = MOST;
        let lines = error.map(|error| error.reasons.as_slice()).unwrap_or_default().iter();
        let lines = lines.map_while(|reason| {
            room = room.checked_sub(reason.text.len())?;
            Some(reason.text.clone())
        });
        Self { class: error.map(|error| error.class), lines: lines.collect() }
    }
}

impl Diary {
    /// In a folder, with what was written there before, the oldest first.
    pub(crate) fn open(folder: PathBuf) -> Outcome<(Self, Vec<Entry>)> {
        let failed = |error: io::Error| Error::about(Class::File, folder.display(), error);
        files::create_directory(&folder).map_err(failed)?;
        let mut all = Vec::new();
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            if let Ok(run) = stem.parse::<u64>() {
                all.push(read(&path, run)?);
            }
        }
        all.sort_by_key(|entry| entry.run);
        Ok((Self { folder }, all))
    }

    fn path(&self, run: u64) -> PathBuf {
        self.folder.join(format!("{run}.toml"))
    }

    /// Writes down what is known now, in place of what was.
    pub(crate) fn put(&self, entry: &Entry) -> Outcome<()> {
        let path = self.path(entry.run);
        let text = toml::to_string(entry).map_err(|error| Error::new(Class::Internal, error))?;
        files::write(&path, text.as_bytes(), Existing::Replace)
            .map_err(|error| Error::about(Class::File, path.display(), error))
    }

    /// Forgets a job.
    pub(crate) fn drop(&self, run: u64) {
        if let Err(error) = fs::remove_file(self.path(run)) {
            tracing::warn!(run, %error, "a job was not forgotten");
        }
    }
}

fn read(path: &Path, run: u64) -> Outcome<Entry> {
    let failed = |text: String| Error::about(Class::File, path.display(), text);
    let bytes = files::read_private(path, LARGEST).map_err(|error| failed(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| failed("is no text".to_owned()))?;
    let entry: Entry = toml::from_str(&text)
        .map_err(|error| failed(format!("tells of no job: {}", error.message())))?;
    match entry {
        Entry { version, .. } if version != VERSION => {
            Err(failed(format!("has the form {version}, this program reads {VERSION}")))
        }
        Entry { run: other, .. } if other != run => Err(failed(format!("tells of job {other}"))),
        entry => Ok(entry),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;
    use troupe_types::NodeId;

    #[test]
    fn what_was_written_is_read_again_in_the_order_in_which_jobs_began() {
        let home = TempDir::new().unwrap();
        let folder = home.path().join("jobs");
        let (diary, before) = Diary::open(folder.clone()).unwrap();
        assert!(before.is_empty());
        let names = Names::from([(NodeId([3; 32]), "a \"node\"".to_owned())]);
        let mut all: Vec<Entry> =
            [2, 10, 1].map(|run| Entry::new(run, format!("\"job\" {run}"), 9, &names)).to_vec();
        all[1].terms = Some(Hash([4; 32]).to_string());
        all[1].task = Some(3);
        let error = Error::about(Class::Failed, "x", "one\ntwo");
        all[1].ended = Some(Written::of(Some(&error)));
        for entry in &all {
            diary.put(entry).unwrap();
        }
        all.sort_by_key(|entry| entry.run);
        let (diary, found) = Diary::open(folder.clone()).unwrap();
        assert_eq!(found, all);
        assert_eq!((found[2].terms(), found[2].names()), (Some(Hash([4; 32])), names));
        diary.drop(2);
        assert_eq!(Diary::open(folder).unwrap().1.len(), 2);
    }

    #[test]
    fn a_file_that_tells_of_no_job_is_named_wherever_it_is_cut() {
        let home = TempDir::new().unwrap();
        let (diary, _) = Diary::open(home.path().to_owned()).unwrap();
        let mut entry = Entry::new(7, "job".into(), 9, &Names::new());
        entry.ended = Some(Written::of(None));
        diary.put(&entry).unwrap();
        let path = diary.path(7);
        let whole = fs::read_to_string(&path).unwrap();
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            // A file that ends with a line may be whole without what comes after.
            match Diary::open(home.path().to_owned()) {
                Ok((_, found)) => assert!(found[0].ended != entry.ended || cut + 1 >= whole.len()),
                Err(error) => assert!(error.to_string().contains("7.toml"), "{error}"),
            }
        }
        for (from, to, want) in [
            ("version = 1", "version = 2", "form 2"),
            ("run = 7", "run = 8", "tells of job 8"),
            ("chain = 9", "chains = 9", "tells of no job"),
        ] {
            fs::write(&path, whole.replace(from, to)).unwrap();
            let error = Diary::open(home.path().to_owned()).unwrap_err().to_string();
            assert!(error.contains(want), "{error}");
        }
    }

    #[test]
    fn a_failure_of_many_words_is_cut() {
        let reason = || crate::error::Reason { text: "x".repeat(40 << 10), field: None };
        let written = Written::of(Some(&Error::all(Class::File, vec![reason(), reason()])));
        assert_eq!((written.class, written.lines.len()), (Some(Class::File), 1));
    }
}
