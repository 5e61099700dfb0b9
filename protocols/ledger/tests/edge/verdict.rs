//! How a story ends.

use super::host::Host;
use super::scene::{Scene, Weather, number};
use super::trap::epoch_of;
use std::collections::BTreeSet;
use troupe_consensus::invariants;
use troupe_types::Millis;

impl Scene {
    /// The lowest and the highest final height of those who are up.
    pub(crate) fn heights(&self) -> (u64, u64) {
        let up = self.hosts.iter().filter(|host| host.is_up());
        let heights: Vec<u64> = up.map(Host::height).collect();
        (heights.iter().copied().min().unwrap_or(0), heights.iter().copied().max().unwrap_or(0))
    }

    /// What holds in every story: one block for a height, of one state, each of the term that its height is of; nobody
    /// stopped; nobody who follows the rules is accused.
    pub(crate) fn check(&self) -> Result<(), String> {
        let reached: Vec<_> = self.hosts.iter().flat_map(|host| host.reached.clone()).collect();
        invariants::all(&reached).map_err(|violation| violation.to_string())?;
        let longest = self.hosts.iter().max_by_key(|host| host.height()).unwrap();
        for (at, host) in self.hosts.iter().enumerate() {
            for ((mine, _), (theirs, _)) in host.finals.iter().zip(&longest.finals) {
                let header = mine.block.header();
                if mine.block.hash() != theirs.block.hash() {
                    return Err(format!("two blocks are final at {}", header.height));
                }
                if header.epoch != epoch_of(header.height) {
                    return Err(format!("block {} is of epoch {}", header.height, header.epoch));
                }
            }
            if let Some(halt) = host.halted {
                return Err(format!("{at} stopped: {halt}"));
            }
            let guilty: BTreeSet<usize> = self.offences.values().copied().collect();
            for (peer, fault) in &host.blamed {
                if !guilty.contains(&number(peer)) {
                    return Err(format!("{at} blames {}: {fault}", number(peer)));
                }
            }
            if guilty.is_empty() && !host.evidence.is_empty() {
                return Err(format!("{at} has evidence: {:?}", host.evidence));
            }
        }
        Ok(())
    }

    /// All is well again: everybody is up before long, and the chain grows at everybody's by more than an epoch edge takes.
    pub(crate) fn goes_on(&mut self) -> Result<(), String> {
        self.weather = Weather::FAIR;
        self.cuts.clear();
        self.trap = None;
        for at in 0..self.hosts.len() {
            self.rise(at);
        }
        let (_, before) = self.heights();
        let grows = self.run(Millis::secs(60), |scene| scene.heights().0 > before + 6);
        self.check()?;
        if grows {
            return Ok(());
        }
        let process = self.hosts.iter().filter_map(|host| host.process.as_ref());
        let states: Vec<String> =
            process.map(|process| format!("{:?}", process.machine.snapshot())).collect();
        Err(format!("no growth beyond {before}:\n{}", states.join("\n")))
    }
}
