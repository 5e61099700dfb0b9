//! What goes wrong on our own side.

/// Why an actor cannot go on. Its value is dropped and rebuilt, or the process stops.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A write or sync failed. Never retried on the same file: the process stops.
    #[error("storage failed: {0}")]
    Storage(String),
    /// The actor's state is not to be trusted; it is rebuilt from what is durable.
    #[error("{0}")]
    Restart(String),
    /// What is computed here differs from what others have proven: one of them runs another program, or a
    /// machine is damaged. The process stops before anybody believes it.
    #[error("{0}")]
    Diverged(String),
    /// Another process speaks in the name of this one, which stops before the two contradict each other.
    #[error("{0}")]
    Twin(String),
    /// Rules are in force that this program does not know: it stops before it breaks them.
    #[error("{0}")]
    Outdated(String),
    /// No restart can mend it: the process stops.
    #[error("{0}")]
    Fatal(String),
}

/// A node that cannot be put together as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Two actors want to answer the same message from other processes.
    #[error("{service}/{tag} is answered by another actor already")]
    ServiceTaken {
        /// The service.
        service: &'static str,
        /// The message's tag.
        tag: u16,
    },
    /// The node has no network.
    #[error("this node has no network")]
    NoNetwork,
    /// A metric of this name exists.
    #[error("metric `{0}` is registered already")]
    MetricTaken(String),
    /// The log filter does not parse.
    #[error("log filter: {0}")]
    LogFilter(String),
    /// A thread could not be started.
    #[error("cannot start a thread: {0}")]
    Thread(String),
}

/// How the life of a child actor ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// It said so itself, or its parent did.
    Stopped,
    /// A handler panicked.
    Panicked(String),
    /// A handler returned a fault, or it could not be built.
    Faulted(Fault),
    /// Its deadline passed.
    DeadlinePassed,
}

/// Why a whole node stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopCause {
    /// Someone asked for it.
    Asked,
    /// An actor failed in a way that no restart mends.
    Fault {
        /// The actor's kind.
        kind: &'static str,
        /// What happened.
        fault: Fault,
    },
    /// An actor fell more often than its policy allows.
    CrashLoop {
        /// The actor's kind.
        kind: &'static str,
        /// The last cause.
        last: String,
    },
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "panic without a message".to_owned())
}
