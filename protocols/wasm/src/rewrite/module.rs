//! A whole module anew.

use super::added::{self, Added, Growth};
use super::body;
use crate::check::{Checked, USED};
use crate::rules::{Audience, Rules};
use wasm_encoder::reencode::{Error, Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, ExportKind,
    ExportSection, FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection,
    Module, StartSection, TableSection, TypeSection, ValType,
};
use wasmparser::{Parser, Payload};

/// The name under which the fuel is exported.
pub(crate) const FUEL: &str = "troupe fuel";

/// The name under which the height is exported.
pub(crate) const HEIGHT: &str = "troupe height";

#[derive(Default)]
struct Sections {
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    tables: TableSection,
    memories: MemorySection,
    most_pages: u64,
    globals: GlobalSection,
    exports: ExportSection,
    start: Option<u32>,
    elements: ElementSection,
    data_count: Option<u32>,
    code: CodeSection,
    data: DataSection,
}

/// Writes a module that was checked against the same rules; it has this much fuel when it starts.
pub(crate) fn rewrite(
    code: &[u8],
    checked: &Checked,
    rules: &Rules,
    fuel: i64,
) -> Result<Vec<u8>, Error> {
    let added = Added {
        fuel: checked.globals,
        height: checked.globals + 1,
        bytes: checked.functions,
        elements: checked.functions + 1,
        grow: checked.functions + 2,
    };
    let mut sections = Sections::default();
    let mut plans = checked.plans.iter();
    let mut parser = Parser::new(0);
    parser.set_features(rules.features());
    for payload in parser.parse_all(code) {
        match payload? {
            Payload::CodeSectionEntry(function) => {
                let plan = plans.next().expect("the check has counted the functions");
                let function =
                    body::rewrite(&function, plan, checked.imported, added, rules.floats)?;
                sections.code.function(&function);
            }
            payload => sections.copy(payload, rules)?,
        }
    }
    sections.add(checked, rules, added, fuel);
    Ok(sections.finish())
}

impl Sections {
    fn copy(&mut self, payload: Payload<'_>, rules: &Rules) -> Result<(), Error> {
        let same = &mut RoundtripReencoder;
        match payload {
            Payload::TypeSection(section) => same.parse_type_section(&mut self.types, section),
            Payload::ImportSection(section) => {
                same.parse_import_section(&mut self.imports, section)
            }
            Payload::FunctionSection(section) => {
                same.parse_function_section(&mut self.functions, section)
            }
            Payload::TableSection(section) => self.tables(section, rules),
            Payload::MemorySection(section) => self.memories(section, rules),
            Payload::GlobalSection(section) => {
                same.parse_global_section(&mut self.globals, section)
            }
            Payload::ExportSection(section) => self.exports(section, rules),
            Payload::StartSection { func, .. } => {
                self.start = Some(func);
                Ok(())
            }
            Payload::ElementSection(section) => {
                same.parse_element_section(&mut self.elements, section)
            }
            Payload::DataCountSection { count, .. } => {
                self.data_count = Some(count);
                Ok(())
            }
            Payload::DataSection(section) => same.parse_data_section(&mut self.data, section),
            // The header, the end, and custom sections, which mean nothing.
            _ => Ok(()),
        }
    }

    /// A memory without a maximum, or with one beyond the cap, gets the cap.
    fn memories(
        &mut self,
        section: wasmparser::MemorySectionReader<'_>,
        rules: &Rules,
    ) -> Result<(), Error> {
        for memory in section {
            let mut ty = RoundtripReencoder.memory_type(memory?)?;
            if rules.audience == Audience::Contract {
                self.most_pages = ty.maximum.map_or(rules.pages, |own| own.min(rules.pages));
                ty.maximum = Some(self.most_pages);
            }
            self.memories.memory(ty);
        }
        Ok(())
    }

    /// No table of a contract grows, so what it has is all there will be. (The compiled code would not
    /// start with a larger maximum than the package grants.)
    fn tables(
        &mut self,
        section: wasmparser::TableSectionReader<'_>,
        rules: &Rules,
    ) -> Result<(), Error> {
        for table in section {
            let mut ty = RoundtripReencoder.table_type(table?.ty)?;
            ty.maximum = match rules.audience {
                Audience::Contract => Some(ty.minimum),
                Audience::Suite => ty.maximum.map(|own| own.min(rules.table)),
            };
            self.tables.table(ty);
        }
        Ok(())
    }

    fn exports(
        &mut self,
        section: wasmparser::ExportSectionReader<'_>,
        rules: &Rules,
    ) -> Result<(), Error> {
        for export in section {
            let export = export?;
            let is_used = USED.contains(&export.name);
            if rules.audience == Audience::Suite || is_used {
                RoundtripReencoder.parse_export(&mut self.exports, export)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, checked: &Checked, rules: &Rules, added: Added, fuel: i64) {
        self.types.ty().function([ValType::I32], [ValType::I32]);
        for _ in 0..3 {
            self.functions.function(checked.types);
        }
        let counter = |val_type| GlobalType { val_type, mutable: true, shared: false };
        self.globals.global(counter(ValType::I64), &ConstExpr::i64_const(fuel));
        self.globals.global(counter(ValType::I32), &ConstExpr::i32_const(0));
        self.exports.export(FUEL, ExportKind::Global, added.fuel);
        self.exports.export(HEIGHT, ExportKind::Global, added.height);
        let growth = match rules.audience {
            Audience::Contract => {
                Growth::To(u32::try_from(self.most_pages).expect("capped at 256"))
            }
            Audience::Suite if checked.has_memory => Growth::Unknown,
            Audience::Suite => Growth::Nothing,
        };
        self.code.function(&added::bytes(added));
        self.code.function(&added::elements(added));
        self.code.function(&added::grow(added, growth));
    }

    fn finish(self) -> Vec<u8> {
        let mut module = Module::new();
        module.section(&self.types);
        module.section(&self.imports);
        module.section(&self.functions);
        module.section(&self.tables);
        module.section(&self.memories);
        module.section(&self.globals);
        module.section(&self.exports);
        if let Some(function_index) = self.start {
            module.section(&StartSection { function_index });
        }
        module.section(&self.elements);
        if let Some(count) = self.data_count {
            module.section(&DataCountSection { count });
        }
        module.section(&self.code);
        module.section(&self.data);
        module.finish()
    }
}
