//! Tuples: a value of several, and the parameters of a function.

use super::{Abi, Decoder, Encoder, Malformed, Shape, head};
use crate::text::{Entry, Name};
use alloc::vec::Vec;

/// What a function takes or returns: nothing, one value, or those of a tuple.
pub trait Sequence: Sized {
    /// The types between the parentheses of a signature.
    const NAMES: Name;
    /// The parameters as JSON objects without names.
    const ENTRIES: Entry;
    /// Bytes of the head.
    const HEAD: usize;

    /// Writes every value.
    fn write(&self, to: &mut Encoder);

    /// Reads every value.
    ///
    /// # Errors
    ///
    /// Bytes that are not these values.
    fn read(from: &mut Decoder<'_>) -> Result<Self, Malformed>;

    /// The bytes alone.
    fn to_bytes(&self) -> Vec<u8> {
        let mut encoder = Encoder::new(Self::HEAD);
        self.write(&mut encoder);
        encoder.finish()
    }

    /// The bytes of a call.
    fn to_call(&self, selector: [u8; 4]) -> Vec<u8> {
        let mut encoder = Encoder::with_selector(selector, Self::HEAD);
        self.write(&mut encoder);
        encoder.finish()
    }

    /// Reads every value from the first byte on; more bytes may follow.
    ///
    /// # Errors
    ///
    /// Bytes that are not these values.
    fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        Self::read(&mut Decoder::new(bytes))
    }
}

impl Sequence for () {
    const NAMES: Name = Name::EMPTY;
    const ENTRIES: Entry = Entry::EMPTY;
    const HEAD: usize = 0;

    fn write(&self, _to: &mut Encoder) {}

    fn read(_from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        Ok(())
    }
}

macro_rules! tuple {
    ($first:ident $($type:ident)*) => {
        impl<$first: Abi, $($type: Abi),*> Sequence for ($first, $($type,)*) {
            const NAMES: Name = Name::EMPTY.join(&$first::SHAPE.name)
                $(.then(",").join(&$type::SHAPE.name))*;
            const ENTRIES: Entry = Entry::EMPTY.join(&$first::SHAPE.parameter("", ""))
                $(.then(",").join(&$type::SHAPE.parameter("", "")))*;
            const HEAD: usize = head::<$first>() $(+ head::<$type>())*;

            fn write(&self, to: &mut Encoder) {
                #[expect(non_snake_case, reason = "a value is called like its type here")]
                let ($first, $($type,)*) = self;
                to.put($first);
                $(to.put($type);)*
            }

            fn read(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
                Ok((from.get::<$first>()?, $(from.get::<$type>()?,)*))
            }
        }

        impl<$first: Abi, $($type: Abi),*> Abi for ($first, $($type,)*) {
            const SHAPE: Shape = {
                let name = Name::of("(").join(&<Self as Sequence>::NAMES).then(")");
                let kind = Name::of("tuple");
                Shape { name, kind, internal: kind, members: <Self as Sequence>::ENTRIES }
            };
            const HEAD: usize = <Self as Sequence>::HEAD;
            const IS_DYNAMIC: bool = $first::IS_DYNAMIC $(|| $type::IS_DYNAMIC)*;

            fn encode(&self, to: &mut Encoder) {
                let outer = Self::IS_DYNAMIC.then(|| to.open(<Self as Abi>::HEAD));
                self.write(to);
                if let Some(outer) = outer {
                    to.close(&outer);
                }
            }

            fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
                Self::read(from)
            }
        }
    };
}

tuple!(A);
tuple!(A B);
tuple!(A B C);
tuple!(A B C D);
tuple!(A B C D E);
tuple!(A B C D E F);
tuple!(A B C D E F G);
tuple!(A B C D E F G H);
tuple!(A B C D E F G H I);
tuple!(A B C D E F G H I J);
tuple!(A B C D E F G H I J K);
tuple!(A B C D E F G H I J K L);
