//! Keccak-256 as Ethereum uses it, in constants too: selectors are known when a contract is built.

/// FIPS 202, algorithm 5 (the round constants), written out.
const ROUNDS: [u64; 24] = [
    0x0000000000000001,
    0x0000000000008082,
    0x800000000000808a,
    0x8000000080008000,
    0x000000000000808b,
    0x0000000080000001,
    0x8000000080008081,
    0x8000000000008009,
    0x000000000000008a,
    0x0000000000000088,
    0x0000000080008009,
    0x000000008000000a,
    0x000000008000808b,
    0x800000000000008b,
    0x8000000000008089,
    0x8000000000008003,
    0x8000000000008002,
    0x8000000000000080,
    0x000000000000800a,
    0x800000008000000a,
    0x8000000080008081,
    0x8000000000008080,
    0x0000000080000001,
    0x8000000080008008,
];
/// Bytes that one permutation takes in at 256 bits of output.
const RATE: usize = 136;

/// The permutation, FIPS 202 3.3.
const fn permute(mut a: [u64; 25]) -> [u64; 25] {
    let mut round = 0;
    while round < 24 {
        // theta
        let mut c = [0u64; 5];
        let mut x = 0;
        while x < 5 {
            c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
            x += 1;
        }
        let mut at = 0;
        while at < 25 {
            a[at] ^= c[(at + 4) % 5] ^ c[(at + 1) % 5].rotate_left(1);
            at += 1;
        }
        // rho and pi: lane (x, y) moves to (y, 2x + 3y) and turns by (t + 1)(t + 2) / 2.
        let (mut x, mut y, mut t) = (1, 0, 0u32);
        let mut lane = a[1];
        while t < 24 {
            (x, y) = (y, (2 * x + 3 * y) % 5);
            let next = a[x + 5 * y];
            a[x + 5 * y] = lane.rotate_left(((t + 1) * (t + 2) / 2) % 64);
            lane = next;
            t += 1;
        }
        // chi
        let mut y = 0;
        while y < 25 {
            let row = [a[y], a[y + 1], a[y + 2], a[y + 3], a[y + 4]];
            let mut x = 0;
            while x < 5 {
                a[y + x] = row[x] ^ (!row[(x + 1) % 5] & row[(x + 2) % 5]);
                x += 1;
            }
            y += 5;
        }
        // iota
        a[0] ^= ROUNDS[round];
        round += 1;
    }
    a
}

/// The hash of the first `length` bytes.
pub(crate) const fn keccak256_of(bytes: &[u8], length: usize) -> [u8; 32] {
    let mut state = [0u64; 25];
    let mut within = 0;
    let mut at = 0;
    while at < length {
        state[within / 8] ^= (bytes[at] as u64) << (8 * (within % 8));
        within += 1;
        if within == RATE {
            state = permute(state);
            within = 0;
        }
        at += 1;
    }
    // Keccak's own padding, not that of SHA-3.
    state[within / 8] ^= 1 << (8 * (within % 8));
    state[RATE / 8 - 1] ^= 1 << 63;
    state = permute(state);
    let mut hash = [0u8; 32];
    let mut at = 0;
    while at < 32 {
        hash[at] = (state[at / 8] >> (8 * (at % 8))) as u8;
        at += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_hashes_come_out() {
        // keccak256("") and the topic of ERC-20's Transfer; both stand in the Yellow Paper's world.
        let empty = keccak256_of(&[], 0);
        assert_eq!(empty[..4], [0xc5, 0xd2, 0x46, 0x01]);
        assert_eq!(empty[28..], [0x5d, 0x85, 0xa4, 0x70]);
        let transfer = b"Transfer(address,address,uint256)";
        let topic = keccak256_of(transfer, transfer.len());
        assert_eq!(topic[..4], [0xdd, 0xf2, 0x52, 0xad]);
        assert_eq!(topic[28..], [0xf5, 0x23, 0xb3, 0xef]);
    }

    #[test]
    fn every_length_around_the_rate_differs() {
        let bytes = [7u8; 2 * RATE + 2];
        let hashes: std::collections::BTreeSet<[u8; 32]> =
            (0..bytes.len()).map(|length| keccak256_of(&bytes, length)).collect();
        assert_eq!(hashes.len(), bytes.len());
    }
}
