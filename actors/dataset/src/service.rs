//! What the owner of the process is answered over gRPC.

use crate::Error;
use crate::manager::Datasets;
use crate::message::{Declare, Inventory, LONGEST, Refused, Retract, Shelf, Source};
use std::fmt::Display;
use tonic::{Code, Request, Response, Status};
use troupe_config::{Choice, Column, ColumnKind, Holds, Policy};
use troupe_door::proto::data;
use troupe_door::proto::data::data_service_server::{DataService, DataServiceServer};
use troupe_door::{Service, Stands, Wrong, refuse, unanswered};
use troupe_runtime::{Actor, Link, Node};

/// The service before the data owner of a node, which may begin later.
#[must_use]
pub fn service(node: &Node) -> Service {
    let kind = Datasets::KIND;
    let keeper =
        Keeper { declare: node.link(kind), retract: node.link(kind), list: node.link(kind) };
    Service::new(DataServiceServer::new(keeper), data::DESCRIBED, Stands::Actor(kind))
}

/// Asks the data owner.
struct Keeper {
    declare: Link<Declare>,
    retract: Link<Retract>,
    list: Link<Inventory>,
}

#[tonic::async_trait]
impl DataService for Keeper {
    async fn add_data_set(
        &self,
        request: Request<data::AddDataSetRequest>,
    ) -> Result<Response<data::AddDataSetResponse>, Status> {
        let declaration = request.into_inner().declaration;
        if declaration.len() > LONGEST {
            return Err(no(&Refused::Long(declaration.len())));
        }
        let shelf = self.declare.ask(Declare(declaration)).await;
        let shelf = shelf.map_err(|error| unanswered(&error))?.map_err(|refused| no(&refused))?;
        Ok(Response::new(data::AddDataSetResponse { data_set: Some(told(&shelf)) }))
    }

    async fn list_data_sets(
        &self,
        _: Request<data::ListDataSetsRequest>,
    ) -> Result<Response<data::ListDataSetsResponse>, Status> {
        let shelves = self.list.ask(Inventory).await.map_err(|error| unanswered(&error))?;
        let data_sets = shelves.iter().map(told).collect();
        Ok(Response::new(data::ListDataSetsResponse { data_sets }))
    }

    async fn remove_data_set(
        &self,
        request: Request<data::RemoveDataSetRequest>,
    ) -> Result<Response<data::RemoveDataSetResponse>, Status> {
        let name = request.into_inner().name;
        if name.is_empty() {
            return Err(refuse("name", "is missing"));
        }
        let gone = self.retract.ask(Retract(name)).await;
        gone.map_err(|error| unanswered(&error))?.map_err(|refused| no(&refused))?;
        Ok(Response::new(data::RemoveDataSetResponse {}))
    }
}

/// What is refused, as clients are told it.
fn no(refused: &Refused) -> Status {
    let (code, reason) = match refused {
        Refused::Long(_) | Refused::Declaration(_) => (Code::InvalidArgument, "DECLARATION"),
        Refused::Twice(_) => (Code::AlreadyExists, "NAME_TAKEN"),
        Refused::Full => (Code::ResourceExhausted, "TOO_MANY"),
        Refused::File(Error::Memory(_)) => (Code::ResourceExhausted, "MEMORY"),
        Refused::File(_) => (Code::FailedPrecondition, "FILE"),
        Refused::Unread(error) => return unanswered(error),
        Refused::Unknown(_) => (Code::NotFound, "NO_SUCH_DATA_SET"),
        Refused::Fixed(_) => (Code::FailedPrecondition, "IN_MANIFEST"),
        Refused::Kept(_) => (Code::Internal, "INTERNAL"),
    };
    Wrong { code, reason }.status(refused.to_string())
}

fn told(shelf: &Shelf) -> data::DataSet {
    let holds = match shelf.holds {
        Holds::Rows => data::Holds::Rows,
        Holds::Model => data::Holds::Model,
    };
    let declared = match shelf.source {
        Source::Manifest => data::Declared::InManifest,
        Source::Added => data::Declared::ByRequest,
    };
    data::DataSet {
        name: shelf.name.clone(),
        holds: holds.into(),
        rows: shelf.rows,
        columns: shelf.columns.iter().map(column).collect(),
        content: shelf.content.0.to_vec().into(),
        price: number(shelf.price),
        policy: Some(policy(&shelf.policy)),
        number: shelf.number,
        uses: shelf.uses,
        declared: declared.into(),
    }
}

/// Big-endian, without leading zeros.
fn number(number: u128) -> bytes::Bytes {
    let bytes = number.to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes[zeros..].to_vec().into()
}

fn column(column: &Column) -> data::Column {
    let kind = match column.kind {
        ColumnKind::Number => data::ColumnKind::Number,
        ColumnKind::Integer => data::ColumnKind::Integer,
        ColumnKind::Boolean => data::ColumnKind::Boolean,
        ColumnKind::Key => data::ColumnKind::Key,
    };
    let (low, high) = (column.low, column.high);
    data::Column { name: column.name.clone(), kind: kind.into(), low, high }
}

fn policy(policy: &Policy) -> data::Policy {
    data::Policy {
        requesters: shown(&policy.requesters),
        allow: words(&policy.allow),
        engines: words(&policy.engines),
        matching: words(&policy.matching),
        returned: words(&policy.returned),
        partners: shown(&policy.partners),
        min_rows: policy.min_rows,
        min_group: policy.min_group,
        parties: shown(&policy.parties),
        excluded: shown(&policy.excluded),
        until_ms: policy.until.map(|until| until.0.0),
        max_uses: policy.max_uses,
        replaced: policy.replaced,
        same_parties: policy.same_parties,
    }
}

fn words<T: Choice>(words: &[T]) -> Vec<String> {
    words.iter().map(|word| word.word().to_owned()).collect()
}

fn shown(all: &[impl Display]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_price_is_written_without_zeros_and_read_as_it_was(price in any::<u128>(), shift in 0u32..128) {
            let price = price >> shift;
            let bytes = number(price);
            prop_assert_ne!(bytes.first(), Some(&0));
            let read = bytes.iter().fold(0_u128, |sum, byte| (sum << 8) | u128::from(*byte));
            prop_assert_eq!(read, price);
        }
    }
}
