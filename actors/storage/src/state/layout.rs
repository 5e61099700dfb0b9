//! The parts of a state file as bytes.

use crate::Error;
use crate::cursor::{Cursor, long_onto, short_onto};
use crate::log::Sequence;
use troupe_types::{Hash, Height};

/// Bytes of the header.
pub(super) const HEADER: usize = 64;
/// Bytes of a chunk's header.
pub(super) const CHUNK_HEADER: usize = 16;
/// Bytes of the trailer.
pub(super) const TRAILER: usize = 80;
/// The longest chunk without its header.
pub const MAX_CHUNK: usize = 4 << 20;
/// The version of the format.
const VERSION: u16 = 1;
const HEAD: [u8; 8] = *b"troupest";
const TAIL: [u8; 8] = *b"troupend";
const PREFIX: &str = "state-";

/// A key and its value.
pub type Item = (Vec<u8>, Vec<u8>);

/// Which state a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// The hash of the chain's genesis block.
    pub chain: Hash,
    /// The height of the block after which it was so.
    pub height: Height,
    /// The record of that block in the log: what follows it is to be replayed.
    pub sequence: Sequence,
    /// The state root of that block.
    pub root: Hash,
}

/// The end of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trailer {
    /// The height, as in the header.
    pub height: Height,
    /// The state root.
    pub root: Hash,
    /// How many items there are.
    pub items: u64,
    /// How many chunks.
    pub chunks: u32,
    /// A checksum over those of all chunks.
    pub chunks_crc: u32,
}

/// A piece of the state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chunk {
    /// Its number, from 0.
    pub number: u32,
    /// Its items, ascending by key.
    pub items: Vec<Item>,
}

/// The name of the state file of a height.
pub(super) fn name(height: Height) -> String {
    format!("{PREFIX}{:020}", height.0)
}

/// The height of the state file with a name.
pub(super) fn height(file: &str) -> Option<Height> {
    let height = Height(file.strip_prefix(PREFIX)?.parse().ok()?);
    (name(height) == file).then_some(height)
}

/// Puts the checksum of all that follows it into its four bytes.
fn seal(bytes: &mut [u8], at: usize) {
    let crc = crc32fast::hash(&bytes[at + 4..]);
    bytes[at..at + 4].copy_from_slice(&crc.to_le_bytes());
}

impl About {
    pub(super) fn header(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER);
        out.extend(HEAD);
        out.extend([0; 4]);
        out.extend(VERSION.to_le_bytes());
        out.extend([0; 2]);
        out.extend(self.height.0.to_le_bytes());
        out.extend(self.sequence.0.to_le_bytes());
        out.extend(self.chain.0);
        seal(&mut out, 8);
        out
    }
}

/// Reads the header of a file. Its root is in the trailer.
pub fn read_header(bytes: &[u8]) -> Result<About, Error> {
    let mut fields = Cursor::new("header of a state file", bytes);
    let (magic, crc) = (fields.array::<8>()?, fields.u32()?);
    if magic != HEAD || bytes.len() != HEADER || crc != crc32fast::hash(&bytes[12..]) {
        return Err(fields.refuse("another checksum"));
    }
    let (version, _) = (fields.u16()?, fields.u16()?);
    if version != VERSION {
        return Err(fields.refuse("another version"));
    }
    let (height, sequence) = (Height(fields.u64()?), Sequence(fields.u64()?));
    let chain = fields.hash()?;
    Ok(About { chain, height, sequence, root: Hash([0; 32]) })
}

impl Trailer {
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(TRAILER);
        out.extend(TAIL);
        out.extend([0; 4]);
        out.extend(self.chunks_crc.to_le_bytes());
        out.extend(self.height.0.to_le_bytes());
        out.extend(self.items.to_le_bytes());
        out.extend(self.chunks.to_le_bytes());
        out.extend([0; 12]);
        out.extend(self.root.0);
        seal(&mut out, 8);
        out
    }
}

/// Reads the trailer of a file.
pub fn read_trailer(bytes: &[u8]) -> Result<Trailer, Error> {
    let mut fields = Cursor::new("trailer of a state file", bytes);
    let (magic, crc) = (fields.array::<8>()?, fields.u32()?);
    if magic != TAIL || bytes.len() != TRAILER || crc != crc32fast::hash(&bytes[12..]) {
        return Err(fields.refuse("another checksum"));
    }
    let (chunks_crc, height) = (fields.u32()?, Height(fields.u64()?));
    let (items, chunks) = (fields.u64()?, fields.u32()?);
    if fields.array()? != [0; 12] {
        return Err(fields.refuse("bytes that mean nothing"));
    }
    Ok(Trailer { height, root: fields.hash()?, items, chunks, chunks_crc })
}

impl Chunk {
    /// Its header and its items, and the checksum in the header.
    pub(super) fn bytes(&self) -> Result<(Vec<u8>, u32), Error> {
        let mut out = vec![0; CHUNK_HEADER];
        for (key, value) in &self.items {
            short_onto(&mut out, "a key", key)?;
            long_onto(&mut out, "a value", value)?;
        }
        let got = out.len() - CHUNK_HEADER;
        let length = u32::try_from(got).ok().filter(|_| got <= MAX_CHUNK);
        let what = "a chunk of a state file";
        let length = length.ok_or(Error::TooLong { what, got, limit: MAX_CHUNK })?;
        let items = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        out[4..8].copy_from_slice(&length.to_le_bytes());
        out[8..12].copy_from_slice(&self.number.to_le_bytes());
        out[12..16].copy_from_slice(&items.to_le_bytes());
        seal(&mut out, 0);
        let crc = u32::from_le_bytes([out[0], out[1], out[2], out[3]]);
        Ok((out, crc))
    }
}

/// How long a chunk is, by its header; not more than [`MAX_CHUNK`].
pub(super) fn chunk_length(header: &[u8]) -> Option<usize> {
    let mut fields = Cursor::new("chunk", header);
    let (_, length) = (fields.u32().ok()?, fields.u32().ok()?);
    usize::try_from(length).ok().filter(|length| *length <= MAX_CHUNK)
}

/// Reads the one chunk that `bytes` are, header and items.
pub fn read_chunk(bytes: &[u8]) -> Result<Chunk, Error> {
    let mut fields = Cursor::new("chunk of a state file", bytes);
    let (crc, length) = (fields.u32()?, fields.u32()?);
    let (number, count) = (fields.u32()?, fields.u32()?);
    let is_whole = usize::try_from(length).is_ok_and(|length| length == bytes.len() - CHUNK_HEADER);
    if !is_whole || bytes.len() - CHUNK_HEADER > MAX_CHUNK || crc != crc32fast::hash(&bytes[4..]) {
        return Err(fields.refuse("another checksum"));
    }
    let mut items: Vec<Item> = Vec::new();
    while !fields.is_empty() {
        let (key, value) = (fields.short()?, fields.long()?);
        if items.last().is_some_and(|(last, _)| last.as_slice() >= key) {
            return Err(fields.refuse("keys out of order"));
        }
        items.push((key.to_vec(), value.to_vec()));
    }
    if items.len() as u64 != u64::from(count) {
        return Err(fields.refuse("another number of items"));
    }
    Ok(Chunk { number, items })
}
