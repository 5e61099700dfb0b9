//! Making room.

use super::Pool;
use super::account::TailKey;
use super::fees::Worth;
use crate::{Invalid, Recovered};

impl Pool {
    /// Whether there is more than there may be.
    pub(super) fn is_over(&self) -> bool {
        self.by_hash.len() > self.limits.transactions || self.bytes > self.limits.bytes.0
    }

    /// Takes out what is worth least, with what to tell it if it has just come: the queued ones first,
    /// and of a sender always the last.
    pub(super) fn evict(&mut self) -> Option<(Recovered, Invalid)> {
        let queued = self.queued_tails.lowest();
        let (_, (_, _, seat)): (Worth, TailKey) =
            queued.or_else(|| self.executable_tails.lowest())?;
        let mut account = self.lift(seat)?;
        let last = account.entries.keys().next_back().copied()?;
        let gone = self.take(&mut account, last)?;
        self.place(seat, account);
        let why =
            if queued.is_some() { Invalid::FutureReplacesPending } else { self.underpriced(&gone) };
        Some((gone, why))
    }

    /// What it would have to pay at least: more than what is worth least now.
    fn underpriced(&self, gone: &Recovered) -> Invalid {
        let got = gone.transaction().effective_tip(self.base_fee).unwrap_or(0);
        let least = match self.executable_tails.lowest() {
            Some((Worth::Tip(tip), _)) => tip,
            Some((Worth::Below(_), _)) | None => 0,
        };
        Invalid::Underpriced { got, want: least.saturating_add(1) }
    }
}
