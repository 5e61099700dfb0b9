//! Why something of the market could not be read.

use troupe_market::message::Unseen;

/// Why something of the market could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Whoever has the chain does not answer, or refuses.
    #[error(transparent)]
    Asked(#[from] troupe_account::Error),
    /// The contract refused.
    #[error("{reason}")]
    Refused {
        /// The number of the reason.
        code: u32,
        /// The reason.
        reason: String,
    },
    /// What was answered is not what the contract says it answers.
    #[error("what was answered cannot be read: {0}")]
    Answer(#[from] alloy_sol_types::Error),
    /// What was answered is too long.
    #[error("an answer of {got} bytes, allowed are {most}")]
    TooLong {
        /// How long.
        got: usize,
        /// The most.
        most: usize,
    },
    /// A thing that there is none of.
    #[error("there is none")]
    Nothing,
}

impl Error {
    /// For whoever asked about a task.
    pub(crate) fn of_task(&self, task: u64) -> Unseen {
        match self {
            Self::Nothing => Unseen::NoTask(task),
            Self::Asked(_) | Self::Answer(_) | Self::TooLong { .. } => {
                Unseen::Unreachable(self.to_string())
            }
            Self::Refused { reason, .. } => Unseen::Refused(reason.clone()),
        }
    }
}
