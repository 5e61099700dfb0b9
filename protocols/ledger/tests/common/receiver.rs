//! A contract that declares tasks and hears how they end.
#![allow(unreachable_pub, reason = "tests of other crates use it too")]

use troupe_types::Address;

/// What it may do when it is told: each of the three words into the slot of its number, and the caller into the fourth.
pub const KEEP: [u8; 21] = [
    0x60, 4, 0x35, 0x5f, 0x55, 0x60, 36, 0x35, 0x60, 1, 0x55, 0x60, 68, 0x35, 0x60, 2, 0x55, 0x33,
    0x60, 3, 0x55,
];

/// Its code: it does `told` with three words, and hands everything else on to `market`, with what is sent.
pub fn contract(market: Address, told: &[u8]) -> Vec<u8> {
    // CALLDATASIZE, PUSH1 100, EQ, PUSH1 told, JUMPI
    let mut code = vec![0x36, 0x60, 100, 0x14, 0x60, 0, 0x57];
    // CALLDATACOPY of all, then CALL with CALLVALUE and GAS
    code.extend([0x36, 0x5f, 0x5f, 0x37, 0x5f, 0x5f, 0x36, 0x5f, 0x34, 0x73]);
    code.extend(market.0);
    code.extend([0x5a, 0xf1]);
    // PUSH1 done, JUMPI, REVERT
    let done = u8::try_from(code.len() + 6).expect("a short contract");
    code.extend([0x60, done, 0x57, 0x5f, 0x5f, 0xfd, 0x5b, 0x00]);
    code[5] = u8::try_from(code.len()).expect("a short contract");
    code.push(0x5b);
    code.extend(told);
    code
}
