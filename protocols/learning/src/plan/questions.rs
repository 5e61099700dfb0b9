//! From questions to parts of formulas.

use crate::formula::{Binary, Fault, Id, Place, Reason, Scope, Tree, Unary, What};
use crate::task::{Question, Wanted};
use crate::{Error, Real, Unfit};

/// One result.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) receiver: u8,
    pub(super) question: usize,
    pub(super) name: String,
    pub(super) part: Id,
}

/// Writes all questions into one tree.
pub(super) fn answers(
    questions: &[Wanted],
    scope: &Scope,
    tree: &mut Tree,
) -> Result<Vec<Answer>, Error> {
    let mut answers = Vec::new();
    for (question, wanted) in questions.iter().enumerate() {
        let mut writer = Writer { wanted, scope, tree, question, answers: &mut answers };
        writer.write()?;
    }
    Ok(answers)
}

struct Writer<'a> {
    wanted: &'a Wanted,
    scope: &'a Scope,
    tree: &'a mut Tree,
    question: usize,
    answers: &'a mut Vec<Answer>,
}

impl Writer<'_> {
    fn write(&mut self) -> Result<(), Error> {
        match &self.wanted.question {
            Question::Formula(text) => {
                let part = self.read(text)?;
                if self.tree.facts(part).is_rows {
                    return Err(self.refused(Reason::Rows));
                }
                self.answer(String::new(), part)
            }
            Question::Rows(text) => {
                let part = self.rows(text)?;
                if self.tree.facts(part).place == Place::Everywhere {
                    return Err(self.refused(Reason::Rows));
                }
                self.answer(String::new(), part)
            }
            Question::Histogram { of, cuts, minimum } => self.histogram(of, cuts, *minimum),
            Question::Groups { by, categories, of, minimum } => {
                self.groups((by, of), categories, *minimum)
            }
        }
    }

    fn histogram(&mut self, of: &str, cuts: &[Real], minimum: u32) -> Result<(), Error> {
        self.ascending("cuts", cuts)?;
        let of = self.rows(of)?;
        let all = Real::new(self.scope.rows as f64).expect("at most 2^36");
        let all = self.push(What::Constant(all))?;
        let mut before = None;
        let mut low = None;
        for cut in cuts.iter().copied().map(Some).chain([None]) {
            let (below, name) = match cut {
                Some(cut) => {
                    let edge = self.push(What::Constant(cut))?;
                    let is_below = self.push(What::Binary(Binary::Less, of, edge))?;
                    let below = self.push(What::Unary(Unary::Sum, is_below))?;
                    let name = low.map_or(format!("below {cut}"), |low| format!("{low} to {cut}"));
                    (below, name)
                }
                None => (all, low.map_or("all".to_owned(), |low| format!("from {low}"))),
            };
            let count = match before {
                None => below,
                Some(before) => self.push(What::Binary(Binary::Sub, below, before))?,
            };
            let count = self.suppressed(count, count, minimum)?;
            self.answer(name, count)?;
            (before, low) = (Some(below), cut);
        }
        Ok(())
    }

    fn groups(
        &mut self,
        (by, of): (&str, &str),
        categories: &[Real],
        minimum: u32,
    ) -> Result<(), Error> {
        self.ascending("categories", categories)?;
        let (mut by, of) = (self.rows(by)?, self.rows(of)?);
        // Whoever chooses the rows must not choose how many of them there seem to be: of rows of others, both are decided on
        // shares.
        let (chooser, place) = (self.tree.facts(by).place, self.tree.facts(of).place);
        if matches!(chooser, Place::One(_)) && chooser != place {
            by = self.push(What::Unary(Unary::Shared, by))?;
        }
        for category in categories {
            let wanted = self.push(What::Constant(*category))?;
            let is_in = self.push(What::Binary(Binary::Equal, by, wanted))?;
            let count = self.push(What::Unary(Unary::Sum, is_in))?;
            let inside = self.push(What::Binary(Binary::Mul, is_in, of))?;
            let sum = self.push(What::Unary(Unary::Sum, inside))?;
            let sum = self.suppressed(sum, count, minimum)?;
            let count = self.suppressed(count, count, minimum)?;
            self.answer(format!("rows of {category}"), count)?;
            self.answer(format!("sum of {category}"), sum)?;
        }
        Ok(())
    }

    /// `x`, or 0 where a group is smaller than `minimum`: decided on shares.
    fn suppressed(&mut self, x: Id, count: Id, minimum: u32) -> Result<Id, Error> {
        if minimum <= 1 {
            return Ok(x);
        }
        let minimum = self.push(What::Constant(minimum.into()))?;
        let is_small = self.push(What::Binary(Binary::Less, count, minimum))?;
        let is_large = self.push(What::Unary(Unary::Not, is_small))?;
        let zero = self.push(What::Constant(0.into()))?;
        self.push(What::If(is_large, x, zero))
    }

    fn rows(&mut self, text: &str) -> Result<Id, Error> {
        let part = self.read(text)?;
        if self.tree.facts(part).is_rows { Ok(part) } else { Err(self.refused(Reason::NotRows)) }
    }

    fn read(&mut self, text: &str) -> Result<Id, Error> {
        let part = self.tree.read(text, self.scope);
        part.map_err(|fault| Error::Formula { name: self.name(), fault })
    }

    fn push(&mut self, what: What) -> Result<Id, Error> {
        self.tree.push(0, what).map_err(|fault| Error::Formula { name: self.name(), fault })
    }

    fn answer(&mut self, detail: String, part: Id) -> Result<(), Error> {
        if self.tree.facts(part).place == Place::Nowhere {
            return Err(self.refused(Reason::Constant));
        }
        let name =
            if detail.is_empty() { self.name() } else { format!("{}: {detail}", self.name()) };
        let (receiver, question) = (self.wanted.receiver, self.question);
        self.answers.push(Answer { receiver, question, name, part });
        Ok(())
    }

    fn ascending(&self, what: &'static str, all: &[Real]) -> Result<(), Error> {
        if all.is_empty() {
            return Err(Error::Unfit(Unfit::Empty(what)));
        }
        if all.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(Error::Unfit(Unfit::Order { name: self.name(), what }));
        }
        Ok(())
    }

    fn refused(&self, reason: Reason) -> Error {
        Error::Formula { name: self.name(), fault: Fault { at: 0, reason } }
    }

    fn name(&self) -> String {
        self.wanted.name.to_string()
    }
}
