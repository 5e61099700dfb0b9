//! What a state gives to the rules.

use crate::{Key, Table, Told};
use troupe_types::Address;

/// Records by key, and balances. Amounts are in von.
///
/// Nothing here fails: a state that cannot be read gives nothing, remembers that, and whatever came of it is
/// thrown away in the end. What is written by an operation that is then refused is taken back by whoever called it.
pub trait World {
    /// A record.
    fn get(&mut self, key: &Key) -> Option<Vec<u8>>;

    /// Puts a record of at most [`MAX_RECORD`](crate::MAX_RECORD) bytes in the place of the one before.
    fn put(&mut self, key: &Key, value: &[u8]);

    /// Removes a record.
    fn remove(&mut self, key: &Key);

    /// The record of a table that comes after a key in the order of bytes, or the first one.
    fn next(&mut self, table: Table, after: Option<&Key>) -> Option<(Key, Vec<u8>)>;

    /// What an account has.
    fn balance(&mut self, of: Address) -> u128;

    /// Moves an amount that `from` has: who calls has seen that it does.
    fn pay(&mut self, from: Address, to: Address, amount: u128);

    /// Makes an amount out of nothing.
    fn mint(&mut self, to: Address, amount: u128);

    /// Tells those who look on.
    fn log(&mut self, event: Told);

    /// Says that the records contradict themselves, which no history leads to. What is computed now does not count.
    fn broken(&mut self, what: &'static str);
}
