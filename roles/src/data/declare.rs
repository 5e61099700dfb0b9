//! Flags and a policy file become the declaration that a manifest would have.

use super::args::AddArgs;
use crate::exit::{ExitCode, Failure, Outcome, Reason};
use std::fs;
use std::path::Path;
use toml::{Table, Value};
use troupe_config::Dataset;

/// A policy is a page, not a book; so is what a node takes.
const LARGEST: u64 = 12 << 10;

/// The declaration, checked as the node will check it.
pub(super) fn text(args: &AddArgs) -> Outcome<String> {
    let mut document = document(&args.name, &args.file, &args.columns)?;
    if let Some(price) = &args.price {
        document.insert("price".to_owned(), Value::String(price.clone()));
    }
    if let Some(path) = &args.policy {
        document.insert("policy".to_owned(), Value::Table(policy(path)?));
    }
    Ok(checked(&document)?.0)
}

/// The rows of a file, as a declaration without a policy would name them.
#[cfg(feature = "dataset")]
pub(crate) fn rows(name: &str, file: &Path, columns: &[String]) -> Outcome<Dataset> {
    Ok(checked(&document(name, file, columns)?)?.1)
}

fn document(name: &str, file: &Path, columns: &[String]) -> Outcome<Table> {
    let about = |text: String| Failure::about(ExitCode::BadFile, file.display(), text);
    // The node starts relative paths from its manifest, people from where they are.
    let full = fs::canonicalize(file).map_err(|error| about(error.to_string()))?;
    let full = full.to_str().ok_or_else(|| about("its path is not UTF-8".to_owned()))?;
    let columns = columns.iter().map(|column| self::column(column)).collect::<Outcome<Vec<_>>>()?;
    let mut document = Table::new();
    document.insert("name".to_owned(), Value::String(name.to_owned()));
    document.insert("file".to_owned(), Value::String(full.to_owned()));
    if is_model(file) {
        document.insert("holds".to_owned(), Value::String("model".to_owned()));
    } else if columns.is_empty() {
        let text = "none is given; of rows, only the columns that are named are read";
        return Err(Failure::about(ExitCode::Usage, "--column", text));
    }
    if !columns.is_empty() {
        document.insert("columns".to_owned(), Value::Array(columns));
    }
    Ok(document)
}

/// Whether a file is a model, by its name.
pub(crate) fn is_model(file: &Path) -> bool {
    file.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("onnx"))
}

fn checked(document: &Table) -> Outcome<(String, Dataset)> {
    let text = toml::to_string(document).map_err(|e| Failure::new(ExitCode::Internal, e))?;
    match Dataset::load(&text) {
        Ok(dataset) => Ok((text, dataset)),
        Err(errors) => {
            // Its lines are of a document that nobody has seen.
            let reasons = errors.to_string();
            let reasons = reasons.lines().map(|line| {
                let text = line.split_once(": ").map_or(line, |(_, text)| text);
                Reason { text: text.to_owned(), field: None }
            });
            Err(Failure::all(ExitCode::BadFile, reasons.collect()))
        }
    }
}

/// A header may have colons itself, a kind and what follows it have none.
fn column(text: &str) -> Outcome<Value> {
    let wrong = || {
        let text = format!("wants HEADER:KIND or HEADER:KIND:LOW..HIGH, got {text:?}");
        Failure::about(ExitCode::Usage, "--column", text)
    };
    let (mut rest, mut kind) = text.rsplit_once(':').ok_or_else(wrong)?;
    let mut column = Table::new();
    if let Some((low, high)) = kind.split_once("..") {
        for (key, bound) in [("low", low), ("high", high)] {
            let bound = bound.parse().ok().filter(|bound: &f64| bound.is_finite());
            column.insert(key.to_owned(), Value::Float(bound.ok_or_else(wrong)?));
        }
        (rest, kind) = rest.rsplit_once(':').ok_or_else(wrong)?;
    }
    column.insert("name".to_owned(), Value::String(rest.to_owned()));
    column.insert("kind".to_owned(), Value::String(kind.to_owned()));
    Ok(Value::Table(column))
}

fn policy(path: &Path) -> Outcome<Table> {
    let failed = |text: String| Failure::about(ExitCode::BadFile, path.display(), text);
    let size = fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
    if size > LARGEST {
        return Err(failed(format!("{size} bytes exceed {LARGEST}")));
    }
    let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    text.parse().map_err(|error: toml::de::Error| failed(error.message().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::args::At;
    use super::*;
    use crate::control::ControlArgs;
    use std::path::PathBuf;
    use tempfile::TempDir;
    use troupe_config::ColumnKind;

    fn args(dir: &TempDir, columns: &[&str], policy: &str) -> AddArgs {
        let (file, rules) = (dir.path().join("rows.csv"), dir.path().join("policy.toml"));
        fs::write(&file, "a:b,c\n").unwrap();
        fs::write(&rules, policy).unwrap();
        AddArgs {
            file,
            name: "sales".to_owned(),
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            price: Some("0.5 LAT".to_owned()),
            policy: Some(rules),
            at: At {
                control: ControlArgs::default(),
                node: "data-1".to_owned(),
                dir: PathBuf::new(),
            },
        }
    }

    #[test]
    fn a_declaration_is_what_a_manifest_would_say() {
        let dir = TempDir::new().unwrap();
        let policy = "requesters = [\"*\"]\nallow = [\"statistics\"]\nmax_uses = 3\n";
        let columns = ["a:b:key", "c:integer", "d:e:number:-1.5..20"];
        let text = text(&args(&dir, &columns, policy)).unwrap();
        let dataset = Dataset::load(&text).unwrap();
        assert_eq!(
            (dataset.columns[0].name.as_str(), dataset.columns[1].kind),
            ("a:b", ColumnKind::Integer)
        );
        let bounded = &dataset.columns[2];
        assert_eq!((&*bounded.name, bounded.low, bounded.high), ("d:e", Some(-1.5), Some(20.0)));
        assert_eq!((dataset.policy.max_uses, dataset.price), (Some(3), "0.5 LAT".parse().unwrap()));
        assert!(dataset.file.is_absolute());
    }

    #[test]
    fn a_model_needs_no_columns_and_rows_do() {
        let dir = TempDir::new().unwrap();
        let mut args = args(&dir, &[], "requesters = [\"*\"]\nallow = [\"prediction\"]\n");
        let error = text(&args).unwrap_err().to_string();
        assert!(error.contains("--column"), "{error}");
        let model = dir.path().join("risk.ONNX");
        fs::rename(&args.file, &model).unwrap();
        args.file = model;
        let dataset = Dataset::load(&text(&args).unwrap()).unwrap();
        assert_eq!(dataset.holds, troupe_config::Holds::Model);
    }

    #[test]
    fn what_is_wrong_is_said_before_the_node_is_asked() {
        let dir = TempDir::new().unwrap();
        for (columns, policy, want) in [
            (&["c"][..], "", "wants HEADER:KIND or HEADER:KIND:LOW..HIGH, got \"c\""),
            (&["c:integer:1..x"], "", "wants HEADER:KIND or HEADER:KIND:LOW..HIGH"),
            (&["c:integer:2..1"], "", "no value lies between 2 and 1"),
            (&["c:key:1..2"], "", "bounds are for columns of kind"),
            (&["c:integre"], "", "nearest is \"integer\""),
            (&["c:integer", "c:key"], "", "column \"c\" is listed twice"),
            (&["c:integer"], "allows = []", "nearest is \"allow\""),
            (&["c:integer"], "allow = [", "policy.toml"),
        ] {
            let error = text(&args(&dir, columns, policy)).unwrap_err().to_string();
            assert!(error.contains(want), "{error}");
        }
    }
}
