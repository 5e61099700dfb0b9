// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// @title Restricting plans
/// @notice At 0x1000000000000000000000000000000000000001: LAT that are released settlement epoch by settlement epoch
/// and may be staked before. Amounts are in von.
interface Restricting {
    /// @notice A release: of the settlement epoch that goes on for 1, of the next one for 2.
    struct Plan {
        uint64 epochs;
        uint128 amount;
    }

    /// @notice A release that is to come, when a settlement epoch begins.
    struct Release {
        uint64 epoch;
        uint128 amount;
    }

    /// @notice Why a call did nothing: a number that stays, and the rule with what was asked and what is allowed.
    error Refused(uint32 code, string reason);

    event PlanCreated(address indexed from, address indexed account, uint128 amount);
    event Released(address indexed account, uint64 epoch, uint128 amount);
    event Paid(address indexed account, uint128 amount, uint128 owed);

    /// @notice Plans at most 36 releases for an account. The sum is sent with the call.
    function createPlan(address account, Plan[] calldata plans) external payable;

    /// @notice The plans of an account; refused where it has none. `balance` is what is not paid yet, `debt` what of
    /// it was due and is staked, `pledged` what is staked.
    function getPlan(address account)
        external
        view
        returns (uint128 balance, uint128 debt, uint128 pledged, Release[] memory releases);
}
