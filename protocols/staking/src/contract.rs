//! The accounts of the economy.

use troupe_types::Address;

const fn at(last: u8) -> Address {
    Address([0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last])
}

/// Holds what restricting plans will release, and is called for them.
pub const RESTRICTING: Address = at(1);
/// Holds stakes and delegations and all records, and is called for them.
pub const STAKING: Address = at(2);
/// Holds the rewards of the year that were not paid yet.
pub const REWARD_POOL: Address = at(3);
/// Holds the offences that were reported, and is called for them.
pub const SLASHING: Address = at(4);
/// Holds what is locked for votes, and is called for them.
pub const GOVERNANCE: Address = at(5);
/// Holds what delegators have earned and not claimed, and is called for it.
pub const DELEGATE_REWARD: Address = at(6);
