//! `0x0b` to `0x11`: the curve BLS12-381. EIP-2537

mod encoding;
mod map;
mod msm;
mod pairing;
mod sum;

pub(crate) use map::{map_g1, map_g2};
pub(crate) use msm::{msm_g1, msm_g1_price, msm_g2, msm_g2_price};
pub(crate) use pairing::{pairing, pairing_price};
pub(crate) use sum::{add_g1, add_g2};
