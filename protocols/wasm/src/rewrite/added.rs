//! The functions that every rewritten module has: they price what is known only when it runs.

use super::NO_MEMORY;
use crate::cost;
use wasm_encoder::{BlockType, Function, InstructionSink, ValType};

/// The numbers of what was added to a module.
#[derive(Debug, Clone, Copy)]
pub(super) struct Added {
    /// The global with the fuel left.
    pub fuel: u32,
    /// The global with the height.
    pub height: u32,
    /// Takes the bytes that will be moved, pays, returns them.
    pub bytes: u32,
    /// Takes the elements that will be moved, pays, returns them.
    pub elements: u32,
    /// Takes the pages to grow by, pays, grows, returns what `memory.grow` returned.
    pub grow: u32,
}

/// Takes a cost off the fuel and stops when it is not there.
pub(super) fn charge(code: &mut InstructionSink<'_>, added: Added, cost: u64) {
    code.global_get(added.fuel);
    code.i64_const(i64::try_from(cost).unwrap_or(i64::MAX));
    code.i64_sub();
    stop_below_zero(code, added);
}

/// Sets the fuel to what lies on the stack and stops if that is below zero.
fn stop_below_zero(code: &mut InstructionSink<'_>, added: Added) {
    code.global_set(added.fuel);
    code.global_get(added.fuel).i64_const(0).i64_lt_s();
    code.if_(BlockType::Empty).unreachable().end();
}

/// Pays `(parameter + per_fuel - 1) / per_fuel` and returns the parameter.
pub(super) fn bytes(added: Added) -> Function {
    let per_fuel = cost::BULK_BYTES_PER_FUEL;
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.global_get(added.fuel);
    code.local_get(0).i64_extend_i32_u();
    code.i64_const((per_fuel - 1).cast_signed()).i64_add();
    code.i64_const(per_fuel.cast_signed()).i64_div_u();
    code.i64_sub();
    stop_below_zero(&mut code, added);
    code.local_get(0).end();
    function
}

/// Pays for each element and returns their number.
pub(super) fn elements(added: Added) -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.global_get(added.fuel);
    code.local_get(0).i64_extend_i32_u();
    code.i64_const(cost::ELEMENT.cast_signed()).i64_mul();
    code.i64_sub();
    stop_below_zero(&mut code, added);
    code.local_get(0).end();
    function
}

/// How far a memory may grow.
#[derive(Debug, Clone, Copy)]
pub(super) enum Growth {
    /// There is no memory.
    Nothing,
    /// To this many pages. Growth within them that the machine refuses ends the run: the contract
    /// must not learn it, for it succeeds elsewhere.
    To(u32),
    /// To what the memory's own maximum says: for the test-suite, where memories are imported.
    Unknown,
}

/// Grows for a price, or answers for nothing that it cannot.
pub(super) fn grow(added: Added, growth: Growth) -> Function {
    let mut function = Function::new([(1, ValType::I32)]);
    let mut code = function.instructions();
    let (most, is_sure) = match growth {
        Growth::Nothing => {
            code.unreachable().end();
            return function;
        }
        Growth::To(pages) => (pages, true),
        Growth::Unknown => (65_536, false),
    };
    code.memory_size(0).i64_extend_i32_u();
    code.local_get(0).i64_extend_i32_u();
    code.i64_add().i64_const(most.into()).i64_le_u();
    code.if_(BlockType::Result(ValType::I32));
    code.global_get(added.fuel);
    code.local_get(0).i64_extend_i32_u();
    code.i64_const(cost::PAGE.cast_signed()).i64_mul();
    code.i64_sub();
    stop_below_zero(&mut code, added);
    code.local_get(0).memory_grow(0);
    if is_sure {
        code.local_tee(1).i32_const(-1).i32_eq();
        code.if_(BlockType::Empty);
        code.i64_const(NO_MEMORY).global_set(added.fuel).unreachable();
        code.end();
        code.local_get(1);
    }
    code.else_().i32_const(-1).end();
    code.end();
    function
}
