//! A session with a bit of everything, for the tests of what goes wrong.

use super::{table, whole};
use troupe_mpc::program::{Draft, Op, Rows};
use troupe_mpc::{Program, Table};

/// Two aligned owners, a product, a truncation, a dot product and a minimum: six rounds and every
/// kind of message.
pub(crate) fn program(length: u32) -> Program {
    let rows = Rows { count: length, group: 0 };
    let columns = vec![whole(0, "a", length, 1000), whole(1, "b", length, 1000)];
    let mut draft = Draft::new(vec![rows, rows], columns);
    let (a, b) = (draft.values(0), draft.values(1));
    let product = draft.push(Op::Mul { a, b, shift: 0 });
    let cut = draft.push(Op::Trunc { a: product, shift: 1 });
    let dot = draft.push(Op::Dot { a: product, b: a, block: length, shift: 0 });
    let less = draft.less(a, b);
    let smaller = draft.push(Op::Select { bits: less, a, b });
    draft.reveal(0, cut, "half product", 0, 1);
    draft.reveal(0, dot, "dot", 0, 1);
    draft.reveal(0, less, "less", 0, 1);
    draft.reveal(0, smaller, "smaller", 0, 1);
    draft.finish().expect("in range")
}

/// Even numbers, so that the truncation is exact.
pub(crate) fn values(length: u32, factor: u32) -> Vec<f64> {
    (0..length).map(|at| f64::from(at % 7 * 2 * factor) - 10.0).collect()
}

pub(crate) fn tables(length: u32) -> Vec<Table> {
    vec![table(length, &[("a", values(length, 1))]), table(length, &[("b", values(length, 3))])]
}
