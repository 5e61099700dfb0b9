//! One function: is it valid, how high does its stack get, what do its pieces cost?

use super::module::invalid;
use crate::cost;
use crate::error::Refused;
use crate::rules::{Floats, Rules};
use wasmparser::{
    FuncToValidate, FuncValidatorAllocations, FunctionBody, Operator, OperatorsReader,
    ValidatorResources,
};

/// What the rewriting has to know of one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Parameters, locals and the most operands at once: the slots of a frame.
    pub slots: u32,
    /// Parameters and locals.
    pub locals: u32,
    /// The cost of each straight piece of code, in their order.
    pub charges: Vec<u64>,
    /// Whether it calls functions of the module: a function that does not ends every chain of calls.
    pub calls: bool,
}

/// Refuses more than there may be.
pub(crate) fn at_most(what: &'static str, got: u64, limit: u64) -> Result<(), Refused> {
    if got > limit { Err(Refused::TooMany { what, got, limit }) } else { Ok(()) }
}

/// Checks one function.
pub(super) fn check(
    rules: &Rules,
    function: FuncToValidate<ValidatorResources>,
    body: &FunctionBody<'_>,
    imported: u32,
    allocations: &mut FuncValidatorAllocations,
) -> Result<Plan, Refused> {
    let range = body.range();
    at_most("bytes of a function", (range.end - range.start) as u64, rules.body_bytes as u64)?;
    let mut validator = function.into_validator(core::mem::take(allocations));
    let mut reader = body.get_binary_reader();
    validator.read_locals(&mut reader).map_err(invalid)?;
    let locals = validator.len_locals();
    at_most("locals of a function", locals.into(), rules.locals.into())?;

    let entry = cost::ENTRY + u64::from(locals) / cost::LOCALS_PER_FUEL;
    let mut pieces = Pieces { done: Vec::new(), current: entry };
    let mut operands = 0;
    let mut calls = false;
    let mut operators = OperatorsReader::new(reader);
    while !operators.eof() {
        let (operator, at) = operators.read_with_offset().map_err(invalid)?;
        validator.op(at, &operator).map_err(invalid)?;
        operands = operands.max(validator.operand_stack_height());
        let nesting = u64::from(validator.control_stack_height());
        at_most("blocks within each other", nesting, u64::from(rules.nesting) + 1)?;
        if let Operator::BrTable { targets } = &operator {
            at_most("targets of a branch", targets.len().into(), rules.targets.into())?;
        }
        calls |= calls_inside(&operator, imported);
        pieces.add(price(rules, &operator, at)?);
        if cost::ends_segment(&operator) {
            pieces.cut();
        }
    }
    operators.finish().map_err(invalid)?;
    at_most("operands of a function", operands.into(), rules.operands.into())?;
    *allocations = validator.into_allocations();
    Ok(Plan { slots: locals.saturating_add(operands), locals, charges: pieces.done, calls })
}

/// Whether an instruction may call a function of the module itself.
pub(crate) fn calls_inside(operator: &Operator<'_>, imported: u32) -> bool {
    match operator {
        Operator::Call { function_index } => *function_index >= imported,
        Operator::CallIndirect { .. } => true,
        _ => false,
    }
}

fn price(rules: &Rules, operator: &Operator<'_>, at: usize) -> Result<u64, Refused> {
    if let Some(price) = cost::of(operator) {
        return Ok(price);
    }
    match rules.floats {
        Floats::Compute => Ok(5),
        // In its place there will be one that traps.
        Floats::Trap if cost::computes_with_floats(operator) => Ok(1),
        Floats::Trap => cost::of_float_move(operator).ok_or(Refused::Instruction { at }),
        Floats::Refused => Err(Refused::Instruction { at }),
    }
}

/// Costs of straight pieces of code; a body is at most as many units long as it has bytes, times
/// the dearest instruction, so that sums stay far from the largest number.
struct Pieces {
    done: Vec<u64>,
    current: u64,
}

impl Pieces {
    fn add(&mut self, cost: u64) {
        self.current = self.current.saturating_add(cost);
    }

    /// A piece in which nothing is done is free; every other one pays for the meter too.
    fn cut(&mut self) {
        let free = self.current == 0;
        let cost = if free { 0 } else { self.current.saturating_add(cost::SEGMENT) };
        self.done.push(cost);
        self.current = 0;
    }
}
