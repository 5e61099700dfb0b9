//! What clients ask, from messages into types. Whatever is in a message: an answer or an error, never more memory than
//! the message has.

use crate::proto::chain::{AccessListItem, BlockRef, BlockTag, CallMessage, LogFilter, block_ref};
use crate::status::of;
use alloy_primitives::U256;
use bytes::Bytes;
use tonic::Status;
use troupe_chain::transaction;
use troupe_door::refuse;
use troupe_rpc::{Asked, At, Fees, Filter, Named};
use troupe_types::{Address, Gas, Hash, Height};
use troupe_vm::CallRequest;

/// The most addresses of an access list, and the most keys of one.
const MOST_LISTED: usize = 1_000;

/// So many bytes and no others.
fn exactly<const N: usize>(field: &'static str, bytes: &[u8]) -> Result<[u8; N], Status> {
    let got = bytes.len();
    bytes.try_into().map_err(|_| refuse(field, format_args!("has {got} bytes, wants {N}")))
}

/// At most so many bytes, filled up with zeros on the left.
fn filled<const N: usize>(field: &'static str, bytes: &[u8]) -> Result<[u8; N], Status> {
    let mut filled = [0; N];
    let Some(start) = N.checked_sub(bytes.len()) else {
        let got = bytes.len();
        return Err(refuse(field, format_args!("has {got} bytes, wants at most {N}")));
    };
    filled[start..].copy_from_slice(bytes);
    Ok(filled)
}

pub(crate) fn address(field: &'static str, bytes: &[u8]) -> Result<Address, Status> {
    exactly(field, bytes).map(Address)
}

pub(crate) fn hash(field: &'static str, bytes: &[u8]) -> Result<Hash, Status> {
    exactly(field, bytes).map(Hash)
}

/// A place in storage.
pub(crate) fn slots(field: &'static str, slots: &[Bytes]) -> Result<Vec<Hash>, Status> {
    slots.iter().map(|bytes| filled(field, bytes).map(Hash)).collect()
}

/// A number of up to 256 bits.
fn wide(field: &'static str, bytes: &[u8]) -> Result<U256, Status> {
    filled(field, bytes).map(U256::from_be_bytes::<32>)
}

/// What a unit of gas costs.
fn price(field: &'static str, bytes: &[u8]) -> Result<u128, Status> {
    u128::try_from(wide(field, bytes)?).map_err(|_| refuse(field, "exceeds 128 bits"))
}

/// A block; the last one where nothing is said.
pub(crate) fn block(block: Option<BlockRef>) -> Result<Named, Status> {
    let Some(block) = block.and_then(|block| block.block) else { return Ok(Named::Latest) };
    Ok(match block {
        block_ref::Block::Number(number) => Named::At(At::Height(Height(number))),
        block_ref::Block::Hash(bytes) => Named::At(At::Hash(hash("block.hash", &bytes)?)),
        block_ref::Block::Tag(tag) => match BlockTag::try_from(tag) {
            Ok(BlockTag::Latest) => Named::Latest,
            Ok(BlockTag::Pending) => Named::Pending,
            Ok(BlockTag::Earliest) => Named::At(At::Height(Height::ZERO)),
            Err(_) => return Err(refuse("block.tag", format_args!("got {tag}, which names none"))),
        },
    })
}

/// Which logs; all where nothing is said.
pub(crate) fn filter(wanted: Option<LogFilter>) -> Result<Filter, Status> {
    let wanted = wanted.unwrap_or_default();
    let addresses = wanted.addresses.iter().map(|bytes| address("filter.addresses", bytes));
    let places = wanted.topics.iter().map(|place| {
        let any_of = place.any_of.iter().map(|bytes| hash("filter.topics", bytes));
        any_of.collect::<Result<Vec<_>, _>>()
    });
    let filter = Filter {
        addresses: addresses.collect::<Result<_, _>>()?,
        topics: places.collect::<Result<_, _>>()?,
    };
    filter.check().map_err(|error| of(&error))?;
    Ok(filter)
}

/// A transaction that nobody signed.
pub(crate) fn call(call: Option<CallMessage>) -> Result<Asked, Status> {
    let Some(call) = call else { return Err(refuse("call", "is missing")) };
    let from = match call.from.is_empty() {
        true => Address::default(),
        false => address("call.from", &call.from)?,
    };
    let to = call.to.as_deref().map(|to| address("call.to", to)).transpose()?;
    let cap = match call.max_fee_per_gas.is_empty() {
        true => None,
        false => Some(price("call.max_fee_per_gas", &call.max_fee_per_gas)?),
    };
    let request = CallRequest {
        from,
        to,
        value: wide("call.value", &call.value)?,
        input: call.input.into(),
        access_list: access_list(&call.access_list)?,
        ..CallRequest::default()
    };
    let fees = Fees { cap, ..Fees::default() };
    Ok(Asked { request, gas: call.gas.map(Gas), fees, ..Asked::default() })
}

fn access_list(items: &[AccessListItem]) -> Result<Vec<transaction::AccessListItem>, Status> {
    let field = "call.access_list";
    let longest = items.iter().map(|item| item.storage_keys.len()).chain([items.len()]).max();
    if let Some(got) = longest.filter(|got| *got > MOST_LISTED) {
        return Err(refuse(field, format_args!("has {got} items, limit {MOST_LISTED}")));
    }
    let item = |item: &AccessListItem| {
        let keys = item.storage_keys.iter().map(|key| exactly::<32>(field, key).map(Into::into));
        let storage_keys = keys.collect::<Result<Vec<_>, Status>>()?;
        let address = exactly::<20>(field, &item.address)?.into();
        Ok(transaction::AccessListItem { address, storage_keys })
    };
    items.iter().map(item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::chain::{
        GetLogsRequest, GetProofRequest, GetStorageRequest, SubscribeLogsRequest, Topics,
    };
    use proptest::prelude::*;
    use prost::Message;
    use tonic::Code;

    /// Reads everything that a request may have.
    fn read_all(bytes: &[u8]) {
        if let Ok(message) = BlockRef::decode(bytes) {
            let _ = block(Some(message));
        }
        if let Ok(message) = LogFilter::decode(bytes) {
            let places = message.topics.len();
            if let Ok(filter) = filter(Some(message)) {
                assert!(
                    filter.addresses.len() * 20 <= bytes.len() && filter.topics.len() == places
                );
            }
        }
        if let Ok(message) = CallMessage::decode(bytes)
            && let Ok(asked) = call(Some(message))
        {
            assert!(asked.request.input.len() <= bytes.len());
        }
        if let Ok(message) = GetStorageRequest::decode(bytes) {
            let _ = (address("address", &message.address), slots("slots", &message.slots));
        }
        let _ = GetProofRequest::decode(bytes).map(|message| slots("slots", &message.slots));
        let _ = GetLogsRequest::decode(bytes)
            .map(|message| (filter(message.filter), block(message.to)));
        let _ = SubscribeLogsRequest::decode(bytes).map(|message| filter(message.filter));
    }

    fn sample() -> CallMessage {
        CallMessage {
            from: vec![1; 20].into(),
            to: Some(vec![2; 20].into()),
            value: vec![1, 0].into(),
            input: vec![9; 40].into(),
            gas: Some(50_000),
            max_fee_per_gas: vec![7].into(),
            access_list: vec![AccessListItem {
                address: vec![3; 20].into(),
                storage_keys: vec![vec![4; 32].into()],
            }],
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            read_all(&bytes);
        }

        #[test]
        fn what_is_cut_or_changed_does_not_panic(cut in 0usize..200, at in 0usize..200, to: u8) {
            let mut bytes = sample().encode_to_vec();
            let place = at % bytes.len();
            bytes[place] = to;
            bytes.truncate(cut);
            read_all(&bytes);
        }

        #[test]
        fn numbers_are_those_of_their_bytes(number: u64, zeros in 0usize..24) {
            let bytes = [vec![0; zeros], number.to_be_bytes().to_vec()].concat();
            prop_assert_eq!(wide("value", &bytes).unwrap(), U256::from(number));
            prop_assert_eq!(price("price", &bytes).unwrap(), u128::from(number));
        }
    }

    #[test]
    fn a_call_is_read_as_it_was_written() {
        let asked = call(Some(sample())).unwrap();
        assert_eq!(
            (asked.request.from, asked.request.to),
            (Address([1; 20]), Some(Address([2; 20])))
        );
        assert_eq!((asked.request.value, asked.gas), (U256::from(256), Some(Gas(50_000))));
        assert_eq!(asked.fees.cap, Some(7));
        assert_eq!(asked.request.access_list.len(), 1);
        assert_eq!(call(None).unwrap_err().message(), "`call` is missing");
    }

    #[test]
    fn what_has_another_length_is_refused_by_its_name() {
        let wrong = address("address", &[0; 21]).unwrap_err();
        assert_eq!(
            (wrong.code(), wrong.message()),
            (Code::InvalidArgument, "`address` has 21 bytes, wants 20")
        );
        assert!(slots("slots", &[vec![0; 33].into()]).is_err());
        assert_eq!(slots("slots", &[vec![5].into()]).unwrap()[0].0[31], 5);
        assert!(price("price", &[1; 17]).is_err());
        let tag = BlockRef { block: Some(block_ref::Block::Tag(9)) };
        assert_eq!(block(Some(tag)).unwrap_err().message(), "`block.tag` got 9, which names none");
        let topics = vec![Topics::default(); 5];
        assert!(filter(Some(LogFilter { addresses: Vec::new(), topics })).is_err());
        let storage_keys = vec![Bytes::from(vec![0; 32]); MOST_LISTED + 1];
        let item = AccessListItem { address: vec![0; 20].into(), storage_keys };
        let message = CallMessage { access_list: vec![item], ..sample() };
        assert!(call(Some(message)).unwrap_err().message().contains("limit 1000"));
    }
}
