//! Verifiable randomness: a word that the holder of a key could not choose and anyone can check.
//!
//! For a key, a purpose and an input there is one hash of output. The proof shows that the
//! output is that one; without the secret it is as good as random. Keys are those of
//! [`sr25519`](crate::sr25519). (Papadopoulos et al. 2017/099, over ristretto255, by `schnorrkel`.)
//!
//! The purpose, the input and the public key are all part of what is hashed to the curve, so that no
//! output can be carried over to another use or another key. Proving draws no randomness. The word is a
//! hash of the proof's point alone, of which there is one: whoever has a proof that others checked reads
//! the word off it, and other numbers that prove the same point give the same word.
//!
//! ```
//! use troupe_crypto::{sr25519::{Purpose, SecretKey}, vrf};
//! const ELECTION: Purpose = Purpose::new("election");
//! let secret = SecretKey::from_seed(&[7; 32]);
//! let (word, proof) = vrf::prove(&secret, ELECTION, b"epoch 3");
//! assert_eq!(proof.word(), word);
//! assert_eq!(vrf::verify(&secret.public_key(), ELECTION, b"epoch 3", &proof), Ok(word));
//! assert!(vrf::verify(&secret.public_key(), ELECTION, b"epoch 4", &proof).is_err());
//! ```

use crate::fixed::fixed_bytes;
use crate::sr25519::{PublicKey, Purpose, SecretKey, deterministic};
use crate::{Error, hash};
use merlin::Transcript;
use schnorrkel::vrf::{VRFPreOut, VRFProof};
use troupe_types::Hash;

fixed_bytes!(
    /// A point and two numbers that are said to prove a word; checked where they are verified.
    Proof,
    96,
    "randomness proof"
);

impl Proof {
    /// The word that it proves, if it proves one: that is for [`verify`] to say.
    // RFC 9381 5.2: the hash of the point, without the numbers that prove it
    #[must_use]
    pub fn word(&self) -> Hash {
        hash::tagged("troupe vrf word", &[&self.0[..32]])
    }
}

/// The library's older form leaves the public key out of the nonce; this is the newer.
const KUSAMA: bool = false;

/// The word of this key for an input, and its proof.
#[must_use]
pub fn prove(secret: &SecretKey, purpose: Purpose, input: &[u8]) -> (Hash, Proof) {
    let point = secret.pair.vrf_create_hash(input_transcript(purpose, input));
    let transcript = deterministic(proof_transcript(purpose));
    let (proof, _) = secret.pair.dleq_proove(transcript, &point, KUSAMA);
    let mut bytes = [0; 96];
    bytes[..32].copy_from_slice(point.as_output_bytes());
    bytes[32..].copy_from_slice(&proof.to_bytes());
    let proof = Proof(bytes);
    (proof.word(), proof)
}

/// The word that the proof is of, if it is of this key, purpose and input.
pub fn verify(
    key: &PublicKey,
    purpose: Purpose,
    input: &[u8],
    proof: &Proof,
) -> Result<Hash, Error> {
    let malformed = Error::NotCanonical { what: Proof::WHAT };
    let (output, numbers) = proof.0.split_at(32);
    if output == [0; 32] {
        return Err(Error::Identity { what: Proof::WHAT });
    }
    let output = VRFPreOut::from_bytes(output).map_err(|_| malformed)?;
    let numbers = VRFProof::from_bytes(numbers).map_err(|_| malformed)?;
    let point = output
        .attach_input_hash(&key.0, input_transcript(purpose, input))
        .map_err(|_| malformed)?;
    key.0
        .dleq_verify(proof_transcript(purpose), &point, &numbers, KUSAMA)
        .map_err(|_| Error::BadRandomness)?;
    Ok(proof.word())
}

/// Hashed to the point that is multiplied by the secret; the library adds the public key.
fn input_transcript(purpose: Purpose, input: &[u8]) -> Transcript {
    let mut transcript = Transcript::new(b"troupe vrf input");
    transcript.append_message(b"purpose", purpose.name().as_bytes());
    transcript.append_message(b"input", input);
    transcript
}

/// Of the proof that the product was made with the key's secret.
fn proof_transcript(purpose: Purpose) -> Transcript {
    let mut transcript = Transcript::new(b"troupe vrf proof");
    transcript.append_message(b"purpose", purpose.name().as_bytes());
    transcript
}
