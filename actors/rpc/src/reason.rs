//! Why a contract said no, in words.

use alloy_primitives::U256;

/// The function that Solidity's `revert("...")` seems to call: `Error(string)`.
const ERROR_SELECTOR: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];
/// The longest reason that is put into words; the data has all of it.
const MAX_REASON: usize = 1 << 10;

/// The function that a failed check of Solidity's own seems to call: `Panic(uint256)`.
const PANIC_SELECTOR: [u8; 4] = [0x4e, 0x48, 0x7b, 0x71];

/// `: reason`, where the data is the ABI encoding of a text or of a panic's number.
pub(crate) fn reason_text(data: &[u8]) -> String {
    let reason = solidity_reason(data).or_else(|| panic_reason(data));
    reason.map_or_else(String::new, |reason| format!(": {reason}"))
}

/// What geth calls a panic.
// Solidity, "Panic via assert and Error via require"
fn panic_reason(data: &[u8]) -> Option<String> {
    let body: &[u8; 32] = data.strip_prefix(&PANIC_SELECTOR)?.try_into().ok()?;
    let text = match word(body, 0) {
        Some(0x00) => "generic panic",
        Some(0x01) => "assert(false)",
        Some(0x11) => "arithmetic underflow or overflow",
        Some(0x12) => "division or modulo by zero",
        Some(0x21) => "enum overflow",
        Some(0x22) => "invalid encoded storage byte array accessed",
        Some(0x31) => "out-of-bounds array access; popping on an empty array",
        Some(0x32) => "out-of-bounds access of an array or bytesN",
        Some(0x41) => "out of memory",
        Some(0x51) => "uninitialized function",
        _ => return Some(format!("unknown panic code: {:#x}", U256::from_be_bytes(*body))),
    };
    Some(text.to_owned())
}

/// The text of a `revert("...")`.
pub(crate) fn solidity_reason(data: &[u8]) -> Option<String> {
    let body = data.strip_prefix(&ERROR_SELECTOR)?;
    let (offset, length) = (word(body, 0)?, word(body, 32)?);
    if offset != 32 {
        return None;
    }
    let text = body.get(64..64usize.checked_add(length)?)?;
    let text = std::str::from_utf8(text).ok()?;
    Some(text.chars().take(MAX_REASON).collect())
}

/// A number of 32 bytes, if it is a small one.
fn word(body: &[u8], at: usize) -> Option<usize> {
    let word: &[u8; 32] = body.get(at..at.checked_add(32)?)?.try_into().ok()?;
    let (high, low) = word.split_at(28);
    let low = u32::from_be_bytes(low.try_into().ok()?);
    high.iter().all(|byte| *byte == 0).then(|| usize::try_from(low).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use alloy_primitives::Bytes;
    use jsonrpsee::types::ErrorObjectOwned;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_revert_data_panics(mut data in proptest::collection::vec(any::<u8>(), 0..200), is_error: bool) {
            if is_error && data.len() > 4 {
                data[..4].copy_from_slice(&ERROR_SELECTOR);
            }
            let _ = Error::Reverted(data.into()).to_string();
        }
    }

    #[test]
    fn a_reverted_call_says_why() {
        let mut data = ERROR_SELECTOR.to_vec();
        data.extend([&[0; 31][..], &[32], &[0; 31], &[3], b"no!", &[0; 29]].concat());
        let error: ErrorObjectOwned = Error::Reverted(data.clone().into()).into();
        assert_eq!(error.message(), "execution reverted: no!");
        assert_eq!(error.code(), 3);
        let told: String = serde_json::from_str(error.data().unwrap().get()).unwrap();
        assert_eq!(told, format!("0x{}", hex::encode(data)));
        assert_eq!(Error::Reverted(Bytes::new()).to_string(), "execution reverted");
    }

    #[test]
    fn a_panic_is_called_by_its_name() {
        let of = |number: u8| {
            let data = [&PANIC_SELECTOR[..], &[0; 31], &[number]].concat();
            Error::Reverted(data.into()).to_string()
        };
        assert_eq!(of(0x01), "execution reverted: assert(false)");
        assert_eq!(of(0x32), "execution reverted: out-of-bounds access of an array or bytesN");
        assert_eq!(of(0x99), "execution reverted: unknown panic code: 0x99");
        let short = Error::Reverted(PANIC_SELECTOR.to_vec().into());
        assert_eq!(short.to_string(), "execution reverted");
    }
}
