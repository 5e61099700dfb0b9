//! Programs of one step or a few on two long columns, for measuring.

#![allow(dead_code, reason = "every benchmark uses another part of it")]

use std::collections::BTreeMap;
use troupe_mpc::Program;
use troupe_mpc::program::{Column, Draft, Form, Op, Register, Rows, Security, Size, Transposed};
use troupe_wire::Text;

/// Bits of numbers whose products and sums stay small.
pub(crate) const SMALL: u8 = 10;

/// What to do with two columns and with what was made of them last.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Mul(u8),
    Dot,
    Trunc,
    Sub,
    Negative,
    Zero,
    Select,
    Matmul(Size),
}

impl Step {
    fn op(self, a: Register, b: Register, last: Register) -> Op {
        match self {
            Self::Mul(shift) => Op::Mul { a, b, shift },
            Self::Dot => Op::Dot { a, b, block: u32::MAX, shift: 0 },
            Self::Trunc => Op::Trunc { a, shift: 16 },
            Self::Sub => Op::Sub { a, b },
            Self::Negative => Op::Negative { a: last },
            Self::Zero => Op::Zero { a: last },
            Self::Select => Op::Select { bits: last, a, b },
            Self::Matmul(size) => {
                Op::Matmul { a, b, size, transposed: Transposed::Neither, shift: 16 }
            }
        }
    }
}

/// Two columns of numbers below `2^width` and some steps where there are any; a third column of
/// one number is all that is revealed.
pub(crate) fn program(
    elements: usize,
    width: u8,
    steps: &[Step],
) -> (Program, BTreeMap<String, Vec<f64>>) {
    secured(Security::SemiHonest, elements, width, steps)
}

/// The same, with this security.
pub(crate) fn secured(
    security: Security,
    elements: usize,
    width: u8,
    steps: &[Step],
) -> (Program, BTreeMap<String, Vec<f64>>) {
    let length = u32::try_from(elements).expect("at most 1e7");
    let limit = (1i64 << width) - 1;
    let column = |name: &str, length: u32| Column {
        owner: 0,
        name: Text::new(name).expect("short"),
        length,
        fraction: 0,
        low: -limit,
        high: limit,
        form: Form::Plain,
    };
    let rows = Rows { count: length, group: 0 };
    let mut draft =
        Draft::new(vec![rows], vec![column("a", length), column("b", length), column("one", 1)]);
    draft.secure(security);
    let (a, b) = (draft.values(0), draft.values(1));
    let mut last = b;
    for step in steps {
        last = draft.push(step.op(a, b, last));
    }
    draft.reveal(0, draft.values(2), "one", 0, 1);
    let large = (limit / 1000) as f64;
    let values = |factor: usize| -> Vec<f64> {
        (0..elements).map(|at| ((at * factor % 1999) as f64 - 999.0) * large).collect()
    };
    let columns =
        [("a".to_owned(), values(1)), ("b".to_owned(), values(7)), ("one".to_owned(), vec![1.0])];
    (draft.finish().expect("in range"), BTreeMap::from(columns))
}
