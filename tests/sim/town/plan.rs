//! How a town is laid out.

use super::clerk::{Clerk, Sum};
use super::heart::{Beat, Heart};
use super::rumours::{Compare, Known, Rumours};
use super::watch::Watch;
use crate::kit::{Enter, Ledger};
use std::collections::{BTreeMap, BTreeSet};
use troupe_runtime::sim::{Scenario, Stage};
use troupe_runtime::{Build, Error, Fault, Link, Node, Spec};
use troupe_types::{Millis, NodeId};
use troupe_wire::Wire;

/// The size and the pace of a town.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Town {
    pub(crate) nodes: usize,
    pub(crate) beat: Millis,
    pub(crate) compare: Millis,
    pub(crate) enter: Millis,
    /// One in so many beats ends in a fall; 0 for none.
    pub(crate) falls: u64,
    /// From this instant on no new rumours start.
    pub(crate) quiet: Millis,
}

/// A scenario with this town in it, and who watches it.
pub(crate) fn furnish(seed: u64, town: Town) -> (Scenario, Watch) {
    let watch = Watch::default();
    let kept = watch.clone();
    let story = Scenario::seed(seed).nodes(town.nodes);
    (story.run_actors(move |stage| settle(stage, town, &kept)), watch)
}

/// When worlds begin, by their wall clocks.
const BEGINNING: u64 = 1_767_225_600_000;

fn settle(stage: &Stage<'_>, town: Town, watch: &Watch) -> Result<(), Error> {
    let (node, me) = (stage.node(), stage.number());
    Ledger::keep(node)?;
    let everyone = stage.everyone().to_vec();
    let others = move |reach: &[usize]| -> Vec<usize> {
        let step = |by: &usize| (me + by) % everyone.len();
        let chosen: BTreeSet<usize> = reach.iter().map(step).filter(|other| *other != me).collect();
        chosen.into_iter().collect()
    };
    let near = others(&[1, 7, 31]);
    let all = others(&(1..town.nodes).collect::<Vec<_>>());

    let (kept, ids) = (watch.clone(), stage.everyone().to_vec());
    let heart = move |build: &Build<'_>| {
        Ok(Heart {
            node: me as u32,
            beat: town.beat,
            falls: town.falls,
            luck: build.node.random("heart", build.incarnation),
            neighbours: links(build.node, near.iter().map(|near| ids[*near]))?,
            clerk: build.node.link::<Sum>("clerk"),
            watch: kept.clone(),
            number: 0,
        })
    };
    node.spawn(Spec::new(heart)).serve::<Beat>()?;

    let (kept, ids, everyone) = (watch.clone(), stage.everyone().to_vec(), all.clone());
    let clerk = move |build: &Build<'_>| {
        let ledgers = links::<Enter>(build.node, everyone.iter().map(|other| ids[*other]))?;
        Ok(Clerk {
            node: me,
            every: town.enter,
            luck: build.node.random("clerk", build.incarnation),
            home: build.node.link("ledger"),
            others: everyone.iter().copied().zip(ledgers).collect(),
            watch: kept.clone(),
        })
    };
    node.spawn(Spec::new(clerk)).accept::<Sum>();

    let (kept, ids) = (watch.clone(), stage.everyone().to_vec());
    let rumours = move |build: &Build<'_>| {
        Ok(Rumours {
            node: me as u32,
            every: town.compare,
            until: BEGINNING + town.quiet.0,
            luck: build.node.random("rumours", build.incarnation),
            others: links(build.node, all.iter().map(|other| ids[*other]))?,
            watch: kept.clone(),
            known: BTreeMap::new(),
        })
    };
    node.spawn(Spec::new(rumours)).serve::<Compare>()?.accept::<Known>();
    Ok(())
}

fn links<M: Wire>(node: &Node, to: impl Iterator<Item = NodeId>) -> Result<Vec<Link<M>>, Fault> {
    to.map(|id| node.remote::<M>(id).map_err(|error| Fault::Fatal(error.to_string()))).collect()
}
