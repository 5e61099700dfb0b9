//! Keys of records.

use std::fmt;

/// The longest key within its table.
const MAX: usize = 29;

/// What a record is of, whichever account keeps it. The number is a part of the state: never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Table {
    /// Values of which there is one: where the chain is in its periods, parameters, the supply.
    Single = 1,
    /// Candidates by number: what changes often.
    Stake = 2,
    /// Candidates by number: who they are.
    Profile = 3,
    /// The number of the candidate of a node.
    ByNode = 4,
    /// The numbers of candidates in the order of their rank.
    Rank = 5,
    /// The numbers of candidates that a public key for votes is, or was, of.
    ByKey = 6,
    /// The number of the candidate that an account has staked for last.
    ByStaker = 7,
    /// Delegations by delegator and candidate.
    Delegation = 8,
    /// What an account took back from delegations and may not have yet.
    Lock = 9,
    /// What delegators of a candidate had earned when a period ended.
    Mark = 10,
    /// The alternative validators of a period.
    Alternative = 11,
    /// The validators of a round.
    Office = 12,
    /// How many blocks each validator of a round made.
    Produced = 13,
    /// How many blocks a candidate made in a period.
    ProducedBy = 14,
    /// What is to be done when a period begins.
    Due = 15,
    /// In how many rounds a validator made no block.
    Idle = 16,
    /// The first rounds of periods.
    FirstRound = 17,
    /// Restricting plans: what an account has locked.
    Restricted = 20,
    /// Restricting plans: what is released to an account in a period.
    Release = 21,
    /// Restricting plans: whose is released in a period.
    Releases = 22,
    /// Proposals.
    Proposal = 30,
    /// Proposals that are open.
    Open = 31,
    /// Votes on a proposal.
    Vote = 32,
    /// LAT that are locked for votes.
    VoteLock = 33,
    /// Versions that nodes said they run.
    Version = 34,
    /// Parameters that were changed.
    Param = 35,
    /// The numbers of proposals by their identifiers.
    ProposalId = 36,
    /// The texts that proposals are about.
    Pip = 37,
    /// What of the votes of a candidate is counted for those who delegate it, by proposal.
    Overridden = 38,
    /// Who could have voted on a version.
    Seen = 39,
    /// Whose key was punished for what it signed in a round.
    Punished = 40,
    /// Proposals whose votes are cleared away.
    Closed = 41,
    /// Who validated in rounds that are over.
    Served = 42,
    /// Of the market, values of which there is one: its rules, counters.
    Market = 50,
    /// Data sets by number.
    Dataset = 51,
    /// The data sets of an account.
    DatasetOf = 52,
    /// Compute nodes by number.
    Compute = 53,
    /// The number of the compute node that an account has.
    ComputeOf = 54,
    /// The number of the compute node that runs as a node.
    ComputeAt = 55,
    /// Tasks by number.
    Task = 56,
    /// Tasks by the time at which something is due.
    TaskDue = 57,
    /// Tasks by the view whose word elects their parties.
    TaskDraw = 58,
    /// What contracts want called when their tasks are over.
    TaskCall = 59,
    /// The words of views in which more tasks were due than were elected.
    TaskWord = 60,
}

/// The key of a record: a table and at most 29 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    table: Table,
    // Zeros behind the end, so that the order of keys is that of their bytes, the shorter first.
    bytes: [u8; MAX],
    length: u8,
}

impl Key {
    /// A key of at most 29 bytes.
    #[must_use]
    pub const fn new<const N: usize>(table: Table, key: [u8; N]) -> Self {
        const { assert!(N <= MAX, "a key has at most 29 bytes") };
        let mut bytes = [0; MAX];
        let mut at = 0;
        while at < N {
            bytes[at] = key[at];
            at += 1;
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most 29")]
        let length = N as u8;
        Self { table, bytes, length }
    }

    /// A key of two numbers, the first of which decides the order.
    #[must_use]
    pub fn pair(table: Table, first: u64, second: u64) -> Self {
        let mut key = [0; 16];
        key[..8].copy_from_slice(&first.to_be_bytes());
        key[8..].copy_from_slice(&second.to_be_bytes());
        Self::new(table, key)
    }

    /// A key of an account and a number.
    #[must_use]
    pub fn of_account(table: Table, account: troupe_types::Address, number: u64) -> Self {
        let mut key = [0; 28];
        key[..20].copy_from_slice(&account.0);
        key[20..].copy_from_slice(&number.to_be_bytes());
        Self::new(table, key)
    }

    /// The key of these bytes; `None` where they are too many.
    #[must_use]
    pub fn of(table: Table, key: &[u8]) -> Option<Self> {
        let mut bytes = [0; MAX];
        bytes.get_mut(..key.len())?.copy_from_slice(key);
        Some(Self { table, bytes, length: u8::try_from(key.len()).ok()? })
    }

    /// Which table it is of.
    #[must_use]
    pub const fn table(&self) -> Table {
        self.table
    }

    /// The key within its table.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// The number that begins at a byte; zero where the key is too short.
    #[must_use]
    pub fn number(&self, at: usize) -> u64 {
        let found = self.bytes().get(at..).and_then(<[u8]>::first_chunk);
        found.map_or(0, |bytes| u64::from_be_bytes(*bytes))
    }

    /// The account that it begins with.
    #[must_use]
    pub fn account(&self) -> troupe_types::Address {
        let found = self.bytes().first_chunk();
        found.map_or(troupe_types::Address::default(), |bytes| troupe_types::Address(*bytes))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:02x?}", self.table, self.bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use troupe_types::Address;

    #[test]
    fn keys_stand_in_the_order_of_their_bytes() {
        let (short, long) = (Key::new(Table::Rank, [1]), Key::new(Table::Rank, [1, 0]));
        assert!(short < long && long < Key::new(Table::Rank, [2]));
        assert!(Key::new(Table::Stake, [9]) < short);
        assert_eq!(Key::of(Table::Rank, &[1, 0]), Some(long));
        assert_eq!(Key::of(Table::Rank, &[0; 30]), None);
        let key = Key::of_account(Table::Delegation, Address([7; 20]), 5);
        assert_eq!((key.account(), key.number(20), key.number(25)), (Address([7; 20]), 5, 0));
        assert_eq!(Key::pair(Table::Mark, 3, 4).number(8), 4);
    }

    proptest! {
        #[test]
        fn the_order_of_keys_is_that_of_their_tables_and_bytes(
            one in prop::collection::vec(any::<u8>(), 0..=MAX),
            other in prop::collection::vec(any::<u8>(), 0..=MAX),
            is_same_table in any::<bool>(),
        ) {
            let table = if is_same_table { Table::Rank } else { Table::ByKey };
            let first = Key::of(Table::Rank, &one).unwrap();
            let second = Key::of(table, &other).unwrap();
            let want = (Table::Rank, &one[..]).cmp(&(table, &other[..]));
            prop_assert_eq!(first.cmp(&second), want);
            prop_assert_eq!(first.bytes(), &one[..]);
        }
    }
}
