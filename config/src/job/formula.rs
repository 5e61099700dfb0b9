//! Formulas, which are read where they are computed: here they are texts of bounded length.

use crate::error::Problem;
use crate::setting::{Unit, wrong_type};
use crate::value::Value;
use core::fmt;

/// A formula of at most so many bytes.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(super) struct Formula<const MOST: usize>(pub(super) String);

/// One that a question is made of.
pub(super) type Question = Formula<1024>;
/// One of many that a model sees.
pub(super) type Feature = Formula<256>;

impl<const MOST: usize> fmt::Display for Formula<MOST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MOST: usize> Unit for Formula<MOST> {
    const WANT: &'static str = "a formula such as \"mean(shop.price)\"";

    fn read(value: &Value) -> Result<Self, Problem> {
        let Value::Text(text) = value else { return Err(wrong_type(Self::WANT, value)) };
        if text.trim().is_empty() || text.chars().any(char::is_control) {
            return Err(wrong_type(Self::WANT, value));
        }
        if text.len() > MOST {
            let text = format!("a formula of {} bytes, at most {MOST} are allowed", text.len());
            return Err(Problem::Conflict(text));
        }
        Ok(Self(text.clone()))
    }

    fn write(&self) -> Value {
        Value::Text(self.0.clone())
    }
}
