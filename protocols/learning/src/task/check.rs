//! What holds of every task, whatever it computes.

use super::{COMMON, Kind, Layout, Metric, Origin, Outcome, Predict, Source, Task, Train, Unfit};
use crate::formula::{At, Field, Scope, Totals};
use core::ops::Range;
use std::collections::BTreeSet;

/// Keys that owners match.
const MAX_ITEMS: u32 = 1 << 26;

impl Task {
    /// Checks everything that does not depend on what is computed.
    pub fn check(&self) -> Result<(), Unfit> {
        self.check_parts()?;
        self.check_sources()?;
        self.check_layout()?;
        match &self.kind {
            Kind::Statistics(questions) if questions.is_empty() => Err(Unfit::Empty("questions")),
            Kind::Statistics(questions) => {
                let receivers = questions.iter().map(|wanted| wanted.receiver);
                self.check_receivers(&receivers.collect())?;
                let names = questions.iter().map(|wanted| (wanted.receiver, &*wanted.name));
                let common = self.hearing().map(|receiver| (receiver, COMMON));
                let names = names.chain(common);
                unlike("results of one receiver", names, |(_, name)| (*name).to_owned())
            }
            Kind::Train(Train { features, .. }) | Kind::Predict(Predict { features, .. }) => {
                if let Some(metrics) = self.metrics() {
                    Metric::check(metrics)?;
                }
                // Everybody learns the same.
                let count = u8::try_from(self.receivers.len()).unwrap_or(u8::MAX);
                self.check_receivers(&(0..count).collect())?;
                if features.is_empty() { Err(Unfit::Empty("features")) } else { Ok(()) }
            }
        }
    }

    /// The receivers that hear how many rows are common, where the parties find it.
    pub(crate) fn hearing(&self) -> Range<u8> {
        match self.layout {
            Layout::Joined => 0..u8::try_from(self.receivers.len()).unwrap_or(u8::MAX),
            Layout::Pooled | Layout::Aligned | Layout::Matched => 0..0,
        }
    }

    /// What receivers learn of a model, where that is how good it is.
    fn metrics(&self) -> Option<&[Metric]> {
        match &self.kind {
            Kind::Statistics(_) => None,
            Kind::Train(train) => train.reveal.trial().map(|trial| &*trial.metrics),
            Kind::Predict(predict) => match &predict.outcome {
                Outcome::Judged(judgement) => Some(&*judgement.metrics),
                Outcome::Values | Outcome::Class => None,
            },
        }
    }

    /// How a model is applied, where one is.
    #[must_use]
    pub const fn applied(&self) -> Option<&Predict> {
        match &self.kind {
            Kind::Predict(predict) => Some(predict),
            Kind::Statistics(_) | Kind::Train(_) => None,
        }
    }

    /// The owner whose data set is a model, where there is one.
    pub(crate) fn model(&self) -> Option<u8> {
        match self.applied()?.model {
            Origin::Owner(owner) => Some(owner),
            Origin::Kept(_) => None,
        }
    }

    /// The owners of rows, which are all but that of a model.
    pub(crate) fn holders(&self) -> impl Iterator<Item = (u8, &Source)> {
        let model = self.model();
        (0u8..).zip(self.owners.iter()).filter(move |(owner, _)| Some(*owner) != model)
    }

    /// No node is a party and something else: it would hold a share and what that hides. An owner may
    /// receive results.
    fn check_parts(&self) -> Result<(), Unfit> {
        let mut parties = BTreeSet::new();
        for seat in &self.parties {
            let deputy = seat.deputy.as_ref().map(|deputy| deputy.id);
            if let Some(id) = [seat.id].into_iter().chain(deputy).find(|id| !parties.insert(*id)) {
                return Err(Unfit::TwoParts(id));
            }
        }
        let mut deputies = self
            .parties
            .iter()
            .filter_map(|seat| Some((seat.id, seat.deputy.as_ref()?)))
            .peekable();
        if deputies.peek().is_some() {
            let terms = self.terms().map_err(|_| Unfit::Empty("terms"))?;
            if let Some((id, _)) = deputies.find(|(id, deputy)| !deputy.is_of(*id, terms)) {
                return Err(Unfit::Deputy(id));
            }
        }
        let (mut owners, mut receivers) = (BTreeSet::new(), BTreeSet::new());
        for source in self.owners.iter() {
            if parties.contains(&source.id) || !owners.insert(source.id) {
                return Err(Unfit::TwoParts(source.id));
            }
        }
        for id in self.receivers.iter() {
            if parties.contains(id) || !receivers.insert(*id) {
                return Err(Unfit::TwoParts(*id));
            }
        }
        Ok(())
    }

    fn check_receivers(&self, named: &BTreeSet<u8>) -> Result<(), Unfit> {
        let count = u8::try_from(self.receivers.len()).unwrap_or(u8::MAX);
        if count == 0 {
            return Err(Unfit::Empty("receivers"));
        }
        let strange = named.iter().find(|receiver| **receiver >= count);
        let idle = (0..count).find(|receiver| !named.contains(receiver));
        match strange.copied().or(idle) {
            Some(receiver) => Err(Unfit::Receiver { receiver }),
            None => Ok(()),
        }
    }

    fn check_sources(&self) -> Result<(), Unfit> {
        if self.owners.is_empty() {
            return Err(Unfit::Empty("owners"));
        }
        unlike("data sets", self.owners.iter().map(|source| &*source.alias), |alias| {
            (*alias).to_owned()
        })?;
        for source in self.owners.iter() {
            if source.rows == 0 {
                return Err(Unfit::Empty("rows"));
            }
            unlike("columns", source.names(), |name| (*name).to_owned())?;
            for column in source.columns.iter() {
                let (low, high) = (column.low.get(), column.high.get());
                if low > high {
                    return Err(Unfit::Bounds { name: column.name.to_string(), low, high });
                }
            }
        }
        Ok(())
    }

    fn check_layout(&self) -> Result<(), Unfit> {
        let Some((_, first)) = self.holders().next() else { return Err(Unfit::Empty("owners")) };
        if let Some(model) = self.model().filter(|model| usize::from(*model) >= self.owners.len()) {
            return Err(Unfit::Idle { owner: model });
        }
        for (owner, source) in self.holders() {
            let differ = |what| Err(Unfit::Differ { owner: owner.into(), what });
            match self.layout {
                Layout::Matched | Layout::Joined if self.model().is_some() => {
                    return Err(Unfit::Layout("rows of everybody, and no model"));
                }
                Layout::Aligned if source.rows != first.rows => {
                    return differ("their number of rows");
                }
                Layout::Pooled if !source.names().eq(first.names()) => {
                    return differ("their columns");
                }
                Layout::Matched | Layout::Joined => check_keys(source, first)?,
                Layout::Aligned | Layout::Pooled if source.keys.is_some() => {
                    return Err(Unfit::Layout("no keys"));
                }
                Layout::Aligned | Layout::Pooled => {}
            }
        }
        if self.layout.has_keys() && self.holders().count() != 2 {
            return Err(Unfit::Layout("two owners of rows"));
        }
        Ok(())
    }

    /// As many rows as the owner of the fewest has.
    #[must_use]
    pub fn fewest_rows(&self) -> u32 {
        self.holders().map(|(_, source)| source.rows).min().unwrap_or(0)
    }

    /// How many rows can be found to belong together at most, where rows are matched; a task is decided on and priced for
    /// as many. Otherwise nothing is found, and nothing is to be said to a [plan](crate::Plan::new).
    #[must_use]
    pub fn most_matched(&self) -> Option<u32> {
        self.layout.has_keys().then(|| self.most_items())
    }

    fn most_items(&self) -> u32 {
        self.holders().map(|(_, source)| source.items()).min().unwrap_or(0)
    }

    /// How many rows each owner shares, where it computes with `rows` of them: of those that are joined on shares one for each
    /// key.
    pub(crate) fn lengths(&self, rows: &[u32]) -> Vec<u32> {
        match self.layout {
            Layout::Joined => self.owners.iter().map(Source::items).collect(),
            Layout::Pooled | Layout::Aligned | Layout::Matched => rows.to_vec(),
        }
    }

    /// The rows of each owner that are computed with; `matched` says how many of them were found to belong
    /// together, where that is to be found first.
    pub(crate) fn rows(&self, matched: Option<u32>) -> Result<Vec<u32>, Unfit> {
        let most = self.most_items();
        let mut rows: Vec<u32> = self.owners.iter().map(|source| source.rows).collect();
        match (self.layout, matched) {
            (Layout::Matched | Layout::Joined, Some(got)) if got == 0 || got > most => {
                return Err(Unfit::Matched { got: got.into(), most: most.into() });
            }
            (Layout::Matched | Layout::Joined, Some(got)) => {
                for (owner, _) in self.holders() {
                    rows[usize::from(owner)] = got;
                }
            }
            (Layout::Matched | Layout::Joined, None) => {
                return Err(Unfit::Layout("the number of matching rows"));
            }
            (Layout::Pooled | Layout::Aligned, None) => {}
            (Layout::Pooled | Layout::Aligned, Some(_)) => {
                return Err(Unfit::Layout("no number of matching rows"));
            }
        }
        Ok(rows)
    }

    /// Whether every owner computes on rows of its own. One owner's rows are not pooled with any.
    pub(crate) fn is_pooled(&self) -> bool {
        self.layout == Layout::Pooled && self.holders().count() > 1
    }

    /// What formulas can name.
    pub(crate) fn scope(&self, rows: &[u32]) -> Scope {
        let is_pooled = self.is_pooled();
        let mut fields: Vec<Field> = Vec::new();
        let first = self.holders().next().map(|(owner, _)| owner);
        for (owner, source) in self.holders() {
            for (column, bounded) in (0u16..).zip(source.columns.iter()) {
                let (low, high) = (bounded.low.get(), bounded.high.get());
                if is_pooled && Some(owner) != first {
                    let field = &mut fields[usize::from(column)];
                    field.low = field.low.min(low);
                    field.high = field.high.max(high);
                    continue;
                }
                let (alias, name) = (source.alias.to_string(), bounded.name.to_string());
                fields.push(Field { alias, name, at: At { owner, column }, low, high });
            }
        }
        let rows = self.holders().map(|(owner, _)| u64::from(rows[usize::from(owner)]));
        let rows = if is_pooled { rows.sum() } else { rows.max().unwrap_or(0) };
        let totals = match self.layout {
            Layout::Joined => Totals::None,
            Layout::Pooled if is_pooled => Totals::Parts,
            Layout::Pooled | Layout::Aligned | Layout::Matched => Totals::Own,
        };
        Scope { fields, rows, totals }
    }
}

/// That an owner says by what its rows are identified, as the first one does.
fn check_keys(source: &Source, first: &Source) -> Result<(), Unfit> {
    let named = |source: &Source| source.keys.as_ref().map_or(0, |keys| keys.columns.len());
    let Some(keys) = source.keys.as_ref().filter(|keys| !keys.columns.is_empty()) else {
        return Err(Unfit::Layout("keys"));
    };
    if named(source) != named(first) {
        return Err(Unfit::Layout("as many columns of keys at both owners"));
    }
    unlike("keys", keys.columns.iter().map(|name| &**name), |name| (*name).to_owned())?;
    if keys.items == 0 || keys.items > source.rows {
        let (got, most) = (keys.items.into(), source.rows.into());
        return Err(Unfit::Matched { got, most });
    }
    if keys.items > MAX_ITEMS {
        let (what, got, limit) = ("keys", keys.items.into(), MAX_ITEMS.into());
        return Err(Unfit::TooMany { what, got, limit });
    }
    Ok(())
}

impl Source {
    /// How many different keys it has, where rows have some.
    fn items(&self) -> u32 {
        self.keys.as_ref().map_or(0, |keys| keys.items)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| &*column.name)
    }
}

fn unlike<T: Ord>(
    what: &'static str,
    all: impl Iterator<Item = T>,
    name: impl Fn(&T) -> String,
) -> Result<(), Unfit> {
    let mut seen = BTreeSet::new();
    for one in all {
        if seen.contains(&one) {
            return Err(Unfit::SameName { what, name: name(&one) });
        }
        seen.insert(one);
    }
    Ok(())
}
