//! What is remembered of one peer.

use super::allowance::Allowance;
use crate::message::{Announce, Announced, MAX_ANNOUNCED, MAX_FETCHED, MAX_PULLED};
use std::collections::VecDeque;
use troupe_types::{Hash, Incarnation, Millis};
use troupe_wire::List;

/// The most transactions that a peer still has to be told of; the oldest give way.
const MOST_NEWS: usize = 32_768;
/// The most transactions that are still to be pulled from a peer.
const MOST_WANTS: usize = 4_096;

/// What a peer is to gossip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It proposes blocks.
    Validator,
    /// It has a pool, as it showed.
    Pool,
    /// Nobody knows yet.
    Unknown,
    /// It has no pool.
    Outsider,
}

#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) standing: Standing,
    /// Its process, while it is connected.
    pub(super) session: Option<Incarnation>,
    /// It has not been told yet what waited before it came.
    pub(super) is_new: bool,
    /// It was asked something and has not answered.
    pub(super) is_asked: bool,
    pub(super) allowance: Allowance,
    news: VecDeque<Announced>,
    wants: VecDeque<(Hash, u32)>,
}

impl Peer {
    pub(super) const fn new(standing: Standing, now: Millis) -> Self {
        Self {
            standing,
            session: None,
            is_new: true,
            is_asked: false,
            allowance: Allowance::new(now),
            news: VecDeque::new(),
            wants: VecDeque::new(),
        }
    }

    pub(super) fn is_validator(&self) -> bool {
        self.standing == Standing::Validator
    }

    /// Whether it is here and has a pool.
    pub(super) fn hears(&self) -> bool {
        let has_pool = match self.standing {
            Standing::Validator | Standing::Pool => true,
            Standing::Unknown | Standing::Outsider => false,
        };
        has_pool && self.session.is_some()
    }

    /// It is connected, perhaps as another process than before.
    pub(super) fn connect(&mut self, session: Incarnation) {
        if self.session != Some(session) {
            self.session = Some(session);
            self.is_new = true;
            self.news.clear();
            if self.standing == Standing::Outsider {
                self.standing = Standing::Unknown;
            }
        }
    }

    /// It is gone; gives back what was to be pulled from it.
    pub(super) fn leave(&mut self) -> VecDeque<(Hash, u32)> {
        self.session = None;
        self.is_new = true;
        self.news.clear();
        core::mem::take(&mut self.wants)
    }

    pub(super) fn tell(&mut self, news: Announced) {
        if self.news.len() >= MOST_NEWS {
            self.news.pop_front();
        }
        self.news.push_back(news);
    }

    pub(super) fn has_news(&self) -> bool {
        !self.news.is_empty()
    }

    pub(super) fn announce(&mut self) -> Option<Announce> {
        let count = self.news.len().min(MAX_ANNOUNCED);
        let some: Vec<Announced> = self.news.drain(..count).collect();
        List::new(some).ok().filter(|some| !some.is_empty()).map(Announce)
    }

    pub(super) fn may_want(&self) -> bool {
        self.wants.len() < MOST_WANTS
    }

    pub(super) fn want(&mut self, hash: Hash, size: u32) {
        self.wants.push_back((hash, size));
    }

    /// As much as one answer can hold, of what is still wanted from it.
    pub(super) fn pull(&mut self, is_wanted: impl Fn(&Hash) -> bool) -> Vec<Hash> {
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while let Some((hash, size)) = self.wants.front().copied() {
            // A length takes at most five bytes.
            let needed = size as usize + 5;
            if taken.len() == MAX_PULLED || (bytes + needed > MAX_FETCHED && !taken.is_empty()) {
                break;
            }
            self.wants.pop_front();
            if is_wanted(&hash) {
                bytes += needed;
                taken.push(hash);
            }
        }
        taken
    }
}
