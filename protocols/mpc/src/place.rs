//! Where a computation takes place.

use troupe_types::{Hash, SessionId};

/// What all participants of a session bind their keys and streams to, beside the program.
///
/// A stream, a share or a proof of one place is refused at every other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The session; nothing is computed twice under one.
    pub session: SessionId,
    /// The hash of what was agreed on.
    pub terms: Hash,
}
