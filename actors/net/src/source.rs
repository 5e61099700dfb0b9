//! Reading frames and bodies from a stream, without holding more than was asked for.

use crate::close::outcome_of;
use crate::frame::{FrameError, MAX_CALL, Parsed};
use bytes::{Buf, Bytes};
use quinn::{ReadError, RecvStream};
use troupe_wire::CallError;

/// The most bytes taken from the network at once; it holds them anyway until they are taken.
const PIECE: usize = 64 << 10;

/// Why a stream gave no frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Its bytes are wrong; the peer is to blame.
    Wrong(FrameError),
    /// The peer gave it up, for this reason if it named one.
    Reset(Option<CallError>),
    /// The connection is gone.
    Lost,
}

impl From<FrameError> for Broken {
    fn from(error: FrameError) -> Self {
        Self::Wrong(error)
    }
}

impl From<ReadError> for Broken {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Reset(code) => Self::Reset(outcome_of(code.into_inner())),
            _ => Self::Lost,
        }
    }
}

/// A stream and what was taken from it beyond the last frame.
pub(crate) struct Source {
    stream: RecvStream,
    held: Bytes,
}

impl Source {
    pub(crate) fn new(stream: RecvStream) -> Self {
        Self { stream, held: Bytes::new() }
    }

    /// The next frame; `None` where the stream ended before it began.
    pub(crate) async fn next<T>(
        &mut self,
        read: impl Fn(&[u8]) -> Parsed<T>,
    ) -> Result<Option<T>, Broken> {
        loop {
            if let Some((frame, used)) = read(&self.held)? {
                self.held.advance(used);
                return Ok(Some(frame));
            }
            // No frame is longer than MAX_CALL, so that what is held and not enough is short.
            let wanted = if self.held.is_empty() { PIECE } else { MAX_CALL };
            match self.stream.read_chunk(wanted, true).await? {
                None if self.held.is_empty() => return Ok(None),
                None => {
                    return Err(FrameError::Malformed("a stream that ends within a frame").into());
                }
                Some(chunk) if self.held.is_empty() => self.held = chunk.bytes,
                Some(chunk) => self.held = [&self.held[..], &chunk.bytes].concat().into(),
            }
        }
    }

    /// The next frame of a stream that may not end before it.
    pub(crate) async fn frame<T>(
        &mut self,
        read: impl Fn(&[u8]) -> Parsed<T>,
    ) -> Result<T, Broken> {
        let frame = self.next(read).await?;
        frame.ok_or(Broken::Wrong(FrameError::Malformed("a stream without a frame")))
    }

    /// A body of `length` bytes, whose limit the caller has checked. Memory grows with what arrives,
    /// not with what was announced.
    pub(crate) async fn body(&mut self, length: usize) -> Result<Bytes, Broken> {
        if self.held.len() >= length {
            return Ok(self.held.split_to(length));
        }
        let mut body = Vec::with_capacity(length.min(PIECE));
        body.extend(&std::mem::take(&mut self.held));
        while body.len() < length {
            let chunk = self.stream.read_chunk(length - body.len(), true).await?;
            let chunk = chunk.ok_or(FrameError::Malformed("a body that ends too early"))?;
            body.extend_from_slice(&chunk.bytes);
        }
        Ok(body.into())
    }

    /// Passes over a body that nobody here wants.
    pub(crate) async fn skip(&mut self, length: usize) -> Result<(), Broken> {
        let mut left = length - length.min(self.held.len());
        self.held.advance(length - left);
        while left > 0 {
            let chunk = self.stream.read_chunk(left, true).await?;
            let chunk = chunk.ok_or(FrameError::Malformed("a body that ends too early"))?;
            left -= chunk.bytes.len();
        }
        Ok(())
    }

    /// Expects the end of the stream.
    pub(crate) async fn end(&mut self) -> Result<(), Broken> {
        let more = !self.held.is_empty() || self.stream.read_chunk(1, true).await?.is_some();
        if more {
            return Err(FrameError::Malformed("bytes after the end of a message").into());
        }
        Ok(())
    }

    /// What was taken and the stream, for reading without frames.
    pub(crate) fn into_parts(self) -> (Bytes, RecvStream) {
        (self.held, self.stream)
    }

    /// Tells the peer that nothing more is read.
    pub(crate) fn stop(&mut self, why: CallError) {
        // A stream that has ended needs no stop.
        let _ = self.stream.stop(crate::close::stream_code(why));
    }
}
