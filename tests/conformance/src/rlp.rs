//! RLP, by the reader and writer that transactions and blocks are read and written with.

use crate::case::{Case, Verdict};
use crate::json;
use alloy_primitives::U512;
use alloy_rlp::{Encodable, Header};
use anyhow::{Result, bail};
use serde_json::Value;

/// A text of bytes, or a list.
#[derive(Debug, PartialEq, Eq)]
enum Item {
    Bytes(Vec<u8>),
    List(Vec<Item>),
}

pub(crate) fn run(name: &str, test: &Value, cases: &mut Vec<Case>) {
    let verdict = check(test).unwrap_or_else(|error| Verdict::Failed(format!("{error:#}")));
    cases.push(Case { kind: "rlp", fork: "-".to_owned(), name: name.to_owned(), verdict });
}

fn check(test: &Value) -> Result<Verdict> {
    let bytes = json::bytes(json::text(test, "out")?)?;
    let read = Item::decode(&bytes);
    let verdict = match (test.get("in"), read) {
        (Some(Value::String(word)), Ok(_)) if word == "INVALID" => {
            Verdict::Failed("it was read although it is invalid".to_owned())
        }
        (Some(Value::String(word)), Err(_)) if word == "INVALID" => Verdict::Passed,
        (_, Err(error)) => Verdict::Failed(format!("it was not read: {error:#}")),
        (Some(Value::String(word)), Ok(item)) if word == "VALID" => {
            Verdict::of("second encoding", &hex::encode(item.encode()), &hex::encode(&bytes))
        }
        (Some(value), Ok(item)) => {
            let want = Item::of(value)?;
            if item != want {
                return Ok(Verdict::Failed("it was read as something else".to_owned()));
            }
            Verdict::of("encoding", &hex::encode(want.encode()), &hex::encode(&bytes))
        }
        (None, Ok(_)) => bail!("nothing is said to be in it"),
    };
    Ok(verdict)
}

impl Item {
    fn of(value: &Value) -> Result<Self> {
        Ok(match value {
            Value::Array(items) => Self::List(items.iter().map(Self::of).collect::<Result<_>>()?),
            Value::String(text) => match text.strip_prefix('#') {
                Some(digits) => Self::number(digits.parse()?),
                None => Self::Bytes(text.as_bytes().to_vec()),
            },
            Value::Number(number) => Self::number(number.to_string().parse()?),
            Value::Null | Value::Bool(_) | Value::Object(_) => bail!("no item: {value}"),
        })
    }

    fn number(number: U512) -> Self {
        Self::Bytes(number.to_be_bytes_trimmed_vec())
    }

    fn decode(mut bytes: &[u8]) -> Result<Self> {
        let item = Self::read(&mut bytes, 0)?;
        if !bytes.is_empty() {
            bail!("{} bytes follow", bytes.len());
        }
        Ok(item)
    }

    fn read(bytes: &mut &[u8], depth: usize) -> Result<Self> {
        if depth > 1_024 {
            bail!("lists 1,024 deep");
        }
        let header = Header::decode(bytes)?;
        let Some((mut payload, rest)) = bytes.split_at_checked(header.payload_length) else {
            bail!("it ends too early");
        };
        *bytes = rest;
        if !header.list {
            return Ok(Self::Bytes(payload.to_vec()));
        }
        let mut items = Vec::new();
        while !payload.is_empty() {
            items.push(Self::read(&mut payload, depth + 1)?);
        }
        Ok(Self::List(items))
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Bytes(bytes) => bytes.as_slice().encode(&mut out),
            Self::List(items) => {
                let payload: Vec<u8> = items.iter().flat_map(Self::encode).collect();
                Header { list: true, payload_length: payload.len() }.encode(&mut out);
                out.extend(payload);
            }
        }
        out
    }
}
