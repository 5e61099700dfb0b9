//! Stored blocks laid end to end.

use crate::block::MAX_STORED;
use crate::message::{Fetch, Fetched, MAX_FETCHED};
use troupe_wire::Blob;

/// Bytes of a length.
const LENGTH: usize = 4;

/// A stored block's frame: its length and itself.
#[must_use]
pub fn frame(stored: &[u8]) -> Vec<u8> {
    let length = u32::try_from(stored.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), stored].concat()
}

/// The answer to a question, of the encodings of the stored blocks from the one asked for on.
#[must_use]
pub fn answer<B: AsRef<[u8]>>(fetch: &Fetch, blocks: impl IntoIterator<Item = B>) -> Fetched {
    let mut bytes: Vec<u8> = Vec::new();
    let mut skip = usize::try_from(fetch.offset).unwrap_or(usize::MAX);
    for block in blocks.into_iter().take(fetch.most.into()) {
        let framed = frame(block.as_ref());
        let Some(rest) = framed.get(skip..) else { break };
        let room = MAX_FETCHED - bytes.len();
        bytes.extend_from_slice(&rest[..rest.len().min(room)]);
        skip = 0;
        if bytes.len() == MAX_FETCHED {
            break;
        }
    }
    Fetched(Blob::new(bytes).unwrap_or_default())
}

/// Takes the first whole frame's block off; `Ok(None)` when more bytes are needed, an error for a
/// length that no block has.
pub(super) fn take(bytes: &mut Vec<u8>) -> Result<Option<Vec<u8>>, ()> {
    let Some(length) = bytes.first_chunk::<LENGTH>() else { return Ok(None) };
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(drop)?;
    if length == 0 || length > MAX_STORED {
        return Err(());
    }
    if bytes.len() - LENGTH < length {
        return Ok(None);
    }
    let rest = bytes.split_off(LENGTH + length);
    let framed = core::mem::replace(bytes, rest);
    Ok(Some(framed[LENGTH..].to_vec()))
}
