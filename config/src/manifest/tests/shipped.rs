//! The roles that come with the program.

use super::*;

#[test]
fn shipped_roles_are_good_and_named_as_they_are() {
    for name in roles() {
        let loaded = load(role(name).unwrap()).unwrap();
        assert_eq!(loaded.manifest.role.as_str(), name);
        assert!(loaded.manifest.summary.ends_with('.'), "{name}");
    }
}

#[test]
fn the_example_in_the_data_role_is_good() {
    let lines = role("data").unwrap().lines();
    let uncommented: Vec<&str> = lines
        .filter(|line| !line.starts_with("# The"))
        .map(|line| line.strip_prefix('#').unwrap_or(line))
        .collect();
    let loaded = load(&uncommented.join("\n")).unwrap();
    let settings = loaded.manifest.actor("dataset").settings;
    let read = read(&settings, "", DatasetSettings::read).unwrap();
    assert_eq!(read.datasets[0].name.as_str(), "patients");
}

#[test]
fn a_role_without_its_chain_is_good_and_does_the_rest() {
    for name in ["data", "compute"] {
        let text = role(name).unwrap();
        let whole = load(text).unwrap().manifest;
        assert!(whole.chain.is_some(), "{name}");
        let without = whole.without_chain();
        let again = load(&without.write()).unwrap_or_else(|errors| panic!("{name}: {errors}"));
        assert_eq!(again.manifest, without);
        let kinds: Vec<&str> = without.kinds().map(Name::as_str).collect();
        let work: &[&str] = if name == "data" { &["dataset"] } else { &["session", "scheduler"] };
        assert_eq!(kinds, [&["telemetry", "member", "control"], work].concat());
    }
}
