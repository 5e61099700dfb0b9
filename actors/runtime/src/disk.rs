//! Durable files as actors see them: append, sync, read, replace.

use std::collections::BTreeMap;
use std::io;

/// How the name of a draft ends: see [`Disk::draft`].
pub const DRAFT: &str = ".draft";

/// A node's durable files, each a plain name without folders. Called from the urgent pool and while an actor is built, never in a handler.
///
/// After an error nothing is known of the file, and a second sync of it may succeed although bytes
/// were lost: whoever gets one stops writing to that file.
pub trait Disk: Send + Sync + 'static {
    /// Appends to a file, creating it. Returns when the bytes and the file's name are durable.
    fn append(&self, file: &str, bytes: &[u8]) -> io::Result<()>;

    /// The whole file; empty when there is none.
    fn read(&self, file: &str) -> io::Result<Vec<u8>>;

    /// So many bytes of a file from an offset, fewer where it ends before; none when there is no file.
    fn read_part(&self, file: &str, offset: u64, length: usize) -> io::Result<Vec<u8>>;

    /// Cuts a file to a length, durably: how a torn tail is removed.
    fn truncate(&self, file: &str, length: u64) -> io::Result<()>;

    /// The files there are, with their lengths in bytes; drafts among them.
    fn list(&self) -> io::Result<BTreeMap<String, u64>>;

    /// Begins a file that is under its name only when it is whole. Until [`Draft::finish`] it grows
    /// under the name that [`DRAFT`] ends, where it stays if that never comes: an earlier one is
    /// overwritten, any other is for the owner of the name to remove.
    fn draft(&self, file: &str) -> io::Result<Box<dyn Draft>>;

    /// Removes a file, durably; nothing when there is none.
    fn remove(&self, file: &str) -> io::Result<()>;

    /// Writes a small file without waiting for the disk. It outlives the process; after a loss of
    /// power it is there, or an older one, or a part of either.
    fn note(&self, file: &str, bytes: &[u8]) -> io::Result<()>;

    /// Gives a file a new content at once: after a crash it has the old one or the new one.
    fn replace(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        let mut draft = self.draft(file)?;
        draft.write(bytes)?;
        draft.finish()
    }
}

/// A file that is being made.
pub trait Draft: Send {
    /// Appends; durable only after [`Draft::finish`].
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Syncs it, puts it under its name in place of what was there, and syncs the name.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// Whether a name is a plain one, which every disk takes.
pub(crate) fn check_name(file: &str) -> io::Result<()> {
    if file.is_empty() || file.starts_with('.') || file.contains(['/', '\\']) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file name"));
    }
    Ok(())
}
