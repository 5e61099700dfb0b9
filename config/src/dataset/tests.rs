use super::*;
use crate::job::Engine;
use troupe_types::NodeId;

const GOOD: &str = r#"
    [[datasets]]
    name = "patients"
    file = "patients.csv"
    columns = [{ name = "id", kind = "key" }, { name = "Age (years)", kind = "number" }]
    policy = { requesters = ["*"], allow = ["statistics", "quantile"] }
"#;

fn settings(text: &str) -> Result<DatasetSettings, String> {
    let table = Table::parse(text).map_err(|error| error.to_string())?;
    read(&table, "s", DatasetSettings::read).map_err(|error| error.to_string())
}

#[test]
fn a_data_set_is_read_with_its_policy() {
    let read = settings(GOOD).unwrap();
    let dataset = &read.datasets[0];
    assert_eq!(dataset.columns[1].kind, ColumnKind::Number);
    assert_eq!(dataset.policy.min_rows, 20);
    assert!(dataset.policy.permits(Algorithm::Quantile));
    assert!(!dataset.policy.permits(Algorithm::Correlation));
    assert!(dataset.policy.admits(&NodeId([7; 32])));
}

#[test]
fn a_declaration_is_read_like_a_data_set_of_a_manifest() {
    let one = GOOD.replace("[[datasets]]", "");
    let dataset = Dataset::load(&one).unwrap();
    assert_eq!(dataset, settings(GOOD).unwrap().datasets[0]);
    let errors = Dataset::load(&one.replace("statistics", "statistic")).unwrap_err().to_string();
    assert!(errors.contains("nearest is \"statistics\""), "{errors}");
}

#[test]
fn a_model_is_applied_and_nothing_else_is_done_with_it() {
    let model = "name = \"risk\"\nfile = \"risk.onnx\"\nholds = \"model\"\n\
                 policy = { requesters = [\"*\"], allow = [\"prediction\"] }\n";
    let dataset = Dataset::load(model).unwrap();
    assert_eq!((dataset.holds, dataset.columns.len()), (Holds::Model, 0));
    for (text, want) in [
        (
            format!("{model}[[columns]]\nname = \"a\"\nkind = \"number\"\n"),
            "a model has no columns of rows",
        ),
        (
            model.replace("prediction", "rows"),
            "policy.allow names rows, which no model is used for",
        ),
        (
            model.replace("\"prediction\"]", "\"prediction\"], matching = [\"count\"]"),
            "a model has no rows",
        ),
        (model.replace("\"model\"", "\"modle\""), "nearest is \"model\""),
        (model.replace("holds = \"model\"", ""), "columns: missing, wants at least one column"),
    ] {
        let errors = Dataset::load(&text).unwrap_err().to_string();
        assert!(errors.contains(want), "{errors}");
    }
}

#[test]
fn without_a_policy_nobody_may_ask_anything() {
    let line = GOOD.lines().find(|line| line.contains("policy")).unwrap();
    let read = settings(&GOOD.replace(line, "")).unwrap();
    let policy = &read.datasets[0].policy;
    assert!(!policy.admits(&NodeId([7; 32])));
    assert!(!policy.permits(Algorithm::Statistics));
}

#[test]
fn a_named_requester_is_admitted_and_no_other() {
    let name = NodeId([9; 32]).to_string();
    let read = settings(&GOOD.replace("[\"*\"]", &format!("[\"{name}\"]"))).unwrap();
    let policy = &read.datasets[0].policy;
    assert!(policy.admits(&NodeId([9; 32])));
    assert!(!policy.admits(&NodeId([8; 32])));
}

#[test]
fn each_mistake_has_its_text() {
    let twice = format!("{GOOD}{GOOD}");
    let cases = [
        (
            GOOD.replace("\"quantile\"]", "\"quantiles\"]"),
            "line 6: s.datasets.patients.policy.allow: unknown value \"quantiles\", nearest is \"quantile\"",
        ),
        (
            GOOD.replace("[\"*\"]", "[\"*\", \"abcd\"]"),
            "line 6: s.datasets.patients.policy.requesters: wants a node id of 64 hexadecimal digits, or \"*\" for everyone, got \"abcd\"",
        ),
        (
            GOOD.replace("\"id\"", "\"Age (years)\""),
            "line 5: s.datasets.patients.columns: column \"Age (years)\" is listed twice",
        ),
        (
            GOOD.replace("kind = \"number\"", "kind = \"key\""),
            "line 5: s.datasets.patients.columns: policy.allow lets compute, but no column is of kind \"number\"",
        ),
        (
            GOOD.replace("file = \"patients.csv\"", ""),
            "line 2: s.datasets.patients.file: missing, wants a text of 1 to 512 bytes without control characters",
        ),
        (twice, "line 2: s.datasets: data set \"patients\" is listed twice"),
        ("memory = \"1KiB\"".to_owned(), "line 1: s.memory: got 1KiB, allowed is 1MiB to 1TiB"),
    ];
    for (text, want) in cases {
        assert_eq!(settings(&text).unwrap_err(), want);
    }
}

const NUMBERS: &str = r#"
    [[datasets]]
    name = "patients"
    file = "patients.csv"
    price = "0.5 LAT"
    columns = [{ name = "id", kind = "key" }, { name = "age", kind = "integer", low = 0, high = 120.5 }, { name = "score", kind = "number" }]
    policy = { requesters = ["*"], allow = ["statistics", "groups"], engines = ["malicious", "semi-honest"], min_group = 5, min_rows = 30 }
"#;

#[test]
fn bounds_a_price_and_what_may_be_computed_are_read() {
    let dataset = &settings(NUMBERS).unwrap().datasets[0];
    assert_eq!(dataset.price.to_string(), "500000000 gvon");
    let bounds: Vec<_> = dataset.columns.iter().map(|column| (column.low, column.high)).collect();
    assert_eq!(bounds, [(None, None), (Some(0.0), Some(120.5)), (None, None)]);
    let policy = &dataset.policy;
    assert!(policy.permits(Algorithm::Groups) && !policy.permits(Algorithm::Rows));
    assert!(policy.accepts(Engine::SemiHonest));
    assert_eq!(policy.min_group, 5);
}

#[test]
fn without_a_word_a_price_is_nothing_and_parties_that_cheat_are_noticed() {
    let dataset = &settings(GOOD).unwrap().datasets[0];
    assert_eq!(dataset.price, Amount(0));
    assert_eq!(dataset.policy.engines, [Engine::Malicious]);
    assert_eq!(dataset.policy.min_group, 20);
}

#[test]
fn what_contradicts_itself_is_refused_in_words() {
    let id = NodeId([9; 32]);
    for (old, new, want) in [
        ("low = 0,", "low = 121,", "columns.age.low: no value lies between 121 and 120.5"),
        (
            "low = 0, high = 120.5",
            "low = \"0\"",
            "columns.age.low: wants a number such as 0.5, got \"0\"",
        ),
        ("kind = \"integer\"", "kind = \"key\"", "columns.age.low: bounds are for columns of kind"),
        (
            "\"integer\", low = 0,",
            "\"boolean\",",
            "columns.age.high: bounds are for columns of kind",
        ),
        (
            "\"groups\"]",
            "\"group\"]",
            "policy.allow: unknown value \"group\", nearest is \"groups\"",
        ),
        (
            "[\"malicious\", \"semi-honest\"]",
            "[]",
            "policy.engines: missing, wants at least one engine",
        ),
        ("0.5 LAT", "a lot", "price: wants an amount such as"),
        (
            "min_rows = 30",
            &format!("parties = [\"{id}\"], excluded = [\"{id}\"]"),
            "is one of the parties as well",
        ),
    ] {
        let text = NUMBERS.replacen(old, new, 1);
        assert_ne!(text, NUMBERS, "{old}");
        let errors = settings(&text).unwrap_err();
        assert!(errors.contains(want), "{old} -> {new}: {errors}");
    }
}
