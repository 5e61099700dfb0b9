// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// Counts primes below a limit, one byte a number.
contract Sieve {
    function count(uint32 limit) external pure returns (uint32 found) {
        unchecked {
            bytes memory composite = new bytes(limit);
            for (uint256 number = 2; number < limit; number++) {
                if (composite[number] != 0) continue;
                found++;
                for (uint256 multiple = number * number; multiple < limit; multiple += number) {
                    composite[multiple] = 0x01;
                }
            }
        }
    }
}
