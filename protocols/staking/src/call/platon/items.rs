//! A list of RLP whose items are the RLP of something.

use super::super::Refused;
use super::answer::account_of;
use crate::restricting::{MAX_PLANS, Plan};
use crate::stake::MAX_DELEGATIONS;
use alloy_rlp::{Decodable, Header};
use troupe_types::{Address, Hash, NodeId};

/// More items than any function takes.
const MOST: usize = 16;

/// What is left of the arguments of a function.
#[derive(Debug)]
pub(in super::super) struct Items<'a> {
    left: std::vec::IntoIter<&'a [u8]>,
}

/// The function that an input names, and its arguments; `None` where it is not written in this form.
pub(in super::super) fn function(input: &[u8]) -> Option<(u16, Items<'_>)> {
    let mut rest = input;
    let mut list = Header::decode_bytes(&mut rest, true).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let mut items = Vec::new();
    while !list.is_empty() {
        if items.len() >= MOST {
            return None;
        }
        items.push(Header::decode_bytes(&mut list, false).ok()?);
    }
    let mut left = items.into_iter();
    let code = whole::<u16>(left.next()?).ok()?;
    account_of(code)?;
    Some((code, Items { left }))
}

/// A list of items that are written already.
pub(super) fn list(payload: &[u8]) -> Vec<u8> {
    let mut list = Vec::new();
    Header { list: true, payload_length: payload.len() }.encode(&mut list);
    list.extend_from_slice(payload);
    list
}

/// A value, and nothing behind it.
fn whole<T: Decodable>(item: &[u8]) -> Result<T, Refused> {
    let mut rest = item;
    let value = T::decode(&mut rest).map_err(|error| Refused::Arguments(error.to_string()))?;
    if rest.is_empty() { Ok(value) } else { Err(wrong("something behind an argument")) }
}

fn wrong(what: &str) -> Refused {
    Refused::Arguments(what.to_owned())
}

impl<'a> Items<'a> {
    fn next(&mut self) -> Result<&'a [u8], Refused> {
        self.left.next().ok_or_else(|| wrong("too few"))
    }

    /// That nothing is left.
    pub(super) fn end(&mut self) -> Result<(), Refused> {
        if self.left.next().is_none() { Ok(()) } else { Err(wrong("too many")) }
    }

    pub(super) fn number<T: Decodable>(&mut self) -> Result<T, Refused> {
        whole(self.next()?)
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Refused> {
        bytes(self.next()?)
    }

    pub(super) fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], Refused> {
        array(self.bytes()?, what)
    }

    pub(super) fn text(&mut self) -> Result<String, Refused> {
        text(self.bytes()?)
    }

    pub(super) fn address(&mut self) -> Result<Address, Refused> {
        self.array("an address").map(Address)
    }

    pub(super) fn node(&mut self) -> Result<NodeId, Refused> {
        self.array("a node id").map(NodeId)
    }

    pub(super) fn hash(&mut self) -> Result<Hash, Refused> {
        self.array("a hash").map(Hash)
    }

    /// Something that may be left out, by an item without anything in it.
    pub(super) fn optional<T>(
        &mut self,
        read: impl FnOnce(&'a [u8]) -> Result<T, Refused>,
    ) -> Result<Option<T>, Refused> {
        let item = self.next()?;
        if item.is_empty() { Ok(None) } else { read(item).map(Some) }
    }

    /// Releases: as many as may be planned at once.
    pub(super) fn plans(&mut self) -> Result<Vec<Plan>, Refused> {
        let mut plans = Vec::new();
        let mut list = whole_list(self.next()?)?;
        while !list.is_empty() {
            if plans.len() >= MAX_PLANS {
                return Err(Refused::Arguments(format!("more than {MAX_PLANS} releases")));
            }
            let mut plan = header(&mut list, true)?;
            let mut number = || u128::decode(&mut plan);
            let (after, amount) = (number(), number());
            let (Ok(after), Ok(amount)) = (after, amount) else { return Err(wrong("a release")) };
            let after = u64::try_from(after).map_err(|_| wrong("a release too late"))?;
            if !plan.is_empty() {
                return Err(wrong("something behind a release"));
            }
            plans.push(Plan { after, amount });
        }
        Ok(plans)
    }

    /// Nodes: as many as one may delegate to.
    pub(super) fn nodes(&mut self) -> Result<Vec<NodeId>, Refused> {
        let mut nodes = Vec::new();
        let mut list = whole_list(self.next()?)?;
        while !list.is_empty() {
            if nodes.len() >= MAX_DELEGATIONS {
                return Err(Refused::Arguments(format!("more than {MAX_DELEGATIONS} nodes")));
            }
            nodes.push(NodeId(array(header(&mut list, false)?, "a node id")?));
        }
        Ok(nodes)
    }
}

fn header<'a>(rest: &mut &'a [u8], is_list: bool) -> Result<&'a [u8], Refused> {
    let read = Header::decode_bytes(rest, is_list);
    read.map_err(|error| Refused::Arguments(error.to_string()))
}

fn whole_list(item: &[u8]) -> Result<&[u8], Refused> {
    let mut rest = item;
    let list = header(&mut rest, true)?;
    if rest.is_empty() { Ok(list) } else { Err(wrong("something behind a list")) }
}

/// The bytes that an item is the RLP of.
pub(super) fn bytes(item: &[u8]) -> Result<&[u8], Refused> {
    let mut rest = item;
    let bytes = header(&mut rest, false)?;
    if rest.is_empty() { Ok(bytes) } else { Err(wrong("something behind an argument")) }
}

pub(super) fn text(bytes: &[u8]) -> Result<String, Refused> {
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("a text that is no UTF-8"))?;
    Ok(text.to_owned())
}

pub(super) fn array<const N: usize>(bytes: &[u8], what: &str) -> Result<[u8; N], Refused> {
    let got = bytes.len();
    bytes.try_into().map_err(|_| Refused::Arguments(format!("{what} of {got} bytes, not {N}")))
}

/// A number that an item is the RLP of.
pub(super) fn number<T: Decodable>(item: &[u8]) -> Result<T, Refused> {
    whole(item)
}
