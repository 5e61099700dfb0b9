// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

interface IToken {
    function transfer(address to, uint256 value) external returns (bool);
    function approve(address spender, uint256 value) external returns (bool);
}

interface ISavings {
    function deposit(uint256 amount) external returns (uint256);
}

/// Pays with tokens and saves them, whoever wrote the contracts behind.
contract Purse {
    event Paid(address indexed token, uint256 value);

    function pay(IToken token, address to, uint256 value) external {
        require(token.transfer(to, value), "refused");
        emit Paid(address(token), value);
    }

    function save(IToken token, ISavings savings, uint256 value) external returns (uint256) {
        token.approve(address(savings), value);
        return savings.deposit(value);
    }

    /// What a failed deposit says, without failing.
    function attempt(ISavings savings, uint256 value) external returns (bytes memory reason) {
        try savings.deposit(value) {} catch (bytes memory why) { reason = why; }
    }
}
