// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// A thing that a contract makes.
contract Prop {
    uint256 public immutable size;

    constructor(uint256 its) {
        size = its;
    }
}

/// Makes things at addresses that are known before. EIP-1014
contract Workshop {
    event Made(address indexed prop, bytes32 salt);

    function make(bytes32 salt, uint256 size) external returns (address) {
        Prop prop = new Prop{salt: salt}(size);
        emit Made(address(prop), salt);
        return address(prop);
    }

    function makeNext(uint256 size) external returns (address) {
        Prop prop = new Prop(size);
        emit Made(address(prop), 0);
        return address(prop);
    }

    function place(bytes32 salt, uint256 size) external view returns (address) {
        bytes32 code = keccak256(abi.encodePacked(type(Prop).creationCode, size));
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"ff", address(this), salt, code)))));
    }
}
