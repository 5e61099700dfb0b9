//! Where in the course of things a signature belongs: an epoch and a view of it.

use bincode::{Decode, Encode};
use core::fmt;
use troupe_types::{Epoch, View};

/// A view of an epoch. Later epochs come after all views of earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
pub struct Place {
    /// The term of one validator set.
    pub epoch: Epoch,
    /// The term of one proposer in it.
    pub view: View,
}

impl Place {
    /// The place of plain numbers.
    #[must_use]
    pub const fn new(epoch: u64, view: u64) -> Self {
        Self { epoch: Epoch(epoch), view: View(view) }
    }

    /// The first view of an epoch.
    #[must_use]
    pub const fn first_of(epoch: Epoch) -> Self {
        Self { epoch, view: View::ZERO }
    }

    /// The next view of the same epoch; `None` after the last that can be counted.
    #[must_use]
    pub fn next_view(self) -> Option<Self> {
        self.view.next().map(|view| Self { epoch: self.epoch, view })
    }

    /// Whether `later` is this very view or the next one of the same epoch.
    ///
    /// Two certificates in a row lock the first of them only if this holds; the guide of the crate
    /// says why.
    #[must_use]
    pub fn is_beside(self, later: Self) -> bool {
        self.epoch == later.epoch && later.view >= self.view && later.view.since(self.view) <= 1
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.epoch, self.view)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_and_the_next_view_of_an_epoch_are_beside() {
        assert!(Place::new(1, 4).is_beside(Place::new(1, 4)));
        assert!(Place::new(1, 4).is_beside(Place::new(1, 5)));
        assert!(!Place::new(1, 4).is_beside(Place::new(1, 6)));
        assert!(!Place::new(1, 4).is_beside(Place::new(1, 3)));
        assert!(!Place::new(1, 4).is_beside(Place::new(2, 4)));
    }

    #[test]
    fn a_later_epoch_comes_after_every_view() {
        assert!(Place::new(1, u64::MAX) < Place::new(2, 0));
        assert_eq!(Place::new(1, u64::MAX).next_view(), None);
    }
}
