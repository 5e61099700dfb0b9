// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// @title Proposals and votes
/// @notice At 0x1000000000000000000000000000000000000005. Amounts are in von, times in milliseconds. A proposal is
/// named by the hash of its transaction. Votes: 1 yes, 2 no, 3 neither.
interface Governance {
    /// @notice A proposal. `kind` is 1 for a text, 2 for a version, 3 for a parameter, 4 to drop another one; `state`
    /// is 1 voted on, 2 accepted, 3 not accepted, 4 accepted and not in force yet, 5 in force, 6 dropped. Of `version`,
    /// `param`, `value` and `target` what the kind has is set.
    struct Proposal {
        bytes32 id;
        uint8 kind;
        uint8 state;
        bytes32 node;
        string pip;
        uint64 height;
        uint64 submitted;
        uint64 ends;
        uint32 version;
        string param;
        uint128 value;
        bytes32 target;
        bytes32 canceledBy;
        uint64 activeFrom;
    }

    /// @notice A parameter, what it may be while the others are as they are, and what it counts.
    struct Param {
        string module;
        string name;
        uint128 value;
        uint128 least;
        uint128 most;
        string unit;
    }

    /// @notice Why a call did nothing: a number that stays, and the rule with what was asked and what is allowed.
    error Refused(uint32 code, string reason);

    event Submitted(bytes32 indexed id, bytes32 indexed node);
    event NodeVoted(bytes32 indexed id, bytes32 indexed node, uint8 choice);
    event HolderVoted(bytes32 indexed id, address indexed holder, uint8 choice, uint128 locked, uint128 delegated);
    event Unlocked(bytes32 indexed id, address indexed holder, uint128 amount);
    event Ended(bytes32 indexed id, uint8 state, uint128 yes, uint128 no, uint128 abstain, uint128 eligible);
    event Declared(bytes32 indexed node, uint32 version);
    event Activated(uint32 version, uint64 fromRound);

    /// @notice Proposes a text, by the account that staked for an alternative validator; so the next three.
    function submitText(bytes32 node, string calldata pip) external returns (bytes32 id);

    /// @notice Proposes a newer program: the major part of its version in 16 bits, the minor one and the patch in 8.
    function submitVersion(bytes32 node, string calldata pip, uint32 version, uint64 voting)
        external
        returns (bytes32 id);

    /// @notice Proposes another value of a parameter, in decimal digits.
    function submitParam(
        bytes32 node,
        string calldata pip,
        string calldata module,
        string calldata name,
        string calldata value
    ) external returns (bytes32 id);

    /// @notice Proposes to drop a proposal.
    function submitCancel(bytes32 node, string calldata pip, bytes32 target, uint64 voting)
        external
        returns (bytes32 id);

    /// @notice Votes for an alternative validator, by the account that staked for it.
    function voteAsNode(bytes32 node, bytes32 id, uint8 choice, uint32 version) external;

    /// @notice Votes with what the caller delegates, and with what it sends, which is locked until the vote ends.
    function voteAsHolder(bytes32 id, uint8 choice) external payable;

    /// @notice Gives back what the caller locked for a vote that has ended.
    function unlock(bytes32 id) external returns (uint128 amount);

    /// @notice Says which version the node of a candidate runs.
    function declareVersion(bytes32 node, uint32 version) external;

    /// @notice A proposal; refused where there is none.
    function getProposal(bytes32 id) external view returns (Proposal memory proposal);

    /// @notice Proposals after so many, the oldest first, at most 100.
    function getProposals(uint64 afterCount, uint64 most) external view returns (Proposal[] memory page);

    /// @notice How the votes on a proposal are: in von, and for a version in nodes.
    function getTally(bytes32 id)
        external
        view
        returns (uint128 yes, uint128 no, uint128 abstain, uint128 eligible);

    /// @notice What the candidate of a number voted for; 0 where it did not, or some blocks after the end.
    function getNodeVote(bytes32 id, uint64 stake) external view returns (uint8 choice);

    /// @notice What an account voted for and with; 0 where it did not, has taken back what it locked, or
    /// locked nothing and the vote has ended some blocks ago.
    function getHolderVote(bytes32 id, address holder)
        external
        view
        returns (uint8 choice, uint128 locked, uint128 delegated);

    /// @notice The version in force, and the one that will be from a round on; 0 where there is none.
    function getVersion() external view returns (uint32 active, uint32 upcoming, uint64 fromRound);

    /// @notice A parameter by its module and name.
    function getParam(string calldata module, string calldata name) external view returns (Param memory param);

    /// @notice The parameters of a module, all of them for "".
    function getParams(string calldata module) external view returns (Param[] memory params);
}
