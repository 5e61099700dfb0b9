//! Instances by name, and what scripts may import from `spectest`.

use std::collections::BTreeMap;
use troupe_wasm::suite::{compiler, prepare, settle};
use wasmer::{
    Extern, Function, Global, Imports, Instance, Memory, MemoryType, Module, Store, Table,
    TableType, Type, Value,
};

/// Why a module is not instantiated.
pub(crate) enum Refusal {
    /// It needs a proposal that is not enabled, or an instance that does.
    Outside,
    /// It is not valid.
    Invalid(String),
    /// It does not link, or traps at the start.
    Instance(String),
}

/// The instances of one script.
pub(crate) struct Linker {
    pub store: Store,
    imports: Imports,
    /// Names under which nothing is registered, because it is outside.
    missing: Vec<String>,
    named: BTreeMap<String, Option<Instance>>,
    last: Option<Instance>,
    last_name: Option<String>,
    /// The names of instances by the names that they are registered under.
    registered: BTreeMap<String, String>,
    /// Everything that may have a height.
    all: Vec<Instance>,
}

impl Linker {
    pub(crate) fn new() -> Self {
        let mut store = Store::new(compiler());
        let imports = spectest(&mut store);
        Self {
            store,
            imports,
            missing: Vec::new(),
            named: BTreeMap::new(),
            last: None,
            last_name: None,
            registered: BTreeMap::new(),
            all: Vec::new(),
        }
    }

    /// Sets the height of all instances back before a call from outside.
    pub(crate) fn settle(&mut self) {
        for instance in &self.all {
            settle(&mut self.store, instance);
        }
    }

    /// What a module that is outside would have changed is not known any more.
    fn forget(&mut self, code: &[u8]) {
        for payload in wasmparser::Parser::new(0).parse_all(code).map_while(Result::ok) {
            let wasmparser::Payload::ImportSection(section) = payload else { continue };
            for import in section.into_imports().map_while(Result::ok) {
                if let Some(id) = self.registered.get(import.module) {
                    self.named.insert(id.clone(), None);
                }
            }
        }
    }

    /// Checks, compiles and starts a module.
    pub(crate) fn start(&mut self, code: &[u8]) -> Result<Instance, Refusal> {
        let prepared = match prepare(code) {
            Ok(prepared) => prepared,
            Err(_) if is_of_a_proposal(code) => {
                self.forget(code);
                return Err(Refusal::Outside);
            }
            Err(refused) => return Err(Refusal::Invalid(refused.to_string())),
        };
        let module = Module::from_binary(&self.store, &prepared)
            .map_err(|error| Refusal::Invalid(format!("does not compile: {error}")))?;
        for import in module.imports() {
            let is_shared = import.module() == "spectest" && import.name().contains("shared");
            if is_shared || self.missing.iter().any(|name| name == import.module()) {
                return Err(Refusal::Outside);
            }
        }
        let instance = Instance::new(&mut self.store, &module, &self.imports)
            .map_err(|error| Refusal::Instance(error.to_string()))?;
        self.all.push(instance.clone());
        Ok(instance)
    }

    /// Remembers the newest instance; `None` if it is outside.
    pub(crate) fn keep(&mut self, name: Option<&str>, instance: Option<Instance>) {
        if let Some(name) = name {
            self.named.insert(name.to_owned(), instance.clone());
        }
        self.last = instance;
        self.last_name = name.map(str::to_owned);
    }

    pub(crate) fn get(&self, name: Option<&str>) -> Option<Instance> {
        match name {
            Some(name) => self.named.get(name).cloned().flatten(),
            None => self.last.clone(),
        }
    }

    /// Lets other modules import from an instance; false if it is outside.
    pub(crate) fn register(&mut self, under: &str, name: Option<&str>) -> bool {
        let Some(instance) = self.get(name) else {
            self.missing.push(under.to_owned());
            return false;
        };
        self.missing.retain(|missing| missing != under);
        if let Some(name) = name.map(str::to_owned).or_else(|| self.last_name.clone()) {
            self.registered.insert(under.to_owned(), name);
        }
        self.imports.register_namespace(under, instance.exports);
        true
    }
}

/// Whether a module is valid when every proposal is enabled.
pub(crate) fn is_of_a_proposal(code: &[u8]) -> bool {
    let features = wasmparser::WasmFeatures::all();
    wasmparser::Validator::new_with_features(features).validate_all(code).is_ok()
}

fn spectest(store: &mut Store) -> Imports {
    let mut imports = Imports::new();
    let mut define = |name: &str, value: Extern| imports.define("spectest", name, value);
    define("print", Function::new_typed(store, || {}).into());
    define("print_i32", Function::new_typed(store, |_: i32| {}).into());
    define("print_i64", Function::new_typed(store, |_: i64| {}).into());
    define("print_f32", Function::new_typed(store, |_: f32| {}).into());
    define("print_f64", Function::new_typed(store, |_: f64| {}).into());
    define("print_i32_f32", Function::new_typed(store, |_: i32, _: f32| {}).into());
    define("print_f64_f64", Function::new_typed(store, |_: f64, _: f64| {}).into());
    define("global_i32", Global::new(store, Value::I32(666)).into());
    define("global_i64", Global::new(store, Value::I64(666)).into());
    define("global_f32", Global::new(store, Value::F32(666.6)).into());
    define("global_f64", Global::new(store, Value::F64(666.6)).into());
    let table = TableType::new(Type::FuncRef, 10, Some(20));
    if let Ok(table) = Table::new(store, table, Value::FuncRef(None)) {
        define("table", table.into());
    }
    if let Ok(memory) = Memory::new(store, MemoryType::new(1, Some(2), false)) {
        define("memory", memory.into());
    }
    imports
}
