//! Role manifests with values laid over them: the first line is an override, the rest a document.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_config::{
    DatasetSettings, Kind, Kinds, Manifest, Overrides, Publishes, Replicas, SessionSettings, Table,
    no_settings,
};

fn kind(name: &'static str, services: &'static [&'static str]) -> Kind {
    Kind {
        name,
        summary: "Fuzzed.",
        services,
        lacks: None,
        replicas: Replicas::Many,
        publishes: Publishes::Nothing,
        read: no_settings,
    }
}

fn kinds() -> Kinds {
    Kinds::new(vec![
        kind("telemetry", &[]),
        Kind { publishes: Publishes::Itself, ..kind("directory", &["directory"]) },
        Kind { publishes: Publishes::ToBootstrap, ..kind("member", &[]) },
        Kind {
            read: |section| DatasetSettings::read(section).memory,
            ..kind("dataset", &["data.dataset"])
        },
        Kind {
            read: |section| SessionSettings::read(section).memory,
            ..kind("session", &["compute.session"])
        },
        Kind { lacks: Some("model"), ..kind("model", &[]) },
    ])
}

fuzz_target!(|text: &str| {
    let (first, document) = text.split_once('\n').unwrap_or(("", text));
    let _ = Table::parse(document);
    let mut overrides = Overrides::default();
    if let Err(error) = overrides.assign(first, "--set") {
        assert!(error.to_string().len() < 1024, "an endless error");
    }
    let kinds = kinds();
    match Manifest::load(document, &overrides, &kinds) {
        Ok(loaded) => {
            let written = loaded.manifest.write();
            let again =
                Manifest::load(&written, &Overrides::default(), &kinds).unwrap_or_else(|errors| {
                    panic!("what it wrote does not load: {errors}\n{written}")
                });
            assert_eq!(again.manifest, loaded.manifest);
        }
        Err(errors) => {
            for line in errors.to_string().lines() {
                assert!(line.len() < 1024, "an endless error");
            }
        }
    }
});
