// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What clients have to read and write: every shape of value, every way to fail, logs, storage, creation.
contract Stage {
    struct Part {
        string role;
        uint16 lines;
        address[] actors;
    }

    error NotYourCue(address caller, uint256 due);
    error Silence();

    event Spoken(address indexed by, uint256 indexed line, string text);
    event Applause(uint256 amount);

    uint256 public line = 7;
    string public title;
    mapping(address => uint256) public given;
    Part[] private parts;

    constructor(string memory name, uint256[2] memory opening) payable {
        title = name;
        line = opening[0] + opening[1];
        emit Applause(msg.value);
    }

    receive() external payable {
        given[msg.sender] += msg.value;
        emit Applause(msg.value);
    }

    function speak(string calldata text) external returns (uint256) {
        line += 1;
        emit Spoken(msg.sender, line, text);
        return line;
    }

    /// Two logs of two kinds in one transaction, and money.
    function give(string calldata text) external payable {
        given[msg.sender] += msg.value;
        emit Spoken(msg.sender, line, text);
        emit Applause(msg.value);
    }

    function cast(Part calldata part) external {
        parts.push(part);
    }

    /// A slot that is set and cleared at once: a refund.
    function forget() external {
        delete line;
    }

    function partsOf(uint256 from) external view returns (Part[] memory some) {
        some = new Part[](parts.length - from);
        for (uint256 at = from; at < parts.length; at++) some[at - from] = parts[at];
    }

    function shapes(int8 small, bytes calldata raw, uint256[3] calldata fixedList, bool yes, bytes4 tag)
        external
        pure
        returns (int8, bytes memory, uint256[3] memory, bool, bytes4, string[] memory texts)
    {
        texts = new string[](2);
        texts[0] = "";
        texts[1] = unicode"Bühne";
        return (-small, raw, [fixedList[2], fixedList[1], fixedList[0]], !yes, tag, texts);
    }

    function overloaded(uint256 value) external pure returns (string memory) {
        return value == 0 ? "nothing" : "a number";
    }

    function overloaded(address) external pure returns (string memory) {
        return "an address";
    }

    /// What a contract sees around itself; whatever blocks differ in is left out.
    function around() external view returns (address, address, uint256, uint256, uint256) {
        return (msg.sender, address(this), address(this).balance, block.chainid, block.gaslimit);
    }

    /// Cancun: transient storage and copies of memory.
    function fleeting(uint256 value) external returns (uint256 kept, bytes memory copy) {
        assembly {
            tstore(1, value)
            kept := tload(1)
        }
        copy = abi.encodePacked(value, kept);
        assembly {
            mcopy(add(copy, 64), add(copy, 32), 32)
        }
    }

    function precompiled(bytes32 digest, uint8 v, bytes32 r, bytes32 s)
        external
        view
        returns (address signer, bytes32 sha, bytes20 ripemd, bytes memory same, bytes memory power)
    {
        signer = ecrecover(digest, v, r, s);
        sha = sha256(abi.encodePacked(digest));
        ripemd = ripemd160(abi.encodePacked(digest));
        (, same) = address(4).staticcall(abi.encodePacked(digest));
        (, power) = address(5).staticcall(abi.encode(uint256(32), uint256(32), uint256(32), digest, uint256(3), ~uint256(0)));
    }

    function failWithReason() external pure {
        revert("the curtain is down");
    }

    function failWithError(uint256 due) external view {
        revert NotYourCue(msg.sender, due);
    }

    function failSilently() external pure {
        revert Silence();
    }

    function failWithoutWord() external pure {
        assembly {
            revert(0, 0)
        }
    }

    function failByDivision(uint256 by) external pure returns (uint256) {
        return 1 / by;
    }

    function failByAssertion() external pure {
        assert(false);
    }

    function failByIndex(uint256 at) external view returns (uint16) {
        return parts[at].lines;
    }

    function failByInvalid() external pure {
        assembly {
            invalid()
        }
    }

    function failByGas() external view {
        while (gasleft() > 0) {}
    }

    /// An error that comes from another contract reaches the caller as it is.
    function failDeeper(uint256 due) external view {
        this.failWithError(due);
    }
}
