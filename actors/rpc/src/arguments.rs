//! Parameters: each has a name that errors call it by.

use crate::backend::At;
use crate::encode::{read_address, read_data, read_fixed, read_quantity, read_wide};
use crate::error::Error;
use alloy_primitives::U256;
use serde_json::Value;
use troupe_types::{Address, Hash, Height};

/// The parameters of a request, read one after the other.
#[derive(Debug)]
pub(crate) struct Arguments(std::vec::IntoIter<Value>);

/// A parameter, or a field of one.
#[derive(Debug)]
pub(crate) struct Argument {
    name: &'static str,
    value: Value,
}

/// A block as a client names it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Named {
    /// The last committed one.
    #[default]
    Latest,
    /// The same, and what waits in the pool.
    Pending,
    /// A certain one.
    At(At),
}

impl Arguments {
    /// Reads the list; none at all is an empty one.
    pub(crate) fn read(text: Option<&str>, most: usize) -> Result<Self, Error> {
        let value: Value = match text {
            None => Value::Null,
            Some(text) => serde_json::from_str(text)
                .map_err(|_| Error::Arguments("they are no JSON".into()))?,
        };
        let values = match value {
            Value::Null => Vec::new(),
            Value::Array(values) => values,
            _ => return Err(Error::Arguments("they have to be a list".into())),
        };
        if values.len() > most {
            let got = values.len();
            return Err(Error::Arguments(format!(
                "too many arguments: {got}, want at most {most}"
            )));
        }
        Ok(Self(values.into_iter()))
    }

    /// The next one, if it is there.
    pub(crate) fn optional(&mut self, name: &'static str) -> Option<Argument> {
        let value = self.0.next().filter(|value| !value.is_null())?;
        Some(Argument { name, value })
    }

    /// The next one.
    pub(crate) fn required(&mut self, name: &'static str) -> Result<Argument, Error> {
        self.optional(name).ok_or_else(|| Error::Argument { name, reason: "is missing".into() })
    }

    /// The next one, a block; the last where it is not there.
    pub(crate) fn block(&mut self) -> Result<Named, Error> {
        self.optional("block").map_or(Ok(Named::Latest), Argument::block)
    }
}

impl Argument {
    pub(crate) fn refuse(&self, reason: impl Into<String>) -> Error {
        Error::Argument { name: self.name, reason: reason.into() }
    }

    fn text(&self) -> Result<&str, Error> {
        self.value.as_str().ok_or_else(|| self.refuse("has to be a text"))
    }

    fn parse<T>(&self, read: impl FnOnce(&str) -> Result<T, String>) -> Result<T, Error> {
        read(self.text()?).map_err(|reason| self.refuse(reason))
    }

    pub(crate) fn address(&self) -> Result<Address, Error> {
        self.parse(read_address)
    }

    pub(crate) fn hash(&self) -> Result<Hash, Error> {
        self.parse(read_fixed).map(Hash)
    }

    pub(crate) fn data(&self) -> Result<Vec<u8>, Error> {
        self.parse(read_data)
    }

    pub(crate) fn wide(&self) -> Result<U256, Error> {
        self.parse(read_wide)
    }

    pub(crate) fn quantity(&self) -> Result<u64, Error> {
        self.parse(read_quantity)
    }

    /// What a unit of gas costs.
    pub(crate) fn price(&self) -> Result<u128, Error> {
        u128::try_from(self.wide()?).map_err(|_| self.refuse("exceeds 128 bits"))
    }

    /// A number that some clients write as one, and others as a text.
    pub(crate) fn loose_quantity(&self) -> Result<u64, Error> {
        self.value.as_u64().map_or_else(|| self.quantity(), Ok)
    }

    /// A block that some clients write as a number.
    pub(crate) fn loose_block(self) -> Result<Named, Error> {
        match self.value.as_u64() {
            Some(height) => Ok(Named::At(At::Height(Height(height)))),
            None => self.block(),
        }
    }

    pub(crate) fn loose_index(&self) -> Result<usize, Error> {
        self.loose_quantity().map(|index| usize::try_from(index).unwrap_or(usize::MAX))
    }

    pub(crate) fn index(&self) -> Result<usize, Error> {
        // What does not fit is the place of no transaction either.
        self.quantity().map(|index| usize::try_from(index).unwrap_or(usize::MAX))
    }

    pub(crate) fn boolean(&self) -> Result<bool, Error> {
        self.value.as_bool().ok_or_else(|| self.refuse("has to be true or false"))
    }

    pub(crate) fn number(&self) -> Result<f64, Error> {
        self.value.as_f64().ok_or_else(|| self.refuse("has to be a number"))
    }

    /// A place in storage: 32 bytes, or a number that stands for them.
    pub(crate) fn slot(&self) -> Result<Hash, Error> {
        let text = self.text()?;
        if text.len() == 66 {
            return self.hash();
        }
        let digits = text.strip_prefix("0x").unwrap_or(text);
        if digits.is_empty() || digits.len() > 64 {
            return Err(self.refuse("wants 1 to 64 hexadecimal digits after 0x"));
        }
        let padded = format!("0x{digits:0>64}");
        read_fixed(&padded).map(Hash).map_err(|reason| self.refuse(reason))
    }

    /// A block: its height, a word for it, or an object with height or hash.
    // EIP-1898
    pub(crate) fn block(self) -> Result<Named, Error> {
        if self.value.is_object() {
            let hash = self.field("blockHash").map(|hash| hash.hash());
            let height = self.field("blockNumber").map(Self::block);
            return match (hash, height) {
                (Some(hash), None) => Ok(Named::At(At::Hash(hash?))),
                (None, Some(height)) => height,
                (Some(_), Some(_)) | (None, None) => {
                    Err(self.refuse("wants one of blockHash and blockNumber"))
                }
            };
        }
        let text = self.text()?;
        Ok(match text {
            "latest" | "safe" | "finalized" => Named::Latest,
            "pending" => Named::Pending,
            "earliest" => Named::At(At::Height(Height::ZERO)),
            _ if text.len() == 66 => Named::At(At::Hash(self.hash()?)),
            _ => Named::At(At::Height(Height(self.quantity()?))),
        })
    }

    /// A field of an object; `None` where it is not there or null.
    pub(crate) fn field(&self, name: &'static str) -> Option<Self> {
        let value = self.value.get(name).filter(|value| !value.is_null())?;
        Some(Self { name, value: value.clone() })
    }

    /// Refuses what is no object.
    pub(crate) fn object(self) -> Result<Self, Error> {
        if self.value.is_object() { Ok(self) } else { Err(self.refuse("has to be an object")) }
    }

    /// The items of a list, at most so many.
    pub(crate) fn list(self, most: usize) -> Result<Vec<Self>, Error> {
        let Value::Array(values) = self.value else {
            return Err(self.refuse("has to be a list"));
        };
        let (name, got) = (self.name, values.len());
        if got > most {
            let reason = format!("has {got} items, limit {most}");
            return Err(Error::Argument { name, reason });
        }
        Ok(values.into_iter().map(|value| Self { name, value }).collect())
    }

    /// The fields of an object by name, at most so many.
    pub(crate) fn entries(self, most: usize) -> Result<Vec<(String, Self)>, Error> {
        let Value::Object(fields) = self.value else {
            return Err(self.refuse("has to be an object"));
        };
        let (name, got) = (self.name, fields.len());
        if got > most {
            let reason = format!("has {got} fields, limit {most}");
            return Err(Error::Argument { name, reason });
        }
        Ok(fields.into_iter().map(|(key, value)| (key, Self { name, value })).collect())
    }

    pub(crate) fn is_list(&self) -> bool {
        self.value.is_array()
    }

    pub(crate) fn is_null(&self) -> bool {
        self.value.is_null()
    }

    pub(crate) fn word(&self) -> Result<&str, Error> {
        self.text()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_parameters_panic(text in ".{0,60}", digits in "\\[\"0x[0-9a-f]{0,70}\"\\]") {
            for text in [text, digits] {
                let Ok(mut arguments) = Arguments::read(Some(&text), 4) else { continue };
                let Some(argument) = arguments.optional("it") else { continue };
                let _ = (argument.address(), argument.slot(), argument.wide(), argument.block());
            }
        }
    }

    fn one(text: &str) -> Argument {
        Arguments::read(Some(text), 1).unwrap().required("it").unwrap()
    }

    #[test]
    fn blocks_are_named_in_all_of_ethereums_ways() {
        let height = |height| Named::At(At::Height(Height(height)));
        assert_eq!(Arguments::read(None, 1).unwrap().block().unwrap(), Named::Latest);
        for (text, named) in [
            (r#"["safe"]"#, Named::Latest),
            (r#"["pending"]"#, Named::Pending),
            (r#"["earliest"]"#, height(0)),
            (r#"["0x10"]"#, height(16)),
            (r#"[{"blockNumber":"0x10"}]"#, height(16)),
        ] {
            assert_eq!(one(text).block().unwrap(), named, "{text}");
        }
        let hash = format!(r#"[{{"blockHash":"0x{}","requireCanonical":true}}]"#, "11".repeat(32));
        assert_eq!(one(&hash).block().unwrap(), Named::At(At::Hash(Hash([0x11; 32]))));
        assert!(one("[{}]").block().is_err());
        assert!(one(r#"["newest"]"#).block().is_err());
    }

    #[test]
    fn what_is_wrong_is_called_by_its_name() {
        let error = Arguments::read(Some("[]"), 1).unwrap().required("address").unwrap_err();
        assert_eq!(error.to_string(), "invalid params: `address` is missing");
        let error = one(r#"["lat1"]"#).address().unwrap_err();
        assert!(error.to_string().starts_with("invalid params: `it` is no address: "), "{error}");
        let error = one(r#"["0x12"]"#).address().unwrap_err();
        assert_eq!(error.to_string(), "invalid params: `it` wants 40 hexadecimal digits, got 2");
        assert!(Arguments::read(Some("[1,2]"), 1).is_err());
        assert!(Arguments::read(Some(r#"{"a":1}"#), 1).is_err());
    }
}
