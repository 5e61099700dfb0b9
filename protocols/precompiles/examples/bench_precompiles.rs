//! What the contracts cost: `cargo x bench precompiles`.
//!
//! One thread; figures are CPU time, the least of five runs, for the inputs that cost most for their
//! price as far as we know them. A block of 30 million gas takes 0.3 s at 10 ns for each.

#![expect(clippy::disallowed_macros, reason = "a benchmark prints its table")]

use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, PrimeField};
use ark_serialize::CanonicalSerialize;
use rustix::time::{ClockId, clock_gettime};
use troupe_crypto::ecdsa::SecretKey;
use troupe_crypto::hash::{keccak256, sha256};
use troupe_precompiles::Set;
use troupe_types::{Address, Gas};

const RUNS: usize = 5;

fn cpu_nanos() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// Prints what a call takes, and that for each gas.
fn bench(what: &str, last: u8, input: &[u8]) {
    let mut address = Address::default();
    address.0[19] = last;
    let run = || Set::Prague.run(&address, input, Gas(u64::MAX)).expect("there is one");
    let output = run().expect("a good input");
    // Some two milliseconds of each.
    let before = cpu_nanos();
    std::hint::black_box(run()).expect("a good input");
    let rounds = (2e6 / (cpu_nanos() - before)).ceil().max(1.0);
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let before = cpu_nanos();
        let mut round = 0.0;
        while round < rounds {
            std::hint::black_box(run()).expect("a good input");
            round += 1.0;
        }
        best = best.min((cpu_nanos() - before) / rounds);
    }
    let gas = output.gas_used.0;
    let each = best / gas as f64;
    let mark = if each > 10.0 { "  above 10" } else { "" };
    println!("{what:<44} {:>10.1} us {gas:>9} gas {each:>7.2} ns a gas{mark}", best / 1e3);
}

/// A number that looks random, of so many bytes and with its highest bit set.
fn bytes(length: usize, seed: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut word = keccak256([seed]);
    while bytes.len() < length {
        bytes.extend(word.0);
        word = keccak256(word.0);
    }
    bytes.truncate(length);
    if let Some(first) = bytes.first_mut() {
        *first |= 0x80;
    }
    bytes
}

fn modexp(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
    let mut input = Vec::new();
    for part in [base, exponent, modulus] {
        input.extend([0; 24]);
        input.extend((part.len() as u64).to_be_bytes());
    }
    [&input[..], base, exponent, modulus].concat()
}

/// A number of either field, padded to `length` bytes.
fn field<F: PrimeField>(number: F, length: usize) -> Vec<u8> {
    let digits = number.into_bigint().to_bytes_be();
    [vec![0; length - digits.len()], digits].concat()
}

mod bn {
    use super::field;
    use ark_bn254::{G1Affine, G2Affine};
    use ark_ec::AffineRepr;

    pub(super) fn g1(point: &G1Affine) -> Vec<u8> {
        let (x, y) = point.xy().expect("not at infinity");
        [field(x, 32), field(y, 32)].concat()
    }

    pub(super) fn g2(point: &G2Affine) -> Vec<u8> {
        let (x, y) = point.xy().expect("not at infinity");
        [x.c1, x.c0, y.c1, y.c0].map(|part| field(part, 32)).concat()
    }
}

mod bls {
    use super::field;
    use ark_bls12_381::{G1Affine, G2Affine};
    use ark_ec::AffineRepr;

    pub(super) fn g1(point: &G1Affine) -> Vec<u8> {
        let (x, y) = point.xy().expect("not at infinity");
        [field(x, 64), field(y, 64)].concat()
    }

    pub(super) fn g2(point: &G2Affine) -> Vec<u8> {
        let (x, y) = point.xy().expect("not at infinity");
        [x.c0, x.c1, y.c0, y.c1].map(|part| field(part, 64)).concat()
    }
}

/// Different points of a group.
fn points<G: AffineRepr>(count: u64) -> Vec<G> {
    (1..=count).map(|n| (G::generator() * G::ScalarField::from(n * n + 7)).into_affine()).collect()
}

/// A proof that the polynomial that is 5 everywhere is 5 somewhere: its quotient is zero.
fn opening() -> Vec<u8> {
    let five = ark_bls12_381::Fr::from(5u64);
    let mut commitment = Vec::new();
    let point = (ark_bls12_381::G1Affine::generator() * five).into_affine();
    point.serialize_compressed(&mut commitment).expect("memory does not fail");
    let mut hash = sha256(&commitment).0;
    hash[0] = 1;
    let mut proof = vec![0; 48];
    proof[0] = 0xc0;
    let at = ark_bls12_381::Fr::from_be_bytes_mod_order(&bytes(32, 9));
    [&hash[..], &field(at, 32), &field(five, 32), &commitment, &proof].concat()
}

fn main() {
    let secret = SecretKey::from_bytes(&[7; 32]).expect("below the order");
    let digest = keccak256([1]);
    let signature = secret.sign(&digest);
    let mut v = [0; 32];
    v[31] = 27 + signature.parity().bit();
    bench("0x01 recover", 1, &[&digest.0[..], &v, &signature.r(), &signature.s()].concat());
    for (name, last) in [("0x02 sha-256", 2), ("0x03 ripemd-160", 3), ("0x04 identity", 4)] {
        for length in [1, 64, 16 * 1024] {
            bench(&format!("{name}, {length} bytes"), last, &bytes(length, 2));
        }
    }
    for length in [32usize, 64, 128, 256, 512, 1024] {
        let modulus = bytes(length, 4);
        for (kind, exponent, is_even) in [
            ("full exponent", bytes(length, 5), false),
            ("full exponent, even", bytes(length, 5), true),
            ("exponent 65537", vec![1, 0, 1], false),
            ("square", vec![2], false),
            ("cube", vec![3], false),
            ("exponent 15", vec![15], false),
        ] {
            let mut modulus = modulus.clone();
            *modulus.last_mut().expect("not empty") &= 0xfe;
            *modulus.last_mut().expect("not empty") |= u8::from(!is_even);
            let input = modexp(&bytes(length, 3), &exponent, &modulus);
            bench(&format!("0x05 modexp, {length} bytes, {kind}"), 5, &input);
        }
    }
    let (g1, g2) = (points::<ark_bn254::G1Affine>(8), points::<ark_bn254::G2Affine>(8));
    bench("0x06 bn254 add", 6, &[bn::g1(&g1[0]), bn::g1(&g1[1])].concat());
    bench("0x07 bn254 multiply", 7, &[bn::g1(&g1[0]), bytes(32, 6)].concat());
    for count in [1, 2, 4, 8] {
        let pairs = g1.iter().zip(&g2).take(count);
        let input: Vec<u8> = pairs.flat_map(|(a, b)| [bn::g1(a), bn::g2(b)].concat()).collect();
        bench(&format!("0x08 bn254 pairing, {count}"), 8, &input);
    }
    let mut blake = vec![0; 213];
    blake[..4].copy_from_slice(&100_000u32.to_be_bytes());
    bench("0x09 blake2f, 100,000 rounds", 9, &blake);
    bench("0x0a point evaluation, proof at infinity", 0x0a, &opening());

    let g1 = points::<ark_bls12_381::G1Affine>(128);
    let g2 = points::<ark_bls12_381::G2Affine>(128);
    bench("0x0b bls g1 add", 0x0b, &[bls::g1(&g1[0]), bls::g1(&g1[1])].concat());
    for count in [1, 2, 16, 128] {
        let terms = g1.iter().take(count);
        let input: Vec<u8> = terms.flat_map(|a| [bls::g1(a), bytes(32, 7)].concat()).collect();
        bench(&format!("0x0c bls g1 msm, {count}"), 0x0c, &input);
    }
    bench("0x0d bls g2 add", 0x0d, &[bls::g2(&g2[0]), bls::g2(&g2[1])].concat());
    for count in [1, 2, 16, 128] {
        let terms = g2.iter().take(count);
        let input: Vec<u8> = terms.flat_map(|a| [bls::g2(a), bytes(32, 7)].concat()).collect();
        bench(&format!("0x0e bls g2 msm, {count}"), 0x0e, &input);
    }
    for count in [1, 2, 8] {
        let pairs = g1.iter().zip(&g2).take(count);
        let input: Vec<u8> = pairs.flat_map(|(a, b)| [bls::g1(a), bls::g2(b)].concat()).collect();
        bench(&format!("0x0f bls pairing, {count}"), 0x0f, &input);
    }
    let number = |seed| {
        let number = ark_bls12_381::Fq::from_be_bytes_mod_order(&bytes(48, seed));
        field(number, 64)
    };
    bench("0x10 bls map to g1", 0x10, &number(8));
    bench("0x11 bls map to g2", 0x11, &[number(8), number(9)].concat());
}
