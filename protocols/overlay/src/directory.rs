//! The list itself: entries that live until they are not announced any more.

use crate::error::Error;
use crate::message::Entry;
use std::collections::{BTreeMap, BTreeSet};
use troupe_types::{Millis, NodeId};

/// Live processes by identity. Bounded; time is handed in.
#[derive(Debug)]
pub struct Directory {
    entries: BTreeMap<NodeId, Listed>,
    limit: usize,
    lifetime: Millis,
}

#[derive(Debug)]
struct Listed {
    entry: Entry,
    until: Millis,
}

impl Directory {
    /// An empty directory of at most `limit` entries that live for `lifetime` each.
    #[must_use]
    pub const fn new(limit: usize, lifetime: Millis) -> Self {
        Self { entries: BTreeMap::new(), limit, lifetime }
    }

    /// Lists a process until `now` plus the lifetime, which is returned.
    pub fn announce(&mut self, now: Millis, entry: Entry) -> Result<Millis, Error> {
        check_address(&entry.address)?;
        if let Some(listed) = self.entries.get(&entry.id) {
            if listed.entry.incarnation > entry.incarnation && listed.until > now {
                let (got, known) = (entry.incarnation, listed.entry.incarnation);
                return Err(Error::Stale { got, known });
            }
        } else if self.entries.len() >= self.limit {
            self.expire(now);
            if self.entries.len() >= self.limit {
                return Err(Error::Full { limit: self.limit });
            }
        }
        let until = now.plus(self.lifetime);
        self.entries.insert(entry.id, Listed { entry, until });
        Ok(self.lifetime)
    }

    /// Forgets a process that says it leaves.
    pub fn withdraw(&mut self, id: NodeId) {
        self.entries.remove(&id);
    }

    /// Live entries that publish `service`, or all for the empty name; at most `most`.
    #[must_use]
    pub fn find(&self, now: Millis, service: &str, most: usize) -> Vec<&Entry> {
        let offers = |entry: &Entry| {
            service.is_empty() || entry.services.iter().any(|offered| **offered == *service)
        };
        let live = self.entries.values().filter(|listed| listed.until > now);
        live.map(|listed| &listed.entry).filter(|entry| offers(entry)).take(most).collect()
    }

    /// Live entries of these processes, as far as there are some.
    #[must_use]
    pub fn locate(&self, now: Millis, nodes: &[NodeId]) -> Vec<&Entry> {
        let wanted: BTreeSet<&NodeId> = nodes.iter().collect();
        let found = wanted.into_iter().filter_map(|node| self.entries.get(node));
        found.filter(|listed| listed.until > now).map(|listed| &listed.entry).collect()
    }

    /// Forgets what is no longer announced.
    pub fn expire(&mut self, now: Millis) {
        self.entries.retain(|_, listed| listed.until > now);
    }

    /// How many entries are held, expired ones that were not yet forgotten included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nobody is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

fn check_address(address: &str) -> Result<(), Error> {
    let (host, port) = address.rsplit_once(':').ok_or(Error::Address)?;
    let is_port = port.parse::<u16>().is_ok_and(|port| port > 0);
    if host.is_empty() || !is_port { Err(Error::Address) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use troupe_types::Incarnation;
    use troupe_wire::{List, Text};

    fn entry(id: u8, incarnation: u64, service: &str) -> Entry {
        Entry {
            id: NodeId([id; 32]),
            incarnation: Incarnation(incarnation),
            address: Text::new("127.0.0.1:9470").unwrap(),
            role: Text::new("compute").unwrap(),
            services: List::new(vec![Text::new(service).unwrap()]).unwrap(),
        }
    }

    #[derive(Debug, Clone)]
    enum Step {
        Announce(u8, u64),
        Withdraw(u8),
        Pass(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0u8..12, 0u64..4).prop_map(|(id, n)| Step::Announce(id, n)),
            (0u8..12).prop_map(Step::Withdraw),
            (0u64..20).prop_map(Step::Pass),
        ]
    }

    proptest! {
        #[test]
        fn it_never_holds_more_than_its_limit_nor_finds_the_expired(
            steps in proptest::collection::vec(step(), 0..100),
        ) {
            let mut directory = Directory::new(8, Millis(30));
            let mut now = Millis(0);
            let mut announced: BTreeMap<NodeId, Millis> = BTreeMap::new();
            for step in steps {
                match step {
                    Step::Announce(id, n) => {
                        if directory.announce(now, entry(id, n, "s")).is_ok() {
                            announced.insert(NodeId([id; 32]), now);
                        }
                    }
                    Step::Withdraw(id) => {
                        directory.withdraw(NodeId([id; 32]));
                        announced.remove(&NodeId([id; 32]));
                    }
                    Step::Pass(span) => now = now.plus(Millis(span)),
                }
                prop_assert!(directory.len() <= 8);
                let found: Vec<_> = directory.find(now, "s", 100).iter().map(|e| e.id).collect();
                let live: Vec<_> = announced
                    .iter()
                    .filter(|(_, at)| at.plus(Millis(30)) > now)
                    .map(|(id, _)| *id)
                    .collect();
                let all: Vec<NodeId> = (0..12).map(|id| NodeId([id; 32])).collect();
                let located = directory.locate(now, &all);
                let located: Vec<_> = located.into_iter().map(|entry| entry.id).collect();
                prop_assert_eq!(&located, &live);
                prop_assert_eq!(found, live);
            }
        }
    }

    #[test]
    fn an_earlier_start_of_a_node_cannot_replace_a_later_one() {
        let mut directory = Directory::new(8, Millis(30));
        directory.announce(Millis(0), entry(1, 5, "s")).unwrap();
        let stale = directory.announce(Millis(1), entry(1, 4, "s")).unwrap_err();
        assert_eq!(stale.to_string(), "announced by start 4 of the node after start 5");
        assert!(directory.announce(Millis(31), entry(1, 4, "s")).is_ok());
    }

    #[test]
    fn a_full_directory_makes_room_only_by_expiry() {
        let mut directory = Directory::new(2, Millis(30));
        directory.announce(Millis(0), entry(1, 0, "s")).unwrap();
        directory.announce(Millis(20), entry(2, 0, "s")).unwrap();
        assert_eq!(directory.announce(Millis(21), entry(3, 0, "s")), Err(Error::Full { limit: 2 }));
        assert!(directory.announce(Millis(30), entry(3, 0, "s")).is_ok());
    }

    #[test]
    fn an_address_has_a_host_and_a_port() {
        for address in ["", "host", ":9470", "host:", "host:0", "host:70000"] {
            assert_eq!(check_address(address), Err(Error::Address), "{address}");
        }
        assert_eq!(check_address("[::1]:9470"), Ok(()));
    }

    #[test]
    fn only_what_publishes_the_service_is_found() {
        let mut directory = Directory::new(8, Millis(30));
        directory.announce(Millis(0), entry(1, 0, "data.dataset")).unwrap();
        directory.announce(Millis(0), entry(2, 0, "compute.session")).unwrap();
        assert_eq!(directory.find(Millis(1), "compute.session", 9).len(), 1);
        assert_eq!(directory.find(Millis(1), "", 9).len(), 2);
        assert_eq!(directory.find(Millis(1), "", 1).len(), 1);
    }
}
