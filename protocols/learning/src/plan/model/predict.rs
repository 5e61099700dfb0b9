//! A secret model applied to secret rows.

use super::{Inputs, Matrix, Ones, POINT, inputs};
use crate::numbers::column_at;
use crate::plan::Parts;
use crate::task::{Activation, Layer, Outcome, Predict};
use crate::{Error, Unfit};
use troupe_mpc::Fixed;
use troupe_mpc::program::{Column, Draft, Op, Register, Rows, Size};

/// Numbers of a layer: what a model may have of them.
const MAX_WEIGHTS: u64 = 1 << 24;

/// The columns of the model's data set.
pub(super) fn model(predict: &Predict) -> Result<Vec<Column>, Error> {
    if predict.layers.is_empty() {
        return Err(Error::Unfit(Unfit::Empty("layers")));
    }
    let limit = predict.limit.get();
    if !(limit > 0.0 && limit <= f64::from(1 << 12)) {
        return Err(Error::Unfit(Unfit::Wide { name: "weights".to_owned() }));
    }
    let mut columns = Vec::new();
    let mut inputs = inputs(predict);
    for (at, layer) in predict.layers.iter().enumerate() {
        let got = u64::from(inputs) * u64::from(layer.outputs);
        if layer.outputs == 0 {
            return Err(Error::Unfit(Unfit::Empty("outputs")));
        }
        if got > MAX_WEIGHTS {
            let what = "weights of a layer";
            return Err(Error::Unfit(Unfit::TooMany { what, got, limit: MAX_WEIGHTS }));
        }
        let mut column = |name: String, length| {
            columns.push(column_at(predict.model, &name, length, (-limit, limit), POINT));
        };
        column(format!("weights {at}"), inputs * layer.outputs);
        column(format!("bias {at}"), layer.outputs);
        inputs = layer.outputs;
    }
    Ok(columns)
}

pub(super) fn program(
    given: &Inputs,
    owners: Vec<Rows>,
    (features, label): (&Matrix, Option<&Matrix>),
    predict: &Predict,
) -> Result<Parts, Error> {
    let mut draft = given.draft(owners);
    let x = given.register(&mut draft, features, Ones::None);
    let label = label.map(|label| (given.register(&mut draft, label, Ones::None), label.fraction));
    let first = given.contributions.len() - 2 * predict.layers.len();
    let mut forward = Forward {
        draft,
        rows: given.rows,
        last: x,
        width: inputs(predict),
        point: features.fraction,
    };
    for (at, layer) in predict.layers.iter().enumerate() {
        forward.layer(first + 2 * at, layer);
    }
    let mut results = Vec::new();
    let is_sigmoid =
        predict.layers.last().map(|layer| layer.activation) == Some(Activation::Sigmoid);
    match (&predict.outcome, label) {
        (Outcome::Judged(_), Some(label)) => {
            for (name, register) in forward.judged(label, is_sigmoid) {
                given.reveal(&mut forward.draft, &mut results, (register, name), 0);
            }
        }
        (Outcome::Class, _) => {
            let class = forward.class(is_sigmoid);
            given.reveal(&mut forward.draft, &mut results, (class, "classes"), 0);
        }
        (Outcome::Values | Outcome::Judged(_), _) => {
            let last = forward.last;
            given.reveal(&mut forward.draft, &mut results, (last, "values"), POINT);
        }
    }
    given.parts(forward.draft, results)
}

struct Forward {
    draft: Draft,
    rows: u32,
    /// What came out of the last layer, row after row.
    last: Register,
    width: u32,
    /// Bits behind its point.
    point: u8,
}

impl Forward {
    /// A matrix product, and one circuit where there is an activation.
    fn layer(&mut self, column: usize, layer: &Layer) {
        let (weights, bias) = (self.draft.values(column), self.draft.values(column + 1));
        let size = Size { rows: self.rows, inner: self.width, columns: layer.outputs };
        let sums = self.draft.matmul(self.last, weights, size, self.point);
        let bias = self.draft.repeat(bias, self.rows);
        let sums = self.draft.push(Op::Add { a: sums, b: bias });
        let format = Fixed::new(POINT).unwrap_or_default();
        self.last = match layer.activation {
            Activation::Identity => sums,
            Activation::Relu => self.draft.relu(sums),
            Activation::Sigmoid => self.draft.sigmoid(sums, format, format),
        };
        (self.width, self.point) = (layer.outputs, POINT);
    }

    /// The class of each row, as a whole number.
    fn class(&mut self, is_sigmoid: bool) -> Register {
        if self.width > 1 {
            return self.draft.argmax(self.last, self.width).0;
        }
        let threshold = if is_sigmoid { 1i64 << (POINT - 1) } else { 0 };
        // Above the threshold: the threshold less it is below zero.
        let turned = self.draft.push(Op::MulPublic { a: self.last, constant: -1 });
        let away = self.draft.push(Op::AddPublic { a: turned, constant: threshold });
        let bits = self.draft.push(Op::Negative { a: away });
        self.draft.push(Op::Number { a: bits })
    }

    /// How many rows are what they are taken for.
    fn judged(
        &mut self,
        (label, fraction): (Register, u8),
        is_sigmoid: bool,
    ) -> Vec<(&'static str, Register)> {
        let class = self.class(is_sigmoid);
        let raised = self.draft.push(Op::MulPublic { a: class, constant: 1i64 << fraction });
        let is_right = self.draft.equal(raised, label);
        let right = self.draft.push(Op::Number { a: is_right });
        let all_right = self.draft.push(Op::Sum { a: right });
        if self.width > 1 {
            return vec![("right", all_right)];
        }
        let taken = self.draft.push(Op::Sum { a: class });
        let both = self.draft.push(Op::Dot { a: class, b: right, block: u32::MAX, shift: 0 });
        let wrongly_one = self.draft.push(Op::Sub { a: taken, b: both });
        let rightly_zero = self.draft.push(Op::Sub { a: all_right, b: both });
        let all = self.draft.fill(self.rows.into(), 1);
        let zeros = self.draft.push(Op::Sub { a: all, b: taken });
        let wrongly_zero = self.draft.push(Op::Sub { a: zeros, b: rightly_zero });
        vec![
            ("rightly 1", both),
            ("wrongly 1", wrongly_one),
            ("rightly 0", rightly_zero),
            ("wrongly 0", wrongly_zero),
        ]
    }
}
