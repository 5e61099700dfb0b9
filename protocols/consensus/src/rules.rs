//! The rules on which safety rests, by name, so that tests can take one away and see what happens.

/// A rule of voting, locking or committing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// One vote for each index and each height of a view.
    OneVote,
    /// One view change for each view, and no other one after a restart.
    OneViewChange,
    /// No vote in a view that was given up.
    NoVoteAfterGivingUp,
    /// No vote before the certificate of the parent is there.
    ParentCertified,
    /// The first block of a view stands on the highest block named when the view before was given up.
    JustifiedBase,
    /// A view change names the highest certified block.
    NamesHighest,
    /// The certificate of the highest block named is attached and verified.
    MaximumVerified,
    /// A certificate needs n - floor((n-1)/3) votes.
    Quorum,
    /// No vote for a block beside or below a locked one.
    Locked,
    /// Final by three certificates in a row, not by fewer.
    ThreeInARow,
    /// Two neighbours among the three are of one view or of successive ones.
    Neighbours,
    /// A vote is for a block that was executed and led to the root it claims.
    Executed,
    /// What is signed is written down before it is sent.
    PersistBeforeSend,
    /// What was written down binds after a restart.
    Remembers,
    /// Who entered an epoch never signs in one before.
    NoReturn,
    /// What comes without a good signature does not count.
    SignaturesChecked,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 16] = [
        Self::OneVote,
        Self::OneViewChange,
        Self::NoVoteAfterGivingUp,
        Self::ParentCertified,
        Self::JustifiedBase,
        Self::NamesHighest,
        Self::MaximumVerified,
        Self::Quorum,
        Self::Locked,
        Self::ThreeInARow,
        Self::Neighbours,
        Self::Executed,
        Self::PersistBeforeSend,
        Self::Remembers,
        Self::NoReturn,
        Self::SignaturesChecked,
    ];
}

/// Which rules a machine keeps. Every machine is made to keep all of them; only a test that plants a
/// mistake hands in another value, and nothing in the machine can make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rules {
    broken: Option<Rule>,
}

impl Rules {
    /// All of them.
    pub const ALL: Self = Self { broken: None };

    /// All but one, to show that tests notice. A machine with it forks.
    #[doc(hidden)]
    #[must_use]
    pub const fn all_but(rule: Rule) -> Self {
        Self { broken: Some(rule) }
    }

    /// Whether a rule is kept.
    #[must_use]
    pub(crate) fn keep(self, rule: Rule) -> bool {
        self.broken != Some(rule)
    }
}
