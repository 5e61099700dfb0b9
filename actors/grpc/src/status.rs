//! What clients are told when something is wrong: a code of gRPC, words, and details for programs.

use crate::proto::chain::Reverted;
use prost::Message;
use prost_types::Any;
use std::collections::BTreeMap;
use tonic::{Code, Status};
use troupe_chain::Invalid;
use troupe_rpc::Error;
use troupe_types::Bytes;

/// Whose reasons they are.
const DOMAIN: &str = "troupe.network";

/// `google.rpc.Status`.
// googleapis, google/rpc/status.proto
#[derive(Clone, PartialEq, Message)]
pub struct Details {
    /// The code once more.
    #[prost(int32, tag = "1")]
    pub code: i32,
    /// The words once more.
    #[prost(string, tag = "2")]
    pub message: String,
    /// The details themselves.
    #[prost(message, repeated, tag = "3")]
    pub details: Vec<Any>,
}

/// `google.rpc.ErrorInfo`.
// googleapis, google/rpc/error_details.proto
#[derive(Clone, PartialEq, Message)]
pub struct ErrorInfo {
    /// The kind of error, a constant.
    #[prost(string, tag = "1")]
    pub reason: String,
    /// Whose constants they are.
    #[prost(string, tag = "2")]
    pub domain: String,
    /// What else programs may want to know.
    #[prost(btree_map = "string, string", tag = "3")]
    pub metadata: BTreeMap<String, String>,
}

/// An error of this server: what it is, and how it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) code: Code,
    pub(crate) reason: &'static str,
}

/// The server stops.
pub(crate) const STOPPING: Wrong = Wrong { code: Code::Unavailable, reason: "STOPPING" };
/// There is more going on than the server does at once.
pub(crate) const BUSY: Wrong = Wrong { code: Code::ResourceExhausted, reason: "BUSY" };
/// A message is too large.
pub(crate) const TOO_LARGE: Wrong = Wrong { code: Code::ResourceExhausted, reason: "TOO_LARGE" };
/// A client does not read.
pub(crate) const TOO_SLOW: Wrong = Wrong { code: Code::ResourceExhausted, reason: "TOO_SLOW" };
/// It took too long.
pub(crate) const TIME_OVER: Wrong = Wrong { code: Code::DeadlineExceeded, reason: "TIME_OVER" };
/// A field is not what it has to be.
pub(crate) const ARGUMENT: Wrong = Wrong { code: Code::InvalidArgument, reason: "ARGUMENT" };
/// There is no such thing.
pub(crate) const NOT_FOUND: Wrong = Wrong { code: Code::NotFound, reason: "NOT_FOUND" };
/// The node keeps it to itself.
pub(crate) const HIDDEN: Wrong = Wrong { code: Code::PermissionDenied, reason: "HIDDEN" };

impl Wrong {
    /// What a client is told.
    pub(crate) fn status(self, message: impl Into<String>) -> Status {
        self.with(message, BTreeMap::new(), None)
    }

    fn with(
        self,
        message: impl Into<String>,
        metadata: BTreeMap<String, String>,
        more: Option<Any>,
    ) -> Status {
        let message = message.into();
        let info =
            ErrorInfo { reason: self.reason.to_owned(), domain: DOMAIN.to_owned(), metadata };
        let details = [Some(any("google.rpc.ErrorInfo", &info)), more];
        let details = Details {
            code: self.code as i32,
            message: message.clone(),
            details: details.into_iter().flatten().collect(),
        };
        Status::with_details(self.code, message, details.encode_to_vec().into())
    }
}

fn any(name: &str, message: &impl Message) -> Any {
    Any { type_url: format!("type.googleapis.com/{name}"), value: message.encode_to_vec() }
}

/// A field of a request that is not what it has to be.
pub(crate) fn refuse(field: &'static str, reason: impl std::fmt::Display) -> Status {
    let metadata = BTreeMap::from([("field".to_owned(), field.to_owned())]);
    ARGUMENT.with(format!("`{field}` {reason}"), metadata, None)
}

/// Refuses a message that is larger than messages may be.
pub(crate) fn too_large(what: &str, got: Bytes, limit: Bytes) -> Status {
    TOO_LARGE.status(format!("{what} of {got} exceeds {limit}"))
}

/// An error of the chain's, in the codes of gRPC.
pub(crate) fn of(error: &Error) -> Status {
    let mut metadata = BTreeMap::from([("eth_code".to_owned(), error.code().to_string())]);
    let mut more = None;
    let (code, reason) = kind(error);
    match error {
        Error::Argument { name, .. } => {
            metadata.insert("field".to_owned(), (*name).to_owned());
        }
        Error::Limit { limit, .. } => {
            metadata.insert("limit".to_owned(), limit.to_string());
        }
        Error::NoState { height } => {
            metadata.insert("number".to_owned(), height.to_string());
        }
        Error::Reverted(data) => {
            let text = error.to_string();
            let reason = text.split_once(": ").map_or("", |(_, reason)| reason).to_owned();
            let reverted = Reverted { data: data.0.clone(), reason };
            more = Some(any("troupe.chain.v1.Reverted", &reverted));
        }
        _ => {}
    }
    Wrong { code, reason }.with(error.to_string(), metadata, more)
}

fn kind(error: &Error) -> (Code, &'static str) {
    match error {
        Error::Argument { .. } | Error::Arguments(_) | Error::Refused(_) => {
            (Code::InvalidArgument, "ARGUMENT")
        }
        Error::UnknownBlock | Error::NoSuchBlock => (Code::NotFound, "NO_SUCH_BLOCK"),
        Error::NoTransaction => (Code::NotFound, "NO_SUCH_TRANSACTION"),
        Error::NoFilter => (Code::NotFound, "NOT_FOUND"),
        Error::Pruned { .. } => (Code::NotFound, "BLOCK_NOT_KEPT"),
        Error::NoState { .. } => (Code::NotFound, "STATE_NOT_KEPT"),
        Error::NoIndex { .. } => (Code::FailedPrecondition, "NO_INDEX"),
        Error::Invalid(invalid) => refused(invalid),
        Error::Unfit(_) => (Code::FailedPrecondition, "UNFIT"),
        Error::Reverted(_) => (Code::FailedPrecondition, "REVERTED"),
        Error::Failed(_) => (Code::FailedPrecondition, "FAILED"),
        Error::Allowance { .. } => (Code::FailedPrecondition, "GAS_ALLOWANCE"),
        Error::Limit { .. } => (Code::ResourceExhausted, "TOO_MUCH"),
        Error::Aborted { .. } => (Code::DeadlineExceeded, "TIME_OVER"),
        Error::Unavailable(_) => (Code::Unavailable, "NOT_NOW"),
        Error::Read(_) | Error::Internal(_) | Error::Local { .. } | Error::Listen { .. } => {
            (Code::Internal, "INTERNAL")
        }
    }
}

/// Why the pool does not take a transaction.
fn refused(invalid: &Invalid) -> (Code, &'static str) {
    match invalid {
        Invalid::AlreadyKnown => (Code::AlreadyExists, "ALREADY_KNOWN"),
        Invalid::PoolFull => (Code::ResourceExhausted, "POOL_FULL"),
        Invalid::AccountLimit { .. } => (Code::ResourceExhausted, "ACCOUNT_LIMIT"),
        Invalid::NonceTooLow { .. } => (Code::FailedPrecondition, "NONCE_TOO_LOW"),
        Invalid::NonceTooHigh { .. } => (Code::FailedPrecondition, "NONCE_TOO_HIGH"),
        Invalid::Funds { .. } => (Code::FailedPrecondition, "FUNDS"),
        Invalid::CapBelowBase { .. } | Invalid::Underpriced { .. } => {
            (Code::FailedPrecondition, "UNDERPRICED")
        }
        Invalid::ReplacementUnderpriced => (Code::FailedPrecondition, "REPLACEMENT_UNDERPRICED"),
        Invalid::FutureReplacesPending => (Code::FailedPrecondition, "FUTURE_REPLACES_PENDING"),
        Invalid::Malformed(_)
        | Invalid::Unsupported(_)
        | Invalid::Oversized { .. }
        | Invalid::Signature
        | Invalid::Sender
        | Invalid::ChainId { .. }
        | Invalid::Unprotected
        | Invalid::NonceMax
        | Invalid::IntrinsicGas { .. }
        | Invalid::BlockGas { .. }
        | Invalid::TipAboveCap { .. }
        | Invalid::InitCode { .. } => (Code::InvalidArgument, "TRANSACTION"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use troupe_types::Height;

    fn details(status: &Status) -> (ErrorInfo, Option<Any>) {
        let details = Details::decode(status.details()).unwrap();
        assert_eq!(
            (details.code, details.message.as_str()),
            (status.code() as i32, status.message())
        );
        let mut details = details.details.into_iter();
        let info = details.next().unwrap();
        assert_eq!(info.type_url, "type.googleapis.com/google.rpc.ErrorInfo");
        (ErrorInfo::decode(info.value.as_slice()).unwrap(), details.next())
    }

    #[test]
    fn an_error_says_its_kind_and_ethereums_number() {
        let status = of(&Error::NoState { height: Height(7) });
        assert_eq!(status.code(), Code::NotFound);
        assert!(status.message().contains("the state of block 7 is not kept"));
        let (info, more) = details(&status);
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("STATE_NOT_KEPT", DOMAIN));
        assert_eq!(info.metadata["eth_code"], "-32000");
        assert_eq!(info.metadata["number"], "7");
        assert_eq!(more, None);
    }

    #[test]
    fn a_reverted_call_carries_what_it_returned() {
        let mut data = vec![0x08, 0xc3, 0x79, 0xa0];
        data.extend([&[0; 31][..], &[32], &[0; 31], &[3], b"no!", &[0; 29]].concat());
        let status = of(&Error::Reverted(data.clone().into()));
        assert_eq!(status.code(), Code::FailedPrecondition);
        let (info, more) = details(&status);
        assert_eq!((info.reason.as_str(), info.metadata["eth_code"].as_str()), ("REVERTED", "3"));
        let more = more.unwrap();
        assert_eq!(more.type_url, "type.googleapis.com/troupe.chain.v1.Reverted");
        let reverted = Reverted::decode(more.value.as_slice()).unwrap();
        assert_eq!((reverted.data.to_vec(), reverted.reason.as_str()), (data, "no!"));
    }

    #[test]
    fn a_field_is_called_by_its_name() {
        let status = refuse("address", "has 3 bytes, wants 20");
        assert_eq!(status.message(), "`address` has 3 bytes, wants 20");
        assert_eq!(details(&status).0.metadata["field"], "address");
    }
}
