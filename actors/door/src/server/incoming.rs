//! What the other side sends: messages with their lengths before them, none larger than it may be.

use crate::status::too_large;
use bytes::Bytes;
use h2::RecvStream;
use http_body::{Body, Frame};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tonic::Status;

/// A byte for flags and four for the length.
// gRPC over HTTP2, "Length-Prefixed-Message"
const PREFIX: usize = 5;

/// Looks at the lengths as they come: nothing is allocated for a message that is refused.
#[derive(Debug)]
struct Lengths {
    most: usize,
    prefix: [u8; PREFIX],
    /// Bytes of the prefix that have come.
    have: usize,
    /// Bytes of the message that are still to come.
    left: usize,
}

impl Lengths {
    const fn new(most: usize) -> Self {
        Self { most, prefix: [0; PREFIX], have: 0, left: 0 }
    }

    fn look(&mut self, mut bytes: &[u8]) -> Result<(), Status> {
        while !bytes.is_empty() {
            if self.have < PREFIX {
                let part = bytes.len().min(PREFIX - self.have);
                self.prefix[self.have..self.have + part].copy_from_slice(&bytes[..part]);
                self.have += part;
                bytes = &bytes[part..];
                if self.have < PREFIX {
                    return Ok(());
                }
                let [_, length @ ..] = self.prefix;
                let size = troupe_types::Bytes(u32::from_be_bytes(length).into());
                if size.as_usize() > self.most {
                    let limit = troupe_types::Bytes::of(self.most);
                    return Err(too_large("a message", size, limit));
                }
                self.left = size.as_usize();
            }
            let part = bytes.len().min(self.left);
            self.left -= part;
            bytes = &bytes[part..];
            if self.left == 0 {
                self.have = 0;
            }
        }
        Ok(())
    }
}

/// The body of a request, or of a response to a client.
#[derive(Debug)]
pub struct Incoming {
    stream: RecvStream,
    lengths: Lengths,
    is_over: bool,
}

impl Incoming {
    pub(crate) const fn new(stream: RecvStream, most: usize) -> Self {
        Self { stream, lengths: Lengths::new(most), is_over: false }
    }
}

/// Why a stream does not go on.
pub(crate) fn lost(error: h2::Error) -> Status {
    let text = error.to_string();
    match error.is_io() || error.is_go_away() {
        true => Status::unavailable(text),
        false => Status::cancelled(text),
    }
}

impl Body for Incoming {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        match ready!(self.stream.poll_data(cx)) {
            Some(Ok(bytes)) => {
                // It is handed on: as much may come again.
                let released = self.stream.flow_control().release_capacity(bytes.len());
                released.map_err(lost)?;
                if let Err(refused) = self.lengths.look(&bytes) {
                    self.is_over = true;
                    return Poll::Ready(Some(Err(refused)));
                }
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Some(Err(error)) => {
                self.is_over = true;
                Poll::Ready(Some(Err(lost(error))))
            }
            None => {
                let trailers = ready!(self.stream.poll_trailers(cx));
                self.is_over = true;
                let trailers = trailers.map_err(lost)?;
                Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.is_over || self.stream.is_end_stream()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(length: usize) -> Vec<u8> {
        let prefix = u32::try_from(length).unwrap().to_be_bytes();
        [&[0][..], &prefix, &vec![7; length]].concat()
    }

    proptest! {
        #[test]
        fn only_a_message_that_is_too_large_is_refused_however_it_comes(
            lengths in proptest::collection::vec(0usize..150, 1..5), piece in 1usize..40,
        ) {
            let bytes: Vec<u8> = lengths.iter().flat_map(|length| message(*length)).collect();
            let mut looked = Lengths::new(100);
            let refused = bytes.chunks(piece).any(|piece| looked.look(piece).is_err());
            prop_assert_eq!(refused, lengths.iter().any(|length| *length > 100));
        }
    }

    #[test]
    fn a_length_is_refused_before_the_message_comes() {
        let refused = Lengths::new(1 << 20).look(&[0, 0xff, 0xff, 0xff, 0xff]).unwrap_err();
        assert_eq!(refused.code(), tonic::Code::ResourceExhausted);
        assert!(refused.message().contains("exceeds 1MiB"), "{refused}");
    }
}
