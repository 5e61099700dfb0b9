// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// @title A contract that declares tasks
/// @notice What it offers to hear how they end. Only 0x1000000000000000000000000000000000000011 should be believed.
interface TaskReceiver {
    /// @notice A task is over. `ending` is the `end` of the task, `result` the hash that all parties posted if it is 1, paid.
    /// Called once, with the gas of the declaration; what it reverts with is nobody's concern.
    function onTask(uint256 task, uint8 ending, bytes32 result) external;
}
