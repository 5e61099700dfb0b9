//! A whole module, section by section.

use super::body::{self, Plan, at_most};
use super::sections::{self, find_export};
use crate::convention::Convention;
use crate::error::Refused;
use crate::imports::show;
use crate::rules::{Audience, Rules};
use wasmparser::{
    BinaryReaderError, ExternalKind, FuncType, FuncValidatorAllocations, Parser, Payload,
    ValidPayload, Validator,
};

/// What the rewriting and the run have to know of a module that follows the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checked {
    /// Its functions, in their order.
    pub plans: Vec<Plan>,
    /// Types, the ones of imports included.
    pub types: u32,
    /// Imported functions and those of its own.
    pub functions: u32,
    /// Imported functions.
    pub imported: u32,
    /// Imported globals and those of its own.
    pub globals: u32,
    /// Pages of memory at the start.
    pub pages: u64,
    /// Elements of the table.
    pub table: u64,
    /// Whether there is a memory of its own or an imported one.
    pub has_memory: bool,
    /// How it is called and what it may ask.
    pub convention: Convention,
    /// Whether it may be called at creation.
    pub has_deploy: bool,
}

/// What is known of a module while it is read.
#[derive(Debug, Default)]
pub(super) struct Module {
    pub types: Vec<FuncType>,
    /// The type of each function, imported ones first.
    pub function_types: Vec<u32>,
    pub imported_functions: u32,
    /// Whose functions it imports, if any.
    pub convention: Option<Convention>,
    pub globals: u32,
    pub pages: u64,
    pub memories: u32,
    pub table: u64,
    pub exports: Vec<(String, ExternalKind, u32)>,
    pub plans: Vec<Plan>,
}

/// What the validator says.
pub(crate) fn invalid(error: BinaryReaderError) -> Refused {
    Refused::Invalid { at: error.offset(), rule: error.message().to_owned() }
}

/// The convention whose rules a module is held against: PlatON's if it has the entry of that. Whether it is
/// of that convention otherwise, and valid, the check says.
pub(crate) fn convention_of(code: &[u8]) -> Convention {
    let payloads = Parser::new(0).parse_all(code).map_while(Result::ok);
    let exports = payloads.into_iter().find_map(|payload| match payload {
        Payload::ExportSection(section) => Some(section),
        _ => None,
    });
    let mut names = exports.into_iter().flatten().map_while(Result::ok);
    match names.any(|export| export.name == "invoke" && export.kind == ExternalKind::Func) {
        true => Convention::Platon,
        false => Convention::Troupe,
    }
}

/// Checks a module against rules.
pub(crate) fn check(code: &[u8], rules: &Rules) -> Result<Checked, Refused> {
    at_most("bytes of a module", code.len() as u64, rules.module_bytes as u64)?;
    let mut validator = Validator::new_with_features(rules.features());
    let mut parser = Parser::new(0);
    parser.set_features(rules.features());
    let mut allocations = FuncValidatorAllocations::default();
    let mut module = Module::default();
    for payload in parser.parse_all(code) {
        let payload = payload.map_err(invalid)?;
        sections::counts(rules, &payload)?;
        let validated = validator.payload(&payload).map_err(invalid)?;
        if let ValidPayload::Func(function, body) = validated {
            module.plans.push(body::check(
                rules,
                function,
                &body,
                module.imported_functions,
                &mut allocations,
            )?);
        }
        read(rules, &mut module, payload)?;
    }
    let (convention, has_deploy) = match rules.audience {
        Audience::Contract => entries(&module)?,
        Audience::Suite => (Convention::Troupe, false),
    };
    Ok(Checked {
        types: count(module.types.len()),
        functions: count(module.function_types.len()),
        plans: module.plans,
        imported: module.imported_functions,
        globals: module.globals,
        pages: module.pages,
        table: module.table,
        has_memory: module.memories > 0,
        convention,
        has_deploy,
    })
}

/// Counts that were compared with caps before.
fn count(number: usize) -> u32 {
    u32::try_from(number).expect("below a cap of far less")
}

fn read(rules: &Rules, module: &mut Module, payload: Payload<'_>) -> Result<(), Refused> {
    match payload {
        Payload::TypeSection(section) => {
            for ty in section.into_iter_err_on_gc_types() {
                let ty = ty.map_err(invalid)?;
                sections::function_type(rules, &ty)?;
                module.types.push(ty);
            }
        }
        Payload::ImportSection(section) => {
            for import in section.into_imports() {
                let import = import.map_err(invalid)?;
                if matches!(import.ty, wasmparser::TypeRef::Memory(_)) {
                    module.memories += 1;
                }
                sections::import(rules, module, &import)?;
            }
        }
        Payload::FunctionSection(section) => {
            for index in section {
                module.function_types.push(index.map_err(invalid)?);
            }
        }
        Payload::TableSection(section) => {
            for table in section {
                let table = table.map_err(invalid)?;
                at_most("elements of a table", table.ty.initial, rules.table)?;
                module.table = table.ty.initial;
            }
        }
        Payload::MemorySection(section) => {
            for memory in section {
                sections::memory(rules, module, &memory.map_err(invalid)?)?;
            }
        }
        Payload::GlobalSection(section) => {
            module.globals = module.globals.saturating_add(section.count());
        }
        Payload::ExportSection(section) => {
            for export in section {
                let export = export.map_err(invalid)?;
                if USED.contains(&export.name) {
                    module.exports.push((export.name.to_owned(), export.kind, export.index));
                }
            }
        }
        Payload::StartSection { .. } if rules.audience == Audience::Contract => {
            return Err(Refused::Forbidden { what: "a start function" });
        }
        Payload::ElementSection(section) => {
            for element in section {
                sections::element(rules, module, &element.map_err(invalid)?)?;
            }
        }
        Payload::DataSection(section) => {
            for data in section {
                sections::data(rules, module, &data.map_err(invalid)?)?;
            }
        }
        // The rest has no rule beyond the validator's.
        _ => {}
    }
    Ok(())
}

/// Exports that are used.
pub(crate) const USED: [&str; 4] = ["memory", "main", "deploy", "invoke"];

/// The convention of a module: that of its entry, and of its imports if it has any.
fn convention(module: &Module) -> Result<Convention, Refused> {
    let is_there = |name| find_export(module, name, ExternalKind::Func).is_some();
    let convention = match (is_there("main"), is_there("invoke")) {
        (true, true) => return Err(Refused::Forbidden { what: "`invoke` beside `main`" }),
        (true, false) => Convention::Troupe,
        (false, true) => Convention::Platon,
        (false, false) => {
            return Err(Refused::MissingExport { name: "main", what: "function" });
        }
    };
    if module.convention.is_some_and(|imported| imported != convention) {
        let what = match convention {
            Convention::Troupe => "`main` beside imports from `env`",
            Convention::Platon => "`invoke` beside imports from `troupe`",
        };
        return Err(Refused::Forbidden { what });
    }
    Ok(convention)
}

/// Whether the memory and the entries are what they have to be; the convention, and whether there is a
/// constructor.
fn entries(module: &Module) -> Result<(Convention, bool), Refused> {
    if find_export(module, "memory", ExternalKind::Memory).is_none() {
        return Err(Refused::MissingExport { name: "memory", what: "memory" });
    }
    let convention = convention(module)?;
    let names: &[&'static str] = match convention {
        Convention::Troupe => &["main", "deploy"],
        Convention::Platon => &["invoke"],
    };
    for name in names {
        let Some(index) = find_export(module, name, ExternalKind::Func) else { continue };
        if index < module.imported_functions {
            return Err(Refused::Forbidden { what: "an entry that is imported" });
        }
        let ty = module
            .function_types
            .get(index as usize)
            .and_then(|ty| module.types.get(*ty as usize))
            .expect("the validator has checked the index");
        if !ty.params().is_empty() || ty.results() != convention.returns() {
            let want = convention.entry_type();
            return Err(Refused::EntryType { name, got: show(ty), want });
        }
    }
    // What PlatON's contracts are called with says that it is for their constructor.
    if convention == Convention::Platon {
        return Ok((convention, true));
    }
    let deploy = module.exports.iter().find(|(name, _, _)| name == "deploy");
    match deploy {
        None => Ok((convention, false)),
        Some((_, ExternalKind::Func, _)) => Ok((convention, true)),
        Some(_) => Err(Refused::MissingExport { name: "deploy", what: "function" }),
    }
}
