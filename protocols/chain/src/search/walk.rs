//! Walking along several marks at once.

use super::{Kind, Mark};
use troupe_types::Height;

/// Which end a search begins at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The lowest height comes first.
    Ascending,
    /// The highest height comes first.
    Descending,
}

/// Which blocks are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// What the marks are of.
    pub kind: Kind,
    /// For each of these, a block is under one of its marks.
    pub every: Vec<Vec<Mark>>,
    /// The lowest height.
    pub lowest: Height,
    /// The highest height.
    pub highest: Height,
    /// Which come first.
    pub order: Order,
    /// So many are enough.
    pub most: usize,
    /// How often the nearest block may be asked for; it comes further if that is more often than there are marks.
    pub steps: usize,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Heights, in the order that was asked for.
    pub heights: Vec<Height>,
    /// Where the search goes on; `None` where there is nothing more.
    pub rest: Option<Height>,
}

/// The nearest block under a mark, as far as it was asked for.
#[derive(Debug, Clone, Copy)]
struct Cursor {
    mark: Mark,
    nearest: Option<Height>,
}

/// Why a walk stops.
enum Stop<E> {
    /// There is nothing further.
    End,
    /// It asked often enough: before this height there is nothing.
    Tired(Height),
    Error(E),
}

impl Search {
    /// Searches. `nearest` gives the nearest block under a mark in the order of the search, from a height on,
    /// that one included.
    pub fn run<E>(
        &self,
        nearest: impl FnMut(Mark, Height) -> Result<Option<Height>, E>,
    ) -> Result<Found, E> {
        let cursor = |mark: &Mark| Cursor { mark: *mark, nearest: None };
        let every = self.every.iter().map(|any| any.iter().map(cursor).collect());
        let mut walk =
            Walk { order: self.order, steps: self.steps, nearest, every: every.collect() };
        let (first, last) = match self.order {
            Order::Ascending => (self.lowest, self.highest),
            Order::Descending => (self.highest, self.lowest),
        };
        let mut found = Found { heights: Vec::new(), rest: Some(first) };
        loop {
            found.rest = found.rest.filter(|at| !self.order.is_before(last, *at));
            let Some(at) = found.rest.filter(|_| found.heights.len() < self.most) else { break };
            match walk.settle(at) {
                Ok(height) if self.order.is_before(last, height) => found.rest = None,
                Ok(height) => {
                    found.heights.push(height);
                    found.rest = self.order.after(height);
                }
                Err(Stop::End) => found.rest = None,
                Err(Stop::Tired(at)) => {
                    found.rest = Some(at);
                    break;
                }
                Err(Stop::Error(error)) => return Err(error),
            }
        }
        Ok(found)
    }
}

impl Order {
    fn is_before(self, one: Height, other: Height) -> bool {
        match self {
            Self::Ascending => one < other,
            Self::Descending => one > other,
        }
    }

    fn after(self, height: Height) -> Option<Height> {
        match self {
            Self::Ascending => height.next(),
            Self::Descending => height.0.checked_sub(1).map(Height),
        }
    }
}

struct Walk<F> {
    order: Order,
    steps: usize,
    nearest: F,
    every: Vec<Vec<Cursor>>,
}

impl<F, E> Walk<F>
where
    F: FnMut(Mark, Height) -> Result<Option<Height>, E>,
{
    /// The nearest height from one on that is under a mark of every choice.
    fn settle(&mut self, mut at: Height) -> Result<Height, Stop<E>> {
        loop {
            let before = at;
            for any in &mut self.every {
                let mut best: Option<Height> = None;
                for cursor in &mut *any {
                    if cursor.nearest.is_none_or(|nearest| self.order.is_before(nearest, at)) {
                        if self.steps == 0 {
                            return Err(Stop::Tired(at));
                        }
                        self.steps -= 1;
                        let nearest = (self.nearest)(cursor.mark, at).map_err(Stop::Error)?;
                        cursor.nearest = nearest;
                    }
                    let Some(nearest) = cursor.nearest else { continue };
                    if best.is_none_or(|best| self.order.is_before(nearest, best)) {
                        best = Some(nearest);
                    }
                }
                // A mark with nothing further never has anything again.
                any.retain(|cursor| cursor.nearest.is_some());
                at = best.ok_or(Stop::End)?;
            }
            if at == before {
                return Ok(at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const MARKS: u8 = 5;

    fn nearest(at: &BTreeSet<u64>, order: Order, from: Height) -> Option<Height> {
        let found = match order {
            Order::Ascending => at.range(from.0..).next(),
            Order::Descending => at.range(..=from.0).next_back(),
        };
        found.copied().map(Height)
    }

    proptest! {
        #[test]
        fn a_walk_finds_what_looking_at_every_block_finds(
            marked in prop::collection::vec(prop::collection::btree_set(0u64..60, 0..30), MARKS as usize),
            every in prop::collection::vec(prop::collection::vec(0..MARKS, 1..4), 0..4),
            (one, other) in (0u64..70, 0u64..70), most in 1usize..20, steps in 20usize..60,
            is_ascending: bool,
        ) {
            let order = if is_ascending { Order::Ascending } else { Order::Descending };
            let every: Vec<Vec<Mark>> = every.into_iter()
                .map(|any| any.into_iter().map(|mark| Mark([mark; 8])).collect())
                .collect();
            let (lowest, highest) = (one.min(other), one.max(other));
            let has = |mark: &Mark, height: u64| marked[usize::from(mark.0[0])].contains(&height);
            let mut want: Vec<Height> = (lowest..=highest)
                .filter(|height| every.iter().all(|any| any.iter().any(|mark| has(mark, *height))))
                .map(Height)
                .collect();
            if !is_ascending {
                want.reverse();
            }
            // In pieces, each from where the one before ended.
            let (mut got, mut rest) = (Vec::new(), Some(Height(if is_ascending { lowest } else { highest })));
            for _ in 0..500 {
                let Some(from) = rest else { break };
                let (lowest, highest) = if is_ascending { (from.0, highest) } else { (lowest, from.0) };
                let (lowest, highest) = (Height(lowest), Height(highest));
                let (kind, every) = (Kind::Logs, every.clone());
                let search = Search { kind, every, lowest, highest, order, most, steps };
                let found = search.run(|mark, from| {
                    Ok::<_, ()>(nearest(&marked[usize::from(mark.0[0])], order, from))
                });
                let found = found.unwrap();
                prop_assert!(found.heights.len() <= most);
                got.extend(found.heights);
                rest = found.rest;
            }
            prop_assert_eq!(rest, None, "it came to an end");
            prop_assert_eq!(got, want);
        }
    }

    #[test]
    fn what_is_rare_decides_how_often_one_asks() {
        let (mut asked, rare) = (0, BTreeSet::from([500_000, 900_000]));
        let search = Search {
            kind: Kind::Logs,
            every: vec![vec![Mark([0; 8])], vec![Mark([1; 8])]],
            lowest: Height(0),
            highest: Height(1_000_000),
            order: Order::Ascending,
            most: 10,
            steps: 100,
        };
        let found = search.run(|mark, from| {
            asked += 1;
            Ok::<_, ()>(if mark.0[0] == 0 {
                Some(from)
            } else {
                nearest(&rare, Order::Ascending, from)
            })
        });
        assert_eq!(found.unwrap().heights, [Height(500_000), Height(900_000)]);
        assert!(asked < 10, "{asked}");
    }

    #[test]
    fn it_stops_when_it_asked_often_enough() {
        let every = vec![vec![Mark([0; 8])], vec![Mark([1; 8])]];
        let order = Order::Ascending;
        let (lowest, highest) = (Height(0), Height(1_000_000));
        let search =
            Search { kind: Kind::Logs, every, lowest, highest, order, most: 10, steps: 40 };
        // One has the even heights, the other one the odd ones.
        let found = search.run(|mark, from| {
            let is_there = from.0 % 2 == u64::from(mark.0[0]);
            Ok::<_, ()>(Some(if is_there { from } else { Height(from.0 + 1) }))
        });
        let found = found.unwrap();
        assert_eq!(found.heights, []);
        assert_eq!(found.rest, Some(Height(39)), "what lies before is known");
    }
}
