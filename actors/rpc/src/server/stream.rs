//! JSON values that follow each other on a stream, with or without anything between them.

use super::local::refusal;
use serde_json::value::RawValue;
use tokio::io::{AsyncRead, AsyncReadExt};

/// So much is read at once.
const PIECE: usize = 16 << 10;

/// Reads one value after the other.
#[derive(Debug)]
pub(super) struct Reader<R> {
    source: R,
    /// The most bytes of a value.
    most: usize,
    bytes: Vec<u8>,
    is_over: bool,
}

/// Why a stream is not read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No JSON.
    Malformed,
    /// A value that is too long.
    Oversized,
}

impl Refusal {
    pub(super) fn answer(self) -> Box<RawValue> {
        // JSON-RPC 2.0, 5.1; the second is jsonrpsee's
        match self {
            Self::Malformed => refusal(-32700, "Parse error"),
            Self::Oversized => refusal(-32007, "Request is too big"),
        }
    }
}

impl<R: AsyncRead + Unpin> Reader<R> {
    pub(super) const fn new(source: R, most: usize) -> Self {
        Self { source, most, bytes: Vec::new(), is_over: false }
    }

    /// The next value; `None` at the end. It may be given up while it waits: nothing is lost.
    pub(super) async fn next(&mut self) -> Result<Option<Box<RawValue>>, Refusal> {
        loop {
            if let Some(value) = self.take()? {
                return Ok(Some(value));
            }
            if self.is_over {
                return Ok(None);
            }
            if self.bytes.len() > self.most {
                return Err(Refusal::Oversized);
            }
            self.bytes.reserve(PIECE);
            match self.source.read_buf(&mut self.bytes).await {
                Ok(0) | Err(_) => self.is_over = true,
                Ok(_) => {}
            }
        }
    }

    /// A value that is there as a whole.
    fn take(&mut self) -> Result<Option<Box<RawValue>>, Refusal> {
        let mut values = serde_json::Deserializer::from_slice(&self.bytes).into_iter();
        let value: Box<RawValue> = match values.next() {
            None => return Ok(None),
            Some(Ok(value)) => value,
            Some(Err(error)) if error.is_eof() && !self.is_over => return Ok(None),
            Some(Err(_)) => return Err(Refusal::Malformed),
        };
        let end = values.byte_offset();
        // A number may go on in the next piece.
        let is_number = value.get().ends_with(|last: char| last.is_ascii_digit());
        if is_number && end == self.bytes.len() && !self.is_over {
            return Ok(None);
        }
        if value.get().len() > self.most {
            return Err(Refusal::Oversized);
        }
        self.bytes.drain(..end);
        Ok(Some(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives its bytes in pieces of some length.
    struct Pieces(Vec<u8>, usize);

    impl AsyncRead for Pieces {
        fn poll_read(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            buffer: &mut tokio::io::ReadBuf<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            let length = self.1.min(self.0.len()).min(buffer.remaining());
            buffer.put_slice(&self.0[..length]);
            self.0.drain(..length);
            std::task::Poll::Ready(Ok(()))
        }
    }

    fn read(text: &str, piece: usize, most: usize) -> (Vec<String>, Option<Refusal>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut reader = Reader::new(Pieces(text.as_bytes().to_vec(), piece), most);
            let mut values = Vec::new();
            loop {
                match reader.next().await {
                    Ok(Some(value)) => values.push(value.get().to_owned()),
                    Ok(None) => return (values, None),
                    Err(refusal) => return (values, Some(refusal)),
                }
            }
        })
    }

    proptest! {
        #[test]
        fn values_are_told_apart_however_they_come(piece in 1usize..40, gap in "[ \n]{0,3}") {
            let values = [r#"{"a":[1,"}{"]}"#, "[1,2]", "7", r#""x""#, "null", "{}"];
            let gap = if gap.is_empty() { "\n".to_owned() } else { gap };
            let (got, refusal) = read(&values.join(&gap), piece, 100);
            prop_assert_eq!(got, values);
            prop_assert_eq!(refusal, None);
            prop_assert_eq!(read(r#"{"a":1}{"b":2}"#, piece, 100).0.len(), 2);
        }

        #[test]
        fn no_stream_panics(text in ".{0,60}", piece in 1usize..9) {
            let _ = read(&text, piece, 20);
        }

        #[test]
        fn a_value_that_ends_early_is_no_value(cut in 1usize..12) {
            let text = r#"{"a":[1,2]}"#;
            let cut = cut.min(text.len() - 1);
            prop_assert_eq!(read(&text[..cut], 3, 100), (Vec::new(), Some(Refusal::Malformed)));
        }
    }

    #[test]
    fn what_is_too_long_ends_the_stream() {
        let long = format!("\"{}\"", "x".repeat(50));
        assert_eq!(read(&long, 7, 20), (Vec::new(), Some(Refusal::Oversized)));
        assert_eq!(read(&long, 100, 20), (Vec::new(), Some(Refusal::Oversized)));
        assert_eq!(read("{} }", 100, 20), (vec!["{}".to_owned()], Some(Refusal::Malformed)));
    }
}
