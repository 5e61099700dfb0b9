//! Partitions: which nodes do not hear which.

use super::Network;
use std::collections::BTreeSet;

impl Network {
    /// Nothing passes from any of `from` to any of `to`; the other direction stays as it is.
    pub(crate) fn cut(&self, from: &[usize], to: &[usize]) {
        let mut state = self.lock();
        for one in from {
            state.cuts.extend(to.iter().filter(|other| *other != one).map(|other| (*one, *other)));
        }
        self.auditor.turned(self.wheel.nanos(), from.first().copied().unwrap_or(0), "was cut off");
        self.review(&mut state);
    }

    /// Separates groups from each other in both directions. Nodes that are not named form one more
    /// group.
    pub(crate) fn split(&self, groups: &[Vec<usize>]) {
        let nodes = self.lock().stations.len();
        let named: BTreeSet<usize> = groups.iter().flatten().copied().collect();
        let others: Vec<usize> = (0..nodes).filter(|node| !named.contains(node)).collect();
        let mut groups = groups.to_vec();
        groups.push(others);
        for (index, group) in groups.iter().enumerate() {
            for other in &groups[index + 1..] {
                self.cut(group, other);
                self.cut(other, group);
            }
        }
    }

    /// Everything passes again.
    pub(crate) fn heal(&self) {
        let mut state = self.lock();
        state.cuts.clear();
        self.auditor.turned(self.wheel.nanos(), 0, "healed");
        self.review(&mut state);
    }
}
