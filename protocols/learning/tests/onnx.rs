//! Models from other libraries' files.

mod common;

use common::{Data, real, run, task, text};
use proptest::prelude::*;
use serde_json::Value;
use troupe_learning::onnx::{Dense, Fault, Model, model};
use troupe_learning::task::{Activation, Kind, Layout, Origin, Outcome, Predict};
use troupe_wire::List;

fn cases() -> Vec<Value> {
    let cases: Value = serde_json::from_str(include_str!("vectors/models.json")).expect("JSON");
    cases.as_array().expect("a list").clone()
}

fn file(case: &Value) -> Vec<u8> {
    let text = case["file"].as_str().expect("text");
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    (0..text.len()).step_by(2).map(digit).collect()
}

fn numbers(list: &Value) -> Vec<f64> {
    let list = list.as_array().expect("a list").iter();
    list.map(|value| value.as_f64().expect("a number")).collect()
}

/// What is exact in four bytes is not quite, once it was read from text.
fn singles(list: &Value) -> Vec<f64> {
    numbers(list).into_iter().map(|value| f64::from(value as f32)).collect()
}

fn rows(case: &Value, name: &str) -> Vec<Vec<f64>> {
    case[name].as_array().expect("a list").iter().map(numbers).collect()
}

#[test]
fn a_model_from_another_library_says_on_shares_what_it_says_there() {
    for case in cases() {
        let model = Model::decode(&file(&case)).unwrap_or_else(|e| panic!("{}: {e}", case["name"]));
        assert_eq!((model.inputs, model.features.len()), (3, 0));
        let kinds = case["activations"].as_array().expect("a list");
        let layers = case["layers"].as_array().expect("a list").iter().zip(kinds);
        for (got, (want, kind)) in model.layers.iter().zip(layers) {
            assert_eq!((&got.weights, &got.bias), (&singles(&want[0]), &singles(&want[1])));
            let kind = match kind.as_str().expect("text") {
                "relu" => Activation::Relu,
                "sigmoid" => Activation::Sigmoid,
                _ => Activation::Identity,
            };
            assert_eq!(got.activation, kind);
        }
        assert_eq!(model.layers.len(), 2);
        let (asked, said) = (rows(&case, "rows"), rows(&case, "said"));
        let mut owner = Data::new("owner");
        for (at, name) in ["a", "b", "c"].into_iter().enumerate() {
            owner = owner.with(name, (-8.0, 8.0), asked.iter().map(|row| row[at]).collect());
        }
        let mut held = Data::new("model");
        for (name, values) in model.columns() {
            held = held.with(&name, (-4.0, 4.0), values);
        }
        assert!(model.largest() < 4.0);
        let predict = Predict {
            features: List::new(vec![text("a"), text("b"), text("c")]).expect("three"),
            model: Origin::Owner(1),
            layers: List::new(model.shape()).expect("two"),
            limit: real(4.0),
            outcome: Outcome::Values,
        };
        let data = [owner, held];
        let got = &run(&task(Layout::Aligned, &data, Kind::Predict(predict)), &data, 1)[0];
        for (got, want) in got["values"].iter().zip(said.concat()) {
            assert!((got - want).abs() < 1e-3, "{}: {got} for {want}", case["name"]);
        }
    }
}

#[test]
fn a_file_that_breaks_off_is_refused() {
    for case in cases() {
        let file = file(&case);
        let whole = Model::decode(&file).expect("a model");
        for cut in 0..file.len() {
            match Model::decode(&file[..cut]) {
                // Nothing but the list of operator sets is behind the layers.
                Ok(model) => assert!(model == whole && cut + 10 > file.len(), "cut at {cut}"),
                Err(_) => assert!(cut < file.len()),
            }
        }
    }
}

fn sample() -> (Vec<&'static str>, Vec<Dense>) {
    let first = Dense {
        weights: vec![1.0, -2.0, 0.5, 3.0, 0.25, -1.0],
        bias: vec![0.5, -0.5, 0.0],
        activation: Activation::Relu,
    };
    let second =
        Dense { weights: vec![1.0, 2.0, -3.0], bias: vec![0.125], activation: Activation::Sigmoid };
    (vec!["x", "(y - 1) / 2"], vec![first, second])
}

#[test]
fn what_was_written_here_is_read_again_with_its_features() {
    let (features, layers) = sample();
    let file = model(&features, &layers).expect("they go together");
    let read = Model::decode(&file).expect("our own");
    assert_eq!((read.inputs, &read.layers), (2, &layers));
    assert_eq!(read.features, features);
    assert_eq!(read.largest(), 3.0);
    let names: Vec<String> = read.columns().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["weights 0", "bias 0", "weights 1", "bias 1"]);
}

/// The same file with other bytes in place of some.
fn changed(from: &[u8], to: &[u8]) -> Result<Model, Fault> {
    let (features, layers) = sample();
    let mut file = model(&features, &layers).expect("they go together");
    assert_eq!(from.len(), to.len());
    let at = file.windows(from.len()).position(|part| part == from).expect("it is there");
    file[at..at + to.len()].copy_from_slice(to);
    Model::decode(&file)
}

#[test]
fn what_no_layer_is_made_of_is_named() {
    let operator = |name: &str| Err(Fault::Operator { name: name.to_owned() });
    assert_eq!(changed(b"Relu", b"Tanh"), operator("Tanh"));
    assert_eq!(changed(b"Gemm", b"Conv"), operator("Conv"));
    assert_eq!(changed(b"Gemm", b"Relu"), operator("Relu"));
    assert_eq!(changed(b"outputs 0", b"outputs 7"), Err(Fault::Chain));
    assert_eq!(changed(b"weights 0", b"weights 1"), Err(Fault::Tensor { name: "bias 0".into() }));
    assert_eq!(changed(b"bias 1", b"bias 0"), Err(Fault::Tensor { name: "bias 0".into() }));
    // The sizes of the first weights, and one of their values.
    assert_eq!(
        changed(&[8, 2, 8, 3], &[8, 3, 8, 2]).map(|model| model.inputs),
        Err(Fault::Tensor { name: "bias 0".into() })
    );
    let weights = |name: &str| Err(Fault::Tensor { name: name.to_owned() });
    assert_eq!(changed(&[8, 2, 8, 3], &[8, 2, 8, 4]), weights("weights 0"));
    assert_eq!(changed(&(-2.0f32).to_le_bytes(), &f32::NAN.to_le_bytes()), weights("weights 0"));
    assert_eq!(Model::decode(&[]), Err(Fault::Missing("graph")));
    assert_eq!(Model::decode(b"weights,bias\n1,2\n"), Err(Fault::Malformed));
}

proptest! {
    #[test]
    fn no_bytes_panic(
        case in 0usize..3,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
        noise in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut file = file(&cases()[case]);
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        let _ = Model::decode(&file);
        let _ = Model::decode(&noise);
    }
}
