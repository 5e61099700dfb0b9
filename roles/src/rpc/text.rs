//! How numbers and bytes are written.

use alloy_primitives::U256;
use serde_json::Value;

/// Bytes, as two digits each after `0x`.
pub(crate) fn data(bytes: impl AsRef<[u8]>) -> String {
    let mut text = String::from("0x");
    text.push_str(&hex::encode(bytes));
    text
}

/// A number without leading zeros.
pub(crate) fn quantity(number: U256) -> String {
    format!("{number:#x}")
}

/// A number in an answer.
pub(crate) fn number(value: &Value) -> Option<u64> {
    u64::from_str_radix(digits(value)?, 16).ok()
}

/// A number of up to 256 bits in an answer.
pub(crate) fn large(value: &Value) -> Option<U256> {
    U256::from_str_radix(digits(value)?, 16).ok()
}

/// Bytes in an answer.
pub(crate) fn bytes(value: &Value) -> Option<Vec<u8>> {
    hex::decode(value.as_str()?.strip_prefix("0x")?).ok()
}

fn digits(value: &Value) -> Option<&str> {
    let digits = value.as_str()?.strip_prefix("0x")?;
    // Signs and underscores are for other readers.
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "0x", "1", "0x+1", "0x1_0", "-0x1", "0x10000000000000000"] {
            assert_eq!(number(&json!(text)), None, "{text}");
        }
        assert_eq!(large(&json!(format!("0x1{}", "0".repeat(64)))), None);
        assert_eq!(number(&json!(1)), None);
    }

    proptest! {
        #[test]
        fn numbers_and_bytes_are_read_as_they_are_written(number_of in any::<u64>(), held: Vec<u8>) {
            prop_assert_eq!(number(&json!(quantity(U256::from(number_of)))), Some(number_of));
            prop_assert_eq!(large(&json!(quantity(U256::from(number_of)))), Some(U256::from(number_of)));
            prop_assert_eq!(bytes(&json!(data(&held))), Some(held));
        }
    }
}
