//! What a module may be. All of it is part of consensus.

use crate::convention::Convention;
use wasmparser::WasmFeatures;

/// Bytes of a page of memory.
pub(crate) const PAGE: u64 = 65_536;

/// The caps of a module.
///
/// They bound what checking, compiling and starting it costs: see the benchmark for what the worst
/// module within them takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Whom the module is for.
    pub audience: Audience,
    /// What becomes of floats.
    pub floats: Floats,
    /// Bytes of the whole module.
    pub module_bytes: usize,
    /// Function types.
    pub types: u32,
    /// Parameters of one type.
    pub parameters: usize,
    /// Results of one type.
    pub results: usize,
    /// Imports, the same one twice counted twice.
    pub imports: u32,
    /// Functions of its own.
    pub functions: u32,
    /// Globals.
    pub globals: u32,
    /// Exports.
    pub exports: u32,
    /// Elements of its table at the start, which is all there will be.
    pub table: u64,
    /// Segments of elements.
    pub element_segments: u32,
    /// Segments of data.
    pub data_segments: u32,
    /// Pages of memory, at the start and ever.
    pub pages: u64,
    /// Bytes of one function's body.
    pub body_bytes: usize,
    /// Locals of one function, parameters included.
    pub locals: u32,
    /// Operands on the stack of one function.
    pub operands: u32,
    /// Blocks within each other in one function.
    pub nesting: u32,
    /// Targets of one `br_table`.
    pub targets: u32,
}

/// Whom a module is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The chain: the host's functions only, integers only, nothing runs by itself.
    Contract,
    /// The test-suite of the language: any imports, floats, a start function, any exports.
    Suite,
}

/// What becomes of instructions that compute with floats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Floats {
    /// The module is refused, and so is whatever only mentions them.
    Refused,
    /// They trap. PlatON's compilers leave some in what no contract reaches, and its node lets them run out of
    /// gas; what only moves floats about works.
    Trap,
    /// They compute.
    Compute,
}

impl Rules {
    /// Those of contracts of a convention.
    pub(crate) const fn contract(convention: Convention) -> Self {
        Self {
            audience: Audience::Contract,
            floats: match convention {
                Convention::Troupe => Floats::Refused,
                Convention::Platon => Floats::Trap,
            },
            module_bytes: 512 * 1024,
            types: 1_000,
            parameters: 64,
            results: 1,
            imports: 256,
            functions: 10_000,
            globals: 1_000,
            exports: 1_000,
            table: 10_000,
            element_segments: 1_000,
            data_segments: 10_000,
            pages: 256,
            body_bytes: 64 * 1024,
            locals: 512,
            operands: 512,
            nesting: 512,
            targets: 1_024,
        }
    }

    /// Those under which the test-suite runs: no caps but those of the language.
    pub(crate) const fn suite() -> Self {
        Self {
            audience: Audience::Suite,
            floats: Floats::Compute,
            module_bytes: 16 * 1024 * 1024,
            types: 1_000_000,
            parameters: 1_000,
            results: 1_000,
            imports: 1_000_000,
            functions: 1_000_000,
            globals: 1_000_000,
            exports: 1_000_000,
            table: 10_000_000,
            element_segments: 100_000,
            data_segments: 100_000,
            pages: 65_536,
            body_bytes: 8 * 1024 * 1024,
            locals: 50_000,
            operands: 50_000,
            nesting: 50_000,
            targets: 100_000,
        }
    }

    /// The proposals beyond WebAssembly 1.0 that are enabled.
    ///
    /// Not several values: what a branch carries is moved at each of its targets, so that machine code
    /// could be 500 times as long as the module. Compilers write none.
    ///
    /// The long encoding of a table's number in `call_indirect` is what today's compilers write; it
    /// means the same.
    pub(crate) fn features(&self) -> WasmFeatures {
        let enabled = WasmFeatures::MUTABLE_GLOBAL
            | WasmFeatures::SIGN_EXTENSION
            | WasmFeatures::BULK_MEMORY
            | WasmFeatures::BULK_MEMORY_OPT
            | WasmFeatures::CALL_INDIRECT_OVERLONG
            | WasmFeatures::GC_TYPES;
        let floats = match self.floats {
            Floats::Refused => WasmFeatures::empty(),
            Floats::Trap => WasmFeatures::FLOATS,
            Floats::Compute => WasmFeatures::FLOATS | WasmFeatures::SATURATING_FLOAT_TO_INT,
        };
        match self.audience {
            Audience::Contract => enabled | floats,
            Audience::Suite => enabled | floats | WasmFeatures::MULTI_VALUE,
        }
    }
}
