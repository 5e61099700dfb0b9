//! Which kinds of algorithms a computation consists of: the numbers of their bits in policies and tasks.

/// Sums, means, variances and covariances.
pub const STATISTICS: u8 = 0;
/// How many values lie between public bounds.
pub const HISTOGRAM: u8 = 1;
/// Medians and other quantiles.
pub const QUANTILE: u8 = 2;
/// Correlations.
pub const CORRELATION: u8 = 3;
/// A formula of columns.
pub const FORMULA: u8 = 4;
/// Which rows two owners have in common, for the receiver.
pub const MATCHING: u8 = 5;
/// How many rows two owners have in common.
pub const MATCHING_COUNT: u8 = 6;
/// Matching whose outcome stays between owners, for the rest of the task.
pub const ALIGNMENT: u8 = 7;
/// Training a model.
pub const TRAINING: u8 = 8;
/// What a model predicts.
pub const PREDICTION: u8 = 9;
/// How good a model is.
pub const EVALUATION: u8 = 10;
/// A number for each row.
pub const ROWS: u8 = 11;
/// Counts and sums by category.
pub const GROUPS: u8 = 12;

/// Computing with the parties of an earlier task, which nobody elects for this one.
pub const SAME_PARTIES: u8 = 13;

/// The names of all, by number. Numbers above are free for what comes later.
pub const NAMES: [&str; 14] = [
    "statistics",
    "histogram",
    "quantile",
    "correlation",
    "formula",
    "matching",
    "matching count",
    "alignment",
    "training",
    "prediction",
    "evaluation",
    "rows",
    "groups",
    "same parties",
];

/// All that is done with a model by whoever applies it: what it predicts, how good it is, over formulas of others' columns.
pub const OF_MODELS: u64 = bit(PREDICTION) | bit(EVALUATION) | bit(FORMULA);

/// The bit of an algorithm in policies and tasks; none for a number above 63.
#[must_use]
pub const fn bit(algorithm: u8) -> u64 {
    if algorithm < 64 { 1 << algorithm } else { 0 }
}
