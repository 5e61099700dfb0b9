//! A task whose rows are matched, or joined on shares: this owner matches its rows with the other one's, or counts with it, once
//! the parties are seated, and tells them how many are common. Only then does it let them start, and shares.
//!
//! The use is on the disk before anything is learned of a row. A restart forgets what was matched: the session is not served
//! again, and the task ends.

mod course;
mod serve;

pub(crate) use course::{Heard, Noted};

use crate::consent::Considered;
use crate::manager::{Datasets, Offer};
use crate::matching::{Seated, word};
use troupe_config::Matching;
use troupe_learning::Task;
use troupe_learning::message::{Join, Joined};
use troupe_learning::task::{Keys, Layout};
use troupe_market::task::End;
use troupe_psi::message::Status;
use troupe_psi::{Agreement, Mode, Side};
use troupe_runtime::{Contact, Cx, Reply};
use troupe_types::{Bytes, Hash, NodeId, SessionId, UnixMillis};
use troupe_wire::Text;

/// A task whose rows are matched.
pub(crate) struct Joint {
    task: Task,
    /// Its hash.
    terms: Hash,
    /// Who asked for it.
    from: NodeId,
    considered: Considered,
    status: Status,
    life: Life,
    /// Memory that it takes: while it runs its machine's, then that of its result.
    memory: Bytes,
    /// Whoever waits for the number of common rows.
    reply: Option<Reply<Join>>,
}

/// How far it has come.
enum Life {
    /// Its keys are hashed, and the use is written.
    Preparing,
    Running(Seated),
    /// So many parties have not said yet that they take part with this number of rows.
    Telling {
        rows: u32,
        left: usize,
    },
    /// The rows wait to be shared.
    Ready,
}

/// The other owner of matched rows, and the keys of both.
struct Pair<'a> {
    side: Side,
    mine: &'a Keys,
    partner: NodeId,
    theirs: &'a Keys,
}

impl<'a> Pair<'a> {
    fn of(task: &'a Task, index: u8) -> Option<Self> {
        let [first, second] = &*task.owners else { return None };
        let (side, mine, other) = match index {
            0 => (Side::First, first, second),
            _ => (Side::Second, second, first),
        };
        let (mine, theirs) = (mine.keys.as_ref()?, other.keys.as_ref()?);
        Some(Self { side, mine, partner: other.id, theirs })
    }

    /// Different keys of the first and of the second owner.
    const fn sizes(&self) -> [u32; 2] {
        match self.side {
            Side::First => [self.mine.items, self.theirs.items],
            Side::Second => [self.theirs.items, self.mine.items],
        }
    }

    /// Every byte between the owners belongs to this one task, with these parties.
    fn agreement(&self, task: &Task) -> Result<Agreement, troupe_wire::Error> {
        let (session, terms) = (task.matching()?, task.hash()?);
        let mode = match task.layout {
            Layout::Joined => Mode::CountBoth,
            Layout::Matched | Layout::Aligned | Layout::Pooled => Mode::Aligned,
        };
        Ok(Agreement { session, terms, mode, sizes: self.sizes() })
    }

    fn contact(&self) -> Contact {
        Contact { id: self.partner, address: self.theirs.address.to_string() }
    }
}

impl Datasets {
    /// That an owner's policy lets its rows be matched for a task with these of the other one.
    pub(crate) fn may_be_matched(
        &self,
        task: &Task,
        index: u8,
        from: NodeId,
    ) -> Result<(), String> {
        let pair = Pair::of(task, index).ok_or("rows of two owners are matched")?;
        let name = &*task.owners[usize::from(index)].dataset;
        let offer = self.matchable(name, &pair.mine.columns, [from, pair.partner])?;
        let wanted = match task.layout {
            Layout::Joined => Matching::Count,
            Layout::Matched | Layout::Aligned | Layout::Pooled => Matching::Aligned,
        };
        if !offer.policy.allows_matching(wanted) {
            let wanted = word(wanted);
            return Err(format!("the policy of {name} does not allow matching for {wanted}"));
        }
        Ok(())
    }

    /// Memory of all of them.
    pub(crate) fn joint_memory(&self) -> u64 {
        self.joints.values().map(|joint| joint.memory.0).sum()
    }

    /// How far one is, for whoever asked for it.
    pub(crate) fn joint_status(&self, session: SessionId, asker: NodeId) -> Option<Status> {
        let joint = self.joints.get(&session).filter(|joint| joint.from == asker)?;
        Some(joint.status.clone())
    }

    /// What is shared for a task: the rows that were matched for it, once.
    pub(crate) fn joined(
        &mut self,
        task: &Task,
        from: NodeId,
        cx: &mut Cx<'_, Self>,
    ) -> Result<Considered, String> {
        let unmatched = "its rows were not matched here";
        let terms = task.hash().map_err(|error| error.to_string())?;
        let joint = self.joints.get(&task.session).filter(|joint| {
            joint.terms == terms && joint.from == from && matches!(joint.life, Life::Ready)
        });
        // What a policy said before may have ended since.
        let still = self.still(joint.ok_or(unmatched)?, cx.now().wall).map(drop);
        if let Err(why) = still {
            self.part(task.session, (End::Forbidden, &why), cx);
            return Err(why);
        }
        let joint = self.joints.remove(&task.session).ok_or(unmatched)?;
        Ok(joint.considered)
    }

    /// The data set, if it still is what was matched and may be used.
    fn still(&self, joint: &Joint, now: UnixMillis) -> Result<&Offer, String> {
        let Considered { index, table, .. } = &joint.considered;
        let name = &*joint.task.owners[usize::from(*index)].dataset;
        let offer = self.offer(name, joint.from)?;
        if !std::sync::Arc::ptr_eq(&offer.table, table) {
            return Err(format!("{name} is not what it was"));
        }
        if offer.policy.is_over(now) {
            return Err(format!("the policy of {name} has expired"));
        }
        Ok(offer)
    }

    /// It ends here, and nothing of it is kept. The chain hears that it does, and the requester why.
    fn part(&mut self, session: SessionId, (end, why): (End, &str), cx: &mut Cx<'_, Self>) {
        let Some(joint) = self.joints.remove(&session) else { return };
        if let Life::Running(seated) = &joint.life {
            self.meters.running.dec();
            // A child that is gone already needs no cancelling.
            let _ = cx.tell(&seated.cancel, troupe_runtime::Cancel);
        }
        tracing::info!(session = %session.short(), why, "rows were not matched for a task");
        self.decline(joint.task.number, end, cx);
        if let Some(reply) = joint.reply {
            reply.send(Joined::No(Text::cut(why)), cx);
        }
    }
}
