//! A validator's key in a process of its own: it signs what does not contradict what it signed.
//!
//! * [`Past`]: what was signed last, in a file, durable before a signature leaves.
//! * [`Book`]: a key with its past.
//! * [`Server`]: answers the nodes that it was told of, by gRPC over TLS 1.3 in which both sides prove the keys that
//!   nodes have anyway: no authority, and no certificate to renew.
//! * [`Remote`]: the other end, for the node. It keeps one connection and makes a new one where that fell.
//!
//! The messages are in `clients/proto/troupe/signer`. HTTP/2 is spoken by `h2`; a call is one small message each way.
//! A refusal is an answer ([`Refusal`]), everything else that goes wrong is [`Failure::Unreachable`] and may be tried
//! again: the same statement has the same signature.
//!
//! What it is not: it knows no rules of consensus beyond *never two that exclude each other, never back in time*, so
//! whoever may ask can have anything signed that is later than all before.

mod book;
mod call;
mod connection;
mod convert;
mod error;
mod past;
mod proto;
mod refusal;
mod remote;
mod serve;

pub use book::Book;
pub use convert::{Asked, read_answer};
pub use error::Error;
pub use past::Past;
pub use refusal::{Failure, Refusal};
pub use remote::Remote;
pub use serve::{Allowed, Server};
