//! What an owner's policy has to allow.

use super::{
    Algorithm, HeldOut, Judgement, Kind, MAX_FEATURE, Outcome, Predict, Question, Task, Train,
};
use crate::formula::{At, Fault, Id, Scope, Tree, class};
use crate::{Error, Plan};
use std::collections::BTreeSet;
use troupe_wire::Text;

/// One thing that a task does with an owner's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What.
    pub algorithm: Algorithm,
    /// With which columns.
    pub columns: BTreeSet<String>,
    /// Nothing is revealed about fewer rows than these.
    pub minimum_group: u64,
}

impl Task {
    /// Everything that an owner's policy has to allow before it takes part; empty for an owner that is
    /// not there, and for that of a model, which has no rows of anybody. As for a [plan](Plan::new),
    /// `matched` says how many rows were found to belong together.
    pub fn claims(&self, owner: u8, matched: Option<u32>) -> Result<Vec<Claim>, Error> {
        let plan = Plan::new(self, matched)?;
        let scope = self.scope(&self.rows(matched)?);
        let mut claims = Vec::new();
        for Use { algorithm, columns, group } in self.uses(&scope)? {
            let columns: BTreeSet<String> = columns
                .into_iter()
                .filter(|at| self.is_pooled() || at.owner == owner)
                .filter_map(|at| self.column(owner, at))
                .collect();
            if !columns.is_empty() {
                let minimum_group = self.assured(owner, group, plan.rows());
                claims.push(Claim { algorithm, columns, minimum_group });
            }
        }
        Ok(claims)
    }

    /// All kinds of algorithms that run, whoever's columns they run on; known before rows are matched.
    /// That rows are matched is not among them: [`Layout`](super::Layout) says it.
    pub fn algorithms(&self) -> Result<BTreeSet<Algorithm>, Error> {
        self.check()?;
        let scope = self.scope(&self.rows(self.most_matched())?);
        Ok(self.uses(&scope)?.into_iter().map(|one| one.algorithm).collect())
    }

    /// How many rows are behind every number that is revealed, at least, where there are `rows` in all.
    #[must_use]
    pub fn least_group(&self, rows: u64) -> u64 {
        let groups = match &self.kind {
            Kind::Train(train) => train.groups().into_iter().map(|(_, group)| group).collect(),
            Kind::Predict(predict) => vec![predict.outcome.group()],
            Kind::Statistics(all) => all.iter().map(|wanted| wanted.question.group()).collect(),
        };
        groups.into_iter().map(|group| self.least(group, rows)).min().unwrap_or(rows)
    }

    /// How many of an owner's own rows are behind every number that is revealed, whatever the others' rows are. Where rows are
    /// pooled, those of others can be made up to fill a group, and taken off again afterwards.
    fn assured(&self, owner: u8, group: Group, rows: u64) -> u64 {
        if !self.is_pooled() {
            return self.least(group, rows);
        }
        let own = self.owners.get(usize::from(owner)).map_or(0, |source| source.rows.into());
        match group {
            Group::Some(_) => 1,
            Group::All | Group::One | Group::HeldOut(_) | Group::Step(..) => {
                group.least(own, |which| which.of(own))
            }
        }
    }

    fn least(&self, group: Group, rows: u64) -> u64 {
        group.least(rows, |which| self.held_out(which, rows))
    }

    fn held_out(&self, which: HeldOut, rows: u64) -> u64 {
        if !self.is_pooled() {
            return which.of(rows);
        }
        self.holders().map(|(_, source)| which.of(source.rows.into())).sum()
    }

    /// What is done with which columns, in the order of questions.
    fn uses(&self, scope: &Scope) -> Result<Vec<Use>, Error> {
        let mut reader = Reader { scope, tree: Tree::new(scope), uses: Vec::new() };
        match &self.kind {
            Kind::Train(train) => {
                for (algorithm, group) in train.groups() {
                    reader.model(algorithm, group, &train.features, Some(&train.label))?;
                }
            }
            Kind::Predict(Predict { features, outcome, .. }) => {
                let group = outcome.group();
                match outcome {
                    Outcome::Values | Outcome::Class => {
                        reader.model(Algorithm::Prediction, group, features, None)?;
                    }
                    Outcome::Judged(Judgement { label, .. }) => {
                        // Nobody sees the model, so it may be any function that singles rows out.
                        let ids =
                            reader.model(Algorithm::Evaluation, group, features, Some(label))?;
                        reader.keep(Algorithm::Formula, &ids, group);
                    }
                }
            }
            Kind::Statistics(questions) => {
                for wanted in questions.iter() {
                    reader.question(&wanted.name, &wanted.question)?;
                }
            }
        }
        Ok(reader.uses)
    }

    fn column(&self, owner: u8, at: At) -> Option<String> {
        let source = self.owners.get(usize::from(owner))?;
        source.columns.get(usize::from(at.column)).map(|column| column.name.to_string())
    }
}

struct Use {
    algorithm: Algorithm,
    columns: BTreeSet<At>,
    group: Group,
}

/// How many rows something is about.
#[derive(Clone, Copy)]
enum Group {
    All,
    /// Or more.
    Some(u32),
    One,
    HeldOut(HeldOut),
    /// So many that are not held out: a model can be made to forget all steps of its training but one.
    Step(u32, Option<HeldOut>),
}

impl Group {
    /// At least so many of so many rows, of which `held_out` says how many are not trained on.
    fn least(self, rows: u64, held_out: impl Fn(HeldOut) -> u64) -> u64 {
        match self {
            Self::All => rows,
            Self::Some(minimum) => u64::from(minimum).max(1),
            Self::One => 1,
            Self::HeldOut(which) => held_out(which),
            Self::Step(batch, which) => {
                let kept = which.map_or(rows, |which| rows.saturating_sub(held_out(which)));
                kept.min(batch.into())
            }
        }
    }
}

impl Train {
    /// What is done, and with how many rows.
    fn groups(&self) -> Vec<(Algorithm, Group)> {
        match self.reveal.trial() {
            None => vec![(Algorithm::Training, Group::Step(self.schedule.batch, None))],
            Some(trial) => vec![
                (Algorithm::Training, Group::Step(self.schedule.batch, Some(trial.held_out))),
                (Algorithm::Evaluation, Group::HeldOut(trial.held_out)),
            ],
        }
    }
}

impl Question {
    fn group(&self) -> Group {
        match self {
            Self::Formula(_) => Group::All,
            Self::Rows(_) => Group::One,
            Self::Histogram { minimum, .. } | Self::Groups { minimum, .. } => Group::Some(*minimum),
        }
    }
}

impl Outcome {
    fn group(&self) -> Group {
        match self {
            Self::Values | Self::Class => Group::One,
            Self::Judged(_) => Group::All,
        }
    }
}

struct Reader<'a> {
    scope: &'a Scope,
    tree: Tree,
    uses: Vec<Use>,
}

impl Reader<'_> {
    fn read(&mut self, name: &str, text: &str) -> Result<Id, Error> {
        let refused = |fault: Fault| Error::Formula { name: name.to_owned(), fault };
        self.tree.read(text, self.scope).map_err(refused)
    }

    fn keep(&mut self, algorithm: Algorithm, ids: &[Id], group: Group) {
        let columns: BTreeSet<At> = ids.iter().flat_map(|id| self.tree.columns(*id)).collect();
        if !columns.is_empty() {
            self.uses.push(Use { algorithm, columns, group });
        }
    }

    /// What is counted or fitted has to be columns, or formulas have to be allowed as well.
    fn keep_with(
        &mut self,
        algorithm: Algorithm,
        ids: &[Id],
        group: Group,
        is_harmless: fn(&Tree, Id) -> bool,
    ) {
        self.keep(algorithm, ids, group);
        let others = ids.iter().copied().filter(|id| !is_harmless(&self.tree, *id));
        let others: Vec<Id> = others.collect();
        self.keep(Algorithm::Formula, &others, group);
    }

    fn question(&mut self, name: &str, question: &Question) -> Result<(), Error> {
        let group = question.group();
        match question {
            Question::Formula(text) => {
                let id = self.read(name, text)?;
                self.keep(class::algorithm(&self.tree, id), &[id], group);
            }
            Question::Rows(text) => {
                let id = self.read(name, text)?;
                self.keep(Algorithm::Rows, &[id], group);
            }
            Question::Histogram { of, .. } => {
                let id = self.read(name, of)?;
                self.keep_with(Algorithm::Histogram, &[id], group, class::is_plain);
            }
            Question::Groups { by, of, .. } => {
                let ids = [self.read(name, by)?, self.read(name, of)?];
                self.keep_with(Algorithm::Groups, &ids, group, class::is_plain);
            }
        }
        Ok(())
    }

    /// A feature or a label that is not for one row what it is for all could single that one out.
    fn model(
        &mut self,
        algorithm: Algorithm,
        group: Group,
        features: &[Text<MAX_FEATURE>],
        label: Option<&Text<MAX_FEATURE>>,
    ) -> Result<Vec<Id>, Error> {
        let mut ids = Vec::new();
        for (at, text) in features.iter().enumerate() {
            ids.push(self.read(&format!("features {at}"), text)?);
        }
        if let Some(label) = label {
            ids.push(self.read("label", label)?);
        }
        match group {
            // Something is revealed of each row anyway.
            Group::One => self.keep(algorithm, &ids, group),
            Group::All | Group::Some(_) | Group::HeldOut(_) | Group::Step(..) => {
                self.keep_with(algorithm, &ids, group, class::is_feature);
            }
        }
        Ok(ids)
    }
}
