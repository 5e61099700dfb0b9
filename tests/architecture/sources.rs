//! The size of files, how they open, and what a crate's front page may hold.

use super::tree::{Tree, assert_clean, assert_one};
use syn::Item;

/// Lines from which a file should be asked whether it has two subjects.
const QUESTION: usize = 400;
/// Lines that no file has.
const LIMIT: usize = 800;

/// Complaints about files over [`LIMIT`], and questions about files over [`QUESTION`].
fn sizes(tree: &Tree) -> (Vec<String>, Vec<String>) {
    let mut complaints = Vec::new();
    let mut questions = Vec::new();
    for (path, text) in tree.rust() {
        let lines = text.lines().count();
        if lines > LIMIT {
            complaints.push(format!("{path}: {lines} lines exceed {LIMIT}"));
        } else if lines > QUESTION {
            questions.push(format!("{path}: {lines} lines, are these two subjects?"));
        }
    }
    (complaints, questions)
}

/// The front page of a crate or of a module.
fn is_front(path: &str) -> bool {
    path.ends_with("/lib.rs") || path.ends_with("/mod.rs")
}

/// The front page of what is shipped; what tests share may stand in a `mod.rs`.
fn is_shipped_front(path: &str) -> bool {
    is_front(path) && path.contains("/src/")
}

/// Complaints about a `lib.rs`, `mod.rs` or `main.rs` that does not open with its guide.
fn openings(tree: &Tree) -> Vec<String> {
    let front = tree.rust().filter(|(path, _)| is_front(path) || path.ends_with("/main.rs"));
    let silent = front.filter(|(_, text)| !text.starts_with("//! "));
    silent.map(|(path, _)| format!("{path} does not open with `//!`")).collect()
}

/// Complaints about a `lib.rs` or `mod.rs` that holds more than docs, modules, re-exports and constants.
fn fronts(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, file) in tree.parsed(is_shipped_front) {
        for item in &file.items {
            let may_stay = match item {
                Item::Use(_) | Item::ExternCrate(_) | Item::Type(_) => true,
                Item::Const(_) => true,
                Item::Mod(module) => module.content.is_none(),
                _ => false,
            };
            if !may_stay {
                complaints.push(format!("{path} holds {}; move it to a file", kind(item)));
            }
        }
    }
    complaints
}

fn kind(item: &Item) -> String {
    match item {
        Item::Fn(function) => format!("fn {}", function.sig.ident),
        Item::Impl(_) => "an impl".to_owned(),
        Item::Struct(item) => format!("struct {}", item.ident),
        Item::Enum(item) => format!("enum {}", item.ident),
        Item::Trait(item) => format!("trait {}", item.ident),
        Item::Mod(module) => format!("the body of mod {}", module.ident),
        Item::Static(item) => format!("static {}", item.ident),
        Item::Macro(_) => "a macro".to_owned(),
        _ => "an item".to_owned(),
    }
}

#[test]
fn no_file_is_longer_than_the_limit() {
    let (complaints, questions) = sizes(&Tree::of_this_repository());
    for question in questions {
        println!("{question}");
    }
    assert_clean(&complaints);
}

#[test]
fn every_front_page_opens_with_its_guide() {
    assert_clean(&openings(&Tree::of_this_repository()));
}

#[test]
fn front_pages_hold_modules_and_re_exports_only() {
    assert_clean(&fronts(&Tree::of_this_repository()));
}

#[test]
fn a_file_over_a_limit_is_named() {
    for (lines, complaints, questions) in [(400, 0, 0), (401, 0, 1), (800, 0, 1), (801, 1, 0)] {
        let said = sizes(&Tree::of(&[("a.rs", &"//\n".repeat(lines))]));
        assert_eq!((said.0.len(), said.1.len()), (complaints, questions), "{lines} lines");
    }
}

#[test]
fn a_silent_front_page_is_named() {
    let tree = Tree::of(&[("a/src/lib.rs", "mod b;"), ("a/src/b.rs", "fn c() {}")]);
    assert_one(&openings(&tree), "a/src/lib.rs does not open");
    let tree = Tree::of(&[("a/src/main.rs", "// Plain comment.\nfn main() {}")]);
    assert_one(&openings(&tree), "a/src/main.rs does not open");
}

#[test]
fn logic_on_a_front_page_is_named() {
    for (text, what) in [
        ("fn f() {}", "fn f"),
        ("impl A {}", "an impl"),
        ("mod tests { fn f() {} }", "the body of mod tests"),
        ("static A: u8 = 1;", "static A"),
        ("macro_rules! m { () => {} }", "a macro"),
    ] {
        let text = format!("//! Guide.\nmod a;\npub use a::A;\n{text}");
        assert_one(&fronts(&Tree::of(&[("x/src/lib.rs", &text)])), what);
        assert_one(&fronts(&Tree::of(&[("x/src/y/mod.rs", &text)])), what);
        assert_clean(&fronts(&Tree::of(&[("x/tests/common/mod.rs", &text)])));
        assert_clean(&fronts(&Tree::of(&[("x/src/y.rs", &text)])));
    }
}
