//! Models as ONNX files, for whatever serves models.
//!
//! A model is a chain of `Gemm`, with `Relu` or `Sigmoid` behind it where a layer has one: operator set 13, which
//! every runtime of the last years knows. Its input is `features`, a row for each prediction; the
//! formulas that make features of columns are in the file's metadata, under `features`. Read are such files and
//! those of other libraries, as far as they are such a chain.

mod fields;
mod read;

pub use read::{Fault, Model};

use crate::task::{Activation, Family, Train};
use crate::{Error, Unfit};

/// The file format, and the operators, that the file says it is written for.
const IR_VERSION: u64 = 8;
const OPERATORS: u64 = 13;
/// A tensor of `f32`.
const FLOAT: u64 = 1;

/// One layer of a model in the clear.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    /// What every input adds to every output, input by input.
    pub weights: Vec<f64>,
    /// One number for each output.
    pub bias: Vec<f64>,
    /// What is done with the sums.
    pub activation: Activation,
}

impl Train {
    /// The trained model as a file; `weights` as its receivers learn them, the bias last. Refused are
    /// weights that do not go with the features.
    pub fn onnx(&self, weights: &[f64]) -> Result<Vec<u8>, Error> {
        let Some((bias, slopes)) = weights.split_last() else {
            return Err(Error::Unfit(Unfit::Empty("weights")));
        };
        let activation = match self.family {
            Family::Linear => Activation::Identity,
            Family::Logistic => Activation::Sigmoid,
        };
        let layer = Dense { weights: slopes.to_vec(), bias: vec![*bias], activation };
        let features: Vec<&str> = self.features.iter().map(|feature| &**feature).collect();
        model(&features, &[layer])
    }
}

/// A model of these layers over features that these formulas make. Refused are layers that do not go
/// together.
pub fn model(features: &[&str], layers: &[Dense]) -> Result<Vec<u8>, Error> {
    let mut graph = Message::default();
    let (mut inputs, mut last) = (features.len(), "features".to_owned());
    let mut tensors = Vec::new();
    for (at, layer) in layers.iter().enumerate() {
        let outputs = layer.bias.len();
        if outputs == 0 || inputs.checked_mul(outputs) != Some(layer.weights.len()) {
            return Err(Error::Unfit(Unfit::Layer { layer: at }));
        }
        let (weights, bias) = (format!("weights {at}"), format!("bias {at}"));
        tensors.push(tensor(&weights, &[inputs, outputs], &layer.weights));
        tensors.push(tensor(&bias, &[outputs], &layer.bias));
        let sums = format!("sums {at}");
        graph.message(1, &node("Gemm", &[&last, &weights, &bias], &sums));
        last = match operator(layer.activation) {
            Some(name) => {
                let out = format!("outputs {at}");
                graph.message(1, &node(name, &[&sums], &out));
                out
            }
            None => sums,
        };
        inputs = outputs;
    }
    if layers.is_empty() {
        return Err(Error::Unfit(Unfit::Empty("layers")));
    }
    graph.text(2, "model");
    for tensor in &tensors {
        graph.message(5, tensor);
    }
    graph.message(11, &value("features", features.len()));
    graph.message(12, &value(&last, inputs));

    let mut operators = Message::default();
    operators.text(1, "");
    operators.number(2, OPERATORS);
    let mut told = Message::default();
    told.text(1, "features");
    told.text(2, &features.join("\n"));
    let mut file = Message::default();
    file.number(1, IR_VERSION);
    file.text(2, "troupe");
    file.message(7, &graph);
    file.message(8, &operators);
    file.message(14, &told);
    Ok(file.0)
}

const fn operator(activation: Activation) -> Option<&'static str> {
    match activation {
        Activation::Identity => None,
        Activation::Relu => Some("Relu"),
        Activation::Sigmoid => Some("Sigmoid"),
    }
}

fn node(operator: &str, inputs: &[&str], output: &str) -> Message {
    let mut node = Message::default();
    for input in inputs {
        node.text(1, input);
    }
    node.text(2, output);
    node.text(4, operator);
    node
}

fn tensor(name: &str, shape: &[usize], values: &[f64]) -> Message {
    let mut tensor = Message::default();
    for size in shape {
        tensor.number(1, *size as u64);
    }
    tensor.number(2, FLOAT);
    tensor.text(8, name);
    #[expect(clippy::cast_possible_truncation, reason = "what the format has room for")]
    let bytes: Vec<u8> = values.iter().flat_map(|value| (*value as f32).to_le_bytes()).collect();
    tensor.bytes(9, &bytes);
    tensor
}

/// A matrix with as many rows as there are, and so many columns.
fn value(name: &str, columns: usize) -> Message {
    let mut rows = Message::default();
    rows.text(2, "rows");
    let mut width = Message::default();
    width.number(1, columns as u64);
    let mut shape = Message::default();
    shape.message(1, &rows);
    shape.message(1, &width);
    let mut kind = Message::default();
    kind.number(1, FLOAT);
    kind.message(2, &shape);
    let mut any = Message::default();
    any.message(1, &kind);
    let mut value = Message::default();
    value.text(1, name);
    value.message(2, &any);
    value
}

/// A message of protocol buffers, field after field.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn number(&mut self, field: u64, value: u64) {
        self.varint(field << 3);
        self.varint(value);
    }

    fn bytes(&mut self, field: u64, value: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
    }

    fn text(&mut self, field: u64, value: &str) {
        self.bytes(field, value.as_bytes());
    }

    fn message(&mut self, field: u64, value: &Self) {
        self.bytes(field, &value.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields of a message: number, and either a number or bytes.
    fn fields(mut bytes: &[u8]) -> Vec<(u64, u64, &[u8])> {
        fn varint(bytes: &mut &[u8]) -> u64 {
            let mut value = 0;
            for shift in (0..).step_by(7) {
                let (first, rest) = bytes.split_first().expect("not cut");
                *bytes = rest;
                value |= u64::from(first & 0x7f) << shift;
                if first & 0x80 == 0 {
                    break;
                }
            }
            value
        }
        let mut found = Vec::new();
        while !bytes.is_empty() {
            let key = varint(&mut bytes);
            let value = varint(&mut bytes);
            match key & 7 {
                0 => found.push((key >> 3, value, &[][..])),
                2 => {
                    let (inner, rest) = bytes.split_at(usize::try_from(value).expect("short"));
                    found.push((key >> 3, 0, inner));
                    bytes = rest;
                }
                other => panic!("wire type {other}"),
            }
        }
        found
    }

    fn of(message: &[u8], field: u64) -> Vec<&[u8]> {
        let all = fields(message).into_iter();
        all.filter(|(number, _, _)| *number == field).map(|(_, _, bytes)| bytes).collect()
    }

    fn sample() -> Vec<u8> {
        let layer = |weights: &[f64], bias: &[f64], activation| Dense {
            weights: weights.to_vec(),
            bias: bias.to_vec(),
            activation,
        };
        let layers = [
            layer(&[1.0, -2.0, 0.5, 3.0, 0.25, -1.0], &[0.5, -0.5, 0.0], Activation::Relu),
            layer(&[1.0, 2.0, -3.0], &[0.125], Activation::Sigmoid),
        ];
        model(&["x", "(y - 1) / 2"], &layers).expect("layers that go together")
    }

    #[test]
    fn a_file_has_the_operators_in_their_order_and_every_weight() {
        let file = sample();
        let graph = of(&file, 7)[0];
        let operators: Vec<&[u8]> = of(graph, 1).into_iter().map(|node| of(node, 4)[0]).collect();
        assert_eq!(operators, [&b"Gemm"[..], b"Relu", b"Gemm", b"Sigmoid"]);
        // Every input of a node is a tensor, the input, or another node's output.
        let mut known = vec![of(of(graph, 11)[0], 1)[0]];
        known.extend(of(graph, 5).into_iter().map(|tensor| of(tensor, 8)[0]));
        for node in of(graph, 1) {
            assert!(of(node, 1).iter().all(|input| known.contains(input)));
            known.push(of(node, 2)[0]);
        }
        assert_eq!(known.last(), of(of(graph, 12)[0], 1).first());
        let first: Vec<f32> = of(of(graph, 5)[0], 9)[0]
            .chunks(4)
            .map(|bytes| f32::from_le_bytes(bytes.try_into().expect("four")))
            .collect();
        assert_eq!(first, [1.0, -2.0, 0.5, 3.0, 0.25, -1.0]);
        let shape: Vec<u64> = fields(of(graph, 5)[0])
            .iter()
            .filter(|field| field.0 == 1)
            .map(|field| field.1)
            .collect();
        assert_eq!(shape, [2, 3]);
        assert_eq!(of(of(&file, 14)[0], 2)[0], b"x\n(y - 1) / 2");
    }

    #[test]
    fn layers_that_do_not_go_together_are_refused() {
        let layer = |weights, bias: usize| Dense {
            weights: vec![1.0; weights],
            bias: vec![0.0; bias],
            activation: Activation::Identity,
        };
        assert_eq!(model(&["x"], &[]), Err(Error::Unfit(Unfit::Empty("layers"))));
        let odd = |at| Err(Error::Unfit(Unfit::Layer { layer: at }));
        assert_eq!(model(&["x"], &[layer(2, 1)]), odd(0));
        assert_eq!(model(&["x"], &[layer(2, 2), layer(3, 1)]), odd(1));
        assert_eq!(model(&["x"], &[layer(0, 0)]), odd(0));
    }
}
