//! `cargo x new-actor <kind>`: the three edits that make an actor kind.

use crate::step;
use anyhow::{Context, Result, bail};
use std::fs;

const TEMPLATE: &str = include_str!("actor.txt");
const FRONT: &str = "actors/src/lib.rs";
const LIST: &str = "actors/src/kind.rs";

/// Writes the kind's file and its lines in the list of kinds, and says what is left to do. Nothing
/// is written unless all of it can be.
pub(crate) fn run(kind: &str) -> Result<()> {
    check(kind)?;
    let root = step::root();
    let file = format!("actors/src/{kind}.rs");
    if root.join(&file).exists() || root.join(format!("actors/src/{kind}")).exists() {
        bail!("{file} exists");
    }
    let read = |path: &str| fs::read_to_string(root.join(path)).with_context(|| path.to_owned());
    let front = with_module(&read(FRONT)?, kind)?;
    let list = with_kind(&read(LIST)?, kind)?;
    let actor = TEMPLATE.replace("{kind}", kind).replace("{Type}", &type_name(kind));
    for (path, text) in [(file.as_str(), &actor), (FRONT, &front), (LIST, &list)] {
        fs::write(root.join(path), text).with_context(|| path.to_owned())?;
        println!("wrote {path}");
    }
    let formatted = step::cargo(&["fmt", "-p", "troupe-actors"]).status()?;
    if !formatted.success() {
        bail!("cargo fmt does not understand what was written");
    }
    println!("\nIt runs where a manifest names it:\n");
    println!("    [[group]]\n    name   = \"{kind}\"\n    actors = [\"{kind}\"]\n");
    println!("cargo test --release -p troupe-actors {kind}");
    Ok(())
}

fn check(kind: &str) -> Result<()> {
    let is_name = kind.starts_with(|c: char| c.is_ascii_lowercase())
        && kind.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && kind.len() <= 32;
    if !is_name {
        bail!("`{kind}` is no name of a kind: 1 to 32 of a-z, 0-9 and _, a letter first");
    }
    Ok(())
}

/// `model_store` becomes `ModelStore`.
fn type_name(kind: &str) -> String {
    let mut name = String::new();
    for part in kind.split('_') {
        let mut letters = part.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

/// The front page with one more module, in order.
fn with_module(front: &str, kind: &str) -> Result<String> {
    let line = format!("mod {kind};");
    let mut lines: Vec<&str> = front.lines().collect();
    let modules = lines.iter().enumerate().filter(|(_, line)| line.starts_with("mod "));
    let mut at = None;
    for (index, module) in modules {
        if *module == line {
            bail!("{FRONT} has `{line}` already");
        }
        if at.is_none() || *module < line.as_str() {
            at = Some(if *module < line.as_str() { index + 1 } else { index });
        }
    }
    lines.insert(at.with_context(|| format!("{FRONT} has no modules"))?, &line);
    Ok(lines.join("\n") + "\n")
}

/// The list of kinds with one more at its end. `cargo fmt` breaks the lines.
fn with_kind(list: &str, kind: &str) -> Result<String> {
    let (before, names, between) = cut(list, "use crate::{", "}")?;
    let mut names = words(names);
    names.push(kind.to_owned());
    names.sort_by_key(|name| (name.starts_with(|c: char| c.is_lowercase()), name.clone()));
    let (between, kinds, after) = cut(between, "vec![", "]")?;
    let mut kinds = words(kinds);
    kinds.push(format!("{kind}::KIND"));
    let (names, kinds) = (names.join(", "), kinds.join(", "));
    Ok(format!("{before}use crate::{{{names}}}{between}vec![{kinds}]{after}"))
}

/// What stands before, between and after two marks.
fn cut<'a>(text: &'a str, open: &str, close: &str) -> Result<(&'a str, &'a str, &'a str)> {
    let (before, rest) =
        text.split_once(open).with_context(|| format!("{LIST} has no `{open}`"))?;
    let (inside, after) =
        rest.split_once(close).with_context(|| format!("{LIST} has no `{close}`"))?;
    Ok((before, inside, after))
}

fn words(list: &str) -> Vec<String> {
    let words = list.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_comes_in_order_and_only_once() {
        let front = "//! Guide.\n\nmod alpha;\nmod kind;\n\npub use kind::kinds;\n";
        for (kind, want) in [
            ("beta", "mod alpha;\nmod beta;\nmod kind;\n"),
            ("aa", "mod aa;\nmod alpha;\nmod kind;\n"),
            ("zeta", "mod kind;\nmod zeta;\n\n"),
        ] {
            let text = with_module(front, kind).expect("a new one");
            assert!(text.contains(want), "{text}");
            assert!(text.ends_with("pub use kind::kinds;\n"));
        }
        assert!(with_module(front, "alpha").is_err());
    }

    #[test]
    fn a_kind_is_imported_and_listed_last() {
        let want =
            "use crate::{Error, alpha, beta, zeta};\n\nvec![alpha::KIND, zeta::KIND, beta::KIND]\n";
        for list in [
            "use crate::{Error, alpha, zeta};\n\nvec![alpha::KIND, zeta::KIND]\n",
            "use crate::{\n    Error, alpha, zeta,\n};\n\nvec![\n  alpha::KIND,\n  zeta::KIND,\n]\n",
        ] {
            assert_eq!(with_kind(list, "beta").expect("a list"), want);
        }
    }

    #[test]
    fn the_lists_of_this_repository_take_another_kind() {
        let read = |path: &str| fs::read_to_string(step::root().join(path)).expect("a file");
        assert!(with_module(&read(FRONT), "zz").expect("a module").contains("\nmod zz;\n"));
        let list = with_kind(&read(LIST), "zz").expect("a kind");
        assert!(list.contains(", zz::KIND]") && list.contains(", zz}"), "{list}");
    }

    #[test]
    fn names_that_cannot_be_files_and_types_are_refused() {
        for name in ["", "Upper", "9", "../x", "a-b", "_a", &"a".repeat(33)] {
            assert!(check(name).is_err(), "{name}");
        }
        assert!(check("model_store2").is_ok());
        assert_eq!(type_name("model_store2"), "ModelStore2");
    }
}
