//! From questions to parts of formulas.

use crate::formula::{Binary, Fault, Id, Place, Reason, Scope, Totals, Tree, Unary, What};
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
        let of = self.once(of)?;
        let all = Real::new(self.scope.rows as f64).expect("at most 2^36");
        let all = self.push(What::Constant(all))?;
        let mut before = None;
        let mut low = None;
        let mut bins = Vec::new();
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
            bins.push((name, count));
            (before, low) = (Some(below), cut);
        }
        let counts: Vec<Id> = bins.iter().map(|(_, count)| *count).collect();
        let hidden = self.hidden(&counts, minimum)?;
        for ((name, count), hidden) in bins.into_iter().zip(hidden) {
            let count = self.suppressed(count, hidden)?;
            self.answer(name, count)?;
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
        let (by, of) = (self.rows(by)?, self.rows(of)?);
        let (mut by, of) = (self.once(by)?, self.once(of)?);
        // Whoever chooses the rows must not choose how many of them there seem to be: of rows of others, both are decided on
        // shares.
        let (chooser, place) = (self.tree.facts(by).place, self.tree.facts(of).place);
        if matches!(chooser, Place::One(_)) && chooser != place {
            by = self.push(What::Unary(Unary::Shared, by))?;
        }
        let mut groups = Vec::new();
        for category in categories {
            let wanted = self.push(What::Constant(*category))?;
            let is_in = self.push(What::Binary(Binary::Equal, by, wanted))?;
            let count = self.push(What::Unary(Unary::Sum, is_in))?;
            let inside = self.push(What::Binary(Binary::Mul, is_in, of))?;
            let sum = self.push(What::Unary(Unary::Sum, inside))?;
            groups.push((count, sum));
        }
        let counts: Vec<Id> = groups.iter().map(|(count, _)| *count).collect();
        let hidden = self.hidden(&counts, minimum)?;
        for ((category, (count, sum)), hidden) in categories.iter().zip(groups).zip(hidden) {
            let (sum, count) = (self.suppressed(sum, hidden)?, self.suppressed(count, hidden)?);
            self.answer(format!("rows of {category}"), count)?;
            self.answer(format!("sum of {category}"), sum)?;
        }
        Ok(())
    }

    /// For each group whether it is shown as 0, decided on shares: where it has fewer rows than `minimum`; and the
    /// smallest of the others where the rows of no group that is shown are so few, because their number follows from
    /// the others and that of all rows. (Complementary suppression: Willenborg and de Waal, "Elements of Statistical Disclosure Control", 2001.)
    fn hidden(&mut self, counts: &[Id], minimum: u32) -> Result<Vec<Option<Id>>, Error> {
        if minimum <= 1 {
            return Ok(vec![None; counts.len()]);
        }
        let zero = self.push(What::Constant(0.into()))?;
        let all = Real::new(self.scope.rows as f64).expect("at most 2^36");
        let more = Real::new(self.scope.rows as f64 + 1.0).expect("at most 2^36");
        let (all, more) = (self.push(What::Constant(all))?, self.push(What::Constant(more))?);
        let minimum = self.push(What::Constant(minimum.into()))?;
        let mut small = Vec::new();
        let (mut shown, mut sizes) = (Vec::new(), Vec::new());
        for count in counts {
            let is_small = self.push(What::Binary(Binary::Less, *count, minimum))?;
            small.push(is_small);
            shown.push(self.push(What::If(is_small, zero, *count))?);
            sizes.push(self.push(What::If(is_small, more, *count))?);
        }
        let shown = self.balanced(Binary::Add, &shown)?;
        let least = self.balanced(Binary::Min, &sizes)?;
        let rest = self.push(What::Binary(Binary::Sub, all, shown))?;
        let is_some = self.push(What::Binary(Binary::Less, zero, rest))?;
        let is_few = self.push(What::Binary(Binary::Less, rest, minimum))?;
        let is_told = self.push(What::Binary(Binary::And, is_some, is_few))?;
        let mut hidden = Vec::new();
        for (is_small, size) in small.into_iter().zip(sizes) {
            let is_least = self.push(What::Binary(Binary::Equal, size, least))?;
            let is_needed = self.push(What::Binary(Binary::And, is_told, is_least))?;
            hidden.push(Some(self.push(What::Binary(Binary::Or, is_small, is_needed))?));
        }
        Ok(hidden)
    }

    /// All parts by one operation, in as few levels as there can be.
    fn balanced(&mut self, binary: Binary, parts: &[Id]) -> Result<Id, Error> {
        let mut parts = parts.to_vec();
        while parts.len() > 1 {
            let pairs = parts.chunks(2).map(|pair| match pair {
                [a, b] => self.push(What::Binary(binary, *a, *b)),
                rest => Ok(rest[0]),
            });
            parts = pairs.collect::<Result<_, _>>()?;
        }
        // There is a group at least.
        parts.first().copied().map_or_else(|| self.push(What::Constant(0.into())), Ok)
    }

    /// `x`, or 0 where it is hidden.
    fn suppressed(&mut self, x: Id, hidden: Option<Id>) -> Result<Id, Error> {
        let Some(hidden) = hidden else { return Ok(x) };
        let zero = self.push(What::Constant(0.into()))?;
        self.push(What::If(hidden, zero, x))
    }

    fn rows(&mut self, text: &str) -> Result<Id, Error> {
        let part = self.read(text)?;
        if self.tree.facts(part).is_rows { Ok(part) } else { Err(self.refused(Reason::NotRows)) }
    }

    /// A part of which many are made: where rows are joined on shares each column that is shared has to be found, so it is
    /// shared itself and not what is made of it.
    fn once(&mut self, part: Id) -> Result<Id, Error> {
        match self.scope.totals {
            Totals::None => self.push(What::Unary(Unary::Shared, part)),
            Totals::Own | Totals::Parts => Ok(part),
        }
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
