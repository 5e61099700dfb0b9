// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// @title Tasks and who computes them
/// @notice At 0x1000000000000000000000000000000000000011. Amounts are in von, times in milliseconds, phases: 1 consent,
/// 2 draw, 3 accept, 4 start, 5 compute, 6 settle, 7 ended.
interface TaskMarket {
    /// @notice A compute node. `weight` counts in elections, `nextWeight` some views after view `changed`; `leftAt` is 0 while
    /// it takes tasks.
    struct Node {
        uint64 id;
        address account;
        bytes32 node;
        bytes32 key;
        uint128 stake;
        uint128 bound;
        uint128 weight;
        uint128 nextWeight;
        uint64 changed;
        uint32 capacity;
        uint32 busy;
        uint64 since;
        uint64 leftAt;
        uint32 paid;
        uint32 failed;
    }

    /// @notice How long each phase takes at most.
    struct Spans {
        uint64 consent;
        uint64 accept_;
        uint64 start;
        uint64 compute;
        uint64 settle;
    }

    /// @notice `after_` is 0, or a paid task whose parties compute this one as well, in their seats, for no others than its
    /// receivers. `fee` is what the three parties get together, `prices` what is paid for data at most. Both are sent with
    /// the call.
    struct Declaration {
        bytes32 terms;
        uint64[] datasets;
        uint64 algorithms;
        uint8 engine;
        uint64 leastRows;
        uint32 leastGroup;
        address[] receivers;
        bytes32[] excluded;
        uint64 after_;
        uint128 fee;
        uint128 prices;
        Spans spans;
    }

    struct Leg {
        uint64 dataset;
        uint32 version;
        address owner;
        uint128 price;
        bool authorised;
        bool confirmed;
    }

    /// @notice What a party says came of it: of the result, of all that was exchanged, of what receivers get, and of what
    /// was exchanged with each of the two others.
    struct Posting {
        bytes32 result;
        bytes32 transcript;
        bytes32 output;
        bytes32[2] pairs;
    }

    /// @notice `word`: 0 nothing was said, 1 posted, 2 given up, 3 shown by others: then it has a result and a transcript.
    struct Seat {
        uint64 id;
        bool accepted;
        uint128 bond;
        uint8 word;
        bool punished;
        Posting posting;
    }

    /// @notice A message of seat `of_` that seat `from` says never came. `answer`: 0 awaited, 1 published, 2 settled.
    struct Demand {
        uint8 from;
        uint8 of_;
        uint32 round;
        uint64 until;
        uint8 answer;
        bytes32 hash;
    }

    /// @notice By the word of which view parties are elected, in which block they were, and how many seats were given to reserves
    /// since, because who had them did not accept.
    struct Election {
        uint64 view_;
        bytes32 word;
        uint64 drawnAt;
        uint8 replaced;
    }

    /// @notice `end` is 0 while it goes on; else 1 paid, 2 cancelled, 3 no consent, 4 revoked, 5 no word, 6 no parties,
    /// 7 not accepted, 8 not started, 9 stalled, 10 disagreed, 11 aborted, 12 unanswered, 13 caught.
    struct Task {
        uint64 id;
        address sender;
        bytes32 terms;
        uint64 algorithms;
        uint8 engine;
        uint64 leastRows;
        uint32 leastGroup;
        address[] receivers;
        bytes32[] excluded;
        uint64 after_;
        uint128 fee;
        uint128 escrow;
        Spans spans;
        uint8 phase;
        uint64 deadline;
        uint64 since;
        uint64 finalAt;
        Election election;
        Leg[] legs;
        Seat[] seats;
        uint64[] reserves;
        Demand[] demands;
        uint8 end;
        address through;
    }

    /// @notice What a contract wants when its task is over: a call of `TaskReceiver.onTask` with so much gas, 2,000,000 at most.
    /// `tip` is for whoever brings it about, and is sent with the declaration.
    struct Callback {
        uint64 gas_;
        uint128 tip;
    }

    /// @notice A result that was shown: each value is divided by 2 to the power of `fraction`, and by `divisor`.
    struct Opened {
        string name;
        int128[] values;
        uint8 fraction;
        uint64 divisor;
    }

    /// @notice Something that a party signed with the key of its node.
    struct Statement {
        uint8 kind;
        uint8 peer;
        uint32 round;
        uint32 part;
        bytes32 hash;
        bytes signature;
    }

    struct Rules {
        uint128 leastStake;
        uint128 bond;
        uint128 smallBond;
        uint64 unbonding;
        uint64 answer;
        uint64 draw;
        uint64 views;
        uint8 slashedPercent;
        uint8 reporterPercent;
        uint8 abandonedPercent;
        uint128 leastFee;
        uint64 leastSpan;
    }

    /// @notice Why a call did nothing: a number that stays, and the rule with what was asked and what is allowed.
    error Refused(uint32 code, string reason);

    event Registered(uint64 indexed id, address indexed account, bytes32 indexed node, uint128 stake);
    event Added(uint64 indexed id, uint128 amount);
    event Capacity(uint64 indexed id, uint32 capacity);
    event Leaving(uint64 indexed id);
    event Withdrawn(uint64 indexed id, uint128 amount);
    event Declared(uint64 indexed task, address indexed sender, bytes32 terms);
    event Authorised(uint64 indexed task, address indexed owner);
    event AuthorisationRevoked(uint64 indexed task, address indexed owner);
    event Final(uint64 indexed task, uint64 view_);
    event Drawn(uint64 indexed task, bytes32 word);
    event Replaced(uint64 indexed task, uint64 before, uint64 id);
    event Accepted(uint64 indexed task, uint64 indexed id);
    event Confirmed(uint64 indexed task, address indexed owner);
    event Started(uint64 indexed task);
    event Posted(uint64 indexed task, address indexed party, Posting posting);
    event GaveUp(uint64 indexed task, address indexed party, uint8 blamed);
    event Signed(uint64 indexed task, address indexed party);
    event Agreed(uint64 indexed task);
    event Demanded(uint64 indexed task, uint8 demand, uint8 of_, uint32 round, uint64 until);
    event Answered(uint64 indexed task, uint8 demand, bytes32 hash, bytes message);
    event Acknowledged(uint64 indexed task, uint8 demand);
    event Forfeited(uint64 indexed task, uint64 indexed id, uint128 amount);
    event Slashed(uint64 indexed task, uint64 indexed id, uint128 amount, address reporter);
    event Delivered(uint64 indexed task, address indexed by, bool succeeded);
    event Ended(uint64 indexed task, uint8 end, address through, uint128 refunded);

    /// @notice Registers the compute node of the caller, whose stake is what is sent. `signature` is that of the node's key
    /// over what `registration` gives.
    function register(bytes32 key, bytes calldata signature, uint32 capacity) external payable returns (uint64 id);

    /// @notice What the key of a node signs for an account.
    function registration(address account, bytes32 key) external view returns (bytes32 digest);

    /// @notice Stakes what is sent besides. It counts some views later; until then no more can be added.
    function addStake() external payable;

    /// @notice How many tasks it takes at once from now on.
    function setCapacity(uint32 capacity) external;

    /// @notice Takes no more tasks, for ever.
    function leave() external;

    /// @notice Takes the stake back, when verdicts do not reach it any more.
    function withdraw() external returns (uint128 amount);

    /// @notice Declares a task.
    function declare(Declaration calldata declaration) external payable returns (uint64 task);

    /// @notice Declares a task, of whose end the caller is told.
    function declareWith(Declaration calldata declaration, Callback calldata callback)
        external
        payable
        returns (uint64 task);

    /// @notice An owner ends a task that is about to start: it has too little data for it (`end` 14), its policy does not allow it any
    /// more (15), or it cannot take part (16).
    function decline(uint64 task, uint8 end) external;

    /// @notice Has the contract that declared a task told of its end, once. Whoever does that gets the tip, whether the contract
    /// takes it well or not; what the callback may use has to be there.
    function deliver(uint64 task) external returns (bool succeeded);

    /// @notice Takes it back before it is final.
    function cancel(uint64 task) external;

    /// @notice An owner of data allows a task on them. With the last one it is final.
    function authorise(uint64 task) external;

    /// @notice An owner takes that back, until the start.
    function revoke(uint64 task) external;

    /// @notice A party takes its seat, and binds a part of its stake.
    function accept_(uint64 task) external;

    /// @notice An owner of data has seen the parties and lets them start.
    function confirm(uint64 task) external;

    /// @notice A party says what came of it.
    function post(uint64 task, Posting calldata posting) external;

    /// @notice A party gives up, and says through which seat, or 255.
    function giveUp(uint64 task, uint8 blamed) external;

    /// @notice A party says that a message of a seat never came.
    function demand(uint64 task, uint8 of_, uint32 round) external returns (uint8 number);

    /// @notice The party of which it is demanded publishes it, encrypted as it was sent; at most 32,768 bytes.
    function publish(uint64 task, uint8 number, bytes calldata message) external;

    /// @notice The party that demanded it has it.
    function acknowledge(uint64 task, uint8 number, bytes32 hash) external;

    /// @notice Shows two statements of a party that contradict each other. What it loses; a part of it goes to the caller.
    function report(uint64 task, uint8 seat, Statement calldata first, Statement calldata second)
        external
        returns (uint128 lost);

    /// @notice Shows a statement of a party that contradicts what it posted.
    function reportPosted(uint64 task, uint8 seat, Statement calldata statement) external returns (uint128 lost);

    /// @notice Shows what a seat signed that has given up or says nothing: the result and the transcript that the two others
    /// posted. It counts as its post.
    function show(uint64 task, uint8 seat, Statement calldata result, Statement calldata transcript) external;

    /// @notice One compute node; refused where there is none.
    function getNode(uint64 id) external view returns (Node memory node);

    /// @notice The compute node of an account; refused where it has none.
    function getNodeOf(address account) external view returns (Node memory node);

    /// @notice The compute nodes after a number, at most 64.
    function getNodes(uint64 afterId, uint64 count) external view returns (Node[] memory nodes);

    /// @notice One task; refused where there is none.
    function getTask(uint64 task) external view returns (Task memory found);

    /// @notice What the results of a paid task are. `opening` is what one of its receivers shows them with; refused where the
    /// parties posted another result. Nothing is kept.
    function opened(uint64 task, bytes calldata opening) external view returns (Opened[] memory results);

    /// @notice What is still to be done when a task is over; no gas where nothing is.
    function getCallback(uint64 task) external view returns (Callback memory callback);

    /// @notice The tasks after a number, at most 16.
    function getTasks(uint64 afterId, uint64 count) external view returns (Task[] memory tasks);

    /// @notice What the genesis block says of this market.
    function getRules() external view returns (Rules memory rules);

    /// @notice How many views with blocks there were: elections wait for one.
    function getViews() external view returns (uint64 views);
}
