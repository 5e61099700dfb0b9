//! One function with the meter and the count of the height in it.

use super::added::{Added, charge};
use super::{FRAME, HEIGHT_LIMIT};
use crate::check::{Plan, calls_inside};
use crate::cost;
use crate::rules::Floats;
use wasm_encoder::reencode::{Error, Reencode, RoundtripReencoder};
use wasm_encoder::{BlockType, Function, InstructionSink, ValType};
use wasmparser::{FunctionBody, Operator};

/// Writes one function anew.
pub(super) fn rewrite(
    body: &FunctionBody<'_>,
    plan: &Plan,
    imported: u32,
    added: Added,
    floats: Floats,
) -> Result<Function, Error> {
    let mut locals = Vec::new();
    for pair in body.get_locals_reader()? {
        let (count, ty) = pair?;
        locals.push((count, RoundtripReencoder.val_type(ty)?));
    }
    if plan.calls {
        locals.push((1, ValType::I32));
    }
    let mut function = Function::new(locals);
    let mut charges = plan.charges.iter().copied();
    pay(&mut function, &mut charges, added);
    if plan.calls {
        enter(&mut function.instructions(), plan, added);
    }
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        let operator = operators.read()?;
        let (ends, calls) = (cost::ends_segment(&operator), calls_inside(&operator, imported));
        if floats == Floats::Trap && cost::computes_with_floats(&operator) {
            // Whatever follows in its block was valid, and still is where nothing gets to.
            function.instructions().unreachable();
            continue;
        }
        write(&mut function, operator, added)?;
        if calls {
            function.instructions().local_get(plan.locals).global_set(added.height);
        }
        if ends && !operators.eof() {
            pay(&mut function, &mut charges, added);
        }
    }
    Ok(function)
}

/// The cost of the piece that starts here, unless there is nothing in it.
fn pay(function: &mut Function, charges: &mut impl Iterator<Item = u64>, added: Added) {
    let cost = charges.next().expect("the check has cut the body at the same places");
    if cost > 0 {
        charge(&mut function.instructions(), added, cost);
    }
}

/// Counts the function's slots, and stops where there are too many with those of its callers.
///
/// Heights stay below the limit and the slots of one frame, so that sums are far from wrapping.
fn enter(code: &mut InstructionSink<'_>, plan: &Plan, added: Added) {
    let slots = plan.slots.saturating_add(FRAME);
    code.global_get(added.height).i32_const(slots.cast_signed()).i32_add();
    code.local_tee(plan.locals).global_set(added.height);
    code.local_get(plan.locals).i32_const(HEIGHT_LIMIT.cast_signed()).i32_gt_u();
    code.if_(BlockType::Empty).unreachable().end();
}

fn write(function: &mut Function, operator: Operator<'_>, added: Added) -> Result<(), Error> {
    match operator {
        Operator::MemoryGrow { .. } => {
            function.instructions().call(added.grow);
            return Ok(());
        }
        Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } | Operator::MemoryInit { .. } => {
            function.instructions().call(added.bytes);
        }
        Operator::TableCopy { .. } | Operator::TableInit { .. } => {
            function.instructions().call(added.elements);
        }
        _ => {}
    }
    function.instruction(&RoundtripReencoder.instruction(operator)?);
    Ok(())
}
