//! Headers of blocks from before the validators that are known now.
//!
//! A block a little below one that is known is named by those between. One far below is shown by the validators
//! of its epoch, and these by the elections before: from the last epoch that the client knew before it, over many
//! at once where the same stayed in office.

use crate::client::{Client, lock};
use crate::error::Error;
use crate::facts::other;
use crate::follow::{descending, read};
use crate::peers::MANY;
use std::collections::BTreeMap;
use troupe_chain::Header;
use troupe_chain::block::Roster;
use troupe_chain::light::{AskElection, AskHeader, AskHeaders, Election, MAX_RUN};
use troupe_crypto::Scheme;
use troupe_ledger::{Light, Shown};
use troupe_rpc::{Found, Unavailable};
use troupe_types::{Epoch, Hash, Height};

/// So many headers of the past are remembered.
const HEADERS: usize = 2_048;
/// As far below a header that is known it is gone from one to the next.
const WALK: u64 = 2_048;
/// So many states of knowledge are remembered.
const MARKS: usize = 64;
/// So many elections are gone through for one question.
const STEPS: usize = 64;

/// What is remembered of the past.
#[derive(Debug)]
pub(crate) struct Past {
    headers: BTreeMap<Height, Found>,
    /// What was known after elections, by the last epoch.
    marks: BTreeMap<Epoch, Light>,
}

impl Past {
    pub(crate) fn new(first: Light, now: Light) -> Self {
        let marks = [first, now].map(|light| (light.epoch(), light));
        Self { headers: BTreeMap::new(), marks: BTreeMap::from(marks) }
    }

    /// The validators of an epoch are known.
    pub(crate) fn learn(&mut self, light: &Light) {
        if self.marks.contains_key(&light.epoch()) {
            return;
        }
        self.marks.insert(light.epoch(), light.clone());
        if self.marks.len() > MARKS {
            // The first is where everything begins; of the others the oldest goes.
            let oldest = self.marks.keys().nth(1).copied();
            oldest.map(|oldest| self.marks.remove(&oldest));
        }
    }

    /// The most that was known when an epoch was not over.
    fn before(&self, epoch: Epoch) -> Option<Light> {
        let next = epoch.next()?;
        let mut known = self.marks.range(..=next).rev().map(|(_, light)| light);
        known.find(|light| light.epoch() <= epoch || light.knows(epoch)).cloned()
    }

    fn remember(&mut self, header: &Header) -> Found {
        let found = Found { header: header.clone(), hash: header.hash() };
        if self.headers.len() >= HEADERS {
            self.headers.clear();
        }
        self.headers.insert(header.height, found.clone());
        found
    }

    /// A header, where it is remembered.
    pub(crate) fn at(&self, height: Height) -> Option<Found> {
        self.headers.get(&height).cloned()
    }

    /// The height of a header that is remembered.
    pub(crate) fn height_of(&self, hash: &Hash) -> Option<Height> {
        self.headers.values().find(|found| found.hash == *hash).map(|found| found.header.height)
    }

    fn above(&self, height: Height) -> Option<Found> {
        self.headers.range(height.next()?..).next().map(|(_, found)| found.clone())
    }
}

impl<S: Scheme> Client<S> {
    /// A header of the past.
    pub(crate) async fn header_of_old(&self, height: Height) -> Result<Option<Found>, Unavailable> {
        if let Some(found) = lock(&self.past).at(height) {
            return Ok(Some(found));
        }
        let above = [self.above(height), lock(&self.past).above(height)];
        let nearest = above.into_iter().flatten().min_by_key(|found| found.header.height);
        if let Some(nearest) = nearest.filter(|near| near.header.height.0 - height.0 <= WALK)
            && let Some(found) = self.walk(&nearest, height).await?
        {
            return Ok(Some(found));
        }
        self.elected_long_ago(height).await
    }

    /// Goes down from a header to the one at a height.
    async fn walk(&self, from: &Found, to: Height) -> Result<Option<Found>, Unavailable> {
        let mut parent = from.header.parent;
        let mut height = from.header.height;
        while let Some(below) = height.0.checked_sub(1).map(Height).filter(|below| *below >= to) {
            let most = u16::try_from(below.0 - to.0 + 1).unwrap_or(u16::MAX);
            let asked =
                AskHeaders { highest: below, most: most.min(MAX_RUN.try_into().unwrap_or(most)) };
            let check = |_, run| async move { descending(&run, below, parent) };
            let run = self.find_among(self.some_peers(MANY), asked, check).await?;
            let Some(run) = run else { return Ok(None) };
            let mut past = lock(&self.past);
            for header in &run {
                past.remember(header);
                (height, parent) = (header.height, header.parent);
            }
        }
        Ok(lock(&self.past).at(to))
    }

    /// A header with its proof, checked with validators of its time.
    async fn elected_long_ago(&self, height: Height) -> Result<Option<Found>, Unavailable> {
        let asked = AskHeader(Some(height));
        let peers = self.some_peers(MANY);
        let found = self.find_among(peers, asked, |_, headed| async move {
            let (header, proven) = read(&headed)?;
            if header.height != height {
                return Err(other("the header"));
            }
            if header.epoch > self.light().epoch() {
                return Err(other("the epoch"));
            }
            // Which epoch it is of is a claim, which the proof bears out or not.
            let light = self.known_in(header.epoch).await?;
            self.verify(&light.check(&header, &proven, None)?).await?;
            Ok(lock(&self.past).remember(&header))
        });
        found.await
    }

    /// What is to be known of an epoch of the past, for what its last blocks are proven with as well.
    async fn known_in(&self, epoch: Epoch) -> Result<Light, Error> {
        let mut light = lock(&self.past).before(epoch).ok_or(Error::Unknown { epoch })?;
        for _ in 0..STEPS {
            if light.epoch() > epoch {
                return Ok(light);
            }
            // One further than the epoch, if it is over: the next validators sign above its last blocks.
            light = match self.next_of_old(&light, epoch).await {
                Some(next) => next,
                None if light.knows(epoch) => return Ok(light),
                None => return Err(Error::Unknown { epoch }),
            };
            lock(&self.past).learn(&light);
        }
        Err(Error::Unknown { epoch })
    }

    /// Goes on to an epoch at once, or by one election.
    async fn next_of_old(&self, light: &Light, epoch: Epoch) -> Option<Light> {
        let is_far = light.epoch() < epoch;
        for elected in [Some(epoch).filter(|_| is_far), Some(light.epoch())].into_iter().flatten() {
            let ask = AskElection(elected);
            let found = self.find_among(self.some_peers(MANY), ask, |_, election| async move {
                let Some(shown) = look(light, &election, elected)? else { return Ok(None) };
                self.verify(&shown).await?;
                let mut next = light.clone();
                next.take(shown)?;
                Ok(Some(next))
            });
            if let Ok(Some(Some(next))) = found.await {
                return Some(next);
            }
        }
        None
    }
}

/// What an election says to somebody who knows this much; `None` where there may be others in between.
fn look(light: &Light, election: &Election, epoch: Epoch) -> Result<Option<Shown>, Error> {
    let (header, proven) = read(&election.headed)?;
    let next = Roster::decode(&election.next)?;
    if header.epoch != epoch {
        return Err(other("the election"));
    }
    if epoch == light.epoch() {
        return Ok(Some(light.check(&header, &proven, Some(&next))?));
    }
    let current = Roster::decode(&election.current)?;
    match light.jump(&header, &proven, &current, &next) {
        Ok(shown) => Ok(Some(shown)),
        Err(why) if why.is_gap() => Ok(None),
        Err(why) => Err(why.into()),
    }
}
