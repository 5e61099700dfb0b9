//! Files of frames, read and written one frame at a time.

use crate::Error;
use std::io::{self, Read, Write};
use troupe_chain::frames::{Content, HEAD, Head, PREFACE, Preface, Sum, Tag};
use troupe_types::{Bytes, Hash};

/// Reads the frames of a file, each checked by its sum.
#[derive(Debug)]
pub struct Frames<R> {
    source: R,
    sum: Sum,
    at: u64,
}

impl<R: Read> Frames<R> {
    /// Begins to read a file of some chain's blocks, or a snapshot of its state.
    pub fn open(mut source: R, content: Content, chain: Hash) -> Result<Self, Error> {
        let bytes = take::<PREFACE>(&mut source, 0)?;
        let preface = Preface::decode(&bytes, content).map_err(|reason| damaged(0, reason))?;
        let (got, want) = (preface.chain, chain);
        if got != want {
            return Err(Error::OtherChain { got, want });
        }
        Ok(Self { source, sum: Sum::default(), at: PREFACE as u64 })
    }

    /// How many bytes were read.
    #[must_use]
    pub const fn at(&self) -> Bytes {
        Bytes(self.at)
    }

    /// What is read next is wrong.
    pub(crate) fn refuse(&self, reason: troupe_chain::Error) -> Error {
        damaged(self.at, reason)
    }

    /// The next frame; `None` after the last one, when the whole file was there and nothing follows.
    pub fn read_next(&mut self) -> Result<Option<(Tag, Vec<u8>)>, Error> {
        let begun = self.at;
        let head = take::<HEAD>(&mut self.source, begun)?;
        let head = Head::decode(&head).map_err(|reason| damaged(begun, reason))?;
        let mut payload = Vec::new();
        // Grows with what is there, whatever the length promises.
        let length = head.length as u64;
        self.source.by_ref().take(length).read_to_end(&mut payload).map_err(Error::Input)?;
        if payload.len() < head.length {
            return Err(Error::Cut { offset: begun + (HEAD + payload.len()) as u64 });
        }
        self.sum.check(&head, &payload).map_err(|reason| damaged(begun, reason))?;
        self.at += (HEAD + payload.len()) as u64;
        if head.tag != Tag::End {
            return Ok(Some((head.tag, payload)));
        }
        let mut more = [0];
        match self.source.read(&mut more).map_err(Error::Input)? {
            0 => Ok(None),
            _ => Err(self.refuse(troupe_chain::Error::Malformed {
                what: "file",
                reason: "bytes after its end",
            })),
        }
    }
}

fn damaged(offset: u64, reason: troupe_chain::Error) -> Error {
    Error::bad_file(offset, reason)
}

fn take<const N: usize>(source: &mut impl Read, at: u64) -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    match source.read_exact(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Err(Error::Cut { offset: at })
        }
        Err(error) => Err(Error::Input(error)),
    }
}

/// Writes the frames of a file.
#[derive(Debug)]
pub struct FrameWriter<W> {
    sink: W,
    sum: Sum,
    at: u64,
}

impl<W: Write> FrameWriter<W> {
    /// Begins a file.
    pub fn begin(mut sink: W, content: Content, chain: Hash) -> Result<Self, Error> {
        let preface = Preface { content, chain }.bytes();
        sink.write_all(&preface).map_err(Error::Output)?;
        Ok(Self { sink, sum: Sum::default(), at: preface.len() as u64 })
    }

    /// Adds a frame.
    pub fn write(&mut self, tag: Tag, payload: &[u8]) -> Result<(), Error> {
        let frame = self.sum.frame(tag, payload)?;
        self.at += frame.len() as u64;
        self.sink.write_all(&frame).map_err(Error::Output)
    }

    /// How many bytes were written.
    #[must_use]
    pub const fn at(&self) -> Bytes {
        Bytes(self.at)
    }

    /// Ends the file. It is not synced.
    pub fn finish(self) -> Result<(W, Bytes), Error> {
        let Self { mut sink, sum, at } = self;
        let end = sum.finish();
        sink.write_all(&end).and_then(|()| sink.flush()).map_err(Error::Output)?;
        Ok((sink, Bytes(at + end.len() as u64)))
    }
}
