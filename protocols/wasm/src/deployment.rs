//! Creation data: a module that says where it ends, and the constructor's arguments.

use crate::convention::Convention;
use crate::error::Refused;
use crate::platon::deployment as platon;
use crate::platon::rlp::LIST;
use wasmparser::BinaryReader;

/// What modules and PlatON's creation data begin with.
pub(crate) const MAGIC: [u8; 4] = *b"\0asm";

/// What every module begins with: the magic number and version 1.
pub const HEADER: [u8; 8] = *b"\0asm\x01\0\0\0";

/// The name of the section with the module's length, which has to come first.
pub const LENGTH_SECTION: &str = "troupe";

/// Whether code or creation data begins as a module.
#[must_use]
pub fn is_module(code: &[u8]) -> bool {
    code.starts_with(&HEADER)
}

/// Creation data in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deployment<'a> {
    /// The convention that the data has; that of the module has to be the same.
    pub convention: Convention,
    /// What becomes the code.
    pub module: &'a [u8],
    /// The constructor's input.
    pub arguments: &'a [u8],
}

/// Splits creation data into the module and the input of its constructor. The module is not checked.
///
/// Ours begins with the header of a module, whose first section is a custom one named [`LENGTH_SECTION`]
/// that holds the length of the whole module, four bytes little-endian; arguments follow. PlatON's begins
/// with the magic number alone and a list in RLP.
pub fn split(data: &[u8]) -> Result<Deployment<'_>, Refused> {
    if data.starts_with(&MAGIC) && data.get(MAGIC.len()).is_some_and(|first| *first >= LIST) {
        let (module, arguments) = platon::split(data)?;
        return Ok(Deployment { convention: Convention::Platon, module, arguments });
    }
    let (module, arguments) = split_at_length(data)?;
    Ok(Deployment { convention: Convention::Troupe, module, arguments })
}

fn split_at_length(data: &[u8]) -> Result<(&[u8], &[u8]), Refused> {
    if !is_module(data) {
        return Err(Refused::NoLength);
    }
    // A section: its kind, its length, its content, which begins with a name here.
    let mut reader = BinaryReader::new(&data[HEADER.len()..], HEADER.len());
    let content = section(&mut reader).ok_or(Refused::NoLength)?;
    let least = data.len() - reader.bytes_remaining();
    let length = u32::from_le_bytes(content) as usize;
    if length < least || length > data.len() {
        let [got, least, limit] = [length as u64, least as u64, data.len() as u64];
        return Err(Refused::Length { got, least, limit });
    }
    Ok(data.split_at(length))
}

/// The content of the section that has to come first.
fn section(reader: &mut BinaryReader<'_>) -> Option<[u8; 4]> {
    if reader.read_u8().ok()? != 0 {
        return None;
    }
    let size = reader.read_var_u32().ok()? as usize;
    let mut content = BinaryReader::new(reader.read_bytes(size).ok()?, 0);
    if content.read_string().ok()? != LENGTH_SECTION {
        return None;
    }
    let bytes = content.read_bytes(content.bytes_remaining()).ok()?;
    bytes.try_into().ok()
}

/// Puts the section with its length at the head of a module that has none: what tools do before they
/// deploy it.
pub fn with_length(module: &[u8]) -> Result<Vec<u8>, Refused> {
    if !is_module(module) {
        return Err(Refused::NoLength);
    }
    // Kind 0, then 11 bytes: the name with its length and the four bytes.
    const SECTION: usize = 13;
    let length = module.len().saturating_add(SECTION);
    let limit = u64::from(u32::MAX);
    let length = u32::try_from(length).map_err(|_| Refused::Length {
        got: length as u64,
        least: 0,
        limit,
    })?;
    let mut whole = HEADER.to_vec();
    whole.extend_from_slice(&[0, 11, 6]);
    whole.extend_from_slice(LENGTH_SECTION.as_bytes());
    whole.extend_from_slice(&length.to_le_bytes());
    whole.extend_from_slice(&module[HEADER.len()..]);
    Ok(whole)
}
