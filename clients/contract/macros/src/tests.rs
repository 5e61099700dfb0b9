//! What is reported where, for everything that an author may get wrong.

use crate::error::Error;
use proc_macro2::TokenStream;

type Macro = fn(TokenStream, TokenStream) -> Result<TokenStream, Error>;

/// Expands a source text; lines count from 1, columns from 0.
fn places(expand: Macro, source: &str) -> Vec<(usize, usize, String)> {
    let item: TokenStream = source.parse().expect("the source has Rust's tokens");
    match expand(TokenStream::new(), item) {
        Ok(_) => Vec::new(),
        Err(error) => error.places(),
    }
}

#[track_caller]
fn reported(expand: Macro, source: &str, line: usize, column: usize, part: &str) {
    let places = places(expand, source);
    let [(got_line, got_column, message)] = places.as_slice() else {
        panic!("one error is expected: {places:?}");
    };
    assert!(message.contains(part), "{message}");
    assert_eq!((*got_line, *got_column), (line, column), "{message}");
}

#[track_caller]
fn accepted(expand: Macro, source: &str) {
    assert_eq!(places(expand, source), []);
}

#[test]
fn functions_that_cannot_be_called_are_named() {
    let within = |method: &str| format!("impl Shop {{\n#[public]\n{method}\n}}");
    for (method, column, part) in [
        ("pub fn f(self) {}", 9, "`&self`, `&mut self` or no `self`"),
        ("pub fn f<T>(&self, value: T) {}", 8, "no generic parameters"),
        ("pub async fn f(&self) {}", 4, "does not wait"),
        ("pub unsafe fn f(&self) {}", 4, "is safe"),
        ("pub extern \"C\" fn f(&self) {}", 4, "calling convention"),
        ("pub fn f(&self, text: &str) {}", 22, "values, not references"),
        ("pub fn f(&self, (a, b): (u8, u8)) {}", 16, "has a name"),
        ("pub fn f(&self) -> &str {}", 19, "values, not references"),
        ("pub fn f(&self, value: impl Copy) {}", 23, "values of one type"),
    ] {
        reported(crate::contract::expand, &within(method), 3, column, part);
    }
    let many: Vec<String> = (0..13).map(|number| format!("a{number}: u8")).collect();
    let method = format!("pub fn f({}) {{}}", many.join(", "));
    reported(crate::contract::expand, &within(&method), 3, 9, "13 parameters exceed 12");
}

#[test]
fn what_a_function_says_of_itself_has_to_be_so() {
    let within =
        |words: &str, method: &str| format!("impl Shop {{\n#[public({words})] {method}\n}}");
    for (words, method, column, part) in [
        ("view", "fn f(&mut self) {}", 9, "a view changes nothing"),
        ("view", "fn f() {}", 9, "a view reads the contract"),
        ("pure", "fn f(&self) {}", 9, "a pure function reads nothing"),
        ("payable", "fn f(&self) {}", 9, "it takes `&mut self`"),
        ("fast", "fn f(&self) {}", 9, "`fast` is none of"),
        ("pure, view", "fn f() {}", 15, "is enough"),
        ("name = \"two words\"", "fn f(&self) {}", 16, "no name in Solidity"),
    ] {
        reported(crate::contract::expand, &within(words, method), 2, column, part);
    }
    for (words, method) in [
        ("view", "fn f(&self) {}"),
        ("pure", "fn f(number: u8) -> u8 { number }"),
        ("payable, name = \"f2\"", "fn f(&mut self) {}"),
    ] {
        accepted(crate::contract::expand, &within(words, method));
    }
}

#[test]
fn a_contract_is_an_impl_with_something_to_call() {
    let expand = crate::contract::expand;
    reported(expand, "struct Shop { a: u8 }", 1, 0, "before the struct stands `#[storage]`");
    reported(expand, "impl Clone for Shop {}", 1, 5, "of no trait");
    reported(expand, "impl<T> Shop<T> {}", 1, 4, "no generic parameters");
    reported(expand, "impl Shop { fn f(&self) {} }", 1, 5, "mark functions `#[public]`");
    let twice =
        "impl Shop {\n#[constructor] fn a(&mut self) {}\n#[constructor] fn b(&mut self) {}\n}";
    reported(expand, twice, 3, 18, "one constructor");
    let both = "impl Shop {\n#[public]\n#[constructor] fn a(&mut self) {}\n}";
    reported(expand, both, 3, 0, "one thing only");
    let pays = "impl Shop { #[receive] fn a(&mut self, sum: u8) {} }";
    reported(expand, pays, 1, 23, "takes and returns nothing");
    let back = "impl Shop { #[fallback] fn a(&mut self, input: Bytes) {} }";
    reported(expand, back, 1, 24, "returns `Bytes`");
    let reads = "impl Shop { #[constructor] fn a(&self) {} }";
    reported(expand, reads, 1, 32, "a constructor takes `&mut self`");
}

#[test]
fn several_mistakes_are_reported_at_once() {
    let source = "impl Shop {\n#[public] fn a(self) {}\n#[public] fn b(&self, text: &str) {}\n}";
    let lines: Vec<usize> =
        places(crate::contract::expand, source).into_iter().map(|(line, _, _)| line).collect();
    assert_eq!(lines, [2, 3]);
}

#[test]
fn structs_that_cannot_be_stored_or_sent_are_named() {
    for (expand, source, column, part) in [
        (crate::storage::expand as Macro, "enum A { B }", 0, "marked `#[value]`"),
        (crate::storage::expand, "struct A(Value<u8>);", 0, "fields with names"),
        (crate::storage::expand, "struct A<T> { a: Value<T> }", 8, "no generic parameters"),
        (crate::event::expand, "enum A { B }", 0, "one for each event"),
        (crate::event::expand, "struct A(u8);", 8, "have names"),
        (crate::event::expand, "struct A<T> { a: T }", 8, "no generic parameters"),
        (crate::revert::expand, "fn a() {}", 0, "a struct or an enum"),
        (crate::revert::expand, "enum A { B(u8) }", 10, "have names"),
        (crate::revert::expand, "enum A {}", 0, "has variants"),
        (crate::value::expand, "struct A;", 0, "fields with names"),
        (crate::value::expand, "enum A { B { c: u8 } }", 9, "have no fields"),
        (crate::value::expand, "enum A { B = 3 }", 13, "from 0 on"),
        (crate::value::expand, "enum A {}", 0, "0 variants"),
        (crate::interface::expand, "struct A {}", 0, "before a trait"),
        (crate::interface::expand, "trait A { type B; }", 10, "functions only"),
        (crate::interface::expand, "trait A { fn b(&self) {} }", 22, "end with `;`"),
        (
            crate::interface::expand,
            "trait A { fn b(&self) -> Result<u8, E>; }",
            22,
            "what Solidity returns",
        ),
    ] {
        reported(expand, source, 1, column, part);
    }
    let four =
        "struct A {\n#[indexed] a: u8,\n#[indexed] b: u8,\n#[indexed] c: u8,\n#[indexed] d: u8 }";
    reported(crate::event::expand, four, 5, 11, "4 indexed fields exceed 3");
}

#[test]
fn an_attribute_that_takes_nothing_says_so() {
    let item = || "struct A { b: u8 }".parse::<TokenStream>().expect("tokens");
    let argument = || "now".parse::<TokenStream>().expect("tokens");
    for expand in [crate::storage::expand as Macro, crate::event::expand, crate::revert::expand] {
        let error = expand(argument(), item()).expect_err("nothing belongs there");
        assert!(error.places()[0].2.contains("takes nothing in parentheses"));
    }
}
