//! Models, from files that somebody else wrote.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_learning::onnx::{Model, model};

fuzz_target!(|bytes: &[u8]| {
    let read = match Model::decode(bytes) {
        Ok(read) => read,
        Err(fault) => {
            assert!(fault.to_string().len() < 512, "an endless error");
            return;
        }
    };
    assert_eq!(read.columns().len(), 2 * read.layers.len());
    let all = read.layers.iter().flat_map(|layer| layer.weights.iter().chain(&layer.bias));
    if !all.into_iter().all(|weight| f64::from(*weight as f32) == *weight) {
        // What is written has four bytes.
        return;
    }
    let none = vec![""; read.inputs];
    let features: Vec<&str> = read.features.iter().map(String::as_str).collect();
    let features = if features.is_empty() { &none } else { &features };
    let file = model(features, &read.layers).expect("layers that go together");
    let again = Model::decode(&file).expect("our own");
    assert_eq!((again.inputs, again.layers), (read.inputs, read.layers));
});
