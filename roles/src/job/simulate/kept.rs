//! Models that stay with the parties of a simulation: all three parts of one in a folder, beside what is remembered of it.

use crate::exit::{ExitCode, Failure, Outcome};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use troupe_config::{ComputeJob, Moment, Origin as Place, Work};
use troupe_jobs::{Model, Models, too_long};
use troupe_learning::Task;
use troupe_learning::deed::Deed;
use troupe_learning::task::{Kind, Origin, Predict, Source};
use troupe_mpc::{Kept, PARTIES, Received, Shelf, Table};
use troupe_storage::files::{self, Existing};
use troupe_types::{Hash, NodeId, UnixMillis};
use troupe_wire::{List, Text};

/// Where models are that stay, and which is applied.
#[derive(Debug)]
pub(super) struct Cabinet {
    folder: Option<PathBuf>,
    applied: Option<Model>,
}

/// What each party has.
type Shelves = [Shelf; PARTIES as usize];

fn broken(path: &Path, reason: impl std::fmt::Display) -> Failure {
    Failure::about(ExitCode::BadFile, path.display(), reason)
}

/// The file of a party's part.
fn path(folder: &Path, model: &Hash, seat: usize) -> PathBuf {
    folder.join(format!("{model}.party-{seat}"))
}

impl Cabinet {
    /// For a job, which may need none.
    pub(super) fn of(folder: Option<&Path>, job: &ComputeJob) -> Outcome<Self> {
        let wanted = match &job.work {
            Work::Train(train) if train.keep => "for the model that is kept",
            Work::Predict(predict) if matches!(predict.model, Place::Kept(_)) => {
                "with the model that is applied"
            }
            Work::Statistics(_) | Work::Train(_) | Work::Predict(_) => {
                return Ok(Self { folder: None, applied: None });
            }
        };
        let missing = || {
            let text = format!("missing, wants a folder {wanted}");
            Failure::about(ExitCode::Usage, "--models", text)
        };
        let folder = folder.ok_or_else(missing)?.to_owned();
        let applied = Models::of(folder.clone()).named(job)?;
        Ok(Self { folder: Some(folder), applied })
    }

    /// The model that is applied, where it stays with its parties.
    pub(super) const fn applied(&self) -> Option<&Model> {
        self.applied.as_ref()
    }

    /// For whom it is applied. A network's model is not there as a whole, and not applied here.
    pub(super) fn holder(&self, model: &Model) -> Outcome<NodeId> {
        let holder = model.holders.first().copied().unwrap_or_default();
        model.check(holder, Some(0))?;
        Ok(holder)
    }

    /// What the parties have before they begin.
    pub(super) fn shelves(&self) -> Outcome<Shelves> {
        let shelves = [(); 3].map(|()| Shelf::default());
        let (Some(folder), Some(model)) = (&self.folder, &self.applied) else { return Ok(shelves) };
        for (seat, shelf) in shelves.iter().enumerate() {
            let path = path(folder, &model.name, seat);
            let limit = u64::try_from(Kept::LIMIT.bytes()).unwrap_or(u64::MAX);
            let bytes = files::read_private(&path, limit);
            let kept = Kept::decode(&bytes.map_err(|error| broken(&path, error))?);
            let kept = kept.map_err(|spoilt| broken(&path, spoilt))?;
            if kept.id() != model.name || usize::from(kept.seat()) != seat {
                return Err(broken(&path, "is another part, or of another model"));
            }
            shelf.put(kept);
        }
        Ok(shelves)
    }

    /// A task that applies a model which stays, as if an owner had that model and everybody could see it.
    pub(super) fn shown(
        &self,
        shelves: &Shelves,
        task: &Task,
        tables: &[Table],
    ) -> Outcome<Option<(Task, Vec<Table>)>> {
        let (Some(model), Kind::Predict(predict)) = (&self.applied, &task.kind) else {
            return Ok(None);
        };
        let internal = |text: &str| Failure::new(ExitCode::Internal, text);
        let parts = shelves.each_ref().map(|shelf| shelf.get(model.name));
        let [Some(first), Some(second), Some(third)] = &parts else {
            return Err(internal("a party has lost its part"));
        };
        let weights = Kept::open([first, second, third]);
        let weights = weights.map_err(|spoilt| Failure::new(ExitCode::Internal, spoilt))?;
        // The bias is last.
        let (bias, slopes) =
            weights.split_last().ok_or_else(|| internal("the model has no weights"))?;
        let owner = u8::try_from(task.owners.len()).unwrap_or(u8::MAX);
        let source = Source {
            id: NodeId::default(),
            dataset: Text::default(),
            content: Hash::default(),
            alias: Text::default(),
            rows: 1,
            keys: None,
            columns: List::default(),
        };
        let mut owners = task.owners.to_vec();
        owners.push(source);
        let columns = [("weights 0", slopes.to_vec()), ("bias 0", vec![*bias])];
        let columns = columns.map(|(name, values)| (name.to_owned(), values));
        let alignment = tables.first().map(|table| table.alignment).unwrap_or_default();
        let copy = |table: &Table| Table { columns: table.columns.clone(), ..*table };
        let mut tables: Vec<Table> = tables.iter().map(copy).collect();
        tables.push(Table { rows: 1, alignment, columns: BTreeMap::from(columns) });
        let kind = Kind::Predict(Predict { model: Origin::Owner(owner), ..predict.clone() });
        let owners = List::new(owners).map_err(too_long)?;
        Ok(Some((Task { owners, kind, ..task.clone() }, tables)))
    }

    /// Keeps the model that stays with the parties, where one does; what it is called, and where it is.
    pub(super) fn keep(
        &self,
        shelves: &Shelves,
        (job, task): (&str, &Task),
        received: Option<&Received>,
    ) -> Outcome<Option<(Hash, PathBuf)>> {
        let deed = received.and_then(|received| Deed::heard(task, received));
        let (Some(folder), Some(deed)) = (&self.folder, deed) else { return Ok(None) };
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let since = Moment(UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX)));
        let seat = |id| task.party(id).map_or_else(String::new, |seat| format!("party {seat}"));
        let model = Model::new((job, task), deed.model, since, seat);
        let lost = || Failure::new(ExitCode::Internal, "a party kept nothing");
        let model = model.ok_or_else(lost)?;
        files::create_directory(folder).map_err(|error| broken(folder, error))?;
        for (seat, shelf) in shelves.iter().enumerate() {
            let path = path(folder, &model.name, seat);
            let part = shelf.get(model.name).ok_or_else(lost)?;
            files::write(&path, &part.encode(), Existing::Replace)
                .map_err(|error| broken(&path, error))?;
        }
        Models::of(folder.clone()).put(&model)?;
        Ok(Some((model.name, folder.clone())))
    }
}
