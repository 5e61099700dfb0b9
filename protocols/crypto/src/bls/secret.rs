//! Secret keys and how they grow from entropy.

use crate::Error;
use bls12_381::Scalar;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A number between 1 and the group order; overwritten when dropped.
#[expect(missing_debug_implementations, reason = "a secret does not print")]
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SecretKey(pub(super) Scalar);

/// The least entropy that makes a key, in bytes.
pub(super) const MIN_MATERIAL: usize = 32;

impl SecretKey {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Reads a big-endian number; zero and numbers not below the group order are refused.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Error> {
        let mut little = Zeroizing::new(*bytes);
        little.reverse();
        let scalar = Option::<Scalar>::from(Scalar::from_bytes(&little));
        match scalar {
            Some(scalar) if scalar != Scalar::zero() => Ok(Self(scalar)),
            _ => Err(Error::OutOfRange { what: "secret key" }),
        }
    }

    /// The big-endian number.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new(self.0.to_bytes());
        bytes.reverse();
        bytes
    }

    /// Grows a key from at least 32 bytes of entropy, with an empty `key_info`.
    // draft-irtf-cfrg-bls-signature-05 2.3 KeyGen, salted as in EIP-2333's hkdf_mod_r
    pub fn derive(material: &[u8]) -> Result<Self, Error> {
        if material.len() < MIN_MATERIAL {
            return Err(Error::ShortMaterial { got: material.len(), limit: MIN_MATERIAL });
        }
        let mut salt = Sha256::digest(b"BLS-SIG-KEYGEN-SALT-");
        loop {
            let scalar = hkdf_mod_order(&salt, material);
            if scalar != Scalar::zero() {
                return Ok(Self(scalar));
            }
            salt = Sha256::digest(salt);
        }
    }
}

impl ConstantTimeEq for SecretKey {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

/// HKDF to 48 bytes, read as a big-endian number modulo the group order.
// RFC 5869 2.2 and 2.3; info = I2OSP(48, 2), material with a zero byte behind it
fn hkdf_mod_order(salt: &[u8], material: &[u8]) -> Scalar {
    const INFO: [u8; 2] = [0, 48];
    let key: Zeroizing<[u8; 32]> = Zeroizing::new(mac(salt, &[material, &[0]]));
    let first: Zeroizing<[u8; 32]> = Zeroizing::new(mac(&*key, &[&INFO, &[1]]));
    let second: Zeroizing<[u8; 32]> = Zeroizing::new(mac(&*key, &[&*first, &INFO, &[2]]));
    let mut wide = Zeroizing::new([0u8; 64]);
    wide[16..48].copy_from_slice(&*first);
    wide[48..].copy_from_slice(&second[..16]);
    wide.reverse();
    Scalar::from_bytes_wide(&wide)
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac =
        <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bytes_round_trip_and_different_material_makes_different_keys(
            material in proptest::collection::vec(any::<u8>(), 32..100),
        ) {
            let key = SecretKey::derive(&material).expect("long enough");
            let again = SecretKey::from_bytes(&key.to_bytes()).expect("in range");
            prop_assert!(bool::from(key.ct_eq(&again)));
            let mut longer = material;
            longer.push(0);
            let other = SecretKey::derive(&longer).expect("long enough");
            prop_assert!(!bool::from(key.ct_eq(&other)));
        }
    }

    #[test]
    fn zero_and_the_group_order_are_refused() {
        let mut order: [u8; 32] = (-Scalar::one()).to_bytes();
        order.reverse();
        assert!(SecretKey::from_bytes(&order).is_ok(), "the largest key");
        order[31] += 1;
        let refused = Some(Error::OutOfRange { what: "secret key" });
        for bytes in [[0; 32], order, [0xff; 32]] {
            assert_eq!(SecretKey::from_bytes(&bytes).err(), refused);
        }
    }

    #[test]
    fn too_little_entropy_is_refused() {
        let error = SecretKey::derive(&[7; 31]).err().expect("one byte too few");
        assert_eq!(error.to_string(), "key material of 31 bytes is shorter than 32");
    }
}
