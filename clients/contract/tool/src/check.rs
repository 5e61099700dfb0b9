//! A module against the rules by which the chain takes one.

use crate::imports::{IMPORTS, MODULE};
use crate::module;
use std::fmt::{Display, Formatter};
use wasmparser::{
    CompositeInnerType, ExternalKind, FuncType, Parser, Payload, TypeRef, Validator, WasmFeatures,
};

/// Bytes of the largest module: 512 KiB.
const LARGEST: usize = 512 * 1024;
/// Pages of the largest memory: 16 MiB.
const PAGES: u64 = 256;
/// Bytes of the longest function.
const BODY: usize = 64 * 1024;
/// Variables of one function.
const LOCALS: u32 = 512;

/// What a module is made of, and what is wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Report {
    size: usize,
    sections: Vec<(&'static str, usize)>,
    functions: u32,
    imports: Vec<String>,
    exports: Vec<String>,
    pub(crate) problems: Vec<String>,
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "size       {} of {LARGEST} bytes", self.size)?;
        for (name, size) in &self.sections {
            writeln!(f, "  {name:<9}{size}")?;
        }
        writeln!(f, "functions  {}", self.functions)?;
        writeln!(f, "exports    {}", self.exports.join(", "))?;
        writeln!(f, "imports    {}", self.imports.join(", "))?;
        for problem in &self.problems {
            writeln!(f, "problem    {problem}")?;
        }
        if self.problems.is_empty() {
            writeln!(f, "The chain's rules are kept.")?;
        }
        Ok(())
    }
}

/// Examines a module.
pub(crate) fn report(bytes: &[u8]) -> Report {
    let mut report = Report { size: bytes.len(), ..Report::default() };
    if bytes.len() > LARGEST {
        report.problems.push(format!("{} bytes exceed {LARGEST}", bytes.len()));
    }
    match module::said_length(bytes) {
        Some(length) if length == bytes.len() => {}
        Some(length) => {
            report.problems.push(format!("its first section says {length} bytes"));
        }
        None => report.problems.push(format!("its first section is not `{}`", module::FRONT)),
    }
    if let Err(error) = Validator::new_with_features(features()).validate_all(bytes) {
        report.problems.push(error.to_string());
    }
    if let Err(error) = examine(bytes, &mut report) {
        report.problems.push(error.to_string());
    }
    report
}

/// What the chain understands: the first version without floats, and three later proposals.
fn features() -> WasmFeatures {
    WasmFeatures::MUTABLE_GLOBAL | WasmFeatures::SIGN_EXTENSION | WasmFeatures::BULK_MEMORY
}

fn examine(bytes: &[u8], report: &mut Report) -> Result<(), wasmparser::BinaryReaderError> {
    let mut types: Vec<FuncType> = Vec::new();
    let mut functions: Vec<u32> = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        if let Some((number, range)) = payload.as_section() {
            report.sections.push((name_of(number), range.len()));
        }
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    for of in group?.into_types() {
                        if let CompositeInnerType::Func(of) = of.composite_type.inner {
                            types.push(of);
                        }
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    report.imports.push(import.name.to_owned());
                    let of = match import.ty {
                        TypeRef::Func(index) => {
                            functions.push(index);
                            types.get(index as usize)
                        }
                        _ => None,
                    };
                    if let Some(problem) = wrong_import(import.module, import.name, of) {
                        report.problems.push(problem);
                    }
                }
            }
            Payload::FunctionSection(section) => {
                report.functions = section.count();
                for index in section {
                    functions.push(index?);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    let pages = memory?.maximum;
                    if pages.is_none_or(|pages| pages > PAGES) {
                        let got = pages.map_or("no maximum".to_owned(), |pages| format!("{pages}"));
                        report.problems.push(format!("pages of memory: {got}, at most {PAGES}"));
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                let size = body.range().len();
                if size > BODY {
                    report.problems.push(format!("a function of {size} bytes exceeds {BODY}"));
                }
                let mut locals = 0u32;
                for group in body.get_locals_reader()? {
                    locals = locals.saturating_add(group?.0);
                }
                if locals > LOCALS {
                    report.problems.push(format!("{locals} variables exceed {LOCALS}"));
                }
            }
            Payload::StartSection { .. } => {
                report.problems.push("a start function would run unasked".to_owned());
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    report.exports.push(export.name.to_owned());
                    let of = functions.get(export.index as usize);
                    let of = of.and_then(|index| types.get(*index as usize));
                    if let Some(problem) = wrong_export(export.name, export.kind, of) {
                        report.problems.push(problem);
                    }
                }
            }
            _ => {}
        }
    }
    for needed in ["memory", "main"] {
        if !report.exports.iter().any(|name| name == needed) {
            report.problems.push(format!("`{needed}` is not exported"));
        }
    }
    Ok(())
}

fn wrong_import(module: &str, name: &str, of: Option<&FuncType>) -> Option<String> {
    let known = IMPORTS.iter().find(|(known, _, _)| module == MODULE && *known == name);
    let Some((_, parameters, results)) = known else {
        return Some(format!("`{module}.{name}` is imported, which the chain does not have"));
    };
    let fits = of.is_some_and(|of| of.params() == *parameters && of.results() == *results);
    (!fits).then(|| format!("`{name}` is imported with another type than the chain's"))
}

fn wrong_export(name: &str, kind: ExternalKind, of: Option<&FuncType>) -> Option<String> {
    match (name, kind) {
        ("memory", ExternalKind::Memory) => None,
        ("main" | "deploy", ExternalKind::Func) => {
            let results = of.map(|of| (of.params(), of.results()));
            let fits = results == Some((&[], &[wasmparser::ValType::I32]));
            (!fits).then(|| format!("`{name}` takes nothing and returns an i32"))
        }
        _ => Some(format!("`{name}` is exported, which the chain does not use")),
    }
}

fn name_of(number: u8) -> &'static str {
    match number {
        0 => "custom",
        1 => "types",
        2 => "imports",
        3 => "functions",
        4 => "tables",
        5 => "memory",
        6 => "globals",
        7 => "exports",
        8 => "start",
        9 => "elements",
        10 => "code",
        11 => "data",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = r#"
        (import "troupe" "input_size" (func (result i32)))
        (memory (export "memory") 1 256)
        (func (export "troupe_main") (result i32) (call 0))"#;

    fn built(text: &str) -> Vec<u8> {
        let module = wat::parse_str(format!("(module {text})")).expect("a module");
        module::put_together(&module::take_apart(&module).expect("sections")).expect("short")
    }

    #[track_caller]
    fn refused(text: &str, part: &str) {
        let problems = report(&built(text)).problems;
        assert!(problems.iter().any(|problem| problem.contains(part)), "{problems:?}");
    }

    #[test]
    fn a_module_of_a_contract_is_taken() {
        let report = report(&built(GOOD));
        assert_eq!(report.problems, [] as [&str; 0]);
        let text = report.to_string();
        assert!(text.contains("imports    input_size\n"), "{text}");
        assert!(text.contains("exports    memory, main\n"), "{text}");
    }

    #[test]
    fn what_the_chain_refuses_is_named() {
        let with = |more: &str| format!("{GOOD} {more}");
        let import = |of: &str| format!("(import {of}) (memory (export \"memory\") 1 1)");
        refused(&with("(func (param f64))"), "floating-point");
        refused(&with("(func) (start 1)"), "start function");
        refused(&with("(func (result v128) unreachable)"), "SIMD");
        refused(&import(r#""env" "now" (func)"#), "`env.now` is imported");
        refused(&import(r#""troupe" "input_size" (func)"#), "with another type");
        refused(&import(r#""troupe" "input_size" (memory 1)"#), "with another type");
        refused("(memory (export \"memory\") 1)", "no maximum");
        refused("(memory (export \"memory\") 1 257)", "257, at most 256");
        refused("(memory (export \"memory\") 1 1)", "`main` is not exported");
        refused("(func (export \"troupe_main\"))", "`main` takes nothing and returns an i32");
        refused("(func (export \"troupe_main\"))", "`memory` is not exported");
        let long = with(&format!("(data (i32.const 0) \"{}\")", "a".repeat(LARGEST)));
        refused(&long, "exceed 524288");
        refused(&with(&format!("(func {})", "nop ".repeat(BODY))), "bytes exceeds 65536");
        refused(
            &with(&format!("(func (local {}))", "i32 ".repeat(513))),
            "513 variables exceed 512",
        );
    }

    #[test]
    fn a_module_without_its_front_or_with_another_length_is_named() {
        let mut module = built(GOOD);
        module.push(0);
        assert!(report(&module).problems[0].contains("its first section says"));
        assert!(report(&module::MAGIC).problems[0].contains("is not `troupe`"));
        assert!(!report(&[]).problems.is_empty());
    }

    #[test]
    fn a_part_of_a_module_is_refused() {
        let module = built(GOOD);
        for end in 0..module.len() {
            assert!(!report(&module[..end]).problems.is_empty(), "cut at {end}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(0u8..16, 0..200)) {
            let _ = report(&[&module::MAGIC[..], &bytes].concat());
        }
    }
}
