//! The words of policies.

use crate::error::Problem;
use crate::setting::{Choice, Unit, wrong_type};
use crate::value::Value;
use core::fmt;
use troupe_types::NodeId;

/// What may be computed on shares of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// Sums, means, variances and covariances of columns as they are.
    Statistics,
    /// How many values lie between public cut points.
    Histogram,
    /// Medians and other quantiles of columns as they are.
    Quantile,
    /// Correlations of columns as they are.
    Correlation,
    /// Any other formula that comes to one number: with conditions, it may be about a single row.
    Formula,
    /// One number for each row.
    Rows,
    /// Counts and sums by categories.
    Groups,
    /// A model is fitted.
    Training,
    /// What a model says of each row.
    Prediction,
    /// How good a model is in all.
    Evaluation,
}

/// What is learned when rows of two owners are matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matching {
    /// How many are common, by one owner or both.
    Count,
    /// Which are common, by one owner.
    Rows,
    /// Which are common and in what order, by both owners: their rows can then be computed on together.
    Aligned,
}

/// Somebody who may ask for a computation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Requester {
    /// Every authenticated node of the network.
    Anyone,
    /// The node of this identity.
    Node(NodeId),
}

impl Choice for Algorithm {
    const WANT: &'static str = "an algorithm such as \"statistics\"";
    const ALL: &'static [(&'static str, Self)] = &[
        ("statistics", Self::Statistics),
        ("histogram", Self::Histogram),
        ("quantile", Self::Quantile),
        ("correlation", Self::Correlation),
        ("formula", Self::Formula),
        ("rows", Self::Rows),
        ("groups", Self::Groups),
        ("training", Self::Training),
        ("prediction", Self::Prediction),
        ("evaluation", Self::Evaluation),
    ];
}

impl Choice for Matching {
    const WANT: &'static str = "a matching such as \"count\"";
    const ALL: &'static [(&'static str, Self)] =
        &[("count", Self::Count), ("rows", Self::Rows), ("aligned", Self::Aligned)];
}

impl fmt::Display for Requester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anyone => f.write_str("*"),
            Self::Node(node_id) => node_id.fmt(f),
        }
    }
}

impl Unit for Requester {
    const WANT: &'static str = "a node id of 64 hexadecimal digits, or \"*\" for everyone";

    fn read(value: &Value) -> Result<Self, Problem> {
        let wrong = || wrong_type(Self::WANT, value);
        let Value::Text(text) = value else { return Err(wrong()) };
        if text == "*" {
            return Ok(Self::Anyone);
        }
        text.parse().map(Self::Node).map_err(|_| wrong())
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }
}
