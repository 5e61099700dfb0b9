//! Words that no tracked file holds. Each is written here in two halves, so that this file passes.

use super::tree::{Tree, assert_clean, assert_one};

/// Marks of unfinished work, in Rust files.
const UNFINISHED: &[&str] = &[
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("dbg", "!("),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("//! Place", "holder"),
    concat!("#[ig", "nore]"),
];

/// Paths of one machine, in any file.
const MACHINE_PATHS: &[&str] =
    &[concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/tm", "p/")];

/// Attributes that silence a lint, and so have to say why.
const SILENCERS: &[&str] = &[
    concat!("#[all", "ow("),
    concat!("#![all", "ow("),
    concat!("#[exp", "ect("),
    concat!("#![exp", "ect("),
];

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Complaints about unfinished work.
fn unfinished(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in tree.rust() {
        for word in UNFINISHED {
            for (at, _) in text.match_indices(word) {
                complaints.push(format!("{path}:{}: `{word}`", line_of(text, at)));
            }
        }
    }
    complaints
}

/// Complaints about paths that exist on one machine only.
fn machine_paths(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in tree.files() {
        for word in MACHINE_PATHS {
            for (at, _) in text.match_indices(word) {
                let starts = !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '}');
                if starts {
                    complaints.push(format!("{path}:{}: `{word}`", line_of(text, at)));
                }
            }
        }
    }
    complaints
}

/// Complaints about lints silenced without a reason.
fn silenced(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in tree.rust() {
        for word in SILENCERS {
            for (at, _) in text.match_indices(word) {
                let attribute = text[at..].split(")]").next().unwrap_or_default();
                if !attribute.contains("reason = \"") {
                    complaints
                        .push(format!("{path}:{}: silenced without reason", line_of(text, at)));
                }
            }
        }
    }
    complaints
}

#[test]
fn nothing_is_left_unfinished() {
    assert_clean(&unfinished(&Tree::of_this_repository()));
}

#[test]
fn no_file_names_a_path_of_one_machine() {
    assert_clean(&machine_paths(&Tree::of_this_repository()));
}

#[test]
fn every_silenced_lint_says_why() {
    assert_clean(&silenced(&Tree::of_this_repository()));
}

#[test]
fn unfinished_work_is_named_with_its_line() {
    for word in UNFINISHED {
        let text = format!("//! A.\n\n{word}");
        assert_one(&unfinished(&Tree::of(&[("a.rs", &text)])), "a.rs:3: ");
    }
    assert_clean(&unfinished(&Tree::of(&[("a.rs", "let todo = ignored;")])));
}

#[test]
fn a_path_of_one_machine_is_named() {
    for word in MACHINE_PATHS {
        let text = format!("see `{word}x`");
        assert_one(&machine_paths(&Tree::of(&[("a.md", &text)])), "a.md:1: ");
        // `docs/work/x` and `${DIR}/tmp/x` are paths of the project.
        let inside = format!("see docs{word}x and ${{DIR}}{word}x");
        assert_clean(&machine_paths(&Tree::of(&[("a.md", &inside)])));
    }
}

#[test]
fn a_lint_silenced_without_reason_is_named() {
    for word in SILENCERS {
        let bare = format!("{word}dead_code)]\nfn f() {{}}");
        assert_one(&silenced(&Tree::of(&[("a.rs", &bare)])), "a.rs:1: ");
        let reasoned = format!("{word}\n    dead_code,\n    reason = \"why\"\n)]\nfn f() {{}}");
        assert_clean(&silenced(&Tree::of(&[("a.rs", &reasoned)])));
    }
}
