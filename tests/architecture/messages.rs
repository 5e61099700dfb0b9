//! What crosses processes is bounded by its type.

use super::tree::{Tree, assert_clean, assert_one};
use syn::visit::{self, Visit};
use syn::{Attribute, Fields, ItemEnum, ItemMod, ItemStruct, TypePath};

/// Collections without a largest length, and pointers that allow depth without end.
const UNBOUNDED: &[&str] = &[
    "Vec",
    "VecDeque",
    "String",
    "Box",
    "Rc",
    "Arc",
    "Cow",
    "BTreeMap",
    "BTreeSet",
    "HashMap",
    "HashSet",
    "BinaryHeap",
    "CString",
    "PathBuf",
    "OsString",
];

/// Whether an attribute derives `name`.
pub(super) fn derives(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| {
        let mut found = false;
        if attribute.path().is_ident("derive") {
            let _ = attribute.parse_nested_meta(|meta| {
                found |= meta.path.segments.last().is_some_and(|last| last.ident == name);
                Ok(())
            });
        }
        found
    })
}

/// Whether an item exists for tests only.
pub(super) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|ident| ident == "test")
    })
}

struct Finder<'a> {
    path: &'a str,
    complaints: Vec<String>,
}

/// Finds unbounded collections at any depth of a field's type.
struct Types {
    found: Vec<String>,
}

impl<'ast> Visit<'ast> for Types {
    fn visit_type_path(&mut self, path: &'ast TypePath) {
        let last = path.path.segments.last().map(|segment| segment.ident.to_string());
        self.found.extend(last.filter(|name| UNBOUNDED.contains(&name.as_str())));
        visit::visit_type_path(self, path);
    }
}

impl Finder<'_> {
    fn check(&mut self, name: &syn::Ident, attributes: &[Attribute], fields: &Fields) {
        if !derives(attributes, "Encode") && !derives(attributes, "Decode") {
            return;
        }
        let mut types = Types { found: Vec::new() };
        types.visit_fields(fields);
        for found in types.found {
            self.complaints.push(format!("{}: {name} holds a {found} without bound", self.path));
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        self.check(&item.ident, &item.attrs, &item.fields);
    }

    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        for variant in &item.variants {
            self.check(&item.ident, &item.attrs, &variant.fields);
        }
    }
}

/// Complaints about types that derive `Encode` or `Decode` and hold a collection without bound.
fn unbounded(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    let may_cross = |path: &str| {
        (path.starts_with("protocols/") || path.starts_with("actors/")) && path.contains("/src/")
    };
    for (path, file) in tree.parsed(may_cross) {
        let mut finder = Finder { path, complaints: Vec::new() };
        finder.visit_file(&file);
        complaints.append(&mut finder.complaints);
    }
    complaints
}

#[test]
fn every_encoded_type_is_bounded() {
    assert_clean(&unbounded(&Tree::of_this_repository()));
}

#[test]
fn an_unbounded_field_is_named_at_any_depth() {
    for (text, what) in [
        ("#[derive(Encode)] struct A { a: Vec<u8> }", "A holds a Vec"),
        ("#[derive(Clone, bincode::Decode)] struct A(Option<(u8, String)>);", "A holds a String"),
        ("#[derive(Decode)] enum A { B, C { d: [std::vec::Vec<u8>; 2] } }", "A holds a Vec"),
        ("mod inner { #[derive(Decode)] struct A(BTreeMap<u8, u8>); }", "A holds a BTreeMap"),
        ("#[derive(Decode)] enum A { End, More(Box<A>) }", "A holds a Box"),
    ] {
        assert_one(&unbounded(&Tree::of(&[("protocols/x/src/message.rs", text)])), what);
        assert_one(&unbounded(&Tree::of(&[("actors/src/x.rs", text)])), what);
    }
}

#[test]
fn bounded_fields_and_types_that_are_not_encoded_pass() {
    for text in [
        "#[derive(Encode, Decode)] struct A { a: List<u8, 4>, b: Text<3>, c: [u8; 32] }",
        "#[derive(Debug)] struct A { a: Vec<u8> }",
        "#[cfg(test)] mod tests { #[derive(Encode)] struct A(Vec<u8>); }",
    ] {
        assert_clean(&unbounded(&Tree::of(&[("protocols/x/src/message.rs", text)])));
    }
}
