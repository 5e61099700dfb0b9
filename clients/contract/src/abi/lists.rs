//! Lists: `T[]` and `T[N]`.

use super::{Abi, Decoder, Encoder, Malformed, Shape, head};
use crate::text::Name;
use alloc::vec::Vec;

impl<T: Abi> Abi for Vec<T> {
    const SHAPE: Shape = T::SHAPE.list(&Name::of("[]"));
    const HEAD: usize = 32;
    const IS_DYNAMIC: bool = true;

    fn encode(&self, to: &mut Encoder) {
        let outer = to.open(32);
        to.length(self.len());
        let length = to.open(self.len() * head::<T>());
        for value in self {
            to.put(value);
        }
        to.close(&length);
        to.close(&outer);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        let count = from.count(head::<T>())?;
        let mut values = Vec::with_capacity(count);
        for _ in 0..count {
            values.push(from.get()?);
        }
        Ok(values)
    }
}

impl<T: Abi, const N: usize> Abi for [T; N] {
    const SHAPE: Shape = {
        assert!(N > 0, "an array of the ABI has elements");
        T::SHAPE.list(&Name::of("[").number(N).then("]"))
    };
    const HEAD: usize = N * head::<T>();
    const IS_DYNAMIC: bool = T::IS_DYNAMIC;

    fn encode(&self, to: &mut Encoder) {
        let outer = Self::IS_DYNAMIC.then(|| to.open(Self::HEAD));
        for value in self {
            to.put(value);
        }
        if let Some(outer) = outer {
            to.close(&outer);
        }
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        let mut values = Vec::with_capacity(N);
        for _ in 0..N {
            values.push(from.get()?);
        }
        values.try_into().map_err(|_| Malformed)
    }
}
