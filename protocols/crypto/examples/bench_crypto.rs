//! CPU time per operation, on one thread: `cargo x bench crypto`.
//!
//! With `--features blst` the second arithmetic is measured too. Linux only: it reads the thread's
//! own account of CPU time, so that a busy machine does not change the figures much.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a measuring tool reads the clock and prints"
)]

use core::hint::black_box;
use troupe_crypto::scheme::{Scheme, Vote};
use troupe_crypto::sr25519::{self, Purpose, Signed};
use troupe_crypto::{Bls, Keyed, ecdsa, hash, keystore, vrf};
use troupe_wire::{Seed, Stream};

const PURPOSE: Purpose = Purpose::new("bench");
const MESSAGE: &[u8; 40] = &[7; 40];

/// Nanoseconds this thread has run.
fn cpu_nanos() -> f64 {
    let account = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let ran = account.split(' ').next().and_then(|word| word.parse().ok());
    ran.expect("the first word is a number of nanoseconds")
}

/// Prints the best of five averages over at least 20 ms each: the account is kept in steps of a few.
fn measure<T>(name: &str, mut run: impl FnMut() -> T) {
    let mut average = |times: u32| {
        let start = cpu_nanos();
        for _ in 0..times {
            black_box(run());
        }
        (cpu_nanos() - start) / f64::from(times)
    };
    let mut times = 1;
    while average(times) * f64::from(times) < 20e6 {
        times *= 2;
    }
    let best = (0..5).map(|_| average(times)).fold(f64::MAX, f64::min);
    println!("{name:<44} {:>12.2} us", best / 1e3);
}

fn hashes() {
    for size in [32, 1_024, 131_072] {
        let bytes = vec![7u8; size];
        measure(&format!("keccak256, {size} bytes"), || hash::keccak256(&bytes));
        measure(&format!("sha256, {size} bytes"), || hash::sha256(&bytes));
    }
}

fn accounts(entropy: &mut Stream) {
    let secret = ecdsa::SecretKey::generate(entropy);
    let digest = hash::keccak256(MESSAGE);
    let signature = secret.sign(&digest);
    measure("ecdsa sign", || secret.sign(&digest));
    measure("ecdsa recover", || signature.recover(&digest));
    measure("ecdsa recover and address", || signature.recover(&digest).map(|key| key.address()));
}

fn votes<S: Scheme>(entropy: &mut Stream) {
    let name = S::NAME;
    let secrets: Vec<_> = (0..100).map(|_| S::generate(entropy)).collect();
    let publics: Vec<_> = secrets.iter().map(S::public_key).collect();
    let proof = S::prove(&secrets[0]);
    let keys: Vec<_> = publics.iter().map(|key| S::readmit(key).expect("fresh")).collect();
    let signatures: Vec<_> = secrets.iter().map(|secret| S::sign(secret, MESSAGE)).collect();
    measure(&format!("{name} sign"), || S::sign(&secrets[0], MESSAGE));
    measure(&format!("{name} verify"), || S::verify(&keys[0], MESSAGE, &signatures[0]));
    measure(&format!("{name} check a key"), || S::readmit(&publics[0]));
    measure(&format!("{name} check a key and its proof"), || S::admit(&publics[0], &proof));
    for number in [25, 100] {
        let signatures = &signatures[..number];
        let all: Vec<_> = keys[..number].iter().collect();
        let sum = S::aggregate(signatures).expect("fresh");
        let mut votes: Vec<Vote<'_, S>> = keys
            .iter()
            .zip(signatures)
            .map(|(key, signature)| Vote { key, signature: *signature })
            .collect();
        measure(&format!("{name} aggregate {number}"), || S::aggregate(signatures));
        measure(&format!("{name} verify an aggregate of {number}"), || {
            S::verify_same(&all, MESSAGE, &sum)
        });
        measure(&format!("{name} combine {number} votes"), || S::combine(MESSAGE, &votes));
        votes[number / 3].signature = S::sign(&secrets[0], b"another");
        measure(&format!("{name} combine {number}, one bad"), || S::combine(MESSAGE, &votes));
    }
}

fn ristretto(entropy: &mut Stream) {
    let secrets: Vec<_> = (0..128).map(|_| sr25519::SecretKey::generate(entropy)).collect();
    let keys: Vec<_> = secrets.iter().map(sr25519::SecretKey::public_key).collect();
    let signatures: Vec<_> = secrets.iter().map(|secret| secret.sign(PURPOSE, MESSAGE)).collect();
    let bytes = keys[0].to_bytes();
    measure("sr25519 check a key", || sr25519::PublicKey::from_bytes(&bytes));
    measure("sr25519 sign", || secrets[0].sign(PURPOSE, MESSAGE));
    measure("sr25519 verify", || keys[0].verify(PURPOSE, MESSAGE, &signatures[0]));
    for number in [16, 128] {
        let batch: Vec<_> = keys[..number]
            .iter()
            .zip(&signatures)
            .map(|(key, signature)| Signed { key, message: MESSAGE, signature })
            .collect();
        measure(&format!("sr25519 verify {number} together"), || {
            sr25519::verify_all(PURPOSE, &batch)
        });
    }
    let (_, proof) = vrf::prove(&secrets[0], PURPOSE, MESSAGE);
    measure("vrf prove", || vrf::prove(&secrets[0], PURPOSE, MESSAGE));
    measure("vrf verify", || vrf::verify(&keys[0], PURPOSE, MESSAGE, &proof));
}

fn keystores(entropy: &mut Stream) {
    let secret = keystore::Secret::new(vec![7; 32]).expect("32 bytes");
    let entry = keystore::Entry::new(keystore::Kind::Account, "bench", secret).expect("a key");
    measure("keystore seal, standard cost", || {
        entry.seal(b"password", keystore::Cost::STANDARD, entropy)
    });
}

fn main() {
    let mut entropy = Seed::from_number(1).stream("bench");
    hashes();
    accounts(&mut entropy);
    ristretto(&mut entropy);
    votes::<Bls>(&mut entropy);
    #[cfg(feature = "blst")]
    votes::<troupe_crypto::BlsNative>(&mut entropy);
    votes::<Keyed>(&mut entropy);
    keystores(&mut entropy);
}
