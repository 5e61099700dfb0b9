//! Hashes and signatures: functions of their arguments, which the engine computes itself.

use crate::crossing::{Seat, cross};
use crate::host::Host;
use crate::prices;
use alloy_primitives::{U256, uint};
use troupe_crypto::ecdsa::{Parity, Signature};
use troupe_crypto::sr25519::{self, Purpose};
use troupe_crypto::{Bls, Fixed, Scheme, bls, hash, vrf};
use troupe_types::{Address, Hash};
use wasmer::{FunctionEnvMut, RuntimeError};

type Env<'e, H> = FunctionEnvMut<'e, Seat<H>>;

/// What signatures that contracts check are for.
const CONTRACT: Purpose = Purpose::new("contract");

/// The order of secp256k1. SEC 2 2.4.1
const ORDER: U256 = uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);

/// What the contract is told.
const GOOD: i32 = 0;
const BAD: i32 = 1;

pub(super) fn keccak256<H: Host>(
    mut env: Env<'_, H>,
    from: i32,
    length: i32,
    to: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        crossing.must_fit(to, 32)?;
        crossing.pay(prices::by_words(prices::KECCAK, length.cast_unsigned() as usize))?;
        let bytes = crossing.read(from, length)?;
        crossing.write(to, &hash::keccak256(bytes).0)
    })
}

pub(super) fn sha256<H: Host>(
    mut env: Env<'_, H>,
    from: i32,
    length: i32,
    to: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        crossing.must_fit(to, 32)?;
        crossing.pay(prices::by_words(prices::SHA256, length.cast_unsigned() as usize))?;
        let bytes = crossing.read(from, length)?;
        crossing.write(to, &hash::sha256(bytes).0)
    })
}

/// Who signed, as Ethereum's precompiled contract recovers it: the upper `s` is taken too.
pub(super) fn recover(digest: Hash, signature: &[u8; 65]) -> Option<Address> {
    let (numbers, v) = signature.split_first_chunk::<64>()?;
    let odd = match v[0] {
        0 | 27 => false,
        1 | 28 => true,
        _ => return None,
    };
    let mut numbers = *numbers;
    let s = U256::from_be_slice(&numbers[32..]);
    // The other `s` belongs to the mirrored point: the same key is recovered from both.
    let is_upper = s > ORDER >> 1;
    if is_upper {
        let lower = ORDER.checked_sub(s)?;
        numbers[32..].copy_from_slice(&lower.to_be_bytes::<32>());
    }
    let parity = if odd == is_upper { Parity::Even } else { Parity::Odd };
    let key = Signature::new(numbers, parity).ok()?.recover(&digest).ok()?;
    Some(Address(key.address()))
}

pub(super) fn ecrecover<H: Host>(
    mut env: Env<'_, H>,
    digest: i32,
    signature: i32,
    to: i32,
) -> Result<i32, RuntimeError> {
    cross(&mut env, |crossing| {
        crossing.pay(prices::ECRECOVER)?;
        let (digest, signature) = (crossing.hash(digest)?, crossing.array::<65>(signature)?);
        crossing.must_fit(to, 20)?;
        match recover(digest, &signature) {
            Some(address) => {
                crossing.write(to, &address.0)?;
                Ok(GOOD)
            }
            None => Ok(BAD),
        }
    })
}

pub(super) fn sr25519_verify<H: Host>(
    mut env: Env<'_, H>,
    public: i32,
    message: i32,
    length: i32,
    signature: i32,
) -> Result<i32, RuntimeError> {
    cross(&mut env, |crossing| {
        crossing.pay(prices::by_words(prices::SR25519, length.cast_unsigned() as usize))?;
        let public = crossing.array::<32>(public)?;
        let message = crossing.read(message, length)?;
        let signature = sr25519::Signature(crossing.array(signature)?);
        let good = sr25519::PublicKey::from_bytes(&public)
            .is_ok_and(|key| key.verify(CONTRACT, &message, &signature).is_ok());
        Ok(if good { GOOD } else { BAD })
    })
}

pub(super) fn bls_verify<H: Host>(
    mut env: Env<'_, H>,
    public: i32,
    message: i32,
    length: i32,
    signature: i32,
) -> Result<i32, RuntimeError> {
    cross(&mut env, |crossing| {
        crossing.pay(prices::by_words(prices::BLS, length.cast_unsigned() as usize))?;
        let public = crossing.array::<48>(public)?;
        let message = crossing.read(message, length)?;
        let signature = crossing.array::<96>(signature)?;
        let good = bls::PublicKey::read(&public)
            .and_then(|key| Bls::readmit(&key))
            .and_then(|key| Bls::verify(&key, &message, &bls::Signature::read(&signature)?));
        Ok(if good.is_ok() { GOOD } else { BAD })
    })
}

pub(super) fn vrf_verify<H: Host>(
    mut env: Env<'_, H>,
    public: i32,
    input: i32,
    length: i32,
    proof: i32,
    to: i32,
) -> Result<i32, RuntimeError> {
    cross(&mut env, |crossing| {
        crossing.pay(prices::by_words(prices::VRF, length.cast_unsigned() as usize))?;
        let public = crossing.array::<32>(public)?;
        let input = crossing.read(input, length)?;
        let proof = vrf::Proof(crossing.array(proof)?);
        crossing.must_fit(to, 32)?;
        let word = sr25519::PublicKey::from_bytes(&public)
            .and_then(|key| vrf::verify(&key, CONTRACT, &input, &proof));
        match word {
            Ok(word) => {
                crossing.write(to, &word.0)?;
                Ok(GOOD)
            }
            Err(_) => Ok(BAD),
        }
    })
}
