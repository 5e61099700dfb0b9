//! What must hold before a share of a data set leaves.

use crate::manager::{Datasets, Offer};
use crate::table::Table;
use std::sync::Arc;
use troupe_config::Policy;
use troupe_learning::task::{Algorithm, Claim, Engine, Origin, Source};
use troupe_learning::{Plan, Task};
use troupe_types::{Hash, NodeId};
use troupe_wire::Now;

/// Which rows of a data set a use is about.
#[derive(Clone)]
pub(crate) enum Rows {
    All,
    /// Those that a matching found, in its order. Their use was noted before it.
    Matched(Arc<[u32]>, Hash),
    /// One for each key: owners counted which are common, and the parties find them. Their use was noted before it.
    Joined,
}

/// A use that may be made.
pub(crate) struct Considered {
    pub(crate) plan: Plan,
    /// This node's place among the owners.
    pub(crate) index: u8,
    pub(crate) table: Arc<Table>,
    pub(crate) rows: Rows,
}

impl Considered {
    /// Whether the use is on the disk already.
    pub(crate) const fn is_noted(&self) -> bool {
        match self.rows {
            Rows::Matched(..) | Rows::Joined => true,
            Rows::All => false,
        }
    }
}

impl Datasets {
    /// Everything that must hold before anything of a data set leaves; the error is for the requester. The parties may not be
    /// known yet. Where rows are matched, it holds for as many as can be common, and again once their [number is
    /// known](enough).
    pub(crate) fn consider(
        &self,
        task: &Task,
        from: NodeId,
        now: Now,
        has_parties: bool,
    ) -> Result<Considered, String> {
        is_asker(task, from)?;
        let index = task.owner(self.me).ok_or("no input is this node's")?;
        let source = &task.owners[usize::from(index)];
        let offer = self.offer(&source.dataset, from)?;
        self.may_use(&source.dataset, offer, now.wall)?;
        check_source(source, offer)?;
        // The plan is made of what is checked, so that nobody has to be believed.
        let plan = Plan::new(task, task.most_matched()).map_err(|error| error.to_string())?;
        check_model(task, index, offer)?;
        check_policy(task, index, offer)?;
        if has_parties {
            check_parties(task, index, offer)?;
        }
        if task.layout.has_keys() {
            self.may_be_matched(task, index, from)?;
        }
        Ok(Considered { plan, index, table: Arc::clone(&offer.table), rows: Rows::All })
    }
}

/// That whoever asks may.
pub(crate) fn is_asker(task: &Task, from: NodeId) -> Result<(), String> {
    if task.receivers.first() == Some(&from) {
        return Ok(());
    }
    Err("only the first receiver may ask for a contribution".to_owned())
}

/// What so many common rows come to, if the owner's policy has enough in them. How many there are is not for whoever reads the
/// error.
pub(crate) fn enough(
    task: &Task,
    index: u8,
    policy: &Policy,
    common: usize,
) -> Result<Plan, String> {
    let name = &*task.owners[usize::from(index)].dataset;
    let few = || format!("fewer rows are common than the policy of {name} wants");
    let rows = u32::try_from(common).map_err(|_| "too many rows are common".to_owned())?;
    if u64::from(rows) < policy.min_rows.max(1) {
        return Err(few());
    }
    let too_few = |_| "fewer rows are common than this can be computed on".to_owned();
    let plan = Plan::new(task, Some(rows)).map_err(too_few)?;
    let claims = task.claims(index, Some(rows)).map_err(too_few)?;
    if claims.iter().any(|claim| !has_group(claim, policy)) {
        return Err(few());
    }
    Ok(plan)
}

/// Whether enough rows are behind every number.
fn has_group(claim: &Claim, policy: &Policy) -> bool {
    // A policy that allows a number for each row knows that one row is behind each.
    let is_by_row = matches!(claim.algorithm, Algorithm::Rows | Algorithm::Prediction);
    is_by_row || claim.minimum_group >= u64::from(policy.min_group)
}

/// That a task describes the data set as it is.
fn check_source(source: &Source, offer: &Offer) -> Result<(), String> {
    let (name, rows) = (&*source.dataset, offer.table.rows as u64);
    if u64::from(source.rows) != rows {
        return Err(format!("{name} has {rows} rows, the task says {}", source.rows));
    }
    if source.content != Hash::default() && source.content != offer.table.content {
        return Err(format!("{name} has another content than the task says"));
    }
    let description = offer.table.description();
    let description = description.ok_or_else(|| format!("{name} has too many columns"))?;
    match source.columns.iter().find(|column| !description.columns.contains(column)) {
        None => Ok(()),
        Some(column) => {
            let column = &*column.name;
            Err(format!("{name} has no column {column} as the task describes it"))
        }
    }
}

/// That a model is applied as it is, that rows are no model, and that nobody computes on weights as if they were rows: that
/// would show them.
fn check_model(task: &Task, index: u8, offer: &Offer) -> Result<(), String> {
    let name = &*task.owners[usize::from(index)].dataset;
    let applied = task.applied().filter(|predict| predict.model == Origin::Owner(index));
    match (&offer.table.model, applied) {
        (None, None) => Ok(()),
        (Some(shape), Some(predict)) => shape.check(name, predict),
        (None, Some(_)) => Err(format!("{name} holds rows, and no model")),
        (Some(_), None) => Err(format!("{name} is a model, which can only be applied")),
    }
}

/// That the owner's policy allows what is done, by whom and on how many rows.
fn check_policy(task: &Task, index: u8, offer: &Offer) -> Result<(), String> {
    let (name, policy) = (&*task.owners[usize::from(index)].dataset, &offer.policy);
    let (rows, least) = (offer.table.rows as u64, policy.min_rows);
    // No more rows than can be common.
    let rows = task.most_matched().map_or(rows, u64::from);
    let claims = task.claims(index, task.most_matched()).map_err(|error| error.to_string())?;
    // A model has no rows of anybody; what is done with it is what is done.
    let is_model = claims.is_empty();
    if rows < least && !is_model {
        return Err(format!("{rows} rows are fewer than the {least} that the policy wants"));
    }
    let engine = task.engine.name();
    if !policy.accepts(trusted(task.engine)) {
        return Err(format!("the policy of {name} does not allow a {engine} engine"));
    }
    for claim in &claims {
        let algorithm = claim.algorithm.name();
        if !policy.permits(permitted(claim.algorithm)) {
            return Err(format!("the policy of {name} does not allow {algorithm}"));
        }
        if !has_group(claim, policy) {
            let (got, least) = (claim.minimum_group, policy.min_group);
            return Err(format!(
                "the policy of {name} wants {least} rows behind every number, {algorithm} has {got}"
            ));
        }
    }
    if is_model {
        let all = task.algorithms().map_err(|error| error.to_string())?;
        // What others make of their own columns is nothing of the model.
        let of_model = all.into_iter().filter(|algorithm| *algorithm != Algorithm::Formula);
        if let Some(refused) = { of_model }.find(|one| !policy.permits(permitted(*one))) {
            return Err(format!("the policy of {name} does not allow {}", refused.name()));
        }
    }
    Ok(())
}

/// That the owner's policy lets these parties compute.
fn check_parties(task: &Task, index: u8, offer: &Offer) -> Result<(), String> {
    let (name, policy) = (&*task.owners[usize::from(index)].dataset, &offer.policy);
    if let Some(seat) = task.parties.iter().find(|seat| !policy.trusts(&seat.id)) {
        let id = seat.id.short();
        return Err(format!("the policy of {name} does not let {id} compute"));
    }
    Ok(())
}

const fn trusted(engine: Engine) -> troupe_config::Engine {
    match engine {
        Engine::SemiHonest => troupe_config::Engine::SemiHonest,
        Engine::Malicious => troupe_config::Engine::Malicious,
    }
}

const fn permitted(algorithm: Algorithm) -> troupe_config::Algorithm {
    use troupe_config::Algorithm as Permitted;
    match algorithm {
        Algorithm::Statistics => Permitted::Statistics,
        Algorithm::Histogram => Permitted::Histogram,
        Algorithm::Quantile => Permitted::Quantile,
        Algorithm::Correlation => Permitted::Correlation,
        Algorithm::Formula => Permitted::Formula,
        Algorithm::Training => Permitted::Training,
        Algorithm::Prediction => Permitted::Prediction,
        Algorithm::Evaluation => Permitted::Evaluation,
        Algorithm::Rows => Permitted::Rows,
        Algorithm::Groups => Permitted::Groups,
    }
}
