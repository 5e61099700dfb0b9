//! What clients are told when something is wrong: a code of gRPC, words, and details for programs.

use prost::Message;
use prost_types::Any;
use std::collections::BTreeMap;
use tonic::{Code, Status};
use troupe_types::Bytes;
use troupe_wire::CallError;

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
pub struct Wrong {
    /// How clients take it.
    pub code: Code,
    /// A constant for programs.
    pub reason: &'static str,
}

/// The server stops.
pub const STOPPING: Wrong = Wrong { code: Code::Unavailable, reason: "STOPPING" };
/// There is more going on than the server does at once.
pub const BUSY: Wrong = Wrong { code: Code::ResourceExhausted, reason: "BUSY" };
/// A message is too large.
pub const TOO_LARGE: Wrong = Wrong { code: Code::ResourceExhausted, reason: "TOO_LARGE" };
/// A client does not read.
pub(crate) const TOO_SLOW: Wrong = Wrong { code: Code::ResourceExhausted, reason: "TOO_SLOW" };
/// Nobody answers now.
pub const NOT_NOW: Wrong = Wrong { code: Code::Unavailable, reason: "NOT_NOW" };
/// It took too long.
pub const TIME_OVER: Wrong = Wrong { code: Code::DeadlineExceeded, reason: "TIME_OVER" };
/// A field is not what it has to be.
pub const ARGUMENT: Wrong = Wrong { code: Code::InvalidArgument, reason: "ARGUMENT" };
/// There is no such thing.
pub const NOT_FOUND: Wrong = Wrong { code: Code::NotFound, reason: "NOT_FOUND" };

impl Wrong {
    /// What a client is told.
    pub fn status(self, message: impl Into<String>) -> Status {
        self.with(message, BTreeMap::new(), None)
    }

    /// The same with what else programs may want to know.
    pub fn with(
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

/// A detail by its type.
#[must_use]
pub fn any(name: &str, message: &impl Message) -> Any {
    Any { type_url: format!("type.googleapis.com/{name}"), value: message.encode_to_vec() }
}

/// What is told when whoever was asked within the process does not answer.
#[must_use]
pub fn unanswered(error: &CallError) -> Status {
    let wrong = match error {
        CallError::Busy => BUSY,
        CallError::TimedOut | CallError::Expired => TIME_OVER,
        CallError::Closing => STOPPING,
        CallError::Unsupported | CallError::NotHere | CallError::Crashed | CallError::Lost => {
            NOT_NOW
        }
    };
    wrong.status(error.to_string())
}

/// A field of a request that is not what it has to be.
pub fn refuse(field: &'static str, reason: impl std::fmt::Display) -> Status {
    let metadata = BTreeMap::from([("field".to_owned(), field.to_owned())]);
    ARGUMENT.with(format!("`{field}` {reason}"), metadata, None)
}

/// Refuses a message that is larger than messages may be.
pub fn too_large(what: &str, got: Bytes, limit: Bytes) -> Status {
    TOO_LARGE.status(format!("{what} of {got} exceeds {limit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_called_by_its_name() {
        let status = refuse("address", "has 3 bytes, wants 20");
        assert_eq!(status.message(), "`address` has 3 bytes, wants 20");
        let details = Details::decode(status.details()).unwrap();
        assert_eq!((details.code, &*details.message), (3, status.message()));
        let [info] = &details.details[..] else { panic!("{details:?}") };
        assert_eq!(info.type_url, "type.googleapis.com/google.rpc.ErrorInfo");
        let info = ErrorInfo::decode(info.value.as_slice()).unwrap();
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("ARGUMENT", DOMAIN));
        assert_eq!(info.metadata["field"], "address");
    }
}
