//! How far it is, on the error stream.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Files and bytes that are done.
pub(crate) struct Progress {
    files: usize,
    bytes: u64,
    began: Instant,
    is_terminal: bool,
    done: Mutex<Done>,
}

struct Done {
    files: usize,
    bytes: u64,
    said: Instant,
}

impl Progress {
    pub(crate) fn new(files: usize, bytes: u64) -> Self {
        let began = Instant::now();
        let done = Mutex::new(Done { files: 0, bytes: 0, said: began });
        Self { files, bytes, began, is_terminal: std::io::stderr().is_terminal(), done }
    }

    /// A file of so many bytes is done.
    pub(crate) fn done(&self, bytes: u64, failed: usize) {
        let mut done = self.done.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        done.files += 1;
        done.bytes += bytes;
        let pause = Duration::from_millis(if self.is_terminal { 200 } else { 10_000 });
        if done.said.elapsed() < pause {
            return;
        }
        done.said = Instant::now();
        let elapsed = self.began.elapsed().as_secs_f64();
        let left = elapsed * (self.bytes as f64 / done.bytes.max(1) as f64 - 1.0);
        let (begin, end) = if self.is_terminal { ("\r\x1b[K", "") } else { ("", "\n") };
        let (files, all) = (done.files, self.files);
        let line = format!("{begin}{files} of {all} files, {failed} failed, {left:.0} s left{end}");
        // Nobody may be listening.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }

    /// Clears the line.
    pub(crate) fn end(&self) {
        if self.is_terminal {
            let _ = std::io::stderr().write_all(b"\r\x1b[K");
        }
    }
}
