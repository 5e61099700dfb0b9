//! The sections of a module: which stay, and the one in front by which the chain knows it.

use thiserror::Error as ThisError;

/// What a module begins with: WebAssembly, version 1.
pub(crate) const MAGIC: [u8; 8] = *b"\0asm\x01\0\0\0";
/// The section that says how long the module is: constructor arguments may follow it.
pub(crate) const FRONT: &str = "troupe";
/// Where the contract's macros put the entries of its ABI.
const ABI: &str = "troupe.abi";
const CUSTOM: u8 = 0;
const EXPORTS: u8 = 7;
/// What others may use of a module: as the contract's macros call it, and as the chain does.
const KEPT: [(&str, &str); 3] =
    [("memory", "memory"), ("troupe_main", "main"), ("troupe_deploy", "deploy")];

/// What is wrong with a module's frame.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum Error {
    /// Not WebAssembly, or of another version.
    #[error("not a module of version 1")]
    NotAModule,
    /// A section or a name within one reaches beyond its end.
    #[error("the module ends within a section, at byte {0}")]
    Cut(usize),
    /// More than a length can say.
    #[error("a module of {0} bytes exceeds 4 GiB")]
    TooLong(usize),
}

/// A module without what the chain does not need.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// The entries of the ABI, one a line.
    pub(crate) abi: Vec<u8>,
    /// Sections in their order: number and content.
    pub(crate) sections: Vec<(u8, Vec<u8>)>,
}

/// Reads a module, takes its custom sections out and all exports but those that the chain uses.
pub(crate) fn take_apart(bytes: &[u8]) -> Result<Parts, Error> {
    let mut reader = Reader { bytes, at: 0 };
    if reader.take(MAGIC.len()) != Ok(&MAGIC[..]) {
        return Err(Error::NotAModule);
    }
    let mut parts = Parts { abi: Vec::new(), sections: Vec::new() };
    while reader.at < bytes.len() {
        let number = reader.byte()?;
        let length = reader.number()?;
        let content = reader.take(length)?;
        match number {
            CUSTOM => {
                let mut custom = Reader { bytes: content, at: 0 };
                if custom.name()? == ABI.as_bytes() {
                    parts.abi.extend_from_slice(&content[custom.at..]);
                }
            }
            EXPORTS => parts.sections.push((EXPORTS, kept_exports(content)?)),
            _ => parts.sections.push((number, content.to_vec())),
        }
    }
    Ok(parts)
}

/// Writes a module with the section in front.
pub(crate) fn put_together(parts: &Parts) -> Result<Vec<u8>, Error> {
    let mut rest = Vec::new();
    for (number, content) in &parts.sections {
        rest.push(*number);
        put_number(&mut rest, content.len());
        rest.extend_from_slice(content);
    }
    let mut front = vec![CUSTOM];
    put_number(&mut front, 1 + FRONT.len() + 4);
    put_number(&mut front, FRONT.len());
    front.extend_from_slice(FRONT.as_bytes());
    let length = MAGIC.len() + front.len() + 4 + rest.len();
    let written = u32::try_from(length).map_err(|_| Error::TooLong(length))?;
    Ok([&MAGIC[..], &front, &written.to_le_bytes(), &rest].concat())
}

/// The length that the section in front says, if there is one.
pub(crate) fn said_length(bytes: &[u8]) -> Option<usize> {
    let rest = bytes.strip_prefix(&MAGIC)?;
    let rest = rest.strip_prefix(b"\0\x0b\x06troupe")?;
    let length = u32::from_le_bytes(*rest.first_chunk()?);
    usize::try_from(length).ok()
}

fn kept_exports(content: &[u8]) -> Result<Vec<u8>, Error> {
    let mut reader = Reader { bytes: content, at: 0 };
    let count = reader.number()?;
    let mut kept = Vec::new();
    let mut number = 0;
    for _ in 0..count {
        let name = reader.name()?;
        let start = reader.at;
        let _kind = reader.byte()?;
        let _index = reader.number()?;
        if let Some((_, name)) = KEPT.iter().find(|(ours, _)| ours.as_bytes() == name) {
            number += 1;
            put_number(&mut kept, name.len());
            kept.extend_from_slice(name.as_bytes());
            kept.extend_from_slice(&content[start..reader.at]);
        }
    }
    let mut section = Vec::new();
    put_number(&mut section, number);
    section.extend_from_slice(&kept);
    Ok(section)
}

/// Writes a number as WebAssembly does: seven bits a byte, the lowest first.
fn put_number(to: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        to.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let part = self.bytes[self.at..].get(..length).ok_or(Error::Cut(self.at))?;
        self.at += length;
        Ok(part)
    }

    fn byte(&mut self) -> Result<u8, Error> {
        self.take(1).map(|part| part[0])
    }

    fn number(&mut self) -> Result<usize, Error> {
        let mut number = 0u64;
        // A number of 32 bits has five bytes at most.
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return usize::try_from(number).map_err(|_| Error::Cut(self.at));
            }
        }
        Err(Error::Cut(self.at))
    }

    fn name(&mut self) -> Result<&'a [u8], Error> {
        let length = self.number()?;
        self.take(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn section(number: u8, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![number];
        put_number(&mut bytes, content.len());
        bytes.extend_from_slice(content);
        bytes
    }

    fn sample() -> Vec<u8> {
        let mut exports = vec![3];
        for (name, kind) in [("memory", 2), ("__heap_base", 3), ("troupe_main", 0)] {
            exports.push(name.len() as u8);
            exports.extend_from_slice(name.as_bytes());
            exports.extend_from_slice(&[kind, 0]);
        }
        [
            MAGIC.to_vec(),
            section(CUSTOM, b"\x04nameabc"),
            section(1, &[0; 200]),
            section(EXPORTS, &exports),
            section(CUSTOM, b"\x0atroupe.abi{}\n"),
        ]
        .concat()
    }

    #[test]
    fn only_what_the_chain_needs_stays() {
        let parts = take_apart(&sample()).expect("a module");
        assert_eq!(parts.abi, b"{}\n");
        assert_eq!(parts.sections[0], (1, vec![0; 200]));
        assert_eq!(parts.sections[1], (EXPORTS, b"\x02\x06memory\x02\0\x04main\0\0".to_vec()));
        let module = put_together(&parts).expect("short");
        assert_eq!(said_length(&module), Some(module.len()));
        assert_eq!(module[..17], *b"\0asm\x01\0\0\0\0\x0b\x06troupe");
        assert_eq!(take_apart(&module).expect("a module").sections[0], parts.sections[0]);
    }

    #[test]
    fn a_part_of_a_module_is_refused() {
        let whole = sample();
        let parts = take_apart(&whole).expect("a module");
        for end in 0..whole.len() {
            // A cut between two sections leaves a module, but not this one.
            assert_ne!(take_apart(&whole[..end]).as_ref(), Ok(&parts), "cut at {end}");
        }
        assert_eq!(take_apart(b"\0asm\x02\0\0\0"), Err(Error::NotAModule));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(0u8..12, 0..200)) {
            let _ = take_apart(&[&MAGIC[..], &bytes].concat());
        }

        #[test]
        fn numbers_are_read_as_written(number in 0usize..=u32::MAX as usize) {
            let mut bytes = Vec::new();
            put_number(&mut bytes, number);
            prop_assert_eq!(Reader { bytes: &bytes, at: 0 }.number(), Ok(number));
        }
    }
}
