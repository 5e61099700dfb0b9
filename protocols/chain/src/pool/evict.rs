//! Making room.

use super::Pool;
use super::account::{Class, TailKey};
use super::fees::Worth;
use crate::{Invalid, Recovered};

impl Pool {
    /// Whether there is more than there may be.
    pub(super) fn is_over(&self) -> bool {
        self.by_hash.len() > self.limits.transactions || self.bytes > self.limits.bytes.0
    }

    /// Takes out what is worth least, with what to tell it if it has just come: the queued ones first, then
    /// what senders have beyond what they are promised, and of a sender always the last.
    pub(super) fn evict(&mut self) -> Option<(Recovered, Invalid)> {
        let (class, (_, (_, _, seat))) = self.lowest()?;
        let (mut account, keys) = self.lift(seat)?;
        let gone = self.take_last(&mut account)?;
        self.place(seat, account, keys);
        let why = match (class, self.lowest()) {
            (Class::Queued, _) => Invalid::FutureReplacesPending,
            // All others are promised their places, whatever it pays.
            (Class::Surplus, Some((Class::Promised, _)) | None) => Invalid::PoolFull,
            (Class::Surplus | Class::Promised, lowest) => {
                self.underpriced(&gone, lowest.map(|(_, (worth, _))| worth))
            }
        };
        Some((gone, why))
    }

    /// What gives way next.
    fn lowest(&self) -> Option<(Class, (Worth, TailKey))> {
        let classes = [
            (Class::Queued, &self.queued_tails),
            (Class::Surplus, &self.surplus_tails),
            (Class::Promised, &self.promised_tails),
        ];
        classes.into_iter().find_map(|(class, tails)| Some((class, tails.lowest()?)))
    }

    /// What it would have to pay at least: more than what is worth least now.
    fn underpriced(&self, gone: &Recovered, lowest: Option<Worth>) -> Invalid {
        let got = gone.transaction().effective_tip(self.base_fee).unwrap_or(0);
        let least = match lowest {
            Some(Worth::Tip(tip)) => tip,
            Some(Worth::Below(_)) | None => 0,
        };
        Invalid::Underpriced { got, want: least.saturating_add(1) }
    }
}
