//! The group on any machine.

use super::{Point, Unfit};
use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::traits::Identity;

/// Twice the points that these bytes are mapped to, raised to the secret.
pub(super) fn blind(secret: &Scalar, uniform: &[[u8; 64]]) -> Vec<Point> {
    encode(uniform.iter().map(|bytes| RistrettoPoint::from_uniform_bytes(bytes) * secret))
}

/// Twice the points, raised to the secret.
pub(super) fn raise(secret: &Scalar, points: &[Point]) -> Result<Vec<Point>, (usize, Unfit)> {
    let mut raised = Vec::with_capacity(points.len());
    for (place, point) in points.iter().enumerate() {
        let encoded = CompressedRistretto(*point);
        if encoded == CompressedRistretto::identity() {
            return Err((place, Unfit::Identity));
        }
        let Some(decoded) = encoded.decompress() else { return Err((place, Unfit::Encoding)) };
        raised.push(decoded * secret);
    }
    Ok(encode(raised))
}

/// Doubling saves each point its own inversion.
fn encode(points: impl IntoIterator<Item = RistrettoPoint>) -> Vec<Point> {
    let points: Vec<RistrettoPoint> = points.into_iter().collect();
    let encoded = RistrettoPoint::double_and_compress_batch(&points);
    encoded.into_iter().map(|point| point.0).collect()
}
