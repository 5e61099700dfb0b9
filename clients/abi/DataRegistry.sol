// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// @title Data sets
/// @notice At 0x1000000000000000000000000000000000000010: who has which data, and under which conditions computations may
/// use them. The rows stay with their owners. Amounts are in von, times in milliseconds.
interface DataRegistry {
    /// @notice What an owner demands. `askers` are read where `anyone` is false. `algorithms` and `engines` have a bit for
    /// each that is allowed. Where `named` has nodes, no others may compute. With `ownParty` the compute node that runs as
    /// the node of the data set has to. `expires` is 0 for never.
    struct Policy {
        bool anyone;
        address[] askers;
        uint64 algorithms;
        uint8 engines;
        uint64 leastRows;
        uint32 leastGroup;
        bytes32[] named;
        bytes32[] excluded;
        bool ownParty;
        uint64 expires;
    }

    /// @notice What is said of a data set. `price` is that of one computation.
    struct Listing {
        bytes32 node;
        string name;
        bytes32 schema;
        uint64 rows;
        bytes32 content;
        uint128 price;
        Policy policy;
    }

    struct Dataset {
        uint64 id;
        address owner;
        uint32 version;
        uint64 since;
        bool revoked;
        Listing listing;
    }

    /// @notice Why a call did nothing: a number that stays, and the rule with what was asked and what is allowed.
    error Refused(uint32 code, string reason);

    event Published(uint64 indexed id, address indexed owner, bytes32 indexed node);
    event Updated(uint64 indexed id, uint32 version);
    event Revoked(uint64 indexed id);

    /// @notice Lists a data set.
    function publish(Listing calldata listing) external returns (uint64 id);

    /// @notice Says something else of it. Who agreed to a task on it agreed to what was said before: such tasks do not start.
    function update(uint64 id, Listing calldata listing) external;

    /// @notice Takes it back for ever.
    function revoke(uint64 id) external;

    /// @notice One data set; refused where there is none.
    function getDataset(uint64 id) external view returns (Dataset memory dataset);

    /// @notice The data sets after a number, at most 64.
    function getDatasets(uint64 afterId, uint64 count) external view returns (Dataset[] memory datasets);

    /// @notice The data sets of an account after a number, at most 64.
    function getDatasetsOf(address owner, uint64 afterId, uint64 count)
        external
        view
        returns (Dataset[] memory datasets);
}
