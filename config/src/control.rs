//! `[actor.control] settings`: where the owner of a process is answered.

use crate::section::Section;
use crate::setting::Setting;
use std::borrow::Cow;
use std::path::PathBuf;
use troupe_types::Bytes;

/// The file of the socket, if nothing else is said.
const FILE: &str = "control.sock";

/// What a `control` actor serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlSettings {
    /// The file of its socket, relative to the data directory.
    pub socket: PathBuf,
    /// The most connections.
    pub connections: u32,
    /// The most streams at a time, of all clients together.
    pub streams: u32,
}

const SOCKET: Setting<Cow<'static, str>> = Setting {
    key: "socket",
    default: Cow::Borrowed(FILE),
    range: None,
    why: "File below data_dir that only the user of the process can open; systems allow it about 100 bytes in all.",
};
const CONNECTIONS: Setting<u32> = Setting {
    key: "connections",
    default: 32,
    range: Some((1, 4_096)),
    why: "Each connection costs memory and carries many requests; what comes above is closed.",
};
const STREAMS: Setting<u32> = Setting {
    key: "streams",
    default: 64,
    range: Some((1, 65_536)),
    why: "Each stream follows something for one client and holds one message of it.",
};

/// What is held for one connection: requests that are being read, within its window.
const WINDOW: Bytes = Bytes::mib(1);

impl ControlSettings {
    /// The file of the socket below a data directory, if nothing else is said.
    pub const FILE: &str = FILE;

    /// Reads the settings table of a `control` actor.
    pub fn read(section: &mut Section<'_>) -> Self {
        Self {
            socket: PathBuf::from(section.get(&SOCKET).into_owned()),
            connections: section.get(&CONNECTIONS),
            streams: section.get(&STREAMS),
        }
    }

    /// What requests that are being read may hold in memory.
    #[must_use]
    pub const fn memory(&self) -> Bytes {
        Bytes(WINDOW.0.saturating_mul(self.connections as u64))
    }
}
