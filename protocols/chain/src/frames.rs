//! Files that carry a part of a chain from one place to another: a [`Preface`], frames, an end.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | what the file carries: `troupebk` for blocks, `troupesn` for a snapshot |
//! | 2, 2 | the version of the format, 1; zero |
//! | 4 | CRC-32 (IEEE) of these 12 bytes and of the next 32 |
//! | 32 | the hash of the chain's genesis block |
//!
//! Then frames. Numbers are little-endian.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | the length of the payload |
//! | 1, 3 | what it is: see [`Tag`]; zero |
//! | 4 | CRC-32 of these 8 bytes and of the payload |
//! | | the payload |
//!
//! The last frame, [`Tag::End`], counts those before it (8 bytes) and has a CRC-32 over their checksums (4
//! bytes), so that a file that was cut is no shorter file. Nothing follows it. A checksum finds what a disk or a
//! network spoilt; that what is carried is true is for signatures and hashes to show.

use crate::Error;
use crate::block::{MAX_RECEIPTS, MAX_STORED};
use troupe_types::Hash;

/// Bytes of a preface.
pub const PREFACE: usize = 48;
/// Bytes before the payload of a frame.
pub const HEAD: usize = 12;
/// The longest payload: a block with its proof, its receipts, and some headers.
pub const MAX_PAYLOAD: usize = MAX_STORED + MAX_RECEIPTS + (1 << 20);
const VERSION: u16 = 1;
const END: usize = 12;

/// What a file carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Blocks with the proofs that they are final.
    Blocks,
    /// The state after a block.
    Snapshot,
}

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// A [`Stored`](crate::block::Stored) block.
    Block = 1,
    /// The [`Manifest`](crate::snapshot::Manifest) of a snapshot: its first frame.
    Manifest = 2,
    /// A [`Piece`](crate::snapshot::Piece) of a state.
    Piece = 3,
    /// The end of the file.
    End = 255,
}

/// The first bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preface {
    /// What it carries.
    pub content: Content,
    /// The hash of the chain's genesis block.
    pub chain: Hash,
}

/// What comes before a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// What the payload is.
    pub tag: Tag,
    /// How long it is: at most [`MAX_PAYLOAD`].
    pub length: usize,
    crc: u32,
    bytes: [u8; 8],
}

/// The sum over the frames of a file, for whoever writes it and for whoever reads it.
#[derive(Debug, Clone, Default)]
pub struct Sum {
    frames: u64,
    crc: crc32fast::Hasher,
}

impl Content {
    const fn magic(self) -> [u8; 8] {
        match self {
            Self::Blocks => *b"troupebk",
            Self::Snapshot => *b"troupesn",
        }
    }
}

impl Preface {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(PREFACE);
        bytes.extend(self.content.magic());
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend([0; 2]);
        let crc = crc(&[&bytes, &self.chain.0]);
        bytes.extend(crc.to_le_bytes());
        bytes.extend(self.chain.0);
        bytes
    }

    /// Reads the preface of a file that should carry this.
    pub fn decode(bytes: &[u8; PREFACE], content: Content) -> Result<Self, Error> {
        let refuse = |reason| Error::Malformed { what: "preface of a file", reason };
        if bytes[..8] != content.magic() {
            return Err(refuse("a file of another kind"));
        }
        let (before, chain) = (&bytes[..12], &bytes[16..]);
        if crc(&[before, chain]).to_le_bytes() != bytes[12..16] {
            return Err(refuse("another checksum"));
        }
        if bytes[8..12] != [VERSION.to_le_bytes(), [0; 2]].concat()[..] {
            return Err(refuse("a version that this program does not know"));
        }
        let chain = chain.try_into().map(Hash).map_err(|_| refuse("another length"))?;
        Ok(Self { content, chain })
    }
}

impl Tag {
    const ALL: [Self; 4] = [Self::Block, Self::Manifest, Self::Piece, Self::End];
}

impl Head {
    /// Reads what comes before a payload. Nothing longer than [`MAX_PAYLOAD`] is taken.
    pub fn decode(bytes: &[u8; HEAD]) -> Result<Self, Error> {
        let refuse = |reason| Error::Malformed { what: "frame", reason };
        let [a, b, c, d, kind, zero @ .., e, f, g, h] = *bytes;
        let length = u32::from_le_bytes([a, b, c, d]) as usize;
        let tag = Tag::ALL.into_iter().find(|tag| *tag as u8 == kind);
        let tag = tag.ok_or(refuse("a tag that this program does not know"))?;
        if zero != [0; 3] {
            return Err(refuse("bytes that mean nothing"));
        }
        if length > MAX_PAYLOAD {
            return Err(Error::TooLong { what: "frame", got: length, limit: MAX_PAYLOAD });
        }
        let crc = u32::from_le_bytes([e, f, g, h]);
        Ok(Self { tag, length, crc, bytes: [a, b, c, d, kind, 0, 0, 0] })
    }
}

impl Sum {
    fn add(&mut self, crc: u32) {
        self.frames = self.frames.saturating_add(1);
        self.crc.update(&crc.to_le_bytes());
    }

    fn end(&self) -> Vec<u8> {
        let crc = self.crc.clone().finalize();
        [&self.frames.to_le_bytes()[..], &crc.to_le_bytes()].concat()
    }

    /// A frame with this payload, to be written next.
    pub fn frame(&mut self, tag: Tag, payload: &[u8]) -> Result<Vec<u8>, Error> {
        let (got, limit) = (payload.len(), MAX_PAYLOAD);
        let length = u32::try_from(got).ok().filter(|_| got <= limit);
        let length = length.ok_or(Error::TooLong { what: "frame", got, limit })?;
        let mut bytes = Vec::with_capacity(HEAD + got);
        bytes.extend(length.to_le_bytes());
        bytes.extend([tag as u8, 0, 0, 0]);
        let crc = crc(&[&bytes, payload]);
        self.add(crc);
        bytes.extend(crc.to_le_bytes());
        bytes.extend(payload);
        Ok(bytes)
    }

    /// The last bytes of a file.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        let payload = self.end();
        Self::default().frame(Tag::End, &payload).expect("twelve bytes are no long payload")
    }

    /// Checks the payload behind a head, the next one of a file. The end has to fit all before it.
    pub fn check(&mut self, head: &Head, payload: &[u8]) -> Result<(), Error> {
        let refuse = |reason| Error::Malformed { what: "frame", reason };
        if payload.len() != head.length || crc(&[&head.bytes, payload]) != head.crc {
            return Err(refuse("another checksum"));
        }
        if head.tag != Tag::End {
            self.add(head.crc);
        } else if payload.len() != END || payload != self.end() {
            return Err(refuse("an end of other frames than these"));
        }
        Ok(())
    }

    /// How many frames there were.
    #[must_use]
    pub const fn frames(&self) -> u64 {
        self.frames
    }
}

fn crc(parts: &[&[u8]]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    for part in parts {
        crc.update(part);
    }
    crc.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads a whole file of blocks from memory.
    fn read(mut bytes: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
        let short = Error::Malformed { what: "file", reason: "too short" };
        let mut take = |length: usize| {
            let (taken, rest) = bytes.split_at_checked(length).ok_or(short.clone())?;
            bytes = rest;
            Ok::<_, Error>((taken, rest.is_empty()))
        };
        let preface = take(PREFACE)?.0.try_into().expect("so long");
        Preface::decode(preface, Content::Blocks)?;
        let (mut sum, mut payloads) = (Sum::default(), Vec::new());
        loop {
            let head = Head::decode(take(HEAD)?.0.try_into().expect("so long"))?;
            let (payload, is_last) = take(head.length)?;
            sum.check(&head, payload)?;
            match head.tag {
                Tag::End if is_last => return Ok(payloads),
                Tag::End => return Err(short),
                Tag::Block | Tag::Manifest | Tag::Piece => payloads.push(payload.to_vec()),
            }
        }
    }

    fn write(payloads: &[Vec<u8>]) -> Vec<u8> {
        let chain = Hash([7; 32]);
        let mut bytes = Preface { content: Content::Blocks, chain }.bytes();
        let mut sum = Sum::default();
        for payload in payloads {
            bytes.extend(sum.frame(Tag::Block, payload).expect("short"));
        }
        bytes.extend(sum.finish());
        bytes
    }

    proptest! {
        #[test]
        fn a_file_is_read_back_and_no_changed_byte_and_no_cut_goes_unseen(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..6),
            at in any::<prop::sample::Index>(),
            bits in 1_u8..,
        ) {
            let bytes = write(&payloads);
            prop_assert_eq!(read(&bytes).expect("whole"), payloads);
            let at = at.index(bytes.len());
            prop_assert!(read(&bytes[..at]).is_err());
            let mut changed = bytes.clone();
            changed[at] ^= bits;
            prop_assert!(read(&changed).is_err(), "byte {}", at);
            prop_assert!(read(&[bytes, vec![0]].concat()).is_err());
        }
    }

    #[test]
    fn frames_that_were_left_out_or_put_in_another_order_are_missed_at_the_end() {
        let (one, two) = (vec![1; 5], vec![2; 9]);
        let frame = |payload: &Vec<u8>| Sum::default().frame(Tag::Block, payload).unwrap();
        let bytes = write(&[one.clone(), two.clone()]);
        let end = &bytes[bytes.len() - HEAD - END..];
        for frames in [vec![frame(&one)], vec![frame(&two), frame(&one)], vec![]] {
            let other = [&bytes[..PREFACE], &frames.concat(), end].concat();
            let refused = read(&other).unwrap_err().to_string();
            assert_eq!(refused, "malformed frame: an end of other frames than these");
        }
    }

    #[test]
    fn a_payload_beyond_the_limit_is_refused_before_it_is_read() {
        let mut head = [0; HEAD];
        head[..4].copy_from_slice(&(MAX_PAYLOAD as u32 + 1).to_le_bytes());
        head[4] = Tag::Block as u8;
        assert!(matches!(Head::decode(&head), Err(Error::TooLong { .. })));
        assert!(Sum::default().frame(Tag::Block, &vec![0; MAX_PAYLOAD + 1]).is_err());
    }
}
