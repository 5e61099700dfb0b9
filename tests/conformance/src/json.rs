//! Values of the files: numbers and bytes are texts in hexadecimal digits.

use alloy_primitives::U256;
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};
use troupe_types::{Address, Hash};

/// The fields of a value.
pub(crate) fn fields(value: &Value) -> Result<&Map<String, Value>> {
    value.as_object().context("not an object")
}

/// A text under a name.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str> {
    value.get(name).and_then(Value::as_str).with_context(|| format!("no text `{name}`"))
}

/// Bytes; an odd number of digits is a mistake.
pub(crate) fn bytes(digits: &str) -> Result<Vec<u8>> {
    hex::decode(digits.strip_prefix("0x").unwrap_or(digits)).with_context(|| shorten(digits))
}

/// A number below 2^256.
pub(crate) fn number(digits: &str) -> Result<U256> {
    let Some(hexadecimal) = digits.strip_prefix("0x") else {
        return digits.parse().with_context(|| shorten(digits));
    };
    if hexadecimal.is_empty() {
        return Ok(U256::ZERO);
    }
    U256::from_str_radix(hexadecimal, 16).with_context(|| shorten(digits))
}

/// A number below 2^64.
pub(crate) fn small(digits: &str) -> Result<u64> {
    let number = number(digits)?;
    u64::try_from(number).with_context(|| shorten(digits))
}

/// The number under a name, of the type that is asked for.
pub(crate) fn number_of<T: TryFrom<U256>>(value: &Value, name: &str) -> Result<T> {
    let number = number(text(value, name)?)?;
    T::try_from(number).ok().with_context(|| format!("`{name}` does not fit: {number}"))
}

/// An address.
pub(crate) fn address(digits: &str) -> Result<Address> {
    match <[u8; 20]>::try_from(&bytes(digits)?[..]) {
        Ok(bytes) => Ok(Address(bytes)),
        Err(_) => bail!("no address: {}", shorten(digits)),
    }
}

/// A hash.
pub(crate) fn hash(digits: &str) -> Result<Hash> {
    match <[u8; 32]>::try_from(&bytes(digits)?[..]) {
        Ok(bytes) => Ok(Hash(bytes)),
        Err(_) => bail!("no hash: {}", shorten(digits)),
    }
}

/// The first characters, for people.
pub(crate) fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push_str("...");
    }
    short
}
