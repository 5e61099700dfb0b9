//! What must hold before a share of a data set leaves.

use crate::manager::{Datasets, Offer};
use crate::table::Table;
use std::sync::Arc;
use troupe_config::Policy;
use troupe_learning::message::Description;
use troupe_learning::task::{Algorithm, Engine, Layout, Source};
use troupe_learning::{Plan, Task};
use troupe_types::{Hash, NodeId, SessionId};
use troupe_wire::Now;

/// Which rows of a data set a use is about.
#[derive(Clone)]
pub(crate) enum Rows {
    All,
    /// Those that a matching found, in its order.
    Matched(Arc<[u32]>, Hash),
}

/// A data set, or a view of one, as a requester names it.
pub(crate) struct Named<'a> {
    /// The data set's own name.
    pub(crate) name: &'a str,
    pub(crate) offer: &'a Offer,
    rows: Rows,
}

impl Named<'_> {
    fn count(&self) -> u64 {
        match &self.rows {
            Rows::All => self.offer.table.rows as u64,
            Rows::Matched(rows, _) => rows.len() as u64,
        }
    }

    /// Its columns have the bounds of the whole data set: those of a part would tell of its rows.
    pub(crate) fn description(&self) -> Result<Description, String> {
        let whole = self.offer.table.description();
        let whole = whole.ok_or_else(|| format!("{} has too many columns", self.name))?;
        Ok(Description { rows: self.count(), ..whole })
    }
}

/// A use that may be made.
pub(crate) struct Considered {
    pub(crate) plan: Plan,
    /// This node's place among the owners.
    pub(crate) index: u8,
    pub(crate) table: Arc<Table>,
    pub(crate) rows: Rows,
}

impl Datasets {
    /// The data set or the view of this name, if the requester may know of it.
    pub(crate) fn named<'a>(&'a self, full: &'a str, from: NodeId) -> Result<Named<'a>, String> {
        let Some((name, matching)) = full.split_once('@') else {
            return Ok(Named { name: full, offer: self.offer(full, from)?, rows: Rows::All });
        };
        let offer = self.offer(name, from)?;
        let common = matching.parse::<SessionId>().ok();
        let common =
            common.and_then(|session| self.matchings.aligned(session, (name, &offer.table), from));
        let (rows, alignment) =
            common.ok_or_else(|| format!("no matching {matching} of {name} for this requester"))?;
        Ok(Named { name, offer, rows: Rows::Matched(rows, alignment) })
    }

    /// Everything that must hold before a share leaves; the error is for the requester. The parties may not be known
    /// yet.
    pub(crate) fn consider(
        &self,
        task: &Task,
        from: NodeId,
        now: Now,
        has_parties: bool,
    ) -> Result<Considered, String> {
        if task.receivers.first() != Some(&from) {
            return Err("only the first receiver may ask for a contribution".to_owned());
        }
        if task.layout == Layout::Matched {
            return Err("rows are matched before a task on what they have in common".to_owned());
        }
        let index = task.owner(self.me).ok_or("no input is this node's")?;
        let source = &task.owners[usize::from(index)];
        let named = self.named(&source.dataset, from)?;
        self.may_use(named.name, named.offer, now.wall)?;
        check_source(source, &named)?;
        // The plan is made of what is checked, so that nobody has to be believed.
        let plan = Plan::new(task, None).map_err(|error| error.to_string())?;
        check_model(task, index, &named)?;
        check_policy(task, index, &named)?;
        if has_parties {
            check_parties(task, &named)?;
        }
        let (table, rows) = (Arc::clone(&named.offer.table), named.rows);
        Ok(Considered { plan, index, table, rows })
    }
}

/// That a task describes the data set as it is.
fn check_source(source: &Source, named: &Named<'_>) -> Result<(), String> {
    let (name, rows) = (&*source.dataset, named.count());
    if u64::from(source.rows) != rows {
        return Err(format!("{name} has {rows} rows, the task says {}", source.rows));
    }
    if source.content != Hash::default() && source.content != named.offer.table.content {
        return Err(format!("{name} has another content than the task says"));
    }
    let description = named.description()?;
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
fn check_model(task: &Task, index: u8, named: &Named<'_>) -> Result<(), String> {
    let (name, applied) = (named.name, task.applied().filter(|predict| predict.model == index));
    match (&named.offer.table.model, applied) {
        (None, None) => Ok(()),
        (Some(shape), Some(predict)) => shape.check(name, predict),
        (None, Some(_)) => Err(format!("{name} holds rows, and no model")),
        (Some(_), None) => Err(format!("{name} is a model, which can only be applied")),
    }
}

/// That the owner's policy allows what is done, by whom and on how many rows.
fn check_policy(task: &Task, index: u8, named: &Named<'_>) -> Result<(), String> {
    let (name, policy): (&str, &Policy) = (named.name, &named.offer.policy);
    let (rows, least) = (named.count(), policy.min_rows);
    let claims = task.claims(index, None).map_err(|error| error.to_string())?;
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
        let (got, least) = (claim.minimum_group, u64::from(policy.min_group));
        // A policy that allows a number for each row knows that one row is behind each.
        let is_by_row = matches!(claim.algorithm, Algorithm::Rows | Algorithm::Prediction);
        if got < least && !is_by_row {
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
fn check_parties(task: &Task, named: &Named<'_>) -> Result<(), String> {
    let (name, policy) = (named.name, &named.offer.policy);
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
