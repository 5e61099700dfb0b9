//! `[actor.<kind>]`: how many of a kind, how much may wait, and the kind's own settings.

use crate::section::Section;
use crate::setting::Setting;
use crate::value::Table;
use troupe_types::Bytes;

/// Settings of one actor kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Actor {
    /// How many of it run.
    pub replicas: u32,
    /// How much may wait for each of them.
    pub queue: Queue,
    /// What the kind itself reads; checked when the manifest was loaded.
    pub settings: Table,
}

/// How much may wait for an actor; more is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// Messages.
    pub messages: u32,
    /// Memory of these messages.
    pub bytes: Bytes,
}

const REPLICAS: Setting<u32> = Setting {
    key: "replicas",
    default: 1,
    range: Some((1, 256)),
    why: "Spreads independent work over actors of one kind.",
};
const MESSAGES: Setting<u32> = Setting {
    key: "messages",
    default: 4_096,
    range: Some((16, 1 << 20)),
    why: "A longer queue only makes callers wait longer before they are refused.",
};
const BYTES: Setting<Bytes> = Setting {
    key: "bytes",
    default: Bytes::mib(16),
    range: Some((Bytes::mib(1), Bytes::mib(4_096))),
    why: "Bounds the memory that senders can make this actor hold.",
};

impl Actor {
    /// Reads everything but the kind's own settings.
    pub(crate) fn read(section: &mut Section<'_>) -> Self {
        Self {
            replicas: section.get(&REPLICAS),
            queue: section.table("queue", |queue| Queue {
                messages: queue.get(&MESSAGES),
                bytes: queue.get(&BYTES),
            }),
            settings: section.raw("settings"),
        }
    }

    pub(crate) fn write(&self) -> Table {
        let mut out = Table::default();
        out.set(&REPLICAS, &self.replicas);
        let mut queue = Table::default();
        queue.set(&MESSAGES, &self.queue.messages);
        queue.set(&BYTES, &self.queue.bytes);
        out.nest("queue", queue);
        out.nest("settings", self.settings.clone());
        out
    }
}

impl Default for Actor {
    /// What holds for a kind that the manifest does not mention.
    fn default() -> Self {
        let queue = Queue { messages: MESSAGES.default, bytes: BYTES.default };
        Self { replicas: REPLICAS.default, queue, settings: Table::default() }
    }
}
