//! What consensus says of blocks and of itself.

use crate::arguments::Arguments;
use crate::backend::At;
use crate::context::Api;
use crate::error::Error;
use crate::format;
use serde_json::Value;
use std::sync::Arc;

/// The most blocks that one request asks for.
const MAX_CERTIFICATES: usize = 50;

/// The certificates of committed blocks, in the order of their hashes; null for what has none.
pub(super) async fn certificates(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let mut certificates = Vec::new();
    for hash in arguments.required("hashes")?.list(MAX_CERTIFICATES)? {
        let proof = api.backend.proof(At::Hash(hash.hash()?)).await?;
        let certificate = proof.and_then(|proof| proof.0.first().map(|link| link.certificate));
        certificates.push(certificate.as_ref().map_or(Value::Null, format::certificate));
    }
    Ok(Value::Array(certificates))
}

pub(super) async fn evidence(api: Arc<Api>) -> Result<Value, Error> {
    let all = api.backend.evidence().await?;
    Ok(all.iter().map(format::evidence).collect())
}

/// Null for a node that has no part in consensus.
pub(super) async fn status(api: Arc<Api>) -> Result<Value, Error> {
    let snapshot = api.backend.consensus().await?;
    Ok(snapshot.as_ref().map_or(Value::Null, format::status))
}
