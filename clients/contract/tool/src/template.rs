//! A contract to begin with.

use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// Path and text of each file; `{{...}}` is filled in.
const FILES: [(&str, &str); 5] = [
    ("Cargo.toml", include_str!("../template/manifest.toml")),
    (".gitignore", "/target\n"),
    ("src/lib.rs", include_str!("../template/lib.txt")),
    ("src/contract.rs", include_str!("../template/contract.txt")),
    ("src/tests.rs", include_str!("../template/tests.txt")),
];

/// Writes a contract into a folder that does not exist yet, or is empty.
pub(crate) fn write(folder: &Path, sdk: Option<&Path>) -> anyhow::Result<()> {
    let name =
        folder.file_name().and_then(|name| name.to_str()).context("the folder has no name")?;
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c));
    if !is_plain {
        bail!("`{name}` is no name for a contract: small letters, digits, `-` and `_`");
    }
    let sdk = match sdk {
        Some(sdk) => sdk
            .canonicalize()
            .with_context(|| format!("`troupe-contract` is not at {}", sdk.display()))?,
        None => {
            nearest(&places()).context("`troupe-contract` is not found; say where with --sdk")?
        }
    };
    if std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some()) {
        bail!("{} is not empty", folder.display());
    }
    for (path, text) in FILES {
        let path = folder.join(path);
        let parent = path.parent().context("every file lies in the folder")?;
        std::fs::create_dir_all(parent)
            .with_context(|| format!("cannot make {}", parent.display()))?;
        let text = text
            .replace("{{name}}", name)
            .replace("{{Name}}", &pascal(name))
            .replace("{{sdk}}", &sdk.to_string_lossy().replace('\\', "\\\\"));
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// From where `troupe-contract` is looked for, the surest first: where cargo runs this command, if it does, where the command lies,
/// and where it was built. The last may have gone since: programs outlive the folders that they were built in.
fn places() -> Vec<PathBuf> {
    let run = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let built = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    run.into_iter().chain(std::env::current_exe().ok()).chain([built]).collect()
}

/// The first `troupe-contract` at or around one of these places, or in a checkout around it.
fn nearest(places: &[PathBuf]) -> Option<PathBuf> {
    let is_it = |folder: &PathBuf| {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        manifest.lines().any(|line| line == "name = \"troupe-contract\"")
    };
    let around = places.iter().flat_map(|place| place.ancestors());
    let mut folders =
        around.flat_map(|folder| [folder.to_owned(), folder.join("clients/contract")]);
    folders.find(is_it)?.canonicalize().ok()
}

/// `my-token` becomes `MyToken`.
pub(crate) fn pascal(name: &str) -> String {
    let words = name.split(['-', '_']).filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    };
    words.map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_contract_is_complete_and_overwrites_nothing() {
        let here = tempfile::tempdir().expect("a folder");
        let folder = here.path().join("my-token");
        write(&folder, None).expect("writes");
        for (path, _) in FILES {
            let text = std::fs::read_to_string(folder.join(path)).expect(path);
            assert!(!text.contains("{{"), "{path} was not filled in");
        }
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
        assert!(manifest.contains("name = \"my-token\""));
        let contract = std::fs::read_to_string(folder.join("src/contract.rs")).expect("a contract");
        assert!(contract.contains("impl MyToken {"));
        assert!(write(&folder, None).expect_err("it is there").to_string().contains("not empty"));
    }

    #[test]
    fn the_sdk_is_found_around_the_command_wherever_that_was_built() {
        let here = tempfile::tempdir().expect("a folder");
        let checkout = here.path().canonicalize().expect("it is there").join("checkout");
        let sdk = checkout.join("clients/contract");
        std::fs::create_dir_all(sdk.join("tool")).expect("a folder");
        let gone = here.path().join("gone/clients/contract/tool");
        let found = |places: &[&Path]| {
            nearest(&places.iter().map(|place| place.to_path_buf()).collect::<Vec<_>>())
        };
        assert_eq!(found(&[&gone, &checkout]), None);
        let text = "[package]\nname = \"troupe-contract\"\n";
        std::fs::write(sdk.join("Cargo.toml"), text).expect("a manifest");
        let command = checkout.join("target/release/cargo-troupe");
        for place in [&command, &sdk, &sdk.join("tool"), &sdk.join("target/release/cargo-troupe")] {
            assert_eq!(found(&[&gone, place]), Some(sdk.clone()), "{}", place.display());
        }
        // A package of somebody else around which there is none.
        assert_eq!(found(&[here.path()]), None);
    }

    #[test]
    fn names_that_no_package_has_are_refused() {
        for name in ["My", "1st", "a b", "ü"] {
            assert!(write(Path::new(name), None).is_err(), "{name}");
        }
    }
}
