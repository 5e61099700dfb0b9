//! `0x09`: the compression function of BLAKE2b, any number of rounds. EIP-152, RFC 7693 3.2

use crate::error::Error;
use crate::input::read;

/// Rounds (4 bytes, big-endian), state (64), message block (128), offset counters (16), flag (1).
const LENGTH: usize = 213;

/// The initialisation vector. RFC 7693 2.6
const IV: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

/// In which order a round takes the words of the message. RFC 7693 2.7
const SIGMA: [[u8; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

/// One a round; an input of a wrong length fails whatever it costs.
pub(crate) fn price(input: &[u8]) -> u64 {
    match input.len() {
        LENGTH => u64::from(u32::from_be_bytes(read(input, 0))),
        _ => 0,
    }
}

/// The new state: 64 bytes.
pub(crate) fn run(input: &[u8]) -> Result<Vec<u8>, Error> {
    if input.len() != LENGTH {
        return Err(Error::Length { got: input.len(), want: "213" });
    }
    let is_last = match input[LENGTH - 1] {
        0 => false,
        1 => true,
        got => return Err(Error::Flag { got }),
    };
    let rounds = u32::from_be_bytes(read(input, 0));
    let state: [u64; 8] = little_endian(&input[4..68]);
    let message: [u64; 16] = little_endian(&input[68..196]);
    let offset: [u64; 2] = little_endian(&input[196..212]);
    let state = compress(rounds, state, &message, offset, is_last);
    Ok(state.iter().flat_map(|word| word.to_le_bytes()).collect())
}

fn little_endian<const N: usize>(bytes: &[u8]) -> [u64; N] {
    let mut words = [0; N];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

fn compress(
    rounds: u32,
    mut state: [u64; 8],
    message: &[u64; 16],
    offset: [u64; 2],
    is_last: bool,
) -> [u64; 8] {
    let mut work = [0; 16];
    work[..8].copy_from_slice(&state);
    work[8..].copy_from_slice(&IV);
    work[12] ^= offset[0];
    work[13] ^= offset[1];
    if is_last {
        work[14] = !work[14];
    }
    for (_, order) in (0..rounds).zip(SIGMA.iter().cycle()) {
        round(&mut work, message, order);
    }
    let (low, high) = work.split_at(8);
    for ((word, low), high) in state.iter_mut().zip(low).zip(high) {
        *word ^= low ^ high;
    }
    state
}

/// A round: columns, then diagonals.
#[inline(always)]
fn round(work: &mut [u64; 16], message: &[u64; 16], order: &[u8; 16]) {
    // Masked, so that the compiler knows them to be in range.
    let word = |at: usize| message[usize::from(order[at] & 15)];
    mix(work, [0, 4, 8, 12], word(0), word(1));
    mix(work, [1, 5, 9, 13], word(2), word(3));
    mix(work, [2, 6, 10, 14], word(4), word(5));
    mix(work, [3, 7, 11, 15], word(6), word(7));
    mix(work, [0, 5, 10, 15], word(8), word(9));
    mix(work, [1, 6, 11, 12], word(10), word(11));
    mix(work, [2, 7, 8, 13], word(12), word(13));
    mix(work, [3, 4, 9, 14], word(14), word(15));
}

/// Mixes two words of the message into four of the work. RFC 7693 3.1
#[inline(always)]
fn mix(work: &mut [u64; 16], [a, b, c, d]: [usize; 4], x: u64, y: u64) {
    work[a] = work[a].wrapping_add(work[b]).wrapping_add(x);
    work[d] = (work[d] ^ work[a]).rotate_right(32);
    work[c] = work[c].wrapping_add(work[d]);
    work[b] = (work[b] ^ work[c]).rotate_right(24);
    work[a] = work[a].wrapping_add(work[b]).wrapping_add(y);
    work[d] = (work[d] ^ work[a]).rotate_right(16);
    work[c] = work[c].wrapping_add(work[d]);
    work[b] = (work[b] ^ work[c]).rotate_right(63);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first and only block of `abc`. RFC 7693, appendix A
    fn abc(rounds: u32, flag: u8) -> Vec<u8> {
        let mut input = rounds.to_be_bytes().to_vec();
        let mut state = IV;
        state[0] ^= 0x0101_0040;
        input.extend(state.iter().flat_map(|word| word.to_le_bytes()));
        input.extend(b"abc");
        input.resize(196, 0);
        input.extend([3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, flag]);
        input
    }

    #[test]
    fn twelve_rounds_are_blake2b() {
        // RFC 7693, appendix A
        let want = "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1\
                    7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923";
        assert_eq!(hex::encode(run(&abc(12, 1)).unwrap()), want);
        assert_eq!(price(&abc(12, 1)), 12);
    }

    #[test]
    fn without_rounds_the_halves_of_the_work_are_mixed_once() {
        let output = run(&abc(0, 0)).unwrap();
        // The state cancels itself; what is left is the vector, with the offset in its fifth word.
        let mut want = IV;
        want[4] ^= 3;
        assert_eq!(little_endian::<8>(&output), want);
    }

    #[test]
    fn another_length_or_flag_is_refused() {
        let good = abc(12, 1);
        for length in [0, 1, 212] {
            let got = length;
            assert_eq!(run(&good[..length]), Err(Error::Length { got, want: "213" }));
        }
        assert!(run(&[&good[..], &[0]].concat()).is_err());
        assert_eq!(run(&abc(12, 2)), Err(Error::Flag { got: 2 }));
        assert_eq!(price(&abc(u32::MAX, 0)), u64::from(u32::MAX));
    }
}
