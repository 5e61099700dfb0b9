// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// @title Evidence
/// @notice At 0x1000000000000000000000000000000000000004.
interface Slashing {
    /// @notice Why a call did nothing: a number that stays, and the rule with what was asked and what is allowed.
    error Refused(uint32 code, string reason);

    /// @notice Shows that a validator contradicted itself. What it loses is given in von; a part of it goes to the
    /// caller. Nobody shows his own fault.
    function reportDuplicateSign(bytes calldata evidence) external returns (uint128 lost);

    /// @notice Whether a vote key was punished for what it signed in a round.
    function isPunished(bytes calldata voteKey, uint64 round) external view returns (bool punished);
}
