//! What instructions cost, in fuel. Part of consensus.
//!
//! A unit of fuel is about what one simple instruction takes in the code that the compiler makes;
//! [`FUEL_PER_GAS`] of them are one gas. The weights come from `cargo x bench wasm`, the least time in
//! five runs: an instruction takes 0.1 to 1 nanosecond for its gas where data is in the caches, against
//! 3.3 in the EVM (305 Mgas/s). The room is for what the weights cannot know: a read that misses every
//! cache takes 6 to 9 nanoseconds for its gas in a loop made for it, in four MiB and more of memory.

use wasmparser::Operator;

/// Units of fuel in one gas.
pub const FUEL_PER_GAS: u64 = 4;

/// What a straight piece of code costs beside its instructions: the meter itself.
pub(crate) const SEGMENT: u64 = 3;

/// What entering a function costs: its frame, and the count of the height.
pub(crate) const ENTRY: u64 = 12;

/// Locals that are set to zero for one unit when a function is entered.
pub(crate) const LOCALS_PER_FUEL: u64 = 2;

/// Bytes that bulk instructions move for one unit: what a copy costs where nothing is in a cache.
pub(crate) const BULK_BYTES_PER_FUEL: u64 = 4;

/// What one element of a table costs to copy.
pub(crate) const ELEMENT: u64 = 4;

/// What one page of memory costs: the kernel finds and clears 16 of its own when they are touched.
pub(crate) const PAGE: u64 = 3_000 * FUEL_PER_GAS;

/// The cost of an instruction; `None` if contracts may not have it.
///
/// What bulk instructions move and what memory grows by comes on top, when it is known.
pub(crate) fn of(operator: &Operator<'_>) -> Option<u64> {
    use Operator as O;
    let cost = match operator {
        // They mark places and make no code.
        O::Nop | O::Block { .. } | O::Loop { .. } | O::Else | O::End => 0,
        O::Drop | O::Unreachable => 1,
        O::I32Const { .. } | O::I64Const { .. } => 1,
        O::LocalGet { .. } | O::LocalSet { .. } | O::LocalTee { .. } => 1,
        O::GlobalGet { .. } | O::GlobalSet { .. } => 2,
        O::Br { .. } | O::BrIf { .. } | O::If { .. } | O::Return => 2,
        O::Select => 3,
        O::BrTable { .. } => 6,
        O::Call { .. } => 10,
        O::CallIndirect { .. } => 20,
        O::I32Load { .. }
        | O::I64Load { .. }
        | O::I32Load8S { .. }
        | O::I32Load8U { .. }
        | O::I32Load16S { .. }
        | O::I32Load16U { .. }
        | O::I64Load8S { .. }
        | O::I64Load8U { .. }
        | O::I64Load16S { .. }
        | O::I64Load16U { .. }
        | O::I64Load32S { .. }
        | O::I64Load32U { .. }
        | O::I32Store { .. }
        | O::I64Store { .. }
        | O::I32Store8 { .. }
        | O::I32Store16 { .. }
        | O::I64Store8 { .. }
        | O::I64Store16 { .. }
        | O::I64Store32 { .. } => 6,
        O::I32Eqz
        | O::I32Eq
        | O::I32Ne
        | O::I32LtS
        | O::I32LtU
        | O::I32GtS
        | O::I32GtU
        | O::I32LeS
        | O::I32LeU
        | O::I32GeS
        | O::I32GeU
        | O::I64Eqz
        | O::I64Eq
        | O::I64Ne
        | O::I64LtS
        | O::I64LtU
        | O::I64GtS
        | O::I64GtU
        | O::I64LeS
        | O::I64LeU
        | O::I64GeS
        | O::I64GeU => 2,
        O::I32Add | O::I32Sub | O::I32And | O::I32Or | O::I32Xor => 1,
        O::I64Add | O::I64Sub | O::I64And | O::I64Or | O::I64Xor => 1,
        O::I32Shl | O::I32ShrS | O::I32ShrU | O::I32Rotl | O::I32Rotr => 2,
        O::I64Shl | O::I64ShrS | O::I64ShrU | O::I64Rotl | O::I64Rotr => 2,
        O::I32Mul | O::I64Mul => 2,
        O::I32WrapI64 | O::I64ExtendI32S | O::I64ExtendI32U => 1,
        O::I32Extend8S | O::I32Extend16S => 1,
        O::I64Extend8S | O::I64Extend16S | O::I64Extend32S => 1,
        O::I32Clz | O::I32Ctz | O::I32Popcnt | O::I64Clz | O::I64Ctz | O::I64Popcnt => 4,
        O::I32DivS | O::I32DivU | O::I32RemS | O::I32RemU => 12,
        O::I64DivS | O::I64DivU | O::I64RemS | O::I64RemU => 20,
        // Calls into the engine.
        O::MemorySize { .. } => 20,
        O::MemoryGrow { .. } => 2_000,
        O::MemoryCopy { .. } | O::MemoryFill { .. } | O::MemoryInit { .. } => 40,
        O::TableCopy { .. } | O::TableInit { .. } => 40,
        O::DataDrop { .. } | O::ElemDrop { .. } => 40,
        _ => return None,
    };
    Some(cost)
}

/// The cost of an instruction that moves floats about, where there may be any: it computes nothing.
pub(crate) fn of_float_move(operator: &Operator<'_>) -> Option<u64> {
    use Operator as O;
    match operator {
        O::F32Load { .. } | O::F64Load { .. } | O::F32Store { .. } | O::F64Store { .. } => Some(6),
        O::F32Const { .. } | O::F64Const { .. } => Some(1),
        O::I32ReinterpretF32
        | O::I64ReinterpretF64
        | O::F32ReinterpretI32
        | O::F64ReinterpretI64 => Some(2),
        _ => None,
    }
}

/// Whether an instruction computes with floats.
pub(crate) fn computes_with_floats(operator: &Operator<'_>) -> bool {
    use Operator as O;
    let compares = matches!(
        operator,
        O::F32Eq
            | O::F32Ne
            | O::F32Lt
            | O::F32Gt
            | O::F32Le
            | O::F32Ge
            | O::F64Eq
            | O::F64Ne
            | O::F64Lt
            | O::F64Gt
            | O::F64Le
            | O::F64Ge
    );
    let of_32 = matches!(
        operator,
        O::F32Abs
            | O::F32Neg
            | O::F32Ceil
            | O::F32Floor
            | O::F32Trunc
            | O::F32Nearest
            | O::F32Sqrt
            | O::F32Add
            | O::F32Sub
            | O::F32Mul
            | O::F32Div
            | O::F32Min
            | O::F32Max
            | O::F32Copysign
    );
    let of_64 = matches!(
        operator,
        O::F64Abs
            | O::F64Neg
            | O::F64Ceil
            | O::F64Floor
            | O::F64Trunc
            | O::F64Nearest
            | O::F64Sqrt
            | O::F64Add
            | O::F64Sub
            | O::F64Mul
            | O::F64Div
            | O::F64Min
            | O::F64Max
            | O::F64Copysign
    );
    let converts = matches!(
        operator,
        O::I32TruncF32S
            | O::I32TruncF32U
            | O::I32TruncF64S
            | O::I32TruncF64U
            | O::I64TruncF32S
            | O::I64TruncF32U
            | O::I64TruncF64S
            | O::I64TruncF64U
            | O::F32ConvertI32S
            | O::F32ConvertI32U
            | O::F32ConvertI64S
            | O::F32ConvertI64U
            | O::F64ConvertI32S
            | O::F64ConvertI32U
            | O::F64ConvertI64S
            | O::F64ConvertI64U
            | O::F32DemoteF64
            | O::F64PromoteF32
    );
    compares || of_32 || of_64 || converts
}

/// Whether what follows may not be reached after this instruction, or from elsewhere: the meter
/// starts anew there.
pub(crate) fn ends_segment(operator: &Operator<'_>) -> bool {
    use Operator as O;
    matches!(
        operator,
        O::Loop { .. }
            | O::If { .. }
            | O::Else
            | O::End
            | O::Br { .. }
            | O::BrIf { .. }
            | O::BrTable { .. }
            | O::Return
            | O::Unreachable
    )
}
