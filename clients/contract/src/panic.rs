//! What a panic tells the caller: the codes that Solidity has for the like, or the text.

use crate::revert::{PANIC, Revert};
use alloc::vec::Vec;

/// Solidity's codes: assertion, overflow, division by zero, index out of bounds, out of memory.
const ASSERTION: u8 = 0x01;
const OVERFLOW: u8 = 0x11;
const DIVISION: u8 = 0x12;
const INDEX: u8 = 0x32;
const MEMORY: u8 = 0x41;

/// What a panic with this message reverts with; `None` is a message that was put together while
/// running, which a contract does not spend gas on.
pub fn revert_data(message: Option<&str>) -> Vec<u8> {
    match message.map_or(Some(ASSERTION), code) {
        Some(code) => panic_data(code).to_vec(),
        None => message.unwrap_or_default().revert_data(),
    }
}

/// The code for what the language itself says.
fn code(message: &str) -> Option<u8> {
    if message.starts_with("attempt to ") {
        let is_division = message.ends_with(" by zero") || message.ends_with(" of zero");
        return Some(if is_division { DIVISION } else { OVERFLOW });
    }
    match message {
        "index out of bounds" => Some(INDEX),
        "capacity overflow" => Some(MEMORY),
        _ if message.starts_with("assertion failed") => Some(ASSERTION),
        _ => None,
    }
}

fn panic_data(code: u8) -> [u8; 36] {
    let mut data = [0; 36];
    data[..4].copy_from_slice(&PANIC);
    data[35] = code;
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::U256;
    use crate::revert::{panic_code, reason};

    fn data_of(action: impl FnOnce() + std::panic::UnwindSafe) -> Vec<u8> {
        let panic = std::panic::catch_unwind(action).expect_err("it panics");
        revert_data(panic.downcast_ref::<&str>().copied())
    }

    #[test]
    fn arithmetic_gives_solidity_s_codes() {
        let one = std::hint::black_box(U256::ONE);
        let byte = std::hint::black_box(255u8);
        let zero = std::hint::black_box(0u8);
        assert_eq!(
            panic_code(&data_of(move || {
                let _ = U256::MAX + one;
            })),
            Some(0x11)
        );
        assert_eq!(
            panic_code(&data_of(move || {
                let _ = U256::ZERO - one;
            })),
            Some(0x11)
        );
        assert_eq!(
            panic_code(&data_of(move || {
                let _ = U256::MAX * (one + one);
            })),
            Some(0x11)
        );
        assert_eq!(
            panic_code(&data_of(move || {
                let _ = one / U256::ZERO;
            })),
            Some(0x12)
        );
        assert_eq!(
            panic_code(&data_of(move || {
                let _ = one % U256::ZERO;
            })),
            Some(0x12)
        );
        assert_eq!(
            panic_code(&data_of(move || {
                std::hint::black_box(byte + 1);
            })),
            Some(0x11)
        );
        assert_eq!(
            panic_code(&data_of(move || {
                std::hint::black_box(byte / zero);
            })),
            Some(0x12)
        );
    }

    #[test]
    fn a_text_is_given_as_it_is() {
        assert_eq!(reason(&data_of(|| panic!("closed"))).as_deref(), Some("closed"));
        assert_eq!(panic_code(&data_of(|| assert!(std::hint::black_box(false)))), Some(0x01));
        assert_eq!(panic_code(&revert_data(None)), Some(0x01));
    }
}
