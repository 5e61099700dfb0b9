//! What the chain says no with, in the codes of gRPC.

use crate::proto::chain::Reverted;
use std::collections::BTreeMap;
use tonic::{Code, Status};
use troupe_chain::Invalid;
use troupe_door::{Wrong, any};
use troupe_rpc::Error;

/// The node keeps it to itself.
pub(crate) const HIDDEN: Wrong = Wrong { code: Code::PermissionDenied, reason: "HIDDEN" };

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
        Error::Read(_) | Error::Internal(_) | Error::Local(_) | Error::Listen { .. } => {
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
    use prost::Message;
    use prost_types::Any;
    use troupe_door::{Details, ErrorInfo};
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
        assert_eq!(
            (info.reason.as_str(), info.domain.as_str()),
            ("STATE_NOT_KEPT", "troupe.network")
        );
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
}
