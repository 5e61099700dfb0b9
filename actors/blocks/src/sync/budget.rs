//! What each light client may ask for: requests and bytes, which come back with time.

use std::collections::BTreeMap;
use troupe_types::{Millis, NodeId};

/// Requests that come back in a second: what follows a chain asks three or four times a block.
const REQUESTS: i64 = 100;
/// Requests that are saved up: a call that reads a thousand words one by one.
const MOST_REQUESTS: i64 = 1_000;
/// Bytes that come back in a second.
const BYTES: i64 = 1 << 20;
/// Bytes that are saved up.
const MOST_BYTES: i64 = 16 << 20;
/// So many clients are remembered that have not got everything back.
const MOST_CLIENTS: usize = 1_024;

/// What one client has left, in thousandths.
#[derive(Debug, Clone, Copy)]
struct Budget {
    requests: i64,
    bytes: i64,
    at: Millis,
}

impl Budget {
    const fn whole(at: Millis) -> Self {
        Self { requests: MOST_REQUESTS * 1_000, bytes: MOST_BYTES * 1_000, at }
    }

    fn refill(&mut self, now: Millis) {
        let passed = i64::try_from(now.since(self.at).0).unwrap_or(i64::MAX);
        let more = |left: i64, rate: i64, most: i64| {
            left.saturating_add(passed.saturating_mul(rate)).min(most * 1_000)
        };
        self.requests = more(self.requests, REQUESTS, MOST_REQUESTS);
        self.bytes = more(self.bytes, BYTES, MOST_BYTES);
        self.at = now;
    }

    const fn is_whole(&self) -> bool {
        self.requests == MOST_REQUESTS * 1_000 && self.bytes == MOST_BYTES * 1_000
    }
}

/// What all of them have left. Who has everything is not remembered.
#[derive(Debug, Default)]
pub(super) struct Budgets(BTreeMap<NodeId, Budget>);

impl Budgets {
    /// Whether a client may ask for something that costs so many requests; then it has paid for them.
    pub(super) fn admit(&mut self, from: NodeId, cost: u32, now: Millis) -> bool {
        if !self.0.contains_key(&from) && self.0.len() >= MOST_CLIENTS {
            self.0.retain(|_, budget| {
                budget.refill(now);
                !budget.is_whole()
            });
            if self.0.len() >= MOST_CLIENTS {
                return false;
            }
        }
        let budget = self.0.entry(from).or_insert_with(|| Budget::whole(now));
        budget.refill(now);
        let cost = i64::from(cost) * 1_000;
        if budget.requests < cost || budget.bytes < 0 {
            return false;
        }
        budget.requests -= cost;
        true
    }

    /// A client was given so many bytes. It may get into debt by one answer.
    pub(super) fn charge(&mut self, from: NodeId, bytes: usize, now: Millis) {
        let Some(budget) = self.0.get_mut(&from) else { return };
        budget.refill(now);
        let cost = i64::try_from(bytes).unwrap_or(MOST_BYTES).saturating_mul(1_000);
        budget.bytes = budget.bytes.saturating_sub(cost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CLIENT: NodeId = NodeId([1; 32]);

    #[test]
    fn a_burst_is_answered_a_flood_is_not_and_time_heals() {
        let mut budgets = Budgets::default();
        let admitted = (0..5_000).filter(|_| budgets.admit(CLIENT, 1, Millis(7))).count();
        assert_eq!(admitted, 1_000);
        assert!(budgets.admit(NodeId([2; 32]), 1, Millis(7)), "nobody pays for another");
        let later = Millis(7 + 1_000);
        let admitted = (0..5_000).filter(|_| budgets.admit(CLIENT, 1, later)).count();
        assert_eq!(admitted, 100);
    }

    #[test]
    fn bytes_run_out_as_well() {
        let mut budgets = Budgets::default();
        let mut given = 0;
        while budgets.admit(CLIENT, 1, Millis(1)) {
            budgets.charge(CLIENT, 512 << 10, Millis(1));
            given += 1;
        }
        assert_eq!(given, 33, "16 MiB, and one answer on credit");
        assert!(!budgets.admit(CLIENT, 1, Millis(400)));
        assert!(budgets.admit(CLIENT, 1, Millis(600)));
    }

    #[test]
    fn no_more_clients_are_remembered_than_there_is_room_for() {
        let mut budgets = Budgets::default();
        let client = |at: u16| {
            let mut id = [0; 32];
            id[..2].copy_from_slice(&at.to_be_bytes());
            NodeId(id)
        };
        let admitted = (0..2_000).filter(|at| budgets.admit(client(*at), 1, Millis(1))).count();
        assert_eq!(admitted, MOST_CLIENTS);
        assert!(budgets.admit(client(1_999), 1, Millis(1_000)), "others have everything again");
        assert_eq!(budgets.0.len(), 1);
    }

    proptest! {
        #[test]
        fn over_any_time_no_more_is_given_than_the_rates_allow(
            steps in proptest::collection::vec((0u64..50, 0usize..100_000), 1..200),
        ) {
            let (mut budgets, mut now, mut requests, mut bytes) = (Budgets::default(), 0, 0, 0);
            for (passed, size) in steps {
                now += passed;
                if budgets.admit(CLIENT, 1, Millis(now)) {
                    budgets.charge(CLIENT, size, Millis(now));
                    requests += 1;
                    bytes += size as u64;
                }
            }
            prop_assert!(requests <= 1_000 + now / 10 + 1);
            prop_assert!(bytes <= (16 << 20) + now * (1 << 20) / 1_000 + 100_000);
        }
    }
}
