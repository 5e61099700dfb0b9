//! Tells its neighbours every beat that it lives, and works a sum out now and then.

use super::clerk::Sum;
use super::watch::Watch;
use bincode::{Decode, Encode};
use troupe_runtime::{Actor, Cx, Fault, Handle, Link, Origin, Pool, Reply};
use troupe_tests::seeds::fall;
use troupe_types::Millis;
use troupe_wire::{Lane, Limit, Message, Sender, Stream, Wire};

/// Told by a neighbour with every beat.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) struct Beat {
    sender: u32,
    number: u64,
}

impl Message for Beat {
    type Reply = ();
    const NAME: &'static str = "beat";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::secs(3);
}

impl Wire for Beat {
    const SERVICE: &'static str = "test.heart";
    const TAG: u16 = 1;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Roles(&["node"]);
}

pub(crate) struct Heart {
    pub(crate) node: u32,
    pub(crate) beat: Millis,
    /// One in so many beats is the last of its incarnation; 0 for none.
    pub(crate) falls: u64,
    pub(crate) luck: Stream,
    pub(crate) neighbours: Vec<Link<Beat>>,
    pub(crate) clerk: Link<Sum>,
    pub(crate) watch: Watch,
    /// Goes on over restarts of the actor, as its clock does.
    pub(crate) number: u64,
}

impl Actor for Heart {
    const KIND: &'static str = "heart";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        // Two incarnations of one process use different numbers: those of the time.
        self.number = cx.node().clock().nanos();
        let phase = Millis(self.luck.below(self.beat.0));
        cx.after(phase, Self::beat);
        Ok(())
    }
}

impl Heart {
    fn beat(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        cx.after(self.beat, Self::beat);
        self.number += 1;
        let mut told = 0;
        for neighbour in &self.neighbours {
            let beat = Beat { sender: self.node, number: self.number };
            told += u64::from(cx.tell(neighbour, beat).is_ok());
        }
        self.watch.see().beats_told += told;
        if self.number.is_multiple_of(10) {
            self.sum(cx)?;
        }
        if self.falls > 0 && self.luck.chance(1, self.falls) {
            self.watch.see().falls += 1;
            fall("a weak heart");
        }
        Ok(())
    }

    /// A busy pool means no sum this time.
    fn sum(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let upto = self.number % 1_000;
        let work = move || (0..=upto).sum::<u64>();
        let _ = cx.pool(Pool::Jobs, work, move |heart: &mut Self, sum, cx| {
            let sum = sum.map_err(|why| Fault::Restart(why.to_string()))?;
            if sum != upto * (upto + 1) / 2 {
                heart.watch.see().complaints.push(format!("the sum up to {upto} is {sum}"));
            }
            heart.watch.see().sums += 1;
            let _ = cx.tell(&heart.clerk, Sum);
            Ok(())
        });
        Ok(())
    }
}

impl Handle<Beat> for Heart {
    fn handle(
        &mut self,
        Beat { sender, number }: Beat,
        _: Reply<Beat>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.watch.on_time(cx, "beat");
        let Origin::Peer(peer) = cx.origin() else {
            return Err(Fault::Restart("beats come from others".to_owned()));
        };
        let (hearer, start) = (self.node as usize, peer.incarnation.0);
        self.watch.heard(hearer, sender, start, number);
        Ok(())
    }
}
