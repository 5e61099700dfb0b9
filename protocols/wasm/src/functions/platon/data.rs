//! What came with the call, what it returns, events.

use super::super::data::{TOPICS, size};
use crate::crossing::{Seat, Stop, cross};
use crate::host::Host;
use crate::outcome::Trap;
use crate::platon::rlp;
use troupe_types::Hash;
use wasmer::{FunctionEnvMut, RuntimeError};

type Env<'e, H> = FunctionEnvMut<'e, Seat<H>>;

pub(super) fn gas_price<H: Host>(mut env: Env<'_, H>, to: i32) -> Result<i32, RuntimeError> {
    cross(&mut env, |crossing| {
        let price = crossing.run.host.context().gas_price;
        crossing.write_number(to, price)
    })
}

pub(super) fn call_value<H: Host>(mut env: Env<'_, H>, to: i32) -> Result<i32, RuntimeError> {
    cross(&mut env, |crossing| {
        let value = crossing.run.host.context().value;
        crossing.write_number(to, value)
    })
}

pub(super) fn get_input<H: Host>(mut env: Env<'_, H>, to: i32) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        let input = crossing.run.input.clone();
        crossing.write_part(&input, to, 0, size(input.len())?)
    })
}

pub(super) fn get_call_output<H: Host>(mut env: Env<'_, H>, to: i32) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        let returned = crossing.run.returned.clone();
        crossing.write_part(&returned, to, 0, size(returned.len())?)
    })
}

/// Keeps what was returned before. Comes back to the contract never.
pub(super) fn revert<H: Host>(mut env: Env<'_, H>) -> Result<(), RuntimeError> {
    cross(&mut env, |_| Err(Stop::Reverted))
}

/// Comes back to the contract never.
pub(super) fn panic<H: Host>(mut env: Env<'_, H>) -> Result<(), RuntimeError> {
    cross(&mut env, |_| Err(Trap::Panic.into()))
}

/// Topics out of a list of strings, each of them put at the end of 32 bytes. No bytes are no topics.
fn topics(list: &[u8]) -> Result<Vec<Hash>, Trap> {
    let mut topics = Vec::new();
    if list.is_empty() {
        return Ok(topics);
    }
    let (mut items, _) = rlp::open_list(list).ok_or(Trap::TopicForm)?;
    while !items.is_empty() {
        if topics.len() == TOPICS as usize {
            return Err(Trap::Topics);
        }
        let (topic, rest) = rlp::open_string(items).ok_or(Trap::TopicForm)?;
        let mut word = [0; 32];
        let start = word.len().checked_sub(topic.len()).ok_or(Trap::TopicForm)?;
        word[start..].copy_from_slice(topic);
        topics.push(Hash(word));
        items = rest;
    }
    Ok(topics)
}

pub(super) fn event<H: Host>(
    mut env: Env<'_, H>,
    list: i32,
    list_length: i32,
    data: i32,
    length: i32,
) -> Result<(), RuntimeError> {
    cross(&mut env, |crossing| {
        crossing.must_not_be_static()?;
        let topics = topics(&crossing.read(list, list_length)?)?;
        let data = crossing.read(data, length)?.into();
        Ok(crossing.run.host.log(&mut crossing.gas, topics, data)?)
    })
}
