//! What the sections before the code may hold.

use super::body::at_most;
use super::module::{Module, invalid};
use crate::convention::Convention;
use crate::error::Refused;
use crate::imports::{self, show};
use crate::rules::{Audience, PAGE, Rules};
use wasmparser::{
    ConstExpr, Data, DataKind, Element, ElementItems, ElementKind, ExternalKind, FuncType, Import,
    MemoryType, Operator, Payload, TypeRef,
};

/// The host's name of what a module imports under a name that may be long.
fn cut(name: &str) -> String {
    name.chars().take(40).collect()
}

/// Looks at the counts that a section claims, before anybody makes room for them.
pub(super) fn counts(rules: &Rules, payload: &Payload<'_>) -> Result<(), Refused> {
    match payload {
        Payload::TypeSection(section) => {
            at_most("types", section.count().into(), rules.types.into())
        }
        Payload::ImportSection(section) => {
            at_most("imports", section.count().into(), rules.imports.into())
        }
        Payload::FunctionSection(section) => {
            at_most("functions", section.count().into(), rules.functions.into())
        }
        Payload::CodeSectionStart { count, .. } => {
            at_most("functions", (*count).into(), rules.functions.into())
        }
        Payload::GlobalSection(section) => {
            at_most("globals", section.count().into(), rules.globals.into())
        }
        Payload::ExportSection(section) => {
            at_most("exports", section.count().into(), rules.exports.into())
        }
        Payload::ElementSection(section) => {
            let limit = rules.element_segments.into();
            at_most("segments of elements", section.count().into(), limit)
        }
        Payload::DataSection(section) => {
            at_most("segments of data", section.count().into(), rules.data_segments.into())
        }
        _ => Ok(()),
    }
}

pub(super) fn function_type(rules: &Rules, ty: &FuncType) -> Result<(), Refused> {
    at_most("parameters", ty.params().len() as u64, rules.parameters as u64)?;
    at_most("results", ty.results().len() as u64, rules.results as u64)
}

pub(super) fn import(
    rules: &Rules,
    module: &mut Module,
    import: &Import<'_>,
) -> Result<(), Refused> {
    let ty = match import.ty {
        TypeRef::Func(index) => {
            module.function_types.push(index);
            module.imported_functions += 1;
            module.types.get(index as usize)
        }
        TypeRef::Global(_) => {
            module.globals += 1;
            None
        }
        _ => None,
    };
    if rules.audience == Audience::Suite {
        return Ok(());
    }
    let unknown = || Refused::UnknownImport { module: cut(import.module), name: cut(import.name) };
    let ty = ty.ok_or_else(unknown)?;
    let convention = Convention::of_module(import.module).ok_or_else(unknown)?;
    let (name, want) = imports::find(convention, import.name).ok_or_else(unknown)?;
    if !want.is(ty) {
        return Err(Refused::ImportType { name, got: show(ty), want });
    }
    match *module.convention.get_or_insert(convention) == convention {
        true => Ok(()),
        false => Err(Refused::Forbidden { what: "an import from `troupe` beside one from `env`" }),
    }
}

pub(super) fn memory(
    rules: &Rules,
    module: &mut Module,
    memory: &MemoryType,
) -> Result<(), Refused> {
    at_most("pages of memory", memory.initial, rules.pages)?;
    // The compiler leaves bounds to the address space only if there can be a page at all.
    if memory.maximum == Some(0) && rules.audience == Audience::Contract {
        return Err(Refused::Forbidden { what: "a memory that has no page, ever" });
    }
    module.pages = memory.initial;
    module.memories += 1;
    Ok(())
}

pub(super) fn element(
    rules: &Rules,
    module: &mut Module,
    element: &Element<'_>,
) -> Result<(), Refused> {
    let count = match &element.items {
        ElementItems::Functions(items) => items.count(),
        ElementItems::Expressions(_, items) => items.count(),
    };
    at_most("elements of a segment", count.into(), rules.table)?;
    if let ElementKind::Active { offset_expr, .. } = &element.kind
        && rules.audience == Audience::Contract
    {
        let end = u64::from(constant(offset_expr)?) + u64::from(count);
        fits("element", end, module.table)?;
    }
    Ok(())
}

pub(super) fn data(rules: &Rules, module: &Module, data: &Data<'_>) -> Result<(), Refused> {
    if let DataKind::Active { offset_expr, .. } = &data.kind
        && rules.audience == Audience::Contract
    {
        let end = u64::from(constant(offset_expr)?) + data.data.len() as u64;
        fits("data", end, module.pages * PAGE)?;
    }
    Ok(())
}

fn fits(what: &'static str, got: u64, limit: u64) -> Result<(), Refused> {
    if got > limit { Err(Refused::Segment { what, got, limit }) } else { Ok(()) }
}

/// Where a segment starts. Valid modules that import no global have one constant there, or a global
/// of their own, which no compiler writes.
fn constant(expression: &ConstExpr<'_>) -> Result<u32, Refused> {
    let first = expression.get_operators_reader().read().map_err(invalid)?;
    match first {
        Operator::I32Const { value } => Ok(value.cast_unsigned()),
        _ => Err(Refused::Forbidden { what: "a segment whose place is no constant" }),
    }
}

/// A function or the memory under a name.
pub(super) fn find_export(module: &Module, name: &str, kind: ExternalKind) -> Option<u32> {
    let found = module.exports.iter().find(|(known, _, _)| known == name)?;
    (found.1 == kind).then_some(found.2)
}
