//! Which functions were called, by selector and length of their arguments: geth's `4byteTracer`.

use crate::encode::data;
use serde_json::Value;
use std::collections::BTreeMap;
use troupe_vm::{Entry, Kind};

/// The most different ones that are told apart.
const MOST: usize = 4_096;

#[derive(Debug, Default)]
pub(crate) struct FourBytes(BTreeMap<([u8; 4], usize), u64>);

impl FourBytes {
    pub(super) fn enter(&mut self, entry: &Entry<'_>) {
        let is_creation = matches!(entry.kind, Kind::Create | Kind::Create2);
        let Some((selector, rest)) = entry.input.split_first_chunk::<4>() else { return };
        if !is_creation && self.0.len() < MOST {
            *self.0.entry((*selector, rest.len())).or_default() += 1;
        }
    }

    pub(super) fn tell(self) -> Value {
        let told = |((selector, length), times): (([u8; 4], usize), u64)| {
            (format!("{}-{length}", data(selector)), Value::from(times))
        };
        Value::Object(self.0.into_iter().map(told).collect())
    }
}
