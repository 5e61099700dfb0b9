//! Creation data and input of PlatON's contracts.

use super::rlp;
use crate::deployment::MAGIC;

/// The number of the constructor: FNV-1 of `init`.
const INIT: u64 = platon_function("init");

/// Why creation data of PlatON's form makes no contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlatonRefused {
    /// After the magic number there is not one list of two strings, or more than that.
    #[error("creation data is not a list of a module and a call")]
    Form,
    /// The call is no list that begins with a number of at most eight bytes.
    #[error("the constructor's call is not a list that begins with a function's number")]
    Call,
    /// The call is of another function than `init`.
    #[error("the constructor's call is of function {got:#018x}, not of {INIT:#018x} (init)")]
    NotInit {
        /// The function's number.
        got: u64,
    },
}

/// The number of a function by its name: FNV-1 of 64 bits.
// Fowler, Noll, Vo: multiply, then add
#[must_use]
pub const fn platon_function(name: &str) -> u64 {
    let name = name.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = 0;
    while at < name.len() {
        hash = hash.wrapping_mul(0x0100_0000_01b3);
        hash ^= name[at] as u64;
        at += 1;
    }
    hash
}

/// The function that an input calls.
fn called(input: &[u8]) -> Option<u64> {
    let (items, _) = rlp::open_list(input)?;
    let (number, _) = rlp::open_string(items)?;
    let mut bytes = [0; 8];
    let start = bytes.len().checked_sub(number.len())?;
    bytes[start..].copy_from_slice(number);
    Some(u64::from_be_bytes(bytes))
}

/// Whether an input calls a function that is not the constructor.
#[must_use]
pub fn is_invocation(input: &[u8]) -> bool {
    called(input).is_some_and(|function| function != INIT)
}

/// The module and the constructor's call out of creation data, which begins with the magic number.
pub(crate) fn split(data: &[u8]) -> Result<(&[u8], &[u8]), PlatonRefused> {
    let list = data.get(MAGIC.len()..).ok_or(PlatonRefused::Form)?;
    let parts = || {
        let (items, []) = rlp::open_list(list)? else { return None };
        let (module, items) = rlp::open_string(items)?;
        let (call, []) = rlp::open_string(items)? else { return None };
        Some((module, call))
    };
    let (module, call) = parts().ok_or(PlatonRefused::Form)?;
    match called(call).ok_or(PlatonRefused::Call)? {
        INIT => Ok((module, call)),
        got => Err(PlatonRefused::NotInit { got }),
    }
}

/// Creation data of a module: the magic number, and a list of the module and the constructor's call.
///
/// The call is a list too: the number of `init` (see [`platon_function`]) and the arguments.
#[must_use]
pub fn platon_deployment(module: &[u8], call: &[u8]) -> Vec<u8> {
    let list = rlp::list(&[&rlp::string(module), &rlp::string(call)]);
    [&MAGIC, list.as_slice()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn functions_have_the_numbers_of_fnv_1() {
        // Of the authors' own test vectors.
        assert_eq!(platon_function(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(platon_function("a"), 0xaf63_bd4c_8601_b7be);
        assert_eq!(platon_function("foobar"), 0x340d_8765_a4dd_a9c2);
    }

    #[test]
    fn an_input_is_a_list_that_begins_with_a_function() {
        let call = |number: &[u8]| rlp::list(&[&rlp::string(number), &rlp::string(b"more")]);
        assert!(is_invocation(&call(&platon_function("get").to_be_bytes())));
        assert!(is_invocation(&call(b"")));
        assert!(!is_invocation(&call(&INIT.to_be_bytes())));
        assert!(!is_invocation(&call(&[1; 9])), "too long a number");
        assert!(!is_invocation(&rlp::string(b"no list")));
        assert!(!is_invocation(&[0xc0]), "nothing in it");
        assert!(!is_invocation(&[]));
    }

    proptest! {
        #[test]
        fn creation_data_is_split_as_it_was_put_together_and_no_part_of_it_is(
            module in proptest::collection::vec(any::<u8>(), 0..300),
            arguments in proptest::collection::vec(any::<u8>(), 0..60),
            other: u64,
        ) {
            let call = |function: u64| {
                rlp::list(&[&rlp::number(function.into()), &rlp::string(&arguments)])
            };
            let data = platon_deployment(&module, &call(INIT));
            let init = call(INIT);
            prop_assert_eq!(split(&data), Ok((module.as_slice(), init.as_slice())));
            for cut in 0..data.len() {
                prop_assert_eq!(split(&data[..cut]), Err(PlatonRefused::Form));
            }
            let longer = [&data[..], &[0]].concat();
            prop_assert_eq!(split(&longer), Err(PlatonRefused::Form));
            prop_assume!(other != INIT);
            let wrong = platon_deployment(&module, &call(other));
            prop_assert_eq!(split(&wrong), Err(PlatonRefused::NotInit { got: other }));
            let wrong = platon_deployment(&module, b"x");
            prop_assert_eq!(split(&wrong), Err(PlatonRefused::Call));
        }
    }
}
