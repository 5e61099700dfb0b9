use super::*;
use std::fs;
use troupe_config::Dataset;
use troupe_learning::Real;
use troupe_learning::onnx::{self, Dense};
use troupe_learning::task::{Activation, Origin, Outcome};
use troupe_types::SessionId;
use troupe_wire::{List, Text};

fn layer(weights: &[f64], bias: &[f64], activation: Activation) -> Dense {
    Dense { weights: weights.to_vec(), bias: bias.to_vec(), activation }
}

/// Two features, a hidden layer of two, one output.
fn file() -> Vec<u8> {
    let hidden = layer(&[0.5, -1.5, 2.0, 0.25], &[0.0, 1.0], Activation::Relu);
    let last = layer(&[1.0, -3.0], &[0.125], Activation::Sigmoid);
    onnx::model(&["a", "b"], &[hidden, last]).unwrap()
}

fn load(bytes: &[u8], budget: Bytes) -> Result<Table, Error> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("risk.onnx");
    fs::write(&path, bytes).unwrap();
    let declared = "name = \"risk\"\nfile = \"risk.onnx\"\nholds = \"model\"\n";
    Table::load(&path, &Dataset::load(declared).unwrap(), budget)
}

fn predict(features: usize, layers: &[(u32, Activation)]) -> Predict {
    let layer = |(outputs, activation): &(u32, Activation)| Layer {
        outputs: *outputs,
        activation: *activation,
    };
    Predict {
        features: List::new(vec![Text::new("x").unwrap(); features]).unwrap(),
        model: Origin::Owner(1),
        layers: List::new(layers.iter().map(layer).collect()).unwrap(),
        limit: Real::new(4.0).unwrap(),
        outcome: Outcome::Values,
    }
}

#[test]
fn a_model_is_columns_of_different_lengths_that_belong_to_no_row() {
    let table = load(&file(), Bytes::mib(1)).unwrap();
    let names: Vec<&str> = table.number_columns().collect();
    assert_eq!(names, ["bias 0", "bias 1", "weights 0", "weights 1"]);
    assert_eq!(table.numbers("weights 0").as_deref(), Some(&[0.5, -1.5, 2.0, 0.25][..]));
    let description = table.description().unwrap();
    assert_eq!(description.rows, 1);
    // The size of the largest weight is told within a factor of two.
    let last = description.columns.iter().find(|column| &*column.name == "weights 1").unwrap();
    assert_eq!((last.low.get(), last.high.get()), (-4.0, 4.0));
    let names = table.number_columns().map(str::to_owned).collect::<Vec<_>>().into_iter();
    let given = table.input(SessionId([1; 16]), names).unwrap();
    assert_eq!((given.rows, given.columns["bias 1"].as_slice()), (1, &[0.125][..]));
    // The same numbers are the same content, whatever the file says besides.
    let renamed = onnx::model(&["c", "d"], &Model::decode(&file()).unwrap().layers).unwrap();
    assert_eq!(load(&renamed, Bytes::mib(1)).unwrap().content, table.content);
}

#[test]
fn a_model_is_applied_with_its_own_layers_alone() {
    use Activation::{Identity, Relu, Sigmoid};
    let shape = load(&file(), Bytes::mib(1)).unwrap().model.unwrap();
    assert_eq!(shape.check("risk", &predict(2, &[(2, Relu), (1, Sigmoid)])), Ok(()));
    let refused = shape.check("risk", &predict(2, &[(2, Relu), (1, Identity)])).unwrap_err();
    assert_eq!(refused, "the layers of risk are: 2 relu, 1 sigmoid");
    assert!(shape.check("risk", &predict(2, &[(2, Relu)])).is_err());
    let refused = shape.check("risk", &predict(3, &[(2, Relu), (1, Sigmoid)])).unwrap_err();
    assert_eq!(refused, "risk takes 2 features, the task has 3");
}

#[test]
fn a_file_that_is_no_model_or_too_large_is_refused() {
    let whole = file();
    for cut in 0..whole.len() {
        // What breaks off between two fields may be whole but for what nobody needs.
        let _ = load(&whole[..cut], Bytes::mib(1));
    }
    let refused = |bytes: &[u8], budget| load(bytes, budget).map(drop).unwrap_err().to_string();
    assert!(refused(b"a,b\n1,2\n", Bytes::mib(1)).contains("no ONNX model"));
    assert!(refused(&whole[..whole.len() / 2], Bytes::mib(1)).contains("ONNX"));
    assert!(refused(&whole, Bytes(whole.len() as u64)).contains("left of memory"));
    assert!(refused(&whole, Bytes(2 * whole.len() as u64 - 1)).contains("left of memory"));
}
