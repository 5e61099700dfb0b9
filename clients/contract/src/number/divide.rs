//! Long multiplication and division on limbs.

/// The product of two numbers of 256 bits, in 512 bits.
pub(super) fn multiply(left: &[u64; 4], right: &[u64; 4]) -> [u64; 8] {
    let mut wide = [0u64; 8];
    for (i, a) in left.iter().enumerate() {
        let mut carry = 0u128;
        for (j, b) in right.iter().enumerate() {
            // At most (2^64-1)^2 + 2 (2^64-1) = 2^128-1.
            let sum = u128::from(*a) * u128::from(*b) + u128::from(wide[i + j]) + carry;
            wide[i + j] = sum as u64;
            carry = sum >> 64;
        }
        wide[i + 4] = carry as u64;
    }
    wide
}

/// Divides 512 bits by a number that is not zero: quotient and remainder.
///
/// Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D, with digits of 32 bits: a digit's
/// quotient is then one division that WebAssembly has.
pub(super) fn divide(value: &[u64; 8], divisor: &[u64; 4]) -> ([u64; 8], [u64; 4]) {
    let mut u = [0u32; 17];
    for (at, limb) in value.iter().enumerate() {
        u[2 * at] = *limb as u32;
        u[2 * at + 1] = (*limb >> 32) as u32;
    }
    let mut v = [0u32; 8];
    for (at, limb) in divisor.iter().enumerate() {
        v[2 * at] = *limb as u32;
        v[2 * at + 1] = (*limb >> 32) as u32;
    }
    let digits = v.iter().rposition(|digit| *digit != 0).map_or(1, |top| top + 1);
    let mut q = [0u32; 16];
    if digits == 1 {
        let mut rest = 0u64;
        for at in (0..16).rev() {
            let part = (rest << 32) | u64::from(u[at]);
            q[at] = (part / u64::from(v[0])) as u32;
            rest = part % u64::from(v[0]);
        }
        return (pack(&q), [rest, 0, 0, 0]);
    }
    // D1: the divisor's highest bit is set.
    let shift = v[digits - 1].leading_zeros();
    shift_left(&mut v, shift);
    shift_left(&mut u, shift);
    let top = u64::from(v[digits - 1]);
    let second = u64::from(v[digits - 2]);
    for j in (0..=16 - digits).rev() {
        // D3: a guess that is at most two too large.
        let pair = (u64::from(u[j + digits]) << 32) | u64::from(u[j + digits - 1]);
        let mut guess = pair / top;
        let mut rest = pair % top;
        while guess >> 32 != 0 || guess * second > ((rest << 32) | u64::from(u[j + digits - 2])) {
            guess -= 1;
            rest += top;
            if rest >> 32 != 0 {
                break;
            }
        }
        // D4 to D6: subtract, and add back where the guess was one too large.
        if subtract(&mut u[j..=j + digits], &v[..digits], guess) {
            guess -= 1;
            add_back(&mut u[j..=j + digits], &v[..digits]);
        }
        q[j] = guess as u32;
    }
    let mut rest = [0u32; 16];
    for at in 0..digits {
        let high = if shift == 0 { 0 } else { u64::from(u[at + 1]) << (32 - shift) };
        rest[at] = (u64::from(u[at] >> shift) | high) as u32;
    }
    let [a, b, c, d, ..] = pack(&rest);
    (pack(&q), [a, b, c, d])
}

fn shift_left(digits: &mut [u32], shift: u32) {
    let mut carry = 0u64;
    for digit in digits {
        let wide = (u64::from(*digit) << shift) | carry;
        *digit = wide as u32;
        carry = wide >> 32;
    }
}

/// Takes `guess * divisor` off; true when that was too much and the result wrapped.
fn subtract(value: &mut [u32], divisor: &[u32], guess: u64) -> bool {
    let mut carry = 0u64;
    let mut borrow = 0u64;
    for (at, digit) in value.iter_mut().enumerate() {
        let product = guess * u64::from(divisor.get(at).copied().unwrap_or(0)) + carry;
        carry = product >> 32;
        let taken = (product & 0xffff_ffff) + borrow;
        let before = u64::from(*digit);
        borrow = u64::from(before < taken);
        *digit = before.wrapping_sub(taken) as u32;
    }
    borrow != 0
}

fn add_back(value: &mut [u32], divisor: &[u32]) {
    let mut carry = 0u64;
    for (at, digit) in value.iter_mut().enumerate() {
        let sum = u64::from(*digit) + u64::from(divisor.get(at).copied().unwrap_or(0)) + carry;
        *digit = sum as u32;
        carry = sum >> 32;
    }
}

fn pack(digits: &[u32; 16]) -> [u64; 8] {
    core::array::from_fn(|at| (u64::from(digits[2 * at + 1]) << 32) | u64::from(digits[2 * at]))
}
