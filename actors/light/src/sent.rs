//! What was sent from here and may not be in a block yet.

use std::collections::BTreeMap;
use troupe_chain::Recovered;
use troupe_types::{Address, Hash, Millis};

/// So many are remembered.
const MOST: usize = 1_024;
/// For so long.
const LIFETIME: Millis = Millis::secs(600);

/// Transactions that were sent from here.
#[derive(Debug, Default)]
pub(crate) struct Sent(BTreeMap<Hash, (Recovered, Millis)>);

impl Sent {
    /// Remembers one; the oldest goes where there is no room.
    pub(crate) fn add(&mut self, transaction: Recovered, now: Millis) {
        self.0.retain(|_, (_, until)| *until > now);
        if self.0.len() >= MOST {
            let oldest = self.0.iter().min_by_key(|(_, (_, until))| *until).map(|(hash, _)| *hash);
            oldest.map(|hash| self.0.remove(&hash));
        }
        self.0.insert(transaction.hash(), (transaction, now.plus(LIFETIME)));
    }

    /// One of them.
    pub(crate) fn get(&self, hash: &Hash) -> Option<Recovered> {
        self.0.get(hash).map(|(transaction, _)| transaction.clone())
    }

    /// The nonce after those of a sender that follow one another from `nonce` on; `None` where it has none.
    pub(crate) fn next_nonce(&self, sender: Address, nonce: u64) -> Option<u64> {
        let of_sender = self.0.values().filter(|(one, _)| one.sender() == sender);
        let mut nonces: Vec<u64> = of_sender.map(|(one, _)| one.transaction().nonce()).collect();
        nonces.sort_unstable();
        let next =
            nonces.into_iter().fold(nonce, |next, one| if one == next { next + 1 } else { next });
        (next > nonce).then_some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use troupe_chain::transaction::{Transaction, TxEip1559, Unsigned, recover};
    use troupe_crypto::ecdsa::SecretKey;

    fn sent(who: u8, nonce: u64) -> Recovered {
        let fields = TxEip1559 { chain_id: 1, nonce, gas_limit: 21_000, ..TxEip1559::default() };
        let secret = SecretKey::from_bytes(&[who; 32]).unwrap();
        recover(Transaction::sign(Unsigned::DynamicFee(fields), &secret).unwrap()).unwrap()
    }

    #[test]
    fn nonces_count_on_as_far_as_none_is_missing() {
        let (mut all, now) = (Sent::default(), Millis(1));
        let sender = sent(1, 0).sender();
        assert_eq!(all.next_nonce(sender, 4), None);
        for nonce in [4, 5, 7] {
            all.add(sent(1, nonce), now);
        }
        all.add(sent(2, 6), now);
        assert_eq!(all.next_nonce(sender, 4), Some(6), "6 is of somebody else");
        assert_eq!(all.next_nonce(sender, 5), Some(6));
        assert_eq!(all.next_nonce(sender, 6), None);
        assert_eq!(all.next_nonce(sender, 7), Some(8));
    }

    #[test]
    fn what_was_sent_is_remembered_for_ten_minutes() {
        let mut all = Sent::default();
        let first = sent(1, 0);
        all.add(first.clone(), Millis(5));
        assert_eq!(all.get(&first.hash()).map(|found| found.hash()), Some(first.hash()));
        all.add(sent(1, 1), Millis(5).plus(LIFETIME));
        assert!(all.get(&first.hash()).is_none());
        assert!(all.get(&sent(1, 1).hash()).is_some());
    }

    #[test]
    fn no_more_are_remembered_than_there_is_room_for_and_the_oldest_goes() {
        let mut all = Sent::default();
        for nonce in 0..1_030 {
            all.add(sent(1, nonce), Millis(nonce));
        }
        assert_eq!(all.0.len(), MOST);
        assert!(all.get(&sent(1, 5).hash()).is_none() && all.get(&sent(1, 6).hash()).is_some());
    }

    proptest! {
        #[test]
        fn the_next_nonce_is_the_first_that_was_not_sent(
            nonces in prop::collection::btree_set(0u64..12, 0..8), from in 0u64..12,
        ) {
            let mut all = Sent::default();
            for nonce in &nonces {
                all.add(sent(1, *nonce), Millis(1));
            }
            let first = (from..).find(|nonce| !nonces.contains(nonce)).unwrap();
            let want = (first > from).then_some(first);
            prop_assert_eq!(all.next_nonce(sent(1, 0).sender(), from), want);
        }
    }
}
