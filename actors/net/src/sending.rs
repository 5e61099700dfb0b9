//! A stream to the peer that looks finished only when it is.

use crate::close::stream_code;
use bytes::Bytes;
use quinn::{SendStream, StoppedError, VarInt, WriteError};
use std::future::Future;
use troupe_wire::CallError;

/// Up to this length a body is copied behind its header.
pub(crate) const SMALL: usize = 2 << 10;

/// quinn finishes a stream that is dropped, and half a message would look whole. This one is reset
/// instead, with the reason it was given.
#[derive(Debug)]
pub(crate) struct Sending {
    stream: SendStream,
    why: CallError,
    is_finished: bool,
}

impl Sending {
    /// `why` is what the peer hears should the stream be dropped before its end.
    pub(crate) fn new(stream: SendStream, why: CallError) -> Self {
        Self { stream, why, is_finished: false }
    }

    /// Puts the stream before or behind the others of its connection.
    pub(crate) fn set_priority(&self, priority: i32) {
        // A stream that is gone needs no order.
        let _ = self.stream.set_priority(priority);
    }

    pub(crate) async fn write(&mut self, bytes: Bytes) -> Result<(), WriteError> {
        self.stream.write_chunk(bytes).await
    }

    /// Writes a header and its body: a short one copied behind it, so that both are one piece.
    pub(crate) async fn write_message(
        &mut self,
        mut head: Vec<u8>,
        body: Bytes,
    ) -> Result<(), WriteError> {
        if body.len() <= SMALL {
            head.extend_from_slice(&body);
            return self.write(head.into()).await;
        }
        self.write_all(&mut [head.into(), body]).await
    }

    pub(crate) async fn write_all(&mut self, pieces: &mut [Bytes]) -> Result<(), WriteError> {
        self.stream.write_all_chunks(pieces).await
    }

    /// Completes when the peer stops the stream, or has received all of a finished one.
    pub(crate) fn stopped(
        &self,
    ) -> impl Future<Output = Result<Option<VarInt>, StoppedError>> + Send + 'static {
        self.stream.stopped()
    }

    /// Says that nothing more comes.
    pub(crate) fn finish(&mut self) {
        self.is_finished = self.stream.finish().is_ok();
    }

    /// Gives the stream up for this reason.
    pub(crate) fn reset(mut self, why: CallError) {
        self.why = why;
        self.is_finished = false;
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        if !self.is_finished {
            // A stream that the peer has stopped, or whose connection is gone, needs no reset.
            let _ = self.stream.reset(stream_code(self.why));
        }
    }
}
