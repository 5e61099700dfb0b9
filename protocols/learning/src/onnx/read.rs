//! Models that others trained, from their files.

use super::Dense;
use super::fields::{Fields, Value};
use crate::task::{Activation, Layer, MAX_FEATURES, MAX_LAYERS};
use std::collections::BTreeMap;

/// Weights of one layer.
const MAX_WEIGHTS: u64 = 1 << 24;
/// Operators, and tensors.
const MAX_PARTS: usize = 256;
/// Bytes of a name that an error repeats.
const SHOWN: usize = 64;
/// Kinds of tensors.
const FLOAT: u64 = 1;
const DOUBLE: u64 = 11;

/// What is wrong with a file, or what it has that we cannot compute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It breaks off, or is no file of this kind.
    #[error("the file is no ONNX model, or breaks off")]
    Malformed,
    /// Something that has to be there is not.
    #[error("the model has no {0}")]
    Missing(&'static str),
    /// An operator that no layer is made of, or not in this place.
    #[error("`{name}` is no part of a layer here")]
    Operator {
        /// The operator.
        name: String,
    },
    /// An attribute with a value that changes what an operator does.
    #[error("`{name}` has a value that is not supported")]
    Attribute {
        /// The attribute.
        name: String,
    },
    /// Operators that are not one chain from the only input to the only output.
    #[error("the operators are no chain from one input to one output")]
    Chain,
    /// Weights that are not in the file, of a strange type or of a shape that does not fit.
    #[error("the tensor `{name}` does not fit")]
    Tensor {
        /// The tensor.
        name: String,
    },
    /// Too many of something.
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

/// A model from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The formulas that make its features, where the file tells them; otherwise none.
    pub features: Vec<String>,
    /// How many numbers go in.
    pub inputs: usize,
    /// Its layers, at least one.
    pub layers: Vec<Dense>,
}

impl Model {
    /// Reads a chain of layers: `Gemm`, or `MatMul` and `Add`, each with `Relu` or `Sigmoid` behind it or nothing.
    /// What is read takes no more memory than a few times the file.
    pub fn decode(file: &[u8]) -> Result<Self, Fault> {
        let mut graph = None;
        let mut features = Vec::new();
        for field in Fields::new(file) {
            match field? {
                (7, Value::Bytes(bytes)) if graph.is_none() => graph = Some(bytes),
                (7, _) => return Err(Fault::Malformed),
                (14, Value::Bytes(bytes)) => {
                    let (mut key, mut value) = ("", "");
                    for field in Fields::new(bytes) {
                        match field? {
                            (1, Value::Bytes(bytes)) => key = text(bytes)?,
                            (2, Value::Bytes(bytes)) => value = text(bytes)?,
                            _ => {}
                        }
                    }
                    if key == "features" {
                        features = value.split('\n').take(MAX_FEATURES + 1).collect();
                    }
                }
                _ => {}
            }
        }
        let graph = Graph::read(graph.ok_or(Fault::Missing("graph"))?)?;
        let (inputs, layers) = graph.layers()?;
        if features.len() != inputs {
            // Written by somebody else, about something else.
            features.clear();
        }
        let features = features.into_iter().map(str::to_owned).collect();
        Ok(Self { features, inputs, layers })
    }

    /// The layers, as a task states them.
    #[must_use]
    pub fn shape(&self) -> Vec<Layer> {
        let layer = |layer: &Dense| Layer {
            outputs: u32::try_from(layer.bias.len()).unwrap_or(u32::MAX),
            activation: layer.activation,
        };
        self.layers.iter().map(layer).collect()
    }

    /// The columns that the data set of a model's owner has, by name.
    #[must_use]
    pub fn columns(&self) -> Vec<(String, Vec<f64>)> {
        let layers = self.layers.iter().enumerate();
        let columns = layers.flat_map(|(at, layer)| {
            let weights = (format!("weights {at}"), layer.weights.clone());
            [weights, (format!("bias {at}"), layer.bias.clone())]
        });
        columns.collect()
    }

    /// The largest magnitude of a weight or a bias.
    #[must_use]
    pub fn largest(&self) -> f64 {
        let all = self.layers.iter().flat_map(|layer| layer.weights.iter().chain(&layer.bias));
        all.fold(0.0, |largest, weight| weight.abs().max(largest))
    }
}

struct Graph<'a> {
    nodes: Vec<Node<'a>>,
    tensors: BTreeMap<&'a str, Tensor<'a>>,
    inputs: Vec<&'a str>,
    outputs: Vec<&'a str>,
}

#[derive(Default)]
struct Node<'a> {
    operator: &'a str,
    inputs: Vec<&'a str>,
    outputs: Vec<&'a str>,
    attributes: Vec<&'a [u8]>,
}

#[derive(Default)]
struct Tensor<'a> {
    shape: Vec<u64>,
    kind: u64,
    /// Values one after the other, whichever field they stand in.
    values: &'a [u8],
}

impl<'a> Graph<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let (nodes, tensors) = (Vec::new(), BTreeMap::new());
        let mut graph = Self { nodes, tensors, inputs: Vec::new(), outputs: Vec::new() };
        for field in Fields::new(bytes) {
            match field? {
                (1, Value::Bytes(bytes)) => {
                    few("operators", graph.nodes.len())?;
                    graph.nodes.push(Node::read(bytes)?);
                }
                (5, Value::Bytes(bytes)) => {
                    few("tensors", graph.tensors.len())?;
                    let (name, tensor) = Tensor::read(bytes)?;
                    if graph.tensors.insert(name, tensor).is_some() {
                        return Err(Fault::Tensor { name: shown(name) });
                    }
                }
                (11, Value::Bytes(bytes)) => named(bytes, &mut graph.inputs)?,
                (12, Value::Bytes(bytes)) => named(bytes, &mut graph.outputs)?,
                _ => {}
            }
        }
        // Older files list weights among the inputs.
        graph.inputs.retain(|name| !graph.tensors.contains_key(name));
        Ok(graph)
    }

    /// Goes along the chain.
    fn layers(&self) -> Result<(usize, Vec<Dense>), Fault> {
        let ([input], [output]) = (&*self.inputs, &*self.outputs) else { return Err(Fault::Chain) };
        let mut chain = Chain {
            graph: self,
            last: input,
            width: None,
            layers: Vec::new(),
            open: Open::Nothing,
        };
        for node in &self.nodes {
            chain.follow(node)?;
        }
        if chain.last != *output {
            return Err(Fault::Chain);
        }
        let first = chain.layers.first().ok_or(Fault::Missing("layers"))?;
        Ok((first.weights.len() / first.bias.len().max(1), chain.layers))
    }
}

/// What may still follow in the last layer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Activation,
    BiasOrActivation,
}

struct Chain<'a> {
    graph: &'a Graph<'a>,
    /// What the next operator has to take.
    last: &'a str,
    /// How many numbers that is.
    width: Option<usize>,
    layers: Vec<Dense>,
    open: Open,
}

impl<'a> Chain<'a> {
    fn follow(&mut self, node: &Node<'a>) -> Result<(), Fault> {
        let [output] = *node.outputs else { return Err(Fault::Chain) };
        let strange = || Fault::Operator { name: shown(node.operator) };
        if !node.inputs.contains(&self.last) {
            return Err(Fault::Chain);
        }
        match (node.operator, &*node.inputs) {
            ("Identity", [_]) => {}
            ("Gemm", [last, weights, bias @ ..]) if *last == self.last && bias.len() <= 1 => {
                let is_turned = node.is_turned()?;
                self.add(weights, is_turned)?;
                if let [bias] = bias {
                    self.set_bias(bias)?;
                }
                self.open = Open::Activation;
            }
            ("MatMul", [last, weights]) if *last == self.last => {
                self.add(weights, false)?;
                self.open = Open::BiasOrActivation;
            }
            ("Add", [a, b]) if self.open == Open::BiasOrActivation => {
                self.set_bias(if *a == self.last { b } else { a })?;
                self.open = Open::Activation;
            }
            ("Relu" | "Sigmoid", [_]) if self.open != Open::Nothing => {
                let is_relu = node.operator == "Relu";
                let layer = self.layers.last_mut().ok_or_else(strange)?;
                layer.activation = if is_relu { Activation::Relu } else { Activation::Sigmoid };
                self.open = Open::Nothing;
            }
            _ => return Err(strange()),
        }
        self.last = output;
        Ok(())
    }

    /// A new layer, without a bias yet.
    fn add(&mut self, name: &str, is_turned: bool) -> Result<(), Fault> {
        let got = self.layers.len() as u64 + 1;
        if got > MAX_LAYERS as u64 {
            return Err(Fault::TooMany { what: "layers", got, limit: MAX_LAYERS as u64 });
        }
        let wrong = || Fault::Tensor { name: shown(name) };
        let tensor = self.graph.tensors.get(name).ok_or_else(wrong)?;
        let [rows, columns] = *tensor.shape else { return Err(wrong()) };
        let got = rows.saturating_mul(columns);
        if got > MAX_WEIGHTS {
            return Err(Fault::TooMany { what: "weights of a layer", got, limit: MAX_WEIGHTS });
        }
        let values = tensor.values(got).ok_or_else(wrong)?;
        // At most as many as there are values, unless there are none.
        let size = |count: u64| usize::try_from(count).ok().filter(|count| *count > 0);
        let (rows, columns) = (size(rows).ok_or_else(wrong)?, size(columns).ok_or_else(wrong)?);
        let (inputs, outputs) = if is_turned { (columns, rows) } else { (rows, columns) };
        match self.width {
            None if inputs > MAX_FEATURES => {
                let (got, limit) = (inputs as u64, MAX_FEATURES as u64);
                return Err(Fault::TooMany { what: "inputs", got, limit });
            }
            Some(width) if width != inputs => return Err(wrong()),
            None | Some(_) => {}
        }
        let weights = if is_turned {
            let turned =
                (0..inputs).flat_map(|input| (0..outputs).map(move |out| out * inputs + input));
            turned.map(|at| values[at]).collect()
        } else {
            values
        };
        self.width = Some(outputs);
        let (bias, activation) = (vec![0.0; outputs], Activation::Identity);
        self.layers.push(Dense { weights, bias, activation });
        Ok(())
    }

    fn set_bias(&mut self, name: &str) -> Result<(), Fault> {
        let wrong = || Fault::Tensor { name: shown(name) };
        let layer = self.layers.last_mut().ok_or_else(wrong)?;
        let tensor = self.graph.tensors.get(name).ok_or_else(wrong)?;
        let outputs = layer.bias.len() as u64;
        match *tensor.shape {
            [count] | [1, count] if count == outputs => {}
            _ => return Err(wrong()),
        }
        layer.bias = tensor.values(outputs).ok_or_else(wrong)?;
        Ok(())
    }
}

impl<'a> Node<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut node = Self::default();
        for field in Fields::new(bytes) {
            match field? {
                (1, Value::Bytes(bytes)) => {
                    few("inputs of an operator", node.inputs.len())?;
                    node.inputs.push(text(bytes)?);
                }
                (2, Value::Bytes(bytes)) => {
                    few("outputs of an operator", node.outputs.len())?;
                    node.outputs.push(text(bytes)?);
                }
                (4, Value::Bytes(bytes)) => node.operator = text(bytes)?,
                (5, Value::Bytes(bytes)) => {
                    few("attributes", node.attributes.len())?;
                    node.attributes.push(bytes);
                }
                (7, Value::Bytes(bytes)) if !matches!(text(bytes)?, "" | "ai.onnx") => {
                    // Operators of other sets may have the same names.
                    return Err(Fault::Operator { name: shown(text(bytes)?) });
                }
                _ => {}
            }
        }
        Ok(node)
    }

    /// Whether a `Gemm` has its weights output by output; its other attributes have to be as if not there.
    fn is_turned(&self) -> Result<bool, Fault> {
        let mut is_turned = false;
        for attribute in &self.attributes {
            let (mut name, mut real, mut whole) = ("", 0.0, 0);
            for field in Fields::new(attribute) {
                match field? {
                    (1, Value::Bytes(bytes)) => name = text(bytes)?,
                    (2, Value::Four(bytes)) => real = f32::from_le_bytes(bytes),
                    (3, Value::Number(number)) => whole = number,
                    _ => {}
                }
            }
            match (name, whole) {
                ("alpha" | "beta", _) if real == 1.0 => {}
                ("transA", 0) => {}
                ("transB", 0 | 1) => is_turned = whole == 1,
                _ => return Err(Fault::Attribute { name: shown(name) }),
            }
        }
        Ok(is_turned)
    }
}

impl<'a> Tensor<'a> {
    fn read(bytes: &'a [u8]) -> Result<(&'a str, Self), Fault> {
        let (mut name, mut tensor, mut packed) = ("", Self::default(), None);
        for field in Fields::new(bytes) {
            match field? {
                (1, Value::Number(size)) => {
                    few("dimensions", tensor.shape.len())?;
                    tensor.shape.push(size);
                }
                (1, Value::Bytes(bytes)) => {
                    for size in Fields::numbers(bytes) {
                        few("dimensions", tensor.shape.len())?;
                        tensor.shape.push(size?);
                    }
                }
                (2, Value::Number(kind)) => tensor.kind = kind,
                (8, Value::Bytes(bytes)) => name = text(bytes)?,
                (4, Value::Bytes(bytes)) => packed = Some((FLOAT, bytes)),
                (10, Value::Bytes(bytes)) => packed = Some((DOUBLE, bytes)),
                (9, Value::Bytes(bytes)) => tensor.values = bytes,
                _ => {}
            }
        }
        // Values elsewhere leave none here, and are missed where they are needed.
        if let Some((_, bytes)) =
            packed.filter(|(kind, _)| *kind == tensor.kind && tensor.values.is_empty())
        {
            tensor.values = bytes;
        }
        Ok((name, tensor))
    }

    /// So many finite numbers, and no more.
    fn values(&self, count: u64) -> Option<Vec<f64>> {
        let width = match self.kind {
            FLOAT => 4,
            DOUBLE => 8,
            _ => return None,
        };
        if count.checked_mul(width) != Some(self.values.len() as u64) {
            return None;
        }
        let values: Vec<f64> = if self.kind == FLOAT {
            self.values.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four).into()).collect()
        } else {
            self.values.as_chunks().0.iter().map(|eight| f64::from_le_bytes(*eight)).collect()
        };
        values.iter().all(|value| value.is_finite()).then_some(values)
    }
}

/// The name of an input or an output.
fn named<'a>(bytes: &'a [u8], names: &mut Vec<&'a str>) -> Result<(), Fault> {
    few("inputs and outputs", names.len())?;
    for field in Fields::new(bytes) {
        if let (1, Value::Bytes(bytes)) = field? {
            names.push(text(bytes)?);
        }
    }
    Ok(())
}

fn few(what: &'static str, there: usize) -> Result<(), Fault> {
    if there < MAX_PARTS {
        return Ok(());
    }
    Err(Fault::TooMany { what, got: there as u64 + 1, limit: MAX_PARTS as u64 })
}

fn text(bytes: &[u8]) -> Result<&str, Fault> {
    core::str::from_utf8(bytes).map_err(|_| Fault::Malformed)
}

/// As much of a name as an error repeats.
fn shown(name: &str) -> String {
    name.chars().take(SHOWN).collect()
}
