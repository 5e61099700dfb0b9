//! The group: items become points, and points are raised to a secret.
//!
//! The group is ristretto255 (RFC 9496): of prime order, with one encoding for each element. An item's hash becomes
//! a point as RFC 9380 B describes it (`ristretto255_XMD:SHA-512_R255MAP_RO_`).

#[cfg(target_arch = "x86_64")]
mod lanes;
mod portable;

use curve25519_dalek::Scalar;
use sha2::{Digest, Sha512};
use troupe_types::SessionId;
use troupe_wire::Stream;
use zeroize::Zeroize;

/// An encoded point.
pub(crate) type Point = [u8; 32];

/// What is wrong with an encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// No point, or another form of one.
    Encoding,
    /// The neutral element.
    Identity,
}

/// One side's exponent, for one session.
pub(crate) struct Secret(Scalar);

/// How one session's items become points.
#[derive(Clone)]
pub(crate) struct Domain {
    /// SHA-512 after the block of zeroes that RFC 9380 5.3.1 begins with.
    padded: Sha512,
    /// The domain separation tag, its length behind it.
    tag: Vec<u8>,
}

impl Secret {
    pub(crate) fn new(stream: &mut Stream) -> Self {
        let mut wide = stream.array::<64>();
        let secret = Scalar::from_bytes_mod_order_wide(&wide);
        wide.zeroize();
        Self(secret)
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Domain {
    pub(crate) fn new(session: SessionId) -> Self {
        Self::with_tag(&[b"troupe psi R255MAP 1".as_slice(), session.as_bytes()].concat())
    }

    fn with_tag(tag: &[u8]) -> Self {
        // Short enough for one block where it is used last.
        let length = u8::try_from(tag.len()).expect("our tags have fewer than 256 bytes");
        let padded = Sha512::new_with_prefix([0; 128]);
        Self { padded, tag: [tag, &[length]].concat() }
    }

    /// `expand_message_xmd` with SHA-512 to 64 bytes. // RFC 9380 5.3.1
    fn expand(&self, message: &[u8]) -> [u8; 64] {
        let first = self
            .padded
            .clone()
            .chain_update(message)
            .chain_update([0, 64, 0])
            .chain_update(&self.tag)
            .finalize();
        let second = Sha512::new_with_prefix(first).chain_update([1]).chain_update(&self.tag);
        second.finalize().into()
    }
}

/// Twice each item's point, raised to the secret.
pub(crate) fn blind<const N: usize>(
    domain: &Domain,
    secret: &Secret,
    entries: &[[u8; N]],
) -> Vec<Point> {
    let uniform: Vec<[u8; 64]> =
        entries.iter().map(|entry| domain.expand(&entry[..crate::set::DIGEST])).collect();
    #[cfg(target_arch = "x86_64")]
    if let Some(points) = lanes::blind(&secret.0, &uniform) {
        return points;
    }
    portable::blind(&secret.0, &uniform)
}

/// Twice each point, raised to the secret; or the place of the first one that is unfit.
pub(crate) fn raise(secret: &Secret, points: &[Point]) -> Result<Vec<Point>, (usize, Unfit)> {
    #[cfg(target_arch = "x86_64")]
    if let Some(raised) = lanes::raise(&secret.0, points) {
        return raised;
    }
    portable::raise(&secret.0, points)
}

#[cfg(test)]
mod tests;
