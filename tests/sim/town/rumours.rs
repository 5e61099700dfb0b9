//! Compares with others what is new, so that everyone learns everything in the end.

use super::watch::Watch;
use bincode::{Decode, Encode};
use std::collections::BTreeMap;
use troupe_runtime::{Actor, Cx, Fault, Handle, Link, Reply};
use troupe_types::Millis;
use troupe_wire::{Limit, List, Message, Retry, Sender, Stream, Wire};

/// The newest rumour that started at each node, by node.
type News = List<(u32, u64), 128>;

/// Asked of a random other; the answer holds what is newer there.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) struct Compare(News);

impl Message for Compare {
    type Reply = News;
    const NAME: &'static str = "compare";
    const RETRY: Retry = Retry::Idempotent;
    const DEADLINE: Millis = Millis::secs(4);
}

impl Wire for Compare {
    const SERVICE: &'static str = "test.rumours";
    const TAG: u16 = 1;
    const LIMIT: Limit = Limit::KiB16;
    const REPLY_LIMIT: Limit = Limit::KiB16;
    const SENDER: Sender = Sender::Listed;
}

/// Asked by the test: everything known.
pub(crate) struct Known;

impl Message for Known {
    type Reply = BTreeMap<u32, u64>;
    const NAME: &'static str = "known";
}

pub(crate) struct Rumours {
    pub(crate) node: u32,
    pub(crate) every: Millis,
    /// After this instant of its wall clock it starts no more rumours.
    pub(crate) until: u64,
    pub(crate) luck: Stream,
    pub(crate) others: Vec<Link<Compare>>,
    pub(crate) watch: Watch,
    pub(crate) known: BTreeMap<u32, u64>,
}

impl Actor for Rumours {
    const KIND: &'static str = "rumours";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let phase = Millis(self.luck.below(self.every.0));
        cx.after(phase, Self::compare);
        Ok(())
    }
}

impl Rumours {
    fn news(&self) -> Result<News, Fault> {
        let news = self.known.iter().map(|(node, rumour)| (*node, *rumour)).collect();
        List::new(news).map_err(|error| Fault::Fatal(error.to_string()))
    }

    fn learn(&mut self, news: News) {
        for (node, rumour) in news.into_inner() {
            let known = self.known.entry(node).or_default();
            *known = rumour.max(*known);
        }
    }

    fn compare(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        cx.after(self.every, Self::compare);
        let now = cx.now().wall.0;
        if now < self.until {
            self.known.insert(self.node, now);
        }
        let chosen = self.luck.below(self.others.len() as u64) as usize;
        let Some(other) = self.others.get(chosen).cloned() else { return Ok(()) };
        cx.ask(&other, Compare(self.news()?), |rumours: &mut Self, newer, _| {
            if let Ok(newer) = newer {
                rumours.watch.see().comparisons += 1;
                rumours.learn(newer);
            }
            Ok(())
        });
        Ok(())
    }
}

impl Handle<Compare> for Rumours {
    fn handle(
        &mut self,
        Compare(theirs): Compare,
        reply: Reply<Compare>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.watch.on_time(cx, "compare");
        let theirs: BTreeMap<u32, u64> = theirs.into_inner().into_iter().collect();
        let is_newer = |(node, rumour): &(&u32, &u64)| theirs.get(node) < Some(rumour);
        let newer = self.known.iter().filter(is_newer).map(|(node, rumour)| (*node, *rumour));
        let newer = List::new(newer.collect()).map_err(|error| Fault::Fatal(error.to_string()))?;
        self.learn(List::new(theirs.into_iter().collect()).expect("as long as before"));
        reply.send(newer, cx);
        Ok(())
    }
}

impl Handle<Known> for Rumours {
    fn handle(
        &mut self,
        _: Known,
        reply: Reply<Known>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        reply.send(self.known.clone(), cx);
        Ok(())
    }
}
