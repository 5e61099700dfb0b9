//! Writing a state file in bounded memory.

use super::layout::{About, CHUNK_HEADER, Chunk, HEADER, Item, TRAILER, Trailer, name};
use super::read::StateFile;
use crate::{Error, Phase, Progress};
use troupe_runtime::Disk;
use troupe_types::Bytes;

/// About how many bytes of keys and values a chunk has.
const CHUNK: usize = 1 << 20;

/// Where the items come from: those after a key, or the first ones, about so many bytes of them and at
/// least one; none after the last. They do not change while they are asked for.
pub type Source<'s> = &'s mut dyn FnMut(Option<&[u8]>, usize) -> Result<Vec<Item>, Error>;

/// Writes the state file of a height, in place of one of that height. `expected` is how many bytes it
/// may have, for the progress that is told after each chunk.
pub fn write(
    disk: &dyn Disk,
    about: About,
    expected: Bytes,
    source: Source<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<StateFile, Error> {
    let file = name(about.height);
    let failed = |error| Error::io(&file)(error);
    let mut draft = disk.draft(&file).map_err(failed)?;
    draft.write(&about.header()).map_err(failed)?;
    let mut length = HEADER as u64;
    let mut chunks_crc = crc32fast::Hasher::new();
    let (mut items, mut number, mut last): (u64, u32, Option<Vec<u8>>) = (0, 0, None);
    loop {
        let chunk = Chunk { number, items: source(last.as_deref(), CHUNK)? };
        let Some((key, _)) = chunk.items.last() else { break };
        if last.as_deref().is_some_and(|last| chunk.items[0].0.as_slice() <= last) {
            return Err(Error::Malformed { what: "state", reason: "keys out of order" });
        }
        last = Some(key.clone());
        items += chunk.items.len() as u64;
        let (bytes, crc) = chunk.bytes()?;
        draft.write(&bytes).map_err(failed)?;
        chunks_crc.update(&crc.to_le_bytes());
        length += bytes.len() as u64;
        debug_assert!(bytes.len() > CHUNK_HEADER, "a chunk has an item");
        let limit = u32::MAX as usize;
        let what = "the number of chunks";
        number = number.checked_add(1).ok_or(Error::TooLong { what, got: limit, limit })?;
        let done = Bytes(length);
        progress(Progress { phase: Phase::Writing, done, total: expected.max(done), items });
    }
    let About { height, root, .. } = about;
    let chunks_crc = chunks_crc.finalize();
    let trailer = Trailer { height, root, items, chunks: number, chunks_crc };
    draft.write(&trailer.bytes()).map_err(failed)?;
    draft.finish().map_err(failed)?;
    length += TRAILER as u64;
    Ok(StateFile { file, about, trailer, length: Bytes(length) })
}
