//! What all rows come to together: sums, deviations, correlations.

use super::{Builder, Item};
use crate::formula::{Binary, Id, Place, What};
use crate::numbers::long::bits_of_large;
use crate::numbers::{Number, Sheet, scale};
use crate::plan::contribution::Take;
use crate::plan::long::{self, Side, Total};
use crate::{Error, Unfit};

impl Builder<'_> {
    pub(super) fn total(&mut self, id: Id, a: Id) -> Result<Number, Error> {
        if self.tree.facts(a).place == Place::Everywhere {
            let mut total = self.input(Take::Value(id), 0)?;
            for owner in 1..self.rows.len() {
                let more = self.input(Take::Value(id), u8::try_from(owner).unwrap_or(u8::MAX))?;
                total = match total.is_long {
                    true => self.sheet.plus_long(total, more)?,
                    false => self.sheet.plus(total, more)?,
                };
            }
            return Ok(total);
        }
        match long::total(self.tree, a) {
            Some(Total::Sum(side)) => {
                let x = self.side(&side)?;
                return self.sheet.total_long(x, None);
            }
            Some(Total::Products([x, y])) => {
                let is_square = x == y;
                let x = self.side(&x)?;
                let y = if is_square { x } else { self.side(&y)? };
                return self.sheet.total_long(x, Some(y));
            }
            None => {}
        }
        let is_known = self.done.contains_key(&a);
        if let What::Binary(Binary::Mul, x, y) = self.tree.what(a)
            && !is_known
            && self.public(x).is_none()
            && self.public(y).is_none()
            && !matches!(self.item(x)?, Item::Truth(_))
            && !matches!(self.item(y)?, Item::Truth(_))
        {
            let (x, y) = (self.number(x)?, self.number(y)?);
            return self.sheet.dot(x, y);
        }
        let x = self.number(a)?;
        self.sheet.sum(x)
    }

    /// A sum of what owners share as long numbers.
    pub(super) fn side(&mut self, side: &Side) -> Result<Number, Error> {
        let mut all: Option<Number> = None;
        for (owner, take, is_minus) in &side.leaves {
            let mut leaf = self.input(take.clone(), *owner)?;
            if *is_minus {
                leaf = self.sheet.times_whole(leaf, -1)?;
            }
            all = Some(match all {
                None => leaf,
                Some(all) => self.sheet.plus_long(all, leaf)?,
            });
        }
        all.ok_or(Error::Unfit(Unfit::Empty("owners")))
    }

    /// The root of a long number is that of one that is `2^by` times smaller, times the root of that.
    pub(super) fn root(&mut self, a: Id) -> Result<Number, Error> {
        let x = self.any(a)?;
        let facts = self.tree.facts(a);
        let by = bits_of_large(facts.high).saturating_sub(50).next_multiple_of(2);
        let by = u8::try_from(by).unwrap_or(u8::MAX);
        if !x.is_long || by == 0 {
            let (x, range) = self.ranged(a)?;
            return self.sheet.root(x, range);
        }
        let range = (facts.low / scale(by), facts.high / scale(by));
        let x = self.sheet.shortened(Sheet::scaled_down(x, by))?;
        let x = self.sheet.within(x, range);
        let root = self.sheet.root(x, range)?;
        self.sheet.times_public(root, scale(by / 2))
    }

    /// A moment by the root of two others: none of it changes where all are scaled down alike.
    pub(super) fn correlation(&mut self, [both, own, other]: [Id; 3]) -> Result<Number, Error> {
        let moments = [self.any(both)?, self.any(own)?, self.any(other)?];
        if moments.iter().all(|moment| !moment.is_long) {
            return self.sheet.correlation(moments[0], [moments[1], moments[2]]);
        }
        let by = [own, other].map(|id| {
            let bits = bits_of_large(self.tree.facts(id).high).saturating_sub(40);
            u8::try_from(bits.next_multiple_of(2)).unwrap_or(u8::MAX)
        });
        let scaled = [(by[0] + by[1]) / 2, by[0], by[1]];
        let mut short = moments;
        for (moment, by) in short.iter_mut().zip(scaled) {
            *moment = self.sheet.shortened(Sheet::scaled_down(*moment, by))?;
        }
        self.sheet.correlation(short[0], [short[1], short[2]])
    }

    /// [`Builder::comoment`] in long numbers. With the products of the distances of the owners' means from any number
    /// `c`, instead of from the mean `m` of all, the sum is `n (m - c)(m' - c')` more, and that is little where `c` is
    /// close to `m`.
    pub(super) fn long_comoment(&mut self, id: Id, [a, b]: [Take; 2]) -> Result<Number, Error> {
        let (xs, x_off) = self.long_distances(&a)?;
        let (ys, y_off) = if a == b { (xs.clone(), x_off) } else { self.long_distances(&b)? };
        let mut total: Option<Number> = None;
        for (owner, (x, y)) in xs.iter().zip(ys).enumerate() {
            let product = self.sheet.times_long(*x, y)?;
            let between = self.sheet.times_whole(product, self.rows[owner].into())?;
            let own = self.input(Take::Value(id), u8::try_from(owner).unwrap_or(u8::MAX))?;
            let both = self.sheet.plus_long(own, between)?;
            total = Some(match total {
                None => both,
                Some(total) => self.sheet.plus_long(total, both)?,
            });
        }
        let mut total = total.ok_or(Error::Unfit(Unfit::Empty("owners")))?;
        total.error += x_off * y_off * self.tree.rows() as f64;
        Ok(total)
    }

    /// The owners' means less a number close to the mean of all, and how close.
    pub(super) fn long_distances(&mut self, mean: &Take) -> Result<(Vec<Number>, f64), Error> {
        /// Bits of the owners' parts of all rows.
        const PART: u8 = 40;
        let all = self.tree.rows() as f64;
        let mut means = Vec::new();
        let mut common: Option<Number> = None;
        for (owner, rows) in self.rows.iter().enumerate() {
            let mean = self.input(mean.clone(), u8::try_from(owner).unwrap_or(u8::MAX))?;
            #[expect(clippy::cast_possible_truncation, reason = "a part of 2^40")]
            let part = (f64::from(*rows) / all * scale(PART)).round_ties_even() as i64;
            let weighed = self.sheet.times_whole(mean, part)?;
            common = Some(match common {
                None => weighed,
                Some(common) => self.sheet.plus_long(common, weighed)?,
            });
            means.push(mean);
        }
        let common = common.ok_or(Error::Unfit(Unfit::Empty("owners")))?;
        let (common, unit) = self.sheet.shifted(common, PART);
        let largest = means.iter().map(Number::largest).sum::<f64>();
        let minus = self.sheet.times_whole(common, -1)?;
        let distances = means.into_iter().map(|mean| {
            let distance = self.sheet.plus_long(mean, minus)?;
            // Its own rounding, and what all of them make of the mean.
            Ok(Number { error: 2.0 * mean.error, ..distance })
        });
        Ok((distances.collect::<Result<_, Error>>()?, largest / scale(PART) + unit))
    }

    /// The owners' own moments, and what their means are away from the mean of all.
    pub(super) fn comoment(&mut self, id: Id, a: Id, b: Id) -> Result<Number, Error> {
        if let Some(means) = long::means(self.tree, id, [a, b]) {
            return self.long_comoment(id, means);
        }
        let (xs, ys) = (self.distances(a)?, if a == b { Vec::new() } else { self.distances(b)? });
        let mut total: Option<Number> = None;
        for (owner, x) in xs.iter().enumerate() {
            let y = ys.get(owner).unwrap_or(x);
            let product = self.sheet.times(*x, *y)?;
            let between = self.sheet.times_public(product, f64::from(self.rows[owner]))?;
            let own = self.input(Take::Value(id), u8::try_from(owner).unwrap_or(u8::MAX))?;
            let both = self.sheet.plus(own, between)?;
            total = Some(match total {
                None => both,
                Some(total) => self.sheet.plus(total, both)?,
            });
        }
        total.ok_or(Error::Unfit(Unfit::Empty("owners")))
    }

    pub(super) fn distances(&mut self, of: Id) -> Result<Vec<Number>, Error> {
        let all: f64 = self.rows.iter().map(|rows| f64::from(*rows)).sum();
        let mut means = Vec::new();
        let mut common: Option<Number> = None;
        for (owner, rows) in self.rows.iter().enumerate() {
            let mean = self.input(Take::Mean(of), u8::try_from(owner).unwrap_or(u8::MAX))?;
            let part = self.sheet.times_public(mean, f64::from(*rows) / all)?;
            common = Some(match common {
                None => part,
                Some(common) => self.sheet.plus(common, part)?,
            });
            means.push(mean);
        }
        let common = common.ok_or(Error::Unfit(Unfit::Empty("owners")))?;
        means.into_iter().map(|mean| self.sheet.minus(mean, common)).collect()
    }
}
