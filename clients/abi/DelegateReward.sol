// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// @title What delegations earn
/// @notice At 0x1000000000000000000000000000000000000006. Amounts are in von.
interface DelegateReward {
    /// @notice What was earned with a candidate.
    struct Reward {
        uint64 id;
        bytes32 node;
        uint128 amount;
    }

    /// @notice Why a call did nothing: a number that stays, and the rule with what was asked and what is allowed.
    error Refused(uint32 code, string reason);

    event Claimed(address indexed delegator, bytes32 indexed node, uint128 amount);

    /// @notice Pays what the caller's delegations have earned, of at most 20 of them.
    function claim() external returns (Reward[] memory paid);

    /// @notice What an account's delegations have earned and were not paid: at most 64.
    function getRewards(address delegator) external view returns (Reward[] memory rewards);
}
