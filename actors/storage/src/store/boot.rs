//! Which boot of the machine this is.

use std::io;

/// Names one boot of one machine: as long as it is the same, nothing that was written was lost with
/// the power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boot(pub [u8; 16]);

/// Where Linux says it.
const SOURCE: &str = "/proc/sys/kernel/random/boot_id";

impl Boot {
    /// That of this machine. Where it does not say, take a number that never comes again.
    pub fn of_this_machine() -> io::Result<Self> {
        let text = std::fs::read_to_string(SOURCE)?;
        Self::of_text(&text).ok_or_else(|| io::Error::other("a boot id of another form"))
    }

    fn of_text(text: &str) -> Option<Self> {
        let digits: String = text.trim().split('-').collect();
        let number = u128::from_str_radix(&digits, 16).ok()?;
        (digits.len() == 32).then_some(Self(number.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_linux_is_read_and_no_other() {
        let boot = Boot::of_text("0123abcd-0000-0000-0000-0000000000ff\n").expect("its form");
        assert_eq!((boot.0[..4].to_vec(), boot.0[15]), (vec![0x01, 0x23, 0xab, 0xcd], 0xff));
        for text in ["", "0123", "g123abcd-0000-0000-0000-0000000000ff"] {
            assert_eq!(Boot::of_text(text), None);
        }
    }
}
