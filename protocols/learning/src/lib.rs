//! What a joint computation is: a [`Task`] that people can read and agree to.
//!
//! A task names data owners and the public bounds of their columns, three parties that compute, receivers
//! of results, and what is computed. From it everybody derives the same [`Plan`]: the program that
//! the parties run on shares ([`troupe_mpc`]), what each owner puts in, what each receiver learns, what
//! it costs and how precise it is. Nothing else is revealed.
//!
//! * [`task`]: the terms, what is wrong with them, and what an owner's policy has to allow.
//! * [`formula`]: what is computed, as people write it.
//! * [`Plan`]: the program and everything around it.
//! * [`simulate`]: a whole session in one place, and [`Plan::in_the_clear`]: what it should come to.
//! * [`onnx`]: trained models as files.
//! * [`common`]: how many rows owners have in common, where both have to say the same.
//! * [`join`]: what says which rows belong together, where nobody is to learn that.
//! * [`deed`]: for whom a model is applied that stayed with the parties.
//! * [`declared`]: whether a task is what a chain says of it.
//! * [`message`]: what participants say to each other around a computation.
//!
//! # What is computed where
//!
//! The largest parts of a formula that depend on one owner alone are computed by that owner, in the
//! clear: they cost nothing, have the precision of `f64`, and show nobody more than shares of its columns
//! would. A variance over pooled rows takes three numbers of each owner, whatever the number of
//! rows. Of rows that are [joined](task::Layout::Joined) on shares an owner computes what belongs to a row alone: it does not know
//! which of them count. What joins several owners is computed on shares of fixed-point numbers, in formats as fine as
//! the bounds of the columns allow; [`Expected::bound`] says what that costs in precision.
//!
//! # Models
//!
//! [`task::Train`] fits a linear or a logistic regression by gradient descent with a public schedule; features
//! are formulas, each of one owner's columns, so how columns are scaled is written where everybody can
//! read it. Receivers learn the weights, the bias last, and nothing of the way there; or how good the model is
//! on rows that were held out, with the weights or without.
//! [`task::Predict`] applies one owner's model of several layers to the others' rows: the owner of the
//! model learns nothing, and nobody learns the model. Receivers learn what comes out, or only how good it is:
//! each [`task::Metric`] that they ask for, and not the counts and sums that it is made of.
//!
//! A model can also [stay](task::Reveal::Kept) with the three parties that trained it, as shares: nobody has its weights, and the same parties
//! [apply](task::Origin::Kept) it to other rows as they would an owner's. Its weights are rounded to the format of an owner's model first, so it
//! gives what an owner's model of these weights gives. An owner of rows agrees to that as to a model that is shown: predictions say what the model is, if there are enough of them.
//!
//! Weights stay below a public limit that the program takes for granted: where training would pass it,
//! the weights are wrong, and nobody learns more from that.
//!
//! It is not an engine and no transport: it writes programs and reads nothing but tasks.
//!
//! ```
//! use troupe_learning::formula::{At, Field, Formula, Scope, Totals};
//! let field = |alias: &str, name: &str, owner, low, high| Field {
//!     alias: alias.into(),
//!     name: name.into(),
//!     at: At { owner, column: 0 },
//!     low,
//!     high,
//! };
//! let fields = vec![field("shop", "price", 0, 0.0, 99.0), field("store", "units", 1, 0.0, 500.0)];
//! let scope = Scope { fields, rows: 2, totals: Totals::Own };
//! let turnover = Formula::parse("sum(shop.price * store.units)", &scope).unwrap();
//! let columns = [[9.5, 2.0], [3.0, 4.0]];
//! let value = turnover.evaluate(2, |at| columns.get(usize::from(at.owner)).map(|c| &c[..]));
//! assert_eq!(value, Some(vec![36.5]));
//! assert_eq!(turnover.facts().high, 2.0 * 99.0 * 500.0);
//! assert!(Formula::parse("sum(shop.price * store.unit)", &scope).is_err());
//! ```

pub mod common;
pub mod declared;
pub mod deed;
mod error;
pub mod formula;
pub mod join;
pub mod message;
mod numbers;
pub mod onnx;
mod plan;
mod real;
mod simulation;
pub mod task;
pub mod timely;
pub mod workers;

pub use error::Error;
pub use formula::Formula;
pub use plan::{Contribution, Expected, Plan};
pub use real::Real;
pub use simulation::{Simulated, simulate, simulate_on};
pub use task::{Task, Unfit};
