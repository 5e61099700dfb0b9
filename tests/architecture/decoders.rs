//! Whatever reads bytes or text of strangers has a fuzz target.
//!
//! Found are: public types that derive `Decode` and are no mere part of another one, implementations of
//! `Decode`, `Wire`, `FromStr` and `TryFrom<&[u8]>`, and public functions named like readers. A target
//! covers a type or function by naming it, and its module where a crate has two of that name. What a
//! macro declares is not seen.

use super::messages::{derives, is_for_tests};
use super::tree::{Tree, assert_clean, assert_one};
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};
use syn::{
    Attribute, FnArg, ImplItem, ImplItemFn, ItemEnum, ItemFn, ItemImpl, ItemMod, ItemStruct,
    Signature, Type, Visibility,
};

/// Where the targets are, and what they share.
const FUZZ: &str = "tests/fuzz/";
/// The targets alone.
const TARGETS: &str = "tests/fuzz/targets/";

/// How functions begin that read what others wrote.
const READERS: &[&str] = &[
    "decode",
    "parse",
    "from_bytes",
    "from_slice",
    "from_json",
    "from_toml",
    "from_hex",
    "from_compressed",
    "read_",
    "unseal",
    "open",
];

/// What one crate reads.
#[derive(Default)]
struct Found {
    /// Names to be covered, each with where it was found.
    wanted: BTreeSet<(String, String)>,
    /// Types that derive `Decode`, each with where it was found.
    decoded: BTreeSet<(String, String)>,
    /// Types that are fields of those.
    parts: BTreeSet<String>,
    path: String,
    /// The type whose methods are visited.
    owner: Option<String>,
}

/// A struct or an enum, without what is inside.
struct Derived<'a> {
    name: &'a syn::Ident,
    attributes: &'a [Attribute],
    visibility: &'a Visibility,
}

/// Every identifier of a type's path.
struct Names<'a>(&'a mut BTreeSet<String>);

impl<'ast> Visit<'ast> for Names<'_> {
    fn visit_ident(&mut self, ident: &'ast syn::Ident) {
        self.0.insert(ident.to_string());
    }
}

fn last_name(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}

fn is_slice_or_text(ty: &Type) -> bool {
    let Type::Reference(reference) = ty else {
        return last_name(ty).is_some_and(|name| name == "Bytes");
    };
    match &*reference.elem {
        Type::Slice(slice) => last_name(&slice.elem).is_some_and(|name| name == "u8"),
        Type::Array(array) => last_name(&array.elem).is_some_and(|name| name == "u8"),
        other => last_name(other).is_some_and(|name| name == "str" || name == "Bytes"),
    }
}

impl Found {
    fn derive(&mut self, item: Derived<'_>, parts: BTreeSet<String>) {
        let Derived { name, attributes, visibility } = item;
        if derives(attributes, "Decode") {
            // What is not public is decoded by something that is.
            if matches!(visibility, Visibility::Public(_)) {
                self.decoded.insert((name.to_string(), self.path.clone()));
            }
            let others = parts.into_iter().filter(|part| name != part);
            self.parts.extend(others);
        }
    }

    fn reply(&mut self, item: &ItemImpl) {
        for part in &item.items {
            if let ImplItem::Type(reply) = part {
                Names(&mut self.parts).visit_type(&reply.ty);
            }
        }
    }

    fn function(&mut self, visibility: &Visibility, signature: &Signature) {
        let name = signature.ident.to_string();
        let is_reader = READERS.iter().any(|reader| name.starts_with(reader));
        let reads = signature.inputs.iter().any(|input| match input {
            FnArg::Typed(argument) => is_slice_or_text(&argument.ty),
            FnArg::Receiver(_) => false,
        });
        if !matches!(visibility, Visibility::Public(_)) || !is_reader || !reads {
            return;
        }
        let name = match &self.owner {
            Some(owner) => format!("{owner}::{name}"),
            None => name,
        };
        self.wanted.insert((name, self.path.clone()));
    }
}

impl<'ast> Visit<'ast> for Found {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        let mut parts = BTreeSet::new();
        Names(&mut parts).visit_fields(&item.fields);
        let (name, attributes, visibility) = (&item.ident, &item.attrs, &item.vis);
        self.derive(Derived { name, attributes, visibility }, parts);
    }

    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        let mut parts = BTreeSet::new();
        for variant in &item.variants {
            Names(&mut parts).visit_fields(&variant.fields);
        }
        let (name, attributes, visibility) = (&item.ident, &item.attrs, &item.vis);
        self.derive(Derived { name, attributes, visibility }, parts);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let Some(owner) = last_name(&item.self_ty) else { return };
        if let Some((path, _)) = &item.trait_ {
            let name = path.segments.last().map(|segment| segment.ident.to_string());
            let mut arguments = BTreeSet::new();
            Names(&mut arguments).visit_path(path);
            if name.as_deref() == Some("Message") {
                // A target that takes a message takes its reply as well.
                self.reply(item);
            }
            let reads = match name.as_deref() {
                Some("Wire" | "Decode" | "FromStr") => true,
                Some("TryFrom") => arguments.contains("u8") || arguments.contains("str"),
                _ => false,
            };
            if reads {
                self.wanted.insert((owner, self.path.clone()));
            }
            return;
        }
        self.owner = Some(owner);
        visit::visit_item_impl(self, item);
        self.owner = None;
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.function(&item.vis, &item.sig);
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.function(&item.vis, &item.sig);
    }
}

/// The top module of a crate's file.
fn module(path: &str) -> &str {
    let inside = path.split("/src/").nth(1).unwrap_or_default();
    inside.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

/// Splits a text into its identifiers.
fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').collect()
}

/// Complaints about readers that no target names.
fn uncovered(tree: &Tree) -> Vec<String> {
    let targets: Vec<BTreeSet<&str>> = tree
        .rust()
        .filter(|(path, _)| path.starts_with(FUZZ))
        .map(|(_, text)| words(text))
        .collect();
    let mut crates: BTreeMap<&str, Found> = BTreeMap::new();
    let may_read = |path: &str| {
        let top = path.split('/').next().unwrap_or_default();
        ["protocols", "actors", "config"].contains(&top) && path.contains("/src/")
    };
    for (path, file) in tree.parsed(may_read) {
        let folder = path.split("/src/").next().unwrap_or_default();
        let found = crates.entry(folder).or_default();
        path.clone_into(&mut found.path);
        found.visit_file(&file);
    }
    let mut complaints = Vec::new();
    for found in crates.into_values() {
        let mut wanted = found.wanted;
        let roots = found.decoded.into_iter().filter(|(name, _)| !found.parts.contains(name));
        wanted.extend(roots);
        for (name, path) in &wanted {
            let mut needed = words(name);
            // Where a crate has two types of one name, the module tells which is meant.
            if wanted
                .iter()
                .any(|(other, elsewhere)| other == name && module(elsewhere) != module(path))
            {
                needed.insert(module(path));
            }
            if !targets.iter().any(|target| needed.is_subset(target)) {
                complaints.push(format!("{path}: no fuzz target names {name}"));
            }
        }
    }
    complaints
}

/// Complaints about target files that no manifest builds, and the other way round.
fn unlisted(tree: &Tree) -> Vec<String> {
    let manifest: toml::Table = tree
        .text("tests/fuzz/Cargo.toml")
        .unwrap_or_default()
        .parse()
        .unwrap_or_else(|error| panic!("tests/fuzz/Cargo.toml: {error}"));
    let bins = manifest.get("bin").and_then(toml::Value::as_array);
    let listed: BTreeSet<String> = bins
        .into_iter()
        .flatten()
        .filter_map(|bin| bin.get("path").and_then(toml::Value::as_str))
        .map(|path| format!("tests/fuzz/{path}"))
        .collect();
    let files: BTreeSet<String> = tree
        .rust()
        .filter(|(path, _)| path.starts_with(TARGETS))
        .map(|(path, _)| path.to_owned())
        .collect();
    let differ = listed.symmetric_difference(&files);
    differ.map(|path| format!("{path} is either no file or not in the manifest")).collect()
}

#[test]
fn every_reader_of_foreign_bytes_has_a_fuzz_target() {
    let tree = Tree::of_this_repository();
    assert_clean(&unlisted(&tree));
    assert_clean(&uncovered(&tree));
}

#[test]
fn a_reader_without_a_target_is_named() {
    for (text, name) in [
        ("#[derive(Encode, Decode)] pub struct Frame { a: u8 }", "Frame"),
        ("impl Wire for Frame {}", "Frame"),
        ("impl<C> Decode<C> for Frame {}", "Frame"),
        ("impl core::str::FromStr for Frame {}", "Frame"),
        ("impl TryFrom<&[u8]> for Frame {}", "Frame"),
        ("pub fn parse_frame(text: &str) {}", "parse_frame"),
        ("pub fn decode(bytes: &[u8]) {}", "decode"),
        ("impl Frame { pub fn from_bytes(bytes: &[u8; 32]) {} }", "Frame::from_bytes"),
        ("impl Frame { pub fn decode(bytes: Bytes) {} }", "Frame::decode"),
    ] {
        let bare = Tree::of(&[("protocols/x/src/frame.rs", text)]);
        assert_one(&uncovered(&bare), &format!("no fuzz target names {name}"));
        let target = format!("let _ = {name}(data);");
        let covered =
            Tree::of(&[("protocols/x/src/frame.rs", text), ("tests/fuzz/targets/a.rs", &target)]);
        assert_clean(&uncovered(&covered));
    }
}

#[test]
fn a_part_of_a_covered_type_a_writer_and_a_private_function_need_none() {
    let text = "#[derive(Decode)] pub struct Part(u8);
        #[derive(Decode)] pub struct Whole { parts: List<Part, 4> }
        #[derive(Decode)] pub struct Answer(u8);
        #[derive(Decode)] struct Hidden(u8);
        impl Message for Whole { type Reply = Option<Answer>; const NAME: &'static str = \"whole\"; }
        pub fn encode(bytes: &[u8]) {}
        fn parse(text: &str) {}
        impl TryFrom<u64> for Part {}
        #[cfg(test)] mod tests { pub fn parse(text: &str) {} }";
    let tree = Tree::of(&[("actors/net/src/frame.rs", text)]);
    assert_one(&uncovered(&tree), "no fuzz target names Whole");
}

#[test]
fn a_name_inside_another_does_not_cover() {
    let tree = Tree::of(&[
        ("config/src/lib.rs", "pub fn parse(text: &str) {}"),
        ("tests/fuzz/targets/a.rs", "parse_manifest(data);"),
    ]);
    assert_one(&uncovered(&tree), "no fuzz target names parse");
}

#[test]
fn one_of_two_types_of_one_name_does_not_cover_the_other() {
    let key = "impl FromStr for Key {}";
    let tree = Tree::of(&[
        ("protocols/x/src/red/key.rs", key),
        ("protocols/x/src/blue.rs", key),
        ("protocols/y/src/key.rs", key),
        ("tests/fuzz/targets/a.rs", "use x::red; parses::<red::Key>(data);"),
    ]);
    assert_one(&uncovered(&tree), "protocols/x/src/blue.rs: no fuzz target names Key");
}

#[test]
fn a_target_that_is_not_built_is_named() {
    let manifest = "[[bin]]\nname = \"a\"\npath = \"targets/a.rs\"\n";
    let tree = Tree::of(&[
        ("tests/fuzz/Cargo.toml", manifest),
        ("tests/fuzz/targets/b.rs", "fn main() {}"),
    ]);
    assert_eq!(unlisted(&tree).len(), 2);
}
