//! The first bytes of every stream: whose it is and what for.

use crate::{Peer, Place, Refusal};
use sha2::{Digest, Sha256};
use troupe_types::Hash;

/// Bytes in a header.
pub(crate) const HEADER: usize = 96;

const MAGIC: [u8; 4] = *b"TMPC";
const VERSION: u16 = 2;

/// What both ends know about a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) place: Place,
    pub(crate) program: Hash,
    pub(crate) from: Peer,
    pub(crate) to: Peer,
}

impl Header {
    /// magic 4, version 2, sender 2, addressee 2, reserved 6, session 16, program 32,
    /// terms 32.
    pub(crate) fn encode(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[0..4].copy_from_slice(&MAGIC);
        bytes[4..6].copy_from_slice(&VERSION.to_le_bytes());
        bytes[6..8].copy_from_slice(&peer(self.from));
        bytes[8..10].copy_from_slice(&peer(self.to));
        bytes[16..32].copy_from_slice(self.place.session.as_bytes());
        bytes[32..64].copy_from_slice(self.program.as_bytes());
        bytes[64..96].copy_from_slice(self.place.terms.as_bytes());
        bytes
    }

    /// The mark behind the first frame; the others count up from it.
    pub(crate) fn mark(&self) -> u64 {
        let digest = Sha256::new_with_prefix(b"troupe mpc frame 2").chain_update(self.encode());
        let digest: [u8; 32] = digest.finalize().into();
        digest.first_chunk().map_or(0, |word| u64::from_le_bytes(*word))
    }

    /// Compares a header that arrived with the one that should have.
    pub(crate) fn check(&self, got: &[u8; HEADER]) -> Result<(), Refusal> {
        let want = self.encode();
        if got[0..4] != want[0..4] {
            return Err(Refusal::Magic);
        }
        let version = u16::from_le_bytes([got[4], got[5]]);
        if version != VERSION {
            return Err(Refusal::Version { got: version, want: VERSION });
        }
        if got[10..16] != want[10..16] {
            return Err(Refusal::Reserved);
        }
        if got[16..32] != want[16..32] {
            return Err(Refusal::Session);
        }
        if got[32..64] != want[32..64] {
            let mut program = Hash::default();
            program.0.copy_from_slice(&got[32..64]);
            return Err(Refusal::Program { got: program, want: self.program });
        }
        if got[64..96] != want[64..96] {
            return Err(Refusal::Terms);
        }
        if got[6..8] != want[6..8] {
            return Err(Refusal::Sender);
        }
        if got[8..10] != want[8..10] {
            return Err(Refusal::Addressee);
        }
        Ok(())
    }
}

fn peer(peer: Peer) -> [u8; 2] {
    match peer {
        Peer::Party(index) => [1, index],
        Peer::Owner(index) => [2, index],
        Peer::Receiver(index) => [3, index],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use troupe_types::SessionId;

    #[test]
    fn every_flipped_bit_of_a_header_is_refused_for_what_it_is() {
        let header = Header {
            place: Place { session: SessionId([7; 16]), terms: Hash([8; 32]) },
            program: Hash([9; 32]),
            from: Peer::Owner(1),
            to: Peer::Party(2),
        };
        assert_eq!(header.check(&header.encode()), Ok(()));
        for bit in 0..8 * HEADER {
            let mut bytes = header.encode();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let refusal = header.check(&bytes).expect_err("a flipped bit");
            let fits = match bit / 8 {
                0..4 => refusal == Refusal::Magic,
                4..6 => matches!(refusal, Refusal::Version { want: 2, .. }),
                6..8 => refusal == Refusal::Sender,
                8..10 => refusal == Refusal::Addressee,
                10..16 => refusal == Refusal::Reserved,
                16..32 => refusal == Refusal::Session,
                32..64 => matches!(refusal, Refusal::Program { .. }),
                _ => refusal == Refusal::Terms,
            };
            assert!(fits, "bit {bit}: {refusal}");
        }
    }
}
