//! Asks for a password on the terminal without showing it.

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use std::io::{self, IsTerminal, Read, Write};
use zeroize::Zeroizing;

/// Nobody types more.
const LONGEST: usize = 1_024;

const INTERRUPT: u8 = 0x03;
const END: u8 = 0x04;
const BACKSPACE: u8 = 0x08;
const DELETE: u8 = 0x7f;
const KILL: u8 = 0x15;

/// Whether there is somebody to ask.
pub(super) fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Shows `question` and reads a line that stays invisible.
pub(super) fn ask(question: &str) -> io::Result<Zeroizing<String>> {
    let stdin = io::stdin();
    let mut stderr = io::stderr();
    write!(stderr, "{question}: ")?;
    stderr.flush()?;
    let silence = Silence::begin()?;
    let line = read_line(&mut stdin.lock());
    drop(silence);
    writeln!(stderr)?;
    line
}

/// Restores the terminal however the reading ends.
struct Silence(Termios);

impl Silence {
    /// Without echo, byte by byte, and with Ctrl-C as a byte: a signal would leave the terminal mute.
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        silent.special_codes[SpecialCodeIndex::VMIN] = 1;
        silent.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(Self(before))
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
    }
}

fn read_line(input: &mut impl Read) -> io::Result<Zeroizing<String>> {
    let cancelled = || io::Error::new(io::ErrorKind::Interrupted, "cancelled");
    // The full capacity at once: growing would leave copies behind.
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut byte = Zeroizing::new([0u8]);
    loop {
        if input.read(byte.as_mut_slice())? == 0 {
            return Err(cancelled());
        }
        match byte[0] {
            b'\n' | b'\r' => break,
            INTERRUPT => return Err(cancelled()),
            END if line.is_empty() => return Err(cancelled()),
            BACKSPACE | DELETE => drop_character(&mut line),
            KILL => line.clear(),
            typed if line.len() < LONGEST => line.push(typed),
            _ => {
                let text = format!("longer than {LONGEST} bytes");
                return Err(io::Error::new(io::ErrorKind::InvalidData, text));
            }
        }
    }
    let text = std::str::from_utf8(&line);
    let text = text.map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "no UTF-8 text"))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// One character is one to four bytes; those after the first begin with the bits 10.
fn drop_character(line: &mut Vec<u8>) {
    while let Some(byte) = line.pop() {
        if byte & 0xc0 != 0x80 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn typed(bytes: &[u8]) -> Option<String> {
        read_line(&mut &*bytes).ok().map(|line| line.to_string())
    }

    #[test]
    fn keys_that_edit_do_what_they_say() {
        assert_eq!(typed(b"secret\nrest").as_deref(), Some("secret"));
        assert_eq!(typed("aé\u{7f}b\r".as_bytes()).as_deref(), Some("ab"));
        assert_eq!(typed(b"wrong\x15right\n").as_deref(), Some("right"));
        assert_eq!(typed(b"\x7f\x08ok\n").as_deref(), Some("ok"));
    }

    #[test]
    fn cancelling_and_rubbish_are_errors() {
        assert_eq!(typed(b"sec\x03ret\n"), None);
        assert_eq!(typed(b"\x04"), None);
        assert_eq!(typed(b"unfinished"), None);
        assert_eq!(typed(b"\xff\n"), None);
        assert_eq!(typed(&[b'a'; LONGEST + 1]), None);
    }

    proptest! {
        #[test]
        fn plain_text_is_read_as_it_is(text in "[ -~é\u{4e2d}]{0,40}") {
            prop_assert_eq!(typed(format!("{text}\n").as_bytes()), Some(text));
        }
    }
}
