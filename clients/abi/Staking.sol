// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// @title Stakes and delegations
/// @notice At 0x1000000000000000000000000000000000000002. Amounts are in von, of which a LAT has 10^18; nodes are named
/// by the 32 bytes of their node id; a settlement epoch is the time for which the alternative validators are chosen.
/// What is taken from a balance is sent with the call: not less, not more.
interface Staking {
    /// @notice An amount by where it came from.
    struct Purse {
        uint128 free;
        uint128 restricted;
    }

    /// @notice What a candidate says of itself: at most 70, 30, 140 and 280 bytes.
    struct Description {
        string externalId;
        string name;
        string website;
        string details;
    }

    /// @notice A candidate. Shares are in hundredths of a percent, `status` is a bit for each thing that happened to
    /// it and 0 for a candidate, `until` is the settlement epoch with which its stake goes back.
    struct Candidate {
        uint64 id;
        bytes32 node;
        address staker;
        address benefit;
        bytes voteKey;
        bytes32 vrfKey;
        uint64 since;
        uint32 version;
        uint32 status;
        Purse own;
        Purse fresh;
        uint128 delegated;
        uint128 delegatedFresh;
        uint64 delegations;
        uint16 share;
        uint16 nextShare;
        uint64 shareSet;
        uint128 delegatorsEarned;
        uint64 until;
        Description description;
    }

    /// @notice A validator of a round.
    struct Validator {
        uint64 id;
        bytes32 node;
        bytes voteKey;
        bytes32 vrfKey;
        address benefit;
        uint32 rounds;
    }

    /// @notice A delegation. `fresh` does not count yet; `held` is the part of it that was locked until `heldUntil`.
    struct Delegation {
        uint64 id;
        bytes32 node;
        Purse counts;
        Purse fresh;
        Purse held;
        uint64 heldUntil;
        uint64 epoch;
        uint128 claimable;
    }

    /// @notice What is locked until a settlement epoch begins.
    struct Lock {
        uint64 until;
        Purse amount;
    }

    /// @notice Why a call did nothing: a number that stays, and the rule with what was asked and what is allowed.
    error Refused(uint32 code, string reason);

    event Created(uint64 indexed id, bytes32 indexed node, address indexed staker, uint128 free, uint128 restricted);
    event Edited(bytes32 indexed node);
    event Increased(bytes32 indexed node, uint128 free, uint128 restricted);
    event Withdrawn(bytes32 indexed node, uint128 free, uint128 restricted, uint64 until);
    event Delegated(address indexed delegator, bytes32 indexed node, uint128 free, uint128 restricted);
    event Undelegated(
        address indexed delegator,
        bytes32 indexed node,
        uint128 free,
        uint128 restricted,
        uint128 lockedFree,
        uint128 lockedRestricted,
        uint64 until,
        uint128 earned
    );
    event Redeemed(address indexed delegator, uint128 free, uint128 restricted);

    /// @notice Makes the caller a candidate. `registration` is the 272 bytes of the node's keys and both signatures;
    /// `source` is 0 for the balance, 1 for restricting plans, 2 for these as far as they reach and then the balance.
    function createStaking(
        bytes calldata registration,
        uint16 source,
        uint128 amount,
        address benefit,
        uint16 share,
        uint32 version,
        Description calldata description
    ) external payable returns (uint64 id);

    /// @notice Says who gets what the caller's candidate earns.
    function setBenefit(bytes32 node, address benefit) external;

    /// @notice Says what delegators get from the next settlement epoch on, in hundredths of a percent.
    function setShare(bytes32 node, uint16 share) external;

    /// @notice Changes what the caller's candidate says of itself.
    function describe(bytes32 node, Description calldata description) external;

    /// @notice Stakes more.
    function increaseStaking(bytes32 node, uint16 source, uint128 amount) external payable;

    /// @notice Leaves.
    function withdrawStaking(bytes32 node) external;

    /// @notice Delegates; `source` may be 3 as well: delegations that were taken back and are locked.
    function delegate(bytes32 node, uint16 source, uint128 amount) external payable;

    /// @notice Takes a delegation back; all of it where less than the least would be left.
    function undelegate(uint64 id, uint128 amount)
        external
        returns (Purse memory returned, Purse memory locked, uint64 until, uint128 earned);

    /// @notice Pays out what is locked no more.
    function redeem() external returns (Purse memory amount);

    /// @notice The alternative validators of the settlement epoch, from one on, at most 100.
    function getVerifiers(uint64 from, uint64 most) external view returns (Candidate[] memory page, uint64 total);

    /// @notice The validators of the round in the order in which they propose.
    function getValidators() external view returns (uint64 round, uint64 first, uint64 last, Validator[] memory members);

    /// @notice Candidates in the order of their numbers, after one of them (0 for the first), at most 100. Those
    /// that left are among them until nothing of theirs is left.
    function getCandidates(uint64 afterId, uint64 most) external view returns (Candidate[] memory page);

    /// @notice The candidate of a node; refused where there is none.
    function getCandidate(bytes32 node) external view returns (Candidate memory candidate);

    /// @notice What an account delegates: at most 64.
    function getDelegations(address delegator) external view returns (Delegation[] memory delegations);

    /// @notice What an account delegates to one; refused where it is nothing.
    function getDelegation(address delegator, uint64 id) external view returns (Delegation memory delegation);

    /// @notice What an account may redeem, and what later.
    function getLocks(address account) external view returns (Purse memory redeemable, Lock[] memory later);

    /// @notice What a block of the settlement epoch before brought on average.
    function getPackageReward() external view returns (uint128 amount);

    /// @notice What the settlement epoch pays to its alternative validators in all.
    function getStakingReward() external view returns (uint128 amount);

    /// @notice Where the chain is in its settlement epochs.
    function getCalendar()
        external
        view
        returns (uint64 epoch, uint64 began, uint64 round, uint64 firstRound, uint64 cycle, uint64 cycleEnds);
}
