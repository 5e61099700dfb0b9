//! scrypt, RFC 7914, also with the parameters that Ethereum's files use and the RFC rules out
//! (`n` of 2^18 with `r` of 1). The memory is overwritten when it is given back.

use pbkdf2::pbkdf2_hmac;
use sha2::Sha256;
use zeroize::Zeroizing;

/// Words of a Salsa block.
const BLOCK: usize = 16;

/// What Salsa works on.
type Block = [u32; BLOCK];

/// Derives 32 bytes; `log_n`, `r` and `p` are at least 1 and bounded by the caller: this allocates
/// `128 r (2^log_n + p)` bytes.
pub(super) fn scrypt(
    password: &[u8],
    salt: &[u8],
    (log_n, r, p): (u32, usize, usize),
) -> Zeroizing<[u8; 32]> {
    let mut bytes = Zeroizing::new(vec![0u8; 128 * r * p]);
    pbkdf2_hmac::<Sha256>(password, salt, 1, &mut bytes);
    let mut table = Zeroizing::new(Vec::with_capacity((32 * r) << log_n));
    for chunk in bytes.chunks_exact_mut(128 * r) {
        table.clear();
        mix_rom(chunk, log_n, &mut table);
    }
    let mut key = Zeroizing::new([0; 32]);
    pbkdf2_hmac::<Sha256>(password, &bytes, 1, &mut *key);
    key
}

/// scryptROMix over one chunk. RFC 7914 5
fn mix_rom(chunk: &mut [u8], log_n: u32, table: &mut Vec<u32>) {
    let words = chunk.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word));
    let mut now: Zeroizing<Vec<u32>> = Zeroizing::new(words.collect());
    let mut next = Zeroizing::new(vec![0; now.len()]);
    let width = now.len();
    for _ in 0..1usize << log_n {
        table.extend_from_slice(&now);
        mix_block(&now, &mut next);
        core::mem::swap(&mut *now, &mut *next);
    }
    let mask = (1u32 << log_n) - 1;
    for _ in 0..1usize << log_n {
        let row = usize::try_from(now[width - BLOCK] & mask).expect("32 bits fit") * width;
        for (word, other) in now.iter_mut().zip(&table[row..row + width]) {
            *word ^= other;
        }
        mix_block(&now, &mut next);
        core::mem::swap(&mut *now, &mut *next);
    }
    for (word, bytes) in now.iter().zip(chunk.as_chunks_mut().0) {
        *bytes = word.to_le_bytes();
    }
}

/// scryptBlockMix: each block is hashed with the one before; even ones go to the front. RFC 7914 4
fn mix_block(from: &[u32], to: &mut [u32]) {
    let half = to.len() / 2;
    let (evens, odds) = to.split_at_mut(half);
    let mut x = *from.last_chunk::<BLOCK>().expect("at least two blocks");
    let pairs = from.as_chunks::<BLOCK>().0.as_chunks::<2>().0;
    let targets = evens.as_chunks_mut::<BLOCK>().0.iter_mut().zip(odds.as_chunks_mut::<BLOCK>().0);
    for ([first, second], (even, odd)) in pairs.iter().zip(targets) {
        *even = salsa(&mut x, first);
        *odd = salsa(&mut x, second);
    }
}

/// Salsa20/8 of `x` exclusive-or `block`. RFC 7914 3
fn salsa(x: &mut Block, block: &Block) -> Block {
    for (word, other) in x.iter_mut().zip(block) {
        *word ^= other;
    }
    let mut y = *x;
    for _ in 0..4 {
        quarter(&mut y, [0, 4, 8, 12]);
        quarter(&mut y, [5, 9, 13, 1]);
        quarter(&mut y, [10, 14, 2, 6]);
        quarter(&mut y, [15, 3, 7, 11]);
        quarter(&mut y, [0, 1, 2, 3]);
        quarter(&mut y, [5, 6, 7, 4]);
        quarter(&mut y, [10, 11, 8, 9]);
        quarter(&mut y, [15, 12, 13, 14]);
    }
    for (word, other) in x.iter_mut().zip(y) {
        *word = word.wrapping_add(other);
    }
    *x
}

// Inlined by hand: otherwise the words live in memory and all takes half as long again.
#[inline(always)]
fn quarter(y: &mut Block, [a, b, c, d]: [usize; 4]) {
    y[b] ^= y[a].wrapping_add(y[d]).rotate_left(7);
    y[c] ^= y[b].wrapping_add(y[a]).rotate_left(9);
    y[d] ^= y[c].wrapping_add(y[b]).rotate_left(13);
    y[a] ^= y[d].wrapping_add(y[c]).rotate_left(18);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 7914 12, the first 32 bytes of each.
    #[test]
    fn the_values_of_the_rfc_come_out() {
        for (password, salt, cost, expected) in [
            ("", "", (4, 1, 1), "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"),
            (
                "password",
                "NaCl",
                (10, 8, 16),
                "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162",
            ),
            (
                "pleaseletmein",
                "SodiumChloride",
                (14, 8, 1),
                "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2",
            ),
        ] {
            let key = scrypt(password.as_bytes(), salt.as_bytes(), cost);
            assert_eq!(hex::encode(*key), expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn it_agrees_with_another_implementation(
            password in proptest::collection::vec(any::<u8>(), 0..80),
            salt in proptest::collection::vec(any::<u8>(), 0..80),
            (log_n, r, p) in (1u8..8, 1u8..9, 1u8..4),
        ) {
            let params = ::scrypt::Params::new(log_n, r.into(), p.into(), 32).expect("small");
            let mut expected = [0; 32];
            ::scrypt::scrypt(&password, &salt, &params, &mut expected).expect("32 bytes");
            let cost = (log_n.into(), r.into(), p.into());
            prop_assert_eq!(*scrypt(&password, &salt, cost), expected);
        }
    }
}
