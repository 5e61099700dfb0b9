//! Numbers and bytes as Ethereum's clients write and read them.

use alloy_primitives::{U256, hex};
use serde_json::Value;
use troupe_types::{Address, BECH32_PREFIX};

/// Bytes: two digits each.
// EIP-1474, "Unformatted data"
pub(crate) fn data(bytes: impl AsRef<[u8]>) -> String {
    hex::encode_prefixed(bytes)
}

/// A number: no leading zeros.
// EIP-1474, "Quantity"
pub(crate) fn quantity(number: impl Into<u128>) -> String {
    format!("{:#x}", number.into())
}

/// A count of things in memory.
pub(crate) fn count(number: usize) -> String {
    format!("{number:#x}")
}

/// A number of 256 bits.
pub(crate) fn wide(number: U256) -> String {
    format!("{number:#x}")
}

/// Bytes, or nothing.
pub(crate) fn data_or_null(bytes: Option<impl AsRef<[u8]>>) -> Value {
    bytes.map_or(Value::Null, |bytes| Value::String(data(bytes)))
}

/// Reads bytes.
pub(crate) fn read_data(text: &str) -> Result<Vec<u8>, String> {
    let digits = digits(text)?;
    if digits.len() % 2 != 0 {
        return Err("has an odd number of hexadecimal digits".into());
    }
    hex::decode(digits).map_err(|_| "wants hexadecimal digits".into())
}

/// Reads so many bytes.
pub(crate) fn read_fixed<const N: usize>(text: &str) -> Result<[u8; N], String> {
    let digits = digits(text)?;
    if digits.len() != 2 * N {
        return Err(format!("wants {} hexadecimal digits, got {}", 2 * N, digits.len()));
    }
    let mut bytes = [0; N];
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| "wants hexadecimal digits")?;
    Ok(bytes)
}

/// Reads an address: digits, or Bech32 of this network.
pub(crate) fn read_address(text: &str) -> Result<Address, String> {
    let prefix = text.get(..BECH32_PREFIX.len()).unwrap_or_default();
    if !prefix.eq_ignore_ascii_case(BECH32_PREFIX) {
        return read_fixed(text).map(Address);
    }
    Address::from_bech32(text).map_err(|error| format!("is no address: {error}"))
}

/// Reads a number of 256 bits.
pub(crate) fn read_wide(text: &str) -> Result<U256, String> {
    let digits = digits(text)?;
    if digits.is_empty() {
        return Err("is an empty number".into());
    }
    if digits.len() > 1 && digits.starts_with('0') {
        return Err("has leading zeros".into());
    }
    if digits.len() > 64 {
        return Err(format!("of {} digits exceeds 64", digits.len()));
    }
    U256::from_str_radix(digits, 16).map_err(|_| "wants hexadecimal digits".into())
}

/// Reads a number of 64 bits.
pub(crate) fn read_quantity(text: &str) -> Result<u64, String> {
    let wide = read_wide(text)?;
    u64::try_from(wide).map_err(|_| "exceeds 64 bits".into())
}

/// The digits after `0x`, and nothing but digits: the parsers take signs, underscores or a second `0x`.
fn digits(text: &str) -> Result<&str, String> {
    let digits = text.strip_prefix("0x").ok_or("wants hexadecimal digits after 0x")?;
    if !hex::check_raw(digits) {
        return Err("wants hexadecimal digits".into());
    }
    Ok(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_and_bytes_round_trip(number: u64, bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(read_quantity(&quantity(number)), Ok(number));
            prop_assert_eq!(read_data(&data(&bytes)), Ok(bytes));
            let large = U256::from(number) << 190;
            prop_assert_eq!(read_wide(&wide(large)), Ok(large));
        }

        #[test]
        fn no_text_panics(text in "(0x|lat1)?.{0,80}") {
            let _ = (read_data(&text), read_quantity(&text), read_address(&text));
        }

        #[test]
        fn an_address_is_read_in_both_forms(bytes: [u8; 20]) {
            let address = Address(bytes);
            prop_assert_eq!(read_address(&data(address)), Ok(address));
            prop_assert_eq!(read_address(&address.to_bech32()), Ok(address));
            prop_assert_eq!(read_address(&address.to_bech32().to_uppercase()), Ok(address));
        }
    }

    #[test]
    fn bytes_are_digits_after_one_prefix() {
        assert_eq!(read_data("0xaB01"), Ok(vec![0xab, 1]));
        for wrong in ["", "ab", "0xabc", "0x0xab", "0x+1", "0xg1", "0X12"] {
            assert!(read_data(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn numbers_have_no_leading_zeros() {
        assert_eq!(quantity(0u64), "0x0");
        assert_eq!(quantity(1024u64), "0x400");
        assert_eq!(wide(U256::ZERO), "0x0");
        assert_eq!(data([]), "0x");
        for wrong in ["", "0x", "400", "0x01", "0x1_0", "0x+1", "0x10000000000000000"] {
            assert!(read_quantity(wrong).is_err(), "{wrong}");
        }
    }
}
