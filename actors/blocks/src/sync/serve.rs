//! Serving others: where the chain is, and its blocks. Whatever is asked costs a bounded amount of work.

use super::Syncing;
use super::read::{Reading, Servable};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use troupe_chain::message::{Fetch, Follow, Inquire};
use troupe_crypto::Scheme;
use troupe_runtime::{Cx, Fault, Handle, Origin, Pool, Reply};
use troupe_types::{Height, Millis, NodeId};
use troupe_wire::CallError;

/// So many answers are read at a time.
const MOST_READS: usize = 2;
/// So many questions wait for that.
const MOST_WAITING: usize = 64;
/// So many of one peer are read or wait: twice what an honest one asks at once.
const MOST_OF_ONE: usize = 4;
/// So many peers wait for the next block.
const MOST_FOLLOWERS: usize = 256;
/// For so long.
const HOLD: Millis = Millis::secs(8);
/// How often it is looked at which block is the lowest.
const FIRST: Millis = Millis::secs(60);

/// Somebody who waits for blocks.
struct Asker {
    from: NodeId,
    fetch: Fetch,
    deadline: Millis,
    reply: Reply<Fetch>,
}

/// Somebody who waits for the next block.
struct Follower {
    above: Height,
    until: Millis,
    reply: Reply<Follow>,
}

/// Those who wait for something.
#[derive(Default)]
pub(super) struct Desk {
    waiting: VecDeque<Asker>,
    /// Whose questions are being read.
    reading: Vec<NodeId>,
    followers: BTreeMap<NodeId, Follower>,
}

impl Desk {
    fn is_open_to(&self, from: &NodeId) -> bool {
        let waiting = self.waiting.iter().filter(|asker| asker.from == *from).count();
        let reading = self.reading.iter().filter(|reading| *reading == from).count();
        self.waiting.len() < MOST_WAITING && waiting + reading < MOST_OF_ONE
    }
}

impl<S: Scheme> Syncing<S> {
    pub(super) fn sender(&self, cx: &Cx<'_, Self>) -> NodeId {
        match cx.origin() {
            Origin::Peer(peer) => peer.id,
            Origin::Local => self.parts.me,
        }
    }

    /// Reads for whoever waits first.
    fn read(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        while self.desk.reading.len() < MOST_READS {
            let Some(asker) = self.desk.waiting.pop_front() else { return Ok(()) };
            let Asker { from, fetch, deadline, reply } = asker;
            let Some((_, (last, _))) = self.tips.range() else { return Ok(()) };
            if deadline <= cx.now().mono {
                continue;
            }
            let vault = Arc::clone(&self.parts.shared.vault);
            let reading = Reading::new(vault, self.tips.headers());
            let job = move || reading.answer(fetch, last).map_err(|error| error.to_string());
            let submitted = cx.pool(Pool::Jobs, job, move |sync, fetched, cx| {
                if let Some(at) = sync.desk.reading.iter().position(|reading| *reading == from) {
                    sync.desk.reading.swap_remove(at);
                }
                let fetched = read_outcome(fetched)?;
                reply.send(fetched, cx);
                sync.read(cx)
            });
            // With a full pool the asker hears that nobody answered.
            if submitted.is_ok() {
                self.desk.reading.push(from);
            }
        }
        Ok(())
    }

    /// Finds out which blocks others can have, when that is not known from what has just become final.
    pub(super) fn find_servable(
        &mut self,
        head: Height,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let vault = Arc::clone(&self.parts.shared.vault);
        let reading = Reading::new(vault, self.tips.headers());
        let job = move || reading.servable(head).map_err(|error| error.to_string());
        // With a full pool it is tried again later, as it is in any case.
        let _ = cx.pool(Pool::Jobs, job, |sync, found, _| {
            let Servable { first, last } = read_outcome(found)?;
            sync.tips.found(first, last);
            Ok(())
        });
        cx.after(FIRST, |sync, cx| {
            let head = *sync.parts.shared.watch.committed().borrow();
            sync.find_servable(head, cx)
        });
        Ok(())
    }

    /// Tells those who wait for it that there is another block.
    pub(super) fn answer_followers(&mut self, cx: &mut Cx<'_, Self>) {
        let Some(position) = self.position() else { return };
        let followers = std::mem::take(&mut self.desk.followers);
        for (peer, follower) in followers {
            if follower.above < position.height {
                follower.reply.send(position, cx);
            } else {
                self.desk.followers.insert(peer, follower);
            }
        }
    }

    /// Tells those who have waited long enough how far it is.
    pub(super) fn answer_the_patient(&mut self, cx: &mut Cx<'_, Self>) {
        let (Some(position), now) = (self.position(), cx.now().mono) else { return };
        let followers = std::mem::take(&mut self.desk.followers);
        for (peer, follower) in followers {
            if follower.until <= now {
                follower.reply.send(position, cx);
            } else {
                self.desk.followers.insert(peer, follower);
            }
        }
    }
}

/// What came of a job that read the vault.
pub(super) fn read_outcome<T>(outcome: Result<Result<T, String>, CallError>) -> Result<T, Fault> {
    let read = outcome.map_err(|why| Fault::Restart(format!("a read {why}")))?;
    read.map_err(Fault::Storage)
}

impl<S: Scheme> Handle<Inquire> for Syncing<S> {
    fn handle(
        &mut self,
        Inquire: Inquire,
        reply: Reply<Inquire>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        // Before it is known there is no answer, and it is asked again.
        if let Some(position) = self.position() {
            reply.send(position, cx);
        }
        Ok(())
    }
}

impl<S: Scheme> Handle<Follow> for Syncing<S> {
    fn handle(
        &mut self,
        Follow { above }: Follow,
        reply: Reply<Follow>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let from = self.sender(cx);
        if let Some(position) = self.position().filter(|position| position.height > above) {
            reply.send(position, cx);
            return Ok(());
        }
        let followers = &mut self.desk.followers;
        if followers.len() < MOST_FOLLOWERS || followers.contains_key(&from) {
            let until = cx.now().mono.plus(HOLD);
            followers.insert(from, Follower { above, until, reply });
        }
        Ok(())
    }
}

impl<S: Scheme> Handle<Fetch> for Syncing<S> {
    fn handle(
        &mut self,
        fetch: Fetch,
        reply: Reply<Fetch>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let from = self.sender(cx);
        // Who asks for more than its share hears that nobody answered.
        if self.desk.is_open_to(&from) {
            let deadline = cx.deadline();
            self.desk.waiting.push_back(Asker { from, fetch, deadline, reply });
            self.read(cx)?;
        }
        Ok(())
    }
}
