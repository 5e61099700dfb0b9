//! The kinds of algorithms, as policies name them.

/// What is done with an owner's columns, for policies to allow by name. Numbers and names are those of the
/// market's policies, where each is a bit; those of matching rows are not among them, for matching is not
/// done on shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Algorithm {
    /// Sums, means, variances, deviations and covariances of columns as they are.
    Statistics = 0,
    /// Counts by ranges.
    Histogram = 1,
    /// Medians and other quantiles of columns as they are.
    Quantile = 2,
    /// Correlations of columns as they are.
    Correlation = 3,
    /// Anything else that is computed of columns: a condition in it can single out a row.
    Formula = 4,
    /// A model is fitted.
    Training = 8,
    /// A model's predictions for each row.
    Prediction = 9,
    /// How good a model's predictions are in all.
    Evaluation = 10,
    /// A number for each row.
    Rows = 11,
    /// Counts and sums by categories.
    Groups = 12,
}

impl Algorithm {
    /// All of them, by number.
    pub const ALL: [Self; 10] = [
        Self::Statistics,
        Self::Histogram,
        Self::Quantile,
        Self::Correlation,
        Self::Formula,
        Self::Training,
        Self::Prediction,
        Self::Evaluation,
        Self::Rows,
        Self::Groups,
    ];

    /// The number of its bit in policies.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The name in policies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Statistics => "statistics",
            Self::Histogram => "histogram",
            Self::Quantile => "quantile",
            Self::Correlation => "correlation",
            Self::Formula => "formula",
            Self::Training => "training",
            Self::Prediction => "prediction",
            Self::Evaluation => "evaluation",
            Self::Rows => "rows",
            Self::Groups => "groups",
        }
    }
}
