//! Why nobody should agree to a task.

use troupe_types::NodeId;

/// Terms that nobody should agree to.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unfit {
    /// One node plays two parts, and would hold what no single node may hold.
    #[error("node {0} plays two parts")]
    TwoParts(NodeId),
    /// A process that has a party's seat without that party's signature.
    #[error("node {0} did not appoint the process that has its seat")]
    Deputy(NodeId),
    /// Nothing to compute, or nobody to compute it on or for.
    #[error("the task has no {0}")]
    Empty(&'static str),
    /// Two of something have one name.
    #[error("two {what} are called `{name}`")]
    SameName {
        /// Two of what.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Owners whose rows belong together have different numbers of them, or columns differ where
    /// they must not.
    #[error("owners 0 and {owner} differ in {what}")]
    Differ {
        /// The owner that differs.
        owner: usize,
        /// In what.
        what: &'static str,
    },
    /// A column whose least value is above its greatest.
    #[error("column `{name}` has no values between {low} and {high}")]
    Bounds {
        /// The column.
        name: String,
        /// Its least value.
        low: f64,
        /// Its greatest value.
        high: f64,
    },
    /// A data set that nothing is computed of.
    #[error("owner {owner} contributes nothing")]
    Idle {
        /// The owner.
        owner: u8,
    },
    /// A receiver that learns nothing, or a result of one that is not there.
    #[error("receiver {receiver} is not there, or has no result")]
    Receiver {
        /// The receiver.
        receiver: u8,
    },
    /// Something that has to be there in this layout, or must not be.
    #[error("this layout wants {0}")]
    Layout(&'static str),
    /// A number of matching rows, or of different keys, that cannot be.
    #[error("{got} matching rows where there are at most {most}")]
    Matched {
        /// How many were found.
        got: u64,
        /// The rows of the smaller table.
        most: u64,
    },
    /// Two keys of one owner that are the same number in this session.
    #[error("two keys cannot be told apart in this session; another one tells them apart")]
    Keys,
    /// Cut points of a histogram that do not rise, or categories that are twice there.
    #[error("`{name}` has {what} that are not in ascending order")]
    Order {
        /// The result.
        name: String,
        /// Of what.
        what: &'static str,
    },
    /// A range that no format has room for.
    #[error("`{name}` has values that no format has room for")]
    Wide {
        /// The part of a formula.
        name: String,
    },
    /// A layer whose weights do not go with its inputs and outputs.
    #[error("the weights of layer {layer} do not go with its inputs and outputs")]
    Layer {
        /// Which, from 0.
        layer: usize,
    },
    /// A model that is applied where it stayed, and has another shape than those that stay.
    #[error("a model that stayed with the parties has one layer, with one output")]
    KeptShape,
    /// A model that is wanted in the clear, and that nobody has so.
    #[error("the model stayed with the parties, and nobody has it in the clear")]
    KeptUnseen,
    /// A rate, a decay or a limit of weights that nothing can be trained with.
    #[error("the schedule has a rate, a decay or a limit out of bounds")]
    Schedule,
    /// Rows held out that leave an owner none to train with, or that are none.
    #[error("of {rows} rows, these cannot be held out")]
    HeldOut {
        /// The rows that there are.
        rows: u32,
    },
    /// A metric that such a model does not have.
    #[error("such a model has no `{name}`")]
    Metric {
        /// The metric.
        name: &'static str,
    },
    /// A result that outgrows its place, from the bounds of the columns.
    #[error("from the bounds of its columns, a value could outgrow 61 bits")]
    Overflow,
    /// More of something than the limit.
    #[error("{got} {what} exceed {limit}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are.
        got: u64,
        /// How many there may be.
        limit: u64,
    },
}
