//! What is told of restricting plans.

use troupe_types::Address;

/// Something that happened. Amounts are in von.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Somebody planned releases for an account.
    Created {
        /// Who paid.
        from: Address,
        /// For whom.
        account: Address,
        /// How much in all.
        amount: u128,
    },
    /// A release was due.
    Released {
        /// To whom.
        account: Address,
        /// Of which settlement epoch.
        period: u64,
        /// How much was due.
        amount: u128,
    },
    /// What was due was paid.
    Paid {
        /// To whom.
        account: Address,
        /// How much.
        amount: u128,
        /// How much is owed still, because it is staked.
        owed: u128,
    },
}
