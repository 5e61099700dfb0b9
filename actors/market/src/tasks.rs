//! Which tasks there are, where they are, and who wants to know.

use crate::Error;
use crate::actor::{AGAIN, Market};
use crate::chain::Chain;
use crate::duties::Deed;
use crate::file::{FILE, Record, of_task};
use crate::leave::leaving;
use alloy_sol_types::SolEventInterface;
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_account::Happened;
use troupe_market::call::abi::TaskMarket::{Answered, Task, TaskMarketEvents as Event};
use troupe_market::duty::{Who, concerns, seat_of};
use troupe_market::message::{Await, Decide, Look, Seen, Shown, Unseen};
use troupe_market::task::Phase;
use troupe_runtime::{Cx, Fault, Handle, Pool, Reply};
use troupe_types::{Hash, Millis, UnixMillis};

/// Tasks that are looked at, at a time.
const MOST: usize = 4_096;
/// Tasks that are read at a time.
const READS: usize = 4;
/// Those who wait for a phase of one task.
const AWAITING: usize = 64;
/// Those who wait for an answer of the chain.
const ASKING: usize = 64;
/// A task that is on no chain is looked for so often, a second apart: the chain may be seen late.
const MISSING: u8 = 20;
/// A task whose phase should be over by the clock is read again after this.
const LATE: Millis = Millis::secs(1);

/// A task.
#[derive(Default)]
pub(crate) struct Entry {
    task: Option<Task>,
    /// It is read, or waits for that; and something happened since.
    is_queued: bool,
    is_touched: bool,
    /// When it is read again, whatever happens.
    due: Option<UnixMillis>,
    /// How often there was no such task.
    missing: u8,
    /// Duties that were found.
    pub(crate) deeds: BTreeMap<Hash, Deed>,
    /// What the callback may use that is still to be made, of a task that is over.
    pub(crate) callback: u64,
    awaiting: Vec<(Phase, Reply<Await>)>,
}

impl Entry {
    /// The phase, of a task that was read.
    pub(crate) fn phase(&self) -> Option<u8> {
        self.task.as_ref().map(|task| task.phase)
    }

    pub(crate) const fn task(&self) -> Option<&Task> {
        self.task.as_ref()
    }

    fn is_over(&self) -> bool {
        self.phase().is_some_and(|phase| phase >= Phase::Ended as u8)
    }
}

/// Makes room where there are so many tasks: one goes that is nobody's here and that nobody asks for. Anybody may declare tasks on
/// the data of others, thousands of them; whoever comes to be interested in one that went brings it back.
fn make_room(
    tasks: &mut BTreeMap<u64, Entry>,
    most: usize,
    is_ours: impl Fn(u64, &Entry) -> bool,
) -> bool {
    if tasks.len() < most {
        return true;
    }
    let is_idle = |entry: &Entry| !entry.is_queued && entry.awaiting.is_empty();
    let idle = tasks.iter().find(|(number, entry)| is_idle(entry) && !is_ours(**number, entry));
    let Some(idle) = idle.map(|(number, _)| *number) else { return false };
    tasks.remove(&idle);
    true
}

/// A task, and of one that is over what the callback may use that it is for us to have made.
async fn read(chain: &Chain, number: u64, who: Option<Who>) -> Result<(Task, u64), Error> {
    let task = chain.task(number).await?;
    let is_over = task.phase >= Phase::Ended as u8;
    let is_first = who.and_then(|who| seat_of(&task, &who)) == Some(0);
    let callback = if is_over && is_first { chain.callback(number).await? } else { 0 };
    Ok((task, callback))
}

/// The number of the task that an event is about.
fn about(event: &Event) -> Option<u64> {
    use Event as E;
    Some(match event {
        E::Registered(_) | E::Added(_) | E::Capacity(_) | E::Leaving(_) | E::Withdrawn(_) => {
            return None;
        }
        E::Declared(it) => it.task,
        E::Authorised(it) => it.task,
        E::AuthorisationRevoked(it) => it.task,
        E::Final(it) => it.task,
        E::Drawn(it) => it.task,
        E::Replaced(it) => it.task,
        E::Accepted(it) => it.task,
        E::Confirmed(it) => it.task,
        E::Started(it) => it.task,
        E::Posted(it) => it.task,
        E::GaveUp(it) => it.task,
        E::Signed(it) => it.task,
        E::Agreed(it) => it.task,
        E::Demanded(it) => it.task,
        E::Answered(it) => it.task,
        E::Acknowledged(it) => it.task,
        E::Forfeited(it) => it.task,
        E::Slashed(it) => it.task,
        E::Delivered(it) => it.task,
        E::Ended(it) => it.task,
    })
}

impl Handle<Happened> for Market {
    fn handle(
        &mut self,
        happened: Happened,
        _: Reply<Happened>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        for found in happened.logs {
            let data = &found.log.data;
            let Ok(event) = Event::decode_raw_log(data.topics(), &data.data) else {
                tracing::debug!(height = %happened.height, "a log that is not known");
                continue;
            };
            self.heard(&event, cx);
        }
        Ok(())
    }
}

impl Market {
    fn heard(&mut self, event: &Event, cx: &mut Cx<'_, Self>) {
        let is_of_us = match event {
            Event::Registered(it) => it.account.0.0 == self.opening.account.0,
            Event::Withdrawn(it) => self.who.and_then(|who| who.compute) == Some(it.id),
            _ => false,
        };
        if is_of_us {
            self.identify(cx);
        }
        if let Event::Answered(shown) = event {
            self.shown(shown);
        }
        let Some(task) = about(event) else { return };
        // Whose data it is about says the task alone; who computes is drawn later.
        let is_new = match event {
            Event::Declared(_) => true,
            Event::Final(_) => self.who.is_none_or(|who| who.compute.is_some()),
            _ => false,
        };
        if is_new || self.tasks.contains_key(&task) {
            self.touch(task, cx);
        }
    }

    /// A message was published: who waited for it may look at it.
    fn shown(&self, shown: &Answered) {
        let Some(entry) = self.tasks.get(&shown.task) else { return };
        let demand = entry.task().and_then(|task| task.demands.get(usize::from(shown.demand)));
        let missing = self.decisions.knows(shown.task).and_then(|knows| knows.missing);
        let Some((of, round)) = missing else { return };
        let is_ours = demand.is_some_and(|it| {
            let seat = self.who.and_then(|who| seat_of(entry.task()?, &who));
            (Some(it.from), it.of_, it.round) == (seat, of, round)
        });
        if is_ours {
            let (task, message) = (shown.task, shown.message.to_vec());
            // Where nobody computes there is nobody to look at it.
            let _ = self.session.tell(Shown { task, of, round, message });
        }
    }

    /// A task of which something is to be known, if there is room. One of which something was decided here has room: of those
    /// there are not many.
    fn entry(&mut self, task: u64) -> Option<&mut Entry> {
        let is_kept = self.tasks.contains_key(&task) || self.decisions.has(task);
        if !is_kept && !self.has_room() {
            return None;
        }
        Some(self.tasks.entry(task).or_default())
    }

    /// Whether there is room for one more task; one goes, if need be, for which nobody here has anything to do.
    fn has_room(&mut self) -> bool {
        if self.tasks.len() < MOST {
            return true;
        }
        let (who, decided) = (self.who, self.decisions.tasks());
        let is_ours = |number: u64, entry: &Entry| {
            let seat = entry.task().zip(who).and_then(|(task, who)| seat_of(task, &who));
            seat.is_some() || decided.binary_search(&number).is_ok()
        };
        make_room(&mut self.tasks, MOST, is_ours)
    }

    /// Something happened to a task: it is read again.
    pub(crate) fn touch(&mut self, task: u64, cx: &mut Cx<'_, Self>) {
        let Some(entry) = self.entry(task) else {
            tracing::warn!(task, most = MOST, "too many tasks, this one is not looked at");
            return;
        };
        entry.is_touched = true;
        if !entry.is_queued {
            entry.is_queued = true;
            // Whatever others declare meanwhile.
            match self.decisions.has(task) {
                true => self.queue.push_front(task),
                false => self.queue.push_back(task),
            }
        }
        self.read(cx);
    }

    fn read(&mut self, cx: &mut Cx<'_, Self>) {
        while self.reading < READS
            && let Some(task) = self.queue.pop_front()
        {
            let Some(entry) = self.tasks.get_mut(&task) else { continue };
            entry.is_touched = false;
            self.reading += 1;
            let chain = Arc::clone(&self.chain);
            let who = self.who;
            let read = async move { read(&chain, task, who).await };
            self.when(cx, read, move |market, found, cx| {
                market.reading -= 1;
                let again = match market.tasks.get_mut(&task) {
                    Some(entry) => {
                        entry.is_queued = false;
                        entry.is_touched
                    }
                    None => false,
                };
                market.learned(task, found, cx)?;
                if again && market.tasks.contains_key(&task) {
                    market.touch(task, cx);
                }
                market.read(cx);
                Ok(())
            });
        }
    }

    fn learned(
        &mut self,
        number: u64,
        found: Result<(Task, u64), Error>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let now = cx.now().wall;
        let Some(entry) = self.tasks.get_mut(&number) else { return Ok(()) };
        let task = match found {
            Ok((task, callback)) => {
                entry.callback = callback;
                task
            }
            Err(Error::Nothing) if entry.missing < MISSING => {
                entry.missing += 1;
                entry.due = Some(UnixMillis(now.0.saturating_add(LATE.0)));
                return Ok(());
            }
            Err(Error::Nothing) => {
                for (_, reply) in std::mem::take(&mut entry.awaiting) {
                    reply.send(Err(Unseen::NoTask(number)), cx);
                }
                return self.forget(number, cx);
            }
            Err(error) => {
                tracing::debug!(task = number, %error, "task not read");
                entry.due = Some(UnixMillis(now.0.saturating_add(AGAIN.0)));
                return Ok(());
            }
        };
        let late = now.0.saturating_add(LATE.0);
        entry.due = Some(UnixMillis(task.deadline.saturating_add(LATE.0).max(late)));
        entry.missing = 0;
        let before = entry.phase();
        if before != Some(task.phase) {
            tracing::debug!(task = number, phase = task.phase, end = task.end, "task");
        }
        let is_ours = self.who.is_some_and(|who| concerns(&task, &who));
        entry.task = Some(task);
        self.tell_awaiting(number, cx);
        let is_busy = self.act(number, cx);
        let Some(entry) = self.tasks.get(&number) else { return Ok(()) };
        let is_wanted = !entry.awaiting.is_empty() || self.decisions.knows(number).is_some();
        // Whoever lied about a task that is over is still reported.
        let is_kept = is_busy || !entry.is_over() && (is_ours || is_wanted);
        if is_kept { Ok(()) } else { self.forget(number, cx) }
    }

    /// Drops all that is known of a task.
    fn forget(&mut self, number: u64, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.tasks.remove(&number);
        if !self.decisions.forget(number) {
            return Ok(());
        }
        let Some(disk) = cx.node().disk().cloned() else { return Ok(()) };
        let removed = cx.pool(
            Pool::Urgent,
            move || disk.remove(&of_task(number)),
            |_, removed, _| match removed {
                Ok(Err(error)) => Err(Fault::Storage(error.to_string())),
                Ok(Ok(())) | Err(_) => Ok(()),
            },
        );
        if let Err(why) = removed {
            // The next process removes it: the task is over.
            tracing::debug!(task = number, %why, "file left");
        }
        Ok(())
    }

    /// What leaves no log: drawing, and deadlines.
    pub(crate) fn due(&mut self, cx: &mut Cx<'_, Self>) {
        let now = cx.now().wall;
        let due: Vec<u64> = self
            .tasks
            .iter()
            .filter(|(_, entry)| !entry.is_queued && entry.due.is_some_and(|due| due <= now))
            .map(|(task, _)| *task)
            .collect();
        for task in due {
            self.touch(task, cx);
        }
        for entry in self.tasks.values_mut() {
            entry.awaiting.retain(|(_, reply)| reply.is_wanted());
        }
        if !self.tasks.values().any(|entry| entry.phase() == Some(Phase::Draw as u8)) {
            return;
        }
        let chain = Arc::clone(&self.chain);
        self.when(cx, async move { chain.views().await }, |market, found, cx| {
            let Ok(views) = found else { return Ok(()) };
            let is_drawn = |entry: &&Entry| {
                let task = entry.task().filter(|task| task.phase == Phase::Draw as u8);
                task.is_some_and(|task| task.election.view_ <= views)
            };
            let drawn = market.tasks.iter().filter(|(_, entry)| is_drawn(entry));
            let drawn: Vec<u64> = drawn.map(|(number, _)| *number).collect();
            for number in drawn {
                market.touch(number, cx);
            }
            Ok(())
        });
    }

    /// Looks at all tasks after one. `open` is the first one that was open.
    pub(crate) fn page(&mut self, after: u64, open: Option<u64>, cx: &mut Cx<'_, Self>) {
        let chain = Arc::clone(&self.chain);
        self.when(cx, async move { chain.tasks(after).await }, move |market, found, cx| {
            let tasks = match found {
                Ok(tasks) => tasks,
                Err(error) => {
                    tracing::debug!(after, %error, "tasks not read");
                    market.later(cx, AGAIN, move |market, cx| {
                        market.page(after, open, cx);
                        Ok(())
                    });
                    return Ok(());
                }
            };
            let Some(last) = tasks.last().map(|task| task.id).filter(|last| *last > after) else {
                market.paged(open.map_or(after, |open| open.saturating_sub(1)), cx);
                return Ok(());
            };
            let is_open = |task: &&Task| task.phase < Phase::Ended as u8;
            let open = open.or_else(|| tasks.iter().find(is_open).map(|task| task.id));
            let ours =
                tasks.into_iter().filter(|task| market.who.is_some_and(|who| concerns(task, &who)));
            let ours: Vec<u64> = ours.map(|task| task.id).collect();
            for number in ours {
                market.touch(number, cx);
            }
            market.page(last, open, cx);
            Ok(())
        });
    }

    /// All tasks were looked at: the next process begins after those that are over.
    fn paged(&mut self, over: u64, cx: &mut Cx<'_, Self>) {
        tracing::debug!(over, tasks = self.tasks.len(), "tasks looked at");
        if over > self.marks.over {
            self.marks.over = over;
            cx.persist(FILE, Record::Over(over).framed());
        }
    }

    /// Answers all who wait for a phase that is not reached.
    pub(crate) fn refuse_awaiting(&mut self, cx: &mut Cx<'_, Self>) {
        for entry in self.tasks.values_mut() {
            for (_, reply) in std::mem::take(&mut entry.awaiting) {
                reply.send(Err(leaving()), cx);
            }
        }
    }

    /// Answers those who wait for a phase that is reached.
    fn tell_awaiting(&mut self, number: u64, cx: &mut Cx<'_, Self>) {
        let Some(entry) = self.tasks.get_mut(&number) else { return };
        let Some(phase) = entry.phase() else { return };
        let all = std::mem::take(&mut entry.awaiting);
        let (told, waiting): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(wanted, _)| phase >= *wanted as u8);
        entry.awaiting = waiting;
        if told.is_empty() {
            return;
        }
        self.see(number, cx, move |seen, cx| {
            for (_, reply) in told {
                reply.send(seen.clone(), cx);
            }
        });
    }

    /// Reads a task with all that belongs to it. A chain that is seen late may have it in a moment.
    fn see(
        &mut self,
        number: u64,
        cx: &mut Cx<'_, Self>,
        then: impl FnOnce(Result<Seen, Unseen>, &mut Cx<'_, Self>) + Send + 'static,
    ) {
        self.askers += 1;
        let (chain, clock) = (Arc::clone(&self.chain), Arc::clone(cx.node().clock()));
        let seen = async move {
            let mut tries = 0;
            loop {
                if !chain.reader.is_there() {
                    break Err(Unseen::NotYet);
                }
                match chain.seen(number).await {
                    Err(Unseen::NoTask(_) | Unseen::Unreachable(_)) if tries < 12 => tries += 1,
                    seen => break seen,
                }
                clock.alarm(clock.now().mono.plus(AGAIN)).await;
            }
        };
        self.when(cx, seen, move |market, seen, cx| {
            market.askers -= 1;
            then(seen, cx);
            Ok(())
        });
    }
}

impl Handle<Look> for Market {
    fn handle(
        &mut self,
        Look(task): Look,
        reply: Reply<Look>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let (got, most) = (self.askers, ASKING);
        if got >= most {
            reply.send(Err(Unseen::TooMany { what: "questions", got, most }), cx);
            return Ok(());
        }
        self.see(task, cx, move |seen, cx| reply.send(seen, cx));
        Ok(())
    }
}

impl Handle<Await> for Market {
    fn handle(
        &mut self,
        Await { task, phase }: Await,
        reply: Reply<Await>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let too_many = |what, got, most| Err(Unseen::TooMany { what, got, most });
        let Some(entry) = self.entry(task) else {
            reply.send(too_many("tasks", MOST, MOST), cx);
            return Ok(());
        };
        let got = entry.awaiting.len();
        if got >= AWAITING {
            reply.send(too_many("questions", got, AWAITING), cx);
            return Ok(());
        }
        entry.awaiting.push((phase, reply));
        match entry.task {
            Some(_) => self.tell_awaiting(task, cx),
            None => self.touch(task, cx),
        }
        Ok(())
    }
}

impl Handle<Decide> for Market {
    fn handle(
        &mut self,
        Decide { task, decision }: Decide,
        reply: Reply<Decide>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        match self.decisions.add(task, decision) {
            Ok(kept) => {
                if let Some(record) = kept {
                    cx.persist(of_task(task), record.framed());
                }
                reply.send(Ok(()), cx);
            }
            Err(why) => reply.send(Err(why), cx),
        }
        // Out of this call, whose time is short.
        self.when(cx, async {}, move |market, (), cx| {
            match market.tasks.get(&task).is_some_and(|entry| entry.task.is_some()) {
                true => _ = market.act(task, cx),
                false => market.touch(task, cx),
            }
            Ok(())
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(is_queued: bool) -> Entry {
        Entry { is_queued, ..Entry::default() }
    }

    #[test]
    fn tasks_of_strangers_leave_room_for_new_ones_and_for_those_that_are_ours() {
        const FEW: usize = 8;
        let is_ours = |number: u64, _: &Entry| number.is_multiple_of(3);
        let mut tasks: BTreeMap<u64, Entry> = BTreeMap::new();
        for number in 1..100 {
            if make_room(&mut tasks, FEW, is_ours) {
                tasks.insert(number, entry(false));
            }
            assert!(tasks.len() <= FEW);
        }
        let left: Vec<u64> = tasks.keys().copied().collect();
        assert_eq!(left, [3, 6, 9, 12, 15, 18, 21, 24]);
        assert!(!make_room(&mut tasks, FEW, is_ours), "all of them are ours");
        // What is about to be read is not forgotten before.
        let mut tasks: BTreeMap<u64, Entry> = (1..=2).map(|it| (it, entry(it == 1))).collect();
        assert!(make_room(&mut tasks, 2, |_, _| false));
        assert_eq!(tasks.into_keys().collect::<Vec<_>>(), [1]);
    }
}
