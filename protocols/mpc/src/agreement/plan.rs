//! From terms to the program that everybody runs.

use super::{Agreement, At, Layout, Terms, Unfit, Wanted};
use crate::program::Rows;
use crate::statistics::{Part, Plan, Statistic, Survey, Variable, VariableId};
use crate::{Error, Fixed, Program};
use std::collections::{BTreeMap, BTreeSet};

/// Fraction bits that are tried, the most that fit are taken.
const FINEST: u8 = 26;
const COARSEST: u8 = 4;

impl Agreement {
    /// Checks the terms and derives the program that all participants run.
    pub fn program(&self) -> Result<Program, Unfit> {
        Ok(self.plan()?.program)
    }

    /// The program, and how precise its results will be, one entry a statistic.
    pub fn plan(&self) -> Result<Plan, Unfit> {
        self.check_parts()?;
        self.check_rows()?;
        self.check_columns()?;
        // As fine as the ranges allow; everybody comes to the same.
        let mut last = Unfit::Empty("fitting precision");
        for fraction in (COARSEST..=FINEST).rev() {
            match self.survey(Fixed::new(fraction)?).and_then(|survey| survey.plan()) {
                Ok(plan) => return Ok(plan),
                Err(error) => last = Unfit::Program(error),
            }
        }
        Err(last)
    }

    fn survey(&self, format: Fixed) -> Result<Survey, Error> {
        let owners = self.owners.iter().zip(0..).map(|(terms, index): (&Terms, u8)| {
            let count = u32::try_from(terms.rows).unwrap_or(u32::MAX);
            let group = match self.layout {
                Layout::Aligned => 0,
                Layout::Pooled => index,
            };
            Rows { count, group }
        });
        let mut survey = Survey::new(format, owners.collect());
        let mut variables: BTreeMap<At, VariableId> = BTreeMap::new();
        for at in self.statistics.iter().flat_map(|wanted| wanted.columns()) {
            if let std::collections::btree_map::Entry::Vacant(free) = variables.entry(at) {
                free.insert(survey.variable(self.variable(at))?);
            }
        }
        for wanted in self.statistics.iter() {
            survey.ask(
                0,
                match wanted {
                    Wanted::Sum(at) => Statistic::Sum(variables[at]),
                    Wanted::Mean(at) => Statistic::Mean(variables[at]),
                    Wanted::Variance(at) => Statistic::Variance(variables[at]),
                    Wanted::Covariance(a, b) => Statistic::Covariance(variables[a], variables[b]),
                },
            )?;
        }
        Ok(survey)
    }

    fn variable(&self, at: At) -> Variable {
        let held = |owner: u8| {
            let terms = self.owners.get(usize::from(owner))?;
            let column = terms.columns.get(usize::from(at.column))?;
            Some((Part { owner, column: column.name.to_string() }, column.magnitude))
        };
        let owners = match self.layout {
            Layout::Aligned => at.owner..=at.owner,
            Layout::Pooled => 0..=u8::try_from(self.owners.len() - 1).unwrap_or(u8::MAX),
        };
        let (parts, magnitudes): (Vec<Part>, Vec<u8>) = owners.filter_map(held).unzip();
        let magnitude = magnitudes.into_iter().max().unwrap_or(0);
        let high = f64::from(magnitude).exp2();
        Variable { name: format!("{}.{}", at.owner, at.column), low: -high, high, parts }
    }

    fn check_columns(&self) -> Result<(), Unfit> {
        for (index, wanted) in self.statistics.iter().enumerate() {
            for at in wanted.columns() {
                let owner = self.owners.get(usize::from(at.owner));
                let is_there =
                    owner.is_some_and(|terms| terms.columns.len() > usize::from(at.column));
                let is_meant = self.layout == Layout::Aligned || at.owner == 0;
                if !is_there || !is_meant {
                    let At { owner, column } = at;
                    return Err(Unfit::NoColumn { statistic: index, owner, column });
                }
            }
        }
        Ok(())
    }

    fn check_parts(&self) -> Result<(), Unfit> {
        let parties = self.parties.iter().map(|seat| seat.id);
        let owners = self.owners.iter().map(|terms| terms.id);
        let mut seen = BTreeSet::new();
        for id in parties.chain(owners).chain([self.receiver]) {
            if !seen.insert(id) {
                return Err(Unfit::TwoParts(id));
            }
        }
        Ok(())
    }

    fn check_rows(&self) -> Result<(), Unfit> {
        let first = self.owners.first().ok_or(Unfit::Empty("owners"))?;
        if self.statistics.is_empty() {
            return Err(Unfit::Empty("statistics"));
        }
        for (owner, terms) in self.owners.iter().enumerate().skip(1) {
            match self.layout {
                Layout::Aligned if terms.rows != first.rows => {
                    return Err(Unfit::Differ { owner, what: "their number of rows" });
                }
                Layout::Pooled if !terms.names().eq(first.names()) => {
                    return Err(Unfit::Differ { owner, what: "their columns" });
                }
                Layout::Aligned | Layout::Pooled => {}
            }
        }
        Ok(())
    }
}
