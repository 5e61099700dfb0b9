//! Calls by Solidity's ABI.

mod answer;
mod governance;
mod rewards;
mod slashing;
mod staking;

pub(super) use answer::answer;
