//! The first bytes of a stream: whose it is and what for.

use crate::Refusal;
use crate::agreement::{Agreement, Side};
use troupe_types::{Hash, SessionId};

/// Bytes in a header.
pub(crate) const HEADER: usize = 64;

const MAGIC: [u8; 4] = *b"TPSI";
const VERSION: u16 = 1;

/// What both ends know about a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    session: SessionId,
    agreement: Hash,
    from: Side,
    count: u32,
}

impl Header {
    pub(crate) fn new(agreement: &Agreement, from: Side) -> Self {
        Self {
            session: agreement.session,
            agreement: agreement.hash(),
            from,
            count: agreement.size(from),
        }
    }

    /// magic 4, version 2, sender 1, reserved 5, count 4, session 16, agreement 32.
    pub(crate) fn encode(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[0..4].copy_from_slice(&MAGIC);
        bytes[4..6].copy_from_slice(&VERSION.to_le_bytes());
        bytes[6] = self.from.code();
        bytes[12..16].copy_from_slice(&self.count.to_le_bytes());
        bytes[16..32].copy_from_slice(self.session.as_bytes());
        bytes[32..64].copy_from_slice(self.agreement.as_bytes());
        bytes
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
        if got[7..12] != want[7..12] {
            return Err(Refusal::Reserved);
        }
        if got[16..32] != want[16..32] {
            return Err(Refusal::Session);
        }
        if got[6] != want[6] {
            return Err(Refusal::Sender);
        }
        let count = u32::from_le_bytes([got[12], got[13], got[14], got[15]]);
        if count != self.count {
            return Err(Refusal::Count { got: count, want: self.count });
        }
        if got[32..64] != want[32..64] {
            let mut agreement = Hash::default();
            agreement.0.copy_from_slice(&got[32..64]);
            return Err(Refusal::Agreement { got: agreement, want: self.agreement });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mode;

    #[test]
    fn every_flipped_bit_of_a_header_is_refused_for_what_it_is() {
        let agreement = Agreement {
            session: SessionId([7; 16]),
            terms: Hash([9; 32]),
            mode: Mode::Aligned,
            sizes: [3, 5],
        };
        let header = Header::new(&agreement, Side::Second);
        assert_eq!(header.check(&header.encode()), Ok(()));
        for bit in 0..8 * HEADER {
            let mut bytes = header.encode();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let refusal = header.check(&bytes).expect_err("a flipped bit");
            let fits = match bit / 8 {
                0..4 => refusal == Refusal::Magic,
                4..6 => matches!(refusal, Refusal::Version { want: 1, .. }),
                6 => refusal == Refusal::Sender,
                7..12 => refusal == Refusal::Reserved,
                12..16 => matches!(refusal, Refusal::Count { want: 5, .. }),
                16..32 => refusal == Refusal::Session,
                _ => matches!(refusal, Refusal::Agreement { .. }),
            };
            assert!(fits, "bit {bit}: {refusal}");
        }
    }
}
