//! `0x0c` and `0x0e`: points times numbers, summed up.

use super::encoding::{G1, G2, encode_g1, encode_g2, group_g1, group_g2};
use crate::error::Error;
use crate::input::read;
use ark_bls12_381::{Fr, G1Projective, G2Projective};
use ark_ec::{CurveGroup, VariableBaseMSM};
use ark_ff::PrimeField;

/// A point, and a number of any size.
const TERM_G1: usize = G1 + 32;
const TERM_G2: usize = G2 + 32;

/// What a term costs in thousandths of its price alone, by how many there are. EIP-2537
const DISCOUNT_G1: [u16; 128] = [
    1000, 949, 848, 797, 764, 750, 738, 728, 719, 712, 705, 698, 692, 687, 682, 677, 673, 669, 665,
    661, 658, 654, 651, 648, 645, 642, 640, 637, 635, 632, 630, 627, 625, 623, 621, 619, 617, 615,
    613, 611, 609, 608, 606, 604, 603, 601, 599, 598, 596, 595, 593, 592, 591, 589, 588, 586, 585,
    584, 582, 581, 580, 579, 577, 576, 575, 574, 573, 572, 570, 569, 568, 567, 566, 565, 564, 563,
    562, 561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 551, 550, 549, 548, 547, 547, 546, 545,
    544, 543, 542, 541, 540, 540, 539, 538, 537, 536, 536, 535, 534, 533, 532, 532, 531, 530, 529,
    528, 528, 527, 526, 525, 525, 524, 523, 522, 522, 521, 520, 520, 519,
];

/// As [`DISCOUNT_G1`], on the twist.
const DISCOUNT_G2: [u16; 128] = [
    1000, 1000, 923, 884, 855, 832, 812, 796, 782, 770, 759, 749, 740, 732, 724, 717, 711, 704,
    699, 693, 688, 683, 679, 674, 670, 666, 663, 659, 655, 652, 649, 646, 643, 640, 637, 634, 632,
    629, 627, 624, 622, 620, 618, 615, 613, 611, 609, 607, 606, 604, 602, 600, 598, 597, 595, 593,
    592, 590, 589, 587, 586, 584, 583, 582, 580, 579, 578, 576, 575, 574, 573, 571, 570, 569, 568,
    567, 566, 565, 563, 562, 561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 552, 551, 550, 549,
    548, 547, 546, 545, 545, 544, 543, 542, 541, 541, 540, 539, 538, 537, 537, 536, 535, 535, 534,
    533, 532, 532, 531, 530, 530, 529, 528, 528, 527, 526, 526, 525, 524, 524,
];

/// More terms than the table has cost as much each as in its last line.
fn price(terms: usize, alone: u64, discounts: &[u16; 128]) -> u64 {
    let Some(last) = terms.checked_sub(1) else { return 0 };
    let discount = u64::from(discounts[last.min(127)]);
    let terms = u64::try_from(terms).unwrap_or(u64::MAX);
    terms.saturating_mul(alone).saturating_mul(discount) / 1_000
}

pub(crate) fn msm_g1_price(input: &[u8]) -> u64 {
    price(input.len() / TERM_G1, 12_000, &DISCOUNT_G1)
}

pub(crate) fn msm_g2_price(input: &[u8]) -> u64 {
    price(input.len() / TERM_G2, 22_500, &DISCOUNT_G2)
}

/// The sum of all points, each times its number; there must be one.
pub(crate) fn msm_g1(input: &[u8]) -> Result<Vec<u8>, Error> {
    let (terms, rest) = input.as_chunks::<TERM_G1>();
    if terms.is_empty() || !rest.is_empty() {
        return Err(Error::Length { got: input.len(), want: "a multiple of 160, not none" });
    }
    let (mut points, mut scalars) = (Vec::new(), Vec::new());
    for term in terms {
        points.push(group_g1(&read(term, 0))?);
        scalars.push(Fr::from_be_bytes_mod_order(&read::<32>(term, G1)));
    }
    let sum = match (&points[..], &scalars[..]) {
        ([point], [scalar]) => *point * scalar,
        (points, scalars) => G1Projective::msm_unchecked(points, scalars),
    };
    Ok(encode_g1(&sum.into_affine()))
}

/// As [`msm_g1`], on the twist.
pub(crate) fn msm_g2(input: &[u8]) -> Result<Vec<u8>, Error> {
    let (terms, rest) = input.as_chunks::<TERM_G2>();
    if terms.is_empty() || !rest.is_empty() {
        return Err(Error::Length { got: input.len(), want: "a multiple of 288, not none" });
    }
    let (mut points, mut scalars) = (Vec::new(), Vec::new());
    for term in terms {
        points.push(group_g2(&read(term, 0))?);
        scalars.push(Fr::from_be_bytes_mod_order(&read::<32>(term, G2)));
    }
    let sum = match (&points[..], &scalars[..]) {
        ([point], [scalar]) => *point * scalar,
        (points, scalars) => G2Projective::msm_unchecked(points, scalars),
    };
    Ok(encode_g2(&sum.into_affine()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_those_of_the_standard() {
        let g1 = |terms: usize| msm_g1_price(&vec![0; terms * TERM_G1]);
        let g2 = |terms: usize| msm_g2_price(&vec![0; terms * TERM_G2]);
        assert_eq!([g1(0), g1(1), g1(2), g1(128)], [0, 12_000, 22_776, 797_184]);
        assert_eq!([g2(0), g2(1), g2(2), g2(128)], [0, 22_500, 45_000, 1_509_120]);
        assert_eq!(g1(129), 129 * 12_000 * 519 / 1_000);
        assert_eq!(g2(300), 300 * 22_500 * 524 / 1_000);
    }
}
