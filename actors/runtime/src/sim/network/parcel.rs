//! What travels: requests, answers and pieces of bulk streams.

use super::bulk::Piece;
use crate::sim::wheel::Nanos;
use crate::transport::Request;
use bytes::Bytes;
use troupe_wire::CallError;

/// Something on its way from one node to another.
#[derive(Clone)]
pub(crate) struct Parcel {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// The connection it travels on; set when it leaves.
    pub(crate) generation: u64,
    /// Its place in an ordered stream, if it travels in one.
    pub(crate) place: Option<u64>,
    /// Whether it is there twice: copies have no place and are not counted.
    pub(crate) is_copy: bool,
    /// When a message is not worth sending any more.
    pub(crate) expires: Nanos,
    pub(crate) load: Load,
}

#[derive(Clone)]
pub(crate) enum Load {
    Tell(Request),
    /// A question and its number.
    Ask(u64, Request),
    /// The outcome of the question with this number.
    Answer(u64, Result<Bytes, CallError>),
    /// A piece of the bulk stream with this number.
    Piece(u64, Piece),
}

impl Load {
    /// Bytes of its body.
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::Tell(request) | Self::Ask(_, request) => request.body.len(),
            Self::Answer(_, Ok(body)) => body.len(),
            Self::Answer(_, Err(_)) => 1,
            Self::Piece(_, piece) => piece.length(),
        }
    }
}
