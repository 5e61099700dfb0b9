//! A model that others trained, as a data set: it is applied to the rows of others, and shown to nobody.

use crate::Error;
use crate::table::Table;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use troupe_learning::onnx::Model;
use troupe_learning::task::{Layer, Predict};
use troupe_types::Bytes;

/// Weights are held as eight bytes, and stand in a file as four.
const GROWTH: u64 = 2;

/// What whoever applies a model has to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    inputs: usize,
    layers: Vec<Layer>,
}

impl Shape {
    /// That a task applies the model as it is: without its last step, a model tells more of itself.
    pub(crate) fn check(&self, name: &str, predict: &Predict) -> Result<(), String> {
        let got = predict.features.len();
        if got != self.inputs {
            return Err(format!("{name} takes {} features, the task has {got}", self.inputs));
        }
        if *predict.layers == self.layers {
            return Ok(());
        }
        let layer = |layer: &Layer| format!("{} {}", layer.outputs, layer.activation.name());
        let layers: Vec<String> = self.layers.iter().map(layer).collect();
        Err(format!("the layers of {name} are: {}", layers.join(", ")))
    }
}

/// Reads an ONNX file, within what is left of the memory.
pub(crate) fn load(path: &Path, budget: Bytes) -> Result<Table, Error> {
    let unreadable = |error: std::io::Error| Error::Unreadable(error.to_string());
    let file = File::open(path).map_err(unreadable)?;
    let most = budget.0 / GROWTH;
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > most {
        return Err(Error::Memory(budget));
    }
    let model = Model::decode(&bytes)?;
    let table =
        Table::model(Shape { inputs: model.inputs, layers: model.shape() }, model.columns());
    if table.weight.0 > budget.0 { Err(Error::Memory(budget)) } else { Ok(table) }
}

#[cfg(test)]
mod tests;
