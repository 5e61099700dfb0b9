//! A secret model applied to secret rows.

use super::judge::{Measured, Said, judge, right};
use super::{Inputs, MAX_WEIGHT, Matrix, Ones, POINT, inputs, kept_limit, rounded};
use crate::numbers::column_at;
use crate::plan::Parts;
use crate::task::{Activation, Judgement, Layer, Metric, Origin, Outcome, Predict};
use crate::{Error, Unfit};
use troupe_mpc::Fixed;
use troupe_mpc::program::{Column, Draft, Op, Register, Rows, Size, Taken};

/// Numbers of a layer: what a model may have of them.
const MAX_WEIGHTS: u64 = 1 << 24;

/// What a model is before it is applied.
pub(super) enum Model {
    /// The columns of its data set.
    Columns(Vec<Column>),
    /// What the parties kept.
    Kept(Taken),
}

/// The model, if there can be one like that.
pub(super) fn model(predict: &Predict) -> Result<Model, Error> {
    let Some(last) = predict.layers.last() else {
        return Err(Error::Unfit(Unfit::Empty("layers")));
    };
    if let Outcome::Judged(judgement) = &predict.outcome {
        check(last, &judgement.metrics)?;
    }
    let limit = predict.limit.get();
    if !(limit > 0.0 && limit <= MAX_WEIGHT) {
        return Err(Error::Unfit(Unfit::Wide { name: "weights".to_owned() }));
    }
    let mut inputs = inputs(predict);
    let owner = match predict.model {
        Origin::Owner(owner) => owner,
        Origin::Kept(id) => {
            if predict.layers.len() != 1 || last.outputs != 1 {
                return Err(Error::Unfit(Unfit::KeptShape));
            }
            let limit = kept_limit(predict.limit)?;
            // The bias is last.
            let (length, low, high) = (inputs + 1, -limit, limit);
            return Ok(Model::Kept(Taken { id, length, fraction: POINT, low, high }));
        }
    };
    let mut columns = Vec::new();
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
            columns.push(column_at(owner, &name, length, (-limit, limit), POINT));
        };
        column(format!("weights {at}"), inputs * layer.outputs);
        column(format!("bias {at}"), layer.outputs);
        inputs = layer.outputs;
    }
    Ok(Model::Columns(columns))
}

/// That a model with such a last layer has these metrics.
fn check(last: &Layer, metrics: &[Metric]) -> Result<(), Unfit> {
    let is_sigmoid = last.activation == Activation::Sigmoid;
    let has = |metric: &Metric| match metric {
        Metric::Accuracy => true,
        Metric::Confusion | Metric::Precision | Metric::Recall | Metric::F1 | Metric::Auc => {
            last.outputs == 1
        }
        Metric::LogLoss => last.outputs == 1 && is_sigmoid,
        Metric::Rmse | Metric::Mae | Metric::R2 => last.outputs == 1 && !is_sigmoid,
    };
    match metrics.iter().find(|metric| !has(metric)) {
        Some(metric) => Err(Unfit::Metric { name: metric.name() }),
        None => Ok(()),
    }
}

pub(super) fn program(
    given: &Inputs<'_>,
    owners: Vec<Rows>,
    (features, label): (&Matrix, Option<&Matrix>),
    predict: &Predict,
) -> Result<Parts, Error> {
    let (mut draft, found) = given.draft(owners);
    let x = given.register((&mut draft, &found), features, Ones::None);
    let label = label
        .map(|label| (given.register((&mut draft, &found), label, Ones::None), label.fraction));
    // Equal rows have to come out equal where they are put in order.
    let is_even = match &predict.outcome {
        Outcome::Judged(judgement) => judgement.metrics.contains(&Metric::Auc),
        Outcome::Values | Outcome::Class => false,
    };
    let mut forward = Forward {
        draft,
        rows: given.rows,
        is_even,
        sums: x,
        last: x,
        width: inputs(predict),
        point: features.fraction,
    };
    let (is_judged, count) = (label.is_some(), predict.layers.len());
    for (at, layer) in predict.layers.iter().enumerate() {
        let mut layer = *layer;
        let is_sigmoid = layer.activation == Activation::Sigmoid;
        if is_judged && at + 1 == count && layer.outputs == 1 && is_sigmoid {
            // It is judged by its sums, which say as much.
            layer.activation = Activation::Identity;
        }
        let weights = forward.weights(given, predict, at);
        forward.layer(weights, &layer);
    }
    let mut results = Vec::new();
    let is_sigmoid =
        predict.layers.last().map(|layer| layer.activation) == Some(Activation::Sigmoid);
    match (&predict.outcome, label) {
        (Outcome::Judged(Judgement { metrics, .. }), Some(label)) => {
            for told in forward.judged(label, metrics, is_sigmoid)? {
                given.reveal(&mut forward.draft, &mut results, &told);
            }
        }
        (Outcome::Class, _) => {
            let register = forward.class(is_sigmoid);
            let told = Measured { name: "classes", register, fraction: 0, divisor: 1 };
            given.reveal(&mut forward.draft, &mut results, &told);
        }
        (Outcome::Values | Outcome::Judged(_), _) => {
            let register = forward.last;
            let told = Measured { name: "values", register, fraction: POINT, divisor: 1 };
            given.reveal(&mut forward.draft, &mut results, &told);
        }
    }
    given.parts((forward.draft, &found), results)
}

struct Forward {
    draft: Draft,
    rows: u32,
    /// Whether sums are rounded to the nearest.
    is_even: bool,
    /// What the last layer added up.
    sums: Register,
    /// What came out of it, row after row.
    last: Register,
    width: u32,
    /// Bits behind its point.
    point: u8,
}

impl Forward {
    /// Weights and bias of a layer.
    fn weights(
        &mut self,
        given: &Inputs<'_>,
        predict: &Predict,
        layer: usize,
    ) -> (Register, Register) {
        match predict.model {
            Origin::Owner(_) => {
                let first = given.contributions.len() - 2 * predict.layers.len();
                let column = first + 2 * layer;
                (self.draft.values(column), self.draft.values(column + 1))
            }
            Origin::Kept(_) => {
                let model = self.draft.taken(0);
                let slopes = self.draft.slice(model, 0, self.width);
                (slopes, self.draft.slice(model, self.width, 1))
            }
        }
    }

    /// A matrix product, and one circuit where there is an activation.
    fn layer(&mut self, (weights, bias): (Register, Register), layer: &Layer) {
        let size = Size { rows: self.rows, inner: self.width, columns: layer.outputs };
        let bias = self.draft.repeat(bias, self.rows);
        let sums = if self.is_even {
            let sums = self.draft.matmul(self.last, weights, size, 0);
            let sums = rounded(&mut self.draft, sums, self.point + POINT);
            self.draft.push(Op::Add { a: sums, b: bias })
        } else {
            let sums = self.draft.matmul(self.last, weights, size, self.point);
            self.draft.push(Op::Add { a: sums, b: bias })
        };
        self.sums = sums;
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

    fn judged(
        &mut self,
        (label, fraction): (Register, u8),
        metrics: &[Metric],
        is_sigmoid: bool,
    ) -> Result<Vec<Measured>, Error> {
        if self.width > 1 {
            let class = self.class(is_sigmoid);
            return Ok(vec![right(&mut self.draft, class, (label, fraction))]);
        }
        let (sums, values) = (self.sums, self.last);
        judge(&mut self.draft, Said { sums, values, label, fraction }, metrics)
    }
}
