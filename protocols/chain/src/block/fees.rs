//! What gas costs next.

use super::Header;

/// How many times the target a block may hold, and how slowly the fee follows.
// EIP-1559
const ELASTICITY: u64 = 2;
const DENOMINATOR: u128 = 8;

/// The base fee of a block's child, in von per gas: up by at most an eighth when the block used more
/// than half of its gas, down by at most an eighth when less, never below the floor.
#[must_use]
pub fn next_base_fee(parent: &Header, floor: u64) -> u64 {
    let base = parent.base_fee;
    let target = parent.gas_limit.0 / ELASTICITY;
    let used = parent.gas_used.0;
    // At most base times the distance over the target, over eight; the distance is at most the
    // target in a valid block, and the sum saturates in any other.
    let step = |distance: u64| {
        let step =
            u128::from(base) * u128::from(distance) / u128::from(target.max(1)) / DENOMINATOR;
        u64::try_from(step).unwrap_or(u64::MAX)
    };
    let next = if used > target {
        base.saturating_add(step(used - target).max(1))
    } else {
        base.saturating_sub(step(target - used))
    };
    next.max(floor)
}
