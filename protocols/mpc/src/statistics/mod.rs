//! Joint statistics as programs: sums, means, variances, covariances over several owners' columns.
//!
//! A [`Variable`] is a column that one owner holds, or the same column over the rows of several
//! (*pooled*). A covariance joins two variables row by row; where they lie with different owners,
//! these must be *aligned*: members of one group, whose alignment digests the parties compare.
//!
//! Only what is asked for is revealed: no sum of squares, no mean on the way to a variance. How
//! many rows each owner has is public.
//!
//! # How precision is kept
//!
//! With `f` fraction bits a product of two values has `2f`, and 62 bits hold everything. So every
//! owner shares its distances from its own mean, which are small, and the mean as one more element;
//! of a single owner's columns the products of distances add up to the covariance at once, since
//! the distances add up to nothing. Pooled columns are first moved, as shares, to a common centre:
//! the mean of all owners' means, weighted, within two units.
//!
//! Products are summed in blocks as long as the range allows, and each block is truncated once, by
//! no more bits than the whole sum needs to fit; where everything fits there is no truncation at
//! all and the result is exact but for the encoding. [`Expected::bound`] is what remains.
//!
//! ```
//! use troupe_mpc::statistics::{Part, Statistic, Survey, Variable};
//! use troupe_mpc::{Fixed, program::Rows};
//! // Two owners with the same customers in the same order.
//! let rows = Rows { count: 1000, group: 0 };
//! let mut survey = Survey::new(Fixed::default(), vec![rows, rows]);
//! let income = Variable { name: "income".into(), low: 0.0, high: 4000.0, parts: vec![Part { owner: 0, column: "income".into() }] };
//! let rent = Variable { name: "rent".into(), low: 0.0, high: 2500.0, parts: vec![Part { owner: 1, column: "rent".into() }] };
//! let (income, rent) = (survey.variable(income).unwrap(), survey.variable(rent).unwrap());
//! survey.ask(0, Statistic::Mean(income)).unwrap();
//! survey.ask(0, Statistic::Covariance(income, rent)).unwrap();
//! let plan = survey.plan().unwrap();
//! assert_eq!(plan.expected[1].name, "covariance(income, rent)");
//! assert!(plan.expected[1].bound < 0.06);
//! assert_eq!(plan.program.cost().rounds, 2);
//! ```

mod bound;
mod build;
mod survey;

pub use survey::{Expected, Part, Plan, Statistic, Survey, Unsuited, Variable, VariableId};
