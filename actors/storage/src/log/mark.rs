//! The mark: up to which record the log was acknowledged, without a sync.

use super::record::{Sequence, checksum};
use crate::cursor::Cursor;

/// Its file.
pub(crate) const FILE: &str = "log-mark";

pub(crate) fn bytes(salt: u32, acknowledged: Sequence) -> Vec<u8> {
    let number = acknowledged.0.to_le_bytes();
    [&number[..], &checksum(salt, &number).to_le_bytes()].concat()
}

/// What it says, if it is whole.
pub(crate) fn read(salt: u32, bytes: &[u8]) -> Option<Sequence> {
    let mut fields = Cursor::new("mark", bytes);
    let (number, crc) = (fields.array::<8>().ok()?, fields.u32().ok()?);
    fields.end().ok()?;
    (checksum(salt, &number) == crc).then_some(Sequence(u64::from_le_bytes(number)))
}
