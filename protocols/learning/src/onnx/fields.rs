//! The fields of a protocol buffer, one after the other.

use super::Fault;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// A number of variable length.
    Number(u64),
    /// Four bytes.
    Four([u8; 4]),
    /// Eight bytes.
    Eight([u8; 8]),
    /// Text, a message, or packed numbers.
    Bytes(&'a [u8]),
}

/// Goes through the fields of a message; nothing follows an error.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) const fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// Packed numbers.
    pub(super) fn numbers(packed: &'a [u8]) -> impl Iterator<Item = Result<u64, Fault>> {
        let mut fields = Self::new(packed);
        core::iter::from_fn(move || {
            if fields.rest.is_empty() {
                return None;
            }
            let number = fields.number();
            if number.is_none() {
                fields.rest = &[];
            }
            Some(number.ok_or(Fault::Malformed))
        })
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..u64::BITS).step_by(7) {
            let (first, rest) = self.rest.split_first()?;
            self.rest = rest;
            let part = u64::from(first & 0x7f);
            if part > u64::MAX >> shift {
                return None;
            }
            value |= part << shift;
            if first & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*first)
    }

    fn field(&mut self) -> Option<(u64, Value<'a>)> {
        let key = self.number()?;
        let value = match key & 7 {
            0 => Value::Number(self.number()?),
            1 => Value::Eight(self.array()?),
            2 => {
                let length = usize::try_from(self.number()?).ok()?;
                let (inner, rest) = self.rest.split_at_checked(length)?;
                self.rest = rest;
                Value::Bytes(inner)
            }
            5 => Value::Four(self.array()?),
            // Groups are as old as the format, and in no model.
            _ => return None,
        };
        Some((key >> 3, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.rest = &[];
        }
        Some(field.ok_or(Fault::Malformed))
    }
}
