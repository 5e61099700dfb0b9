//! One party's stream from an owner, made as it is taken.

use super::Columns;
use crate::stream::{Outbox, WORD};
use crate::{CHUNK, Output, Peer};
use zeroize::Zeroizing;

/// Words made at once.
const TILE: usize = 1024;

/// The stream to one party and where it stands.
pub(crate) struct Feed {
    party: u8,
    outbox: Outbox,
    /// The first frame, until it is written.
    announcement: Option<Zeroizing<Vec<u64>>>,
    column: usize,
    /// Words of that column that are written.
    at: usize,
}

impl Feed {
    pub(crate) fn new(party: u8, outbox: Outbox, announcement: Zeroizing<Vec<u64>>) -> Self {
        Self { party, outbox, announcement: Some(announcement), column: 0, at: 0 }
    }

    pub(crate) fn party(&self) -> u8 {
        self.party
    }

    pub(crate) fn sent(&self) -> u64 {
        self.outbox.sent()
    }

    pub(crate) fn total(&self) -> u64 {
        self.outbox.total()
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.outbox.is_complete()
    }

    /// Sends as much as the party has room for, making at most one chunk ahead.
    pub(crate) fn grant(&mut self, bytes: u64, columns: &Columns, out: &mut Vec<Output>) {
        self.outbox.grant(bytes);
        while self.outbox.has_credit() && !self.is_complete() {
            self.refill(columns);
            self.outbox.send(Peer::Party(self.party), out);
        }
    }

    /// Makes about a chunk more once the one before has left.
    fn refill(&mut self, columns: &Columns) {
        if let Some(announcement) = self.announcement.take() {
            self.outbox.frame(&announcement);
        }
        // Party 0 makes both of its pieces from seeds.
        if self.party == 0 {
            return;
        }
        let mut tile = [0; TILE];
        while self.outbox.waiting() < (CHUNK - TILE * WORD) as u64 {
            let Some(length) = columns.len(self.column) else { return };
            if self.at == 0 {
                self.outbox.begin(length);
            }
            let words = &mut tile[..TILE.min(length - self.at)];
            columns.third_piece(self.column, self.at, words);
            self.outbox.write(words);
            self.at += words.len();
            if self.at == length {
                self.outbox.end();
                self.column += 1;
                self.at = 0;
            }
        }
    }
}
