//! The one place that compiles.
//!
//! Every module has a compiler and executable memory of its own, which go when it goes: the
//! package keeps the memory of all modules of one engine until the engine goes.

use crate::check::{Checked, check, convention_of};
use crate::convention::Convention;
use crate::outcome::Trap;
use crate::rewrite::rewrite;
use crate::rules::Rules;
use crate::{Error, imports};
use core::num::NonZero;
use wasmer::sys::{BaseTunables, Features, Target};
use wasmer::sys::{NativeEngineExt, Singlepass};
use wasmer::{CompileError, Engine, Module};

/// A contract that can be started.
pub(crate) struct Compiled {
    pub engine: Engine,
    pub module: Module,
    pub facts: Facts,
    /// The host's functions that it imports, in their order.
    pub imports: Vec<&'static str>,
    /// Memory that it takes, roughly.
    pub bytes: usize,
}

/// Native code and all that is kept about it, for a byte of the module and for a function; measured
/// for modules that grow most, see `cargo x bench wasm`.
const GROWTH: (usize, usize) = (48, 512);

/// What a module takes beside: pages that are not full, a compiler.
const BESIDE: usize = 64 * 1024;

/// What a start has to know of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Pages of memory at the start.
    pub pages: u64,
    /// Elements of the table.
    pub table: u64,
    /// How it is called and what it may ask.
    pub convention: Convention,
    /// Whether it may be called at creation.
    pub has_deploy: bool,
}

/// Why there is no compiled form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Every node finds the same.
    Trap(Trap),
    /// This node has no means.
    Fault(Error),
}

impl Facts {
    pub(crate) fn of(checked: &Checked) -> Self {
        let Checked { pages, table, convention, has_deploy, .. } = *checked;
        Self { pages, table, convention, has_deploy }
    }
}

/// A compiler with memory of its own.
///
/// Memories lie in an address space that no pointer of a contract can leave, four GiB and a guard of
/// two: the compiler's own check of bounds is wrong for a memory without a page, so it is not used.
pub(crate) fn engine() -> Engine {
    let mut compiler = Singlepass::new();
    compiler.canonicalize_nans(true).num_threads(NonZero::<usize>::MIN);
    let mut features = Features::none();
    features.bulk_memory(true).multi_value(true);
    let target = Target::default();
    let tunables = BaseTunables::for_target(&target);
    let mut engine = <Engine as NativeEngineExt>::new(Box::new(compiler), target, features);
    engine.set_tunables(tunables);
    engine
}

/// Checks, rewrites and compiles.
pub(crate) fn compile(code: &[u8]) -> Result<Compiled, Failure> {
    let rules = Rules::contract(convention_of(code));
    let checked = check(code, &rules).map_err(|_| Failure::Trap(Trap::NotContract))?;
    let rewritten = rewrite(code, &checked, &rules, 0)
        .map_err(|error| Failure::Fault(Error::Compile(error.to_string())))?;
    let engine = engine();
    let module = Module::from_binary(&engine, &rewritten).map_err(failure)?;
    let functions = checked.plans.len().saturating_mul(GROWTH.1);
    let bytes = code.len().saturating_mul(GROWTH.0).saturating_add(functions);
    Compiled::new(engine, module, Facts::of(&checked), bytes)
}

/// What the compiler cannot do is the same on every node with the same engine; what the machine
/// cannot do is not.
fn failure(error: CompileError) -> Failure {
    match error {
        CompileError::Wasm(_)
        | CompileError::Codegen(_)
        | CompileError::Validate(_)
        | CompileError::UnsupportedFeature(_) => Failure::Trap(Trap::NotCompiled),
        CompileError::UnsupportedTarget(_)
        | CompileError::Resource(_)
        | CompileError::MiddlewareError(_)
        | CompileError::Aborted(_) => Failure::Fault(Error::Compile(error.to_string())),
    }
}

impl Compiled {
    pub(crate) fn new(
        engine: Engine,
        module: Module,
        facts: Facts,
        bytes: usize,
    ) -> Result<Self, Failure> {
        let imports = module
            .imports()
            .map(|import| imports::find(facts.convention, import.name()).map(|(name, _)| name))
            .collect::<Option<Vec<_>>>()
            .ok_or(Failure::Trap(Trap::NotContract))?;
        Ok(Self { engine, module, facts, imports, bytes: bytes.saturating_add(BESIDE) })
    }
}
