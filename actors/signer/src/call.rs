//! One gRPC message in one HTTP/2 body: a byte, a length, and the message.

use bytes::{BufMut, Bytes, BytesMut};
use h2::RecvStream;
use prost::Message;

/// The one method there is.
pub(crate) const PATH: &str = "/troupe.signer.v1.Signer/Sign";
/// The protocol inside TLS.
pub(crate) const ALPN: &[u8] = b"h2";
/// What every message says it is.
pub(crate) const CONTENT_TYPE: &str = "application/grpc";
/// A message here has a few hundred bytes; a longer body is not read.
const LONGEST: usize = 2 << 10;
const HEAD: usize = 5;

/// A message as a body.
pub(crate) fn frame(message: &impl Message) -> Bytes {
    let length = message.encoded_len();
    let mut bytes = BytesMut::with_capacity(HEAD + length);
    bytes.put_u8(0);
    bytes.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
    bytes.extend_from_slice(&message.encode_to_vec());
    bytes.freeze()
}

/// The message of a whole body.
pub(crate) fn unframe<M: Message + Default>(body: &[u8]) -> Result<M, &'static str> {
    let Some((head, message)) = body.split_first_chunk::<HEAD>() else {
        return Err("a body without a message");
    };
    let [packed, length @ ..] = head;
    if *packed != 0 {
        return Err("a message that is compressed");
    }
    if usize::try_from(u32::from_be_bytes(*length)) != Ok(message.len()) {
        return Err("a message of another length than it says");
    }
    M::decode(message).map_err(|_| "a message that does not decode")
}

/// Reads a body to its end; the trailers stay.
pub(crate) async fn body(stream: &mut RecvStream) -> Result<Vec<u8>, String> {
    let mut whole = Vec::new();
    while let Some(part) = stream.data().await {
        let part = part.map_err(|error| error.to_string())?;
        if whole.len() + part.len() > LONGEST {
            return Err(format!("a body of more than {LONGEST} bytes"));
        }
        stream.flow_control().release_capacity(part.len()).map_err(|error| error.to_string())?;
        whole.extend_from_slice(&part);
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::SignRequest;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_frame_reads_the_same_and_no_part_of_it_reads(
            hash in proptest::collection::vec(any::<u8>(), 1..40), height in any::<u64>(),
            cut in any::<prop::sample::Index>(),
        ) {
            let request = SignRequest { hash, height, ..SignRequest::default() };
            let bytes = frame(&request);
            prop_assert_eq!(unframe::<SignRequest>(&bytes), Ok(request));
            prop_assert!(unframe::<SignRequest>(&bytes[..cut.index(bytes.len())]).is_err());
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = unframe::<SignRequest>(&bytes);
        }
    }
}
