//! One run: an instance is made, called once and thrown away.

use crate::Error;
use crate::compiled::Compiled;
use crate::convention::Convention;
use crate::crossing::{Run, Seat, Stop, to_fuel, to_gas};
use crate::engine::Entry;
use crate::functions;
use crate::host::{Halt, Host};
use crate::outcome::{Finished, Outcome, Trap};
use crate::rewrite::{FUEL, HEIGHT, HEIGHT_LIMIT, NO_MEMORY};
use alloy_primitives::Bytes;
use wasmer::sys::vm::TrapCode;
use wasmer::{
    ExportError, Extern, FunctionEnv, Global, Instance, RuntimeError, Store, TypedFunction, Value,
};

/// How a contract is started.
pub(crate) struct Start {
    pub entry: Entry,
    pub input: Bytes,
    pub gas: u64,
}

/// Runs a compiled contract.
pub(crate) fn run<H: Host>(compiled: &Compiled, start: Start, host: H) -> (H, Finished) {
    let mut store = Store::new(compiled.engine.clone());
    let seat = Seat(Some(Run {
        host,
        input: start.input,
        output: Bytes::new(),
        returned: Bytes::new(),
        beyond: 0,
        instance: None,
    }));
    let env = FunctionEnv::new(&mut store, seat);
    let finished = inside(compiled, start.entry, start.gas, &mut store, &env)
        .unwrap_or_else(|error| Finished::nothing(Outcome::Fault(error)));
    let run = env.as_mut(&mut store).0.take().expect("it was put there, and nobody takes it");
    (run.host, finished)
}

fn instance_error(error: impl ToString) -> Error {
    Error::Instance(error.to_string())
}

fn inside<H: Host>(
    compiled: &Compiled,
    entry: Entry,
    gas: u64,
    store: &mut Store,
    env: &FunctionEnv<Seat<H>>,
) -> Result<Finished, Error> {
    let mut imports = Vec::with_capacity(compiled.imports.len());
    for name in &compiled.imports {
        let function = functions::make(name, store, env).ok_or_else(|| instance_error(name))?;
        imports.push(Extern::Function(function));
    }
    // The checks leave no way for this to fail but the machine's memory.
    let instance =
        Instance::new_by_index(store, &compiled.module, &imports).map_err(instance_error)?;
    let fuel = instance.exports.get_global(FUEL).map_err(instance_error)?.clone();
    let height = instance.exports.get_global(HEIGHT).map_err(instance_error)?.clone();
    let memory = instance.exports.get_memory("memory").map_err(instance_error)?.clone();
    let function = Function::find(&instance, store, compiled.facts.convention, entry)
        .map_err(instance_error)?;

    let (units, beyond) = to_fuel(gas, 0);
    fuel.set(store, Value::I64(units)).map_err(instance_error)?;
    let run = env.as_mut(store).0.as_mut().expect("nobody has taken it");
    (run.beyond, run.instance) = (beyond, Some((fuel.clone(), memory)));
    let status = function.call(store);

    let left = number(&fuel, store);
    let run = env.as_mut(store).0.as_mut().expect("nobody has taken it");
    let (gas_left, _) = to_gas(left, run.beyond);
    let output = run.output.clone();
    Ok(match status {
        Ok(0) => Finished { outcome: Outcome::Success(output), gas_left },
        Ok(1) => Finished { outcome: Outcome::Reverted(output), gas_left },
        Ok(_) => Finished::nothing(Outcome::Trapped(Trap::Status)),
        Err(error) => match explain(error, left, number(&height, store), output) {
            outcome @ (Outcome::Destroyed | Outcome::Reverted(_)) => Finished { outcome, gas_left },
            outcome => Finished::nothing(outcome),
        },
    })
}

/// The function that a run calls.
enum Function {
    /// Returns its status.
    Status(TypedFunction<(), i32>),
    /// Has succeeded when it returns.
    Plain(TypedFunction<(), ()>),
}

impl Function {
    fn find(
        instance: &Instance,
        store: &Store,
        convention: Convention,
        entry: Entry,
    ) -> Result<Self, ExportError> {
        let exports = &instance.exports;
        match (convention, entry) {
            (Convention::Troupe, Entry::Main) => {
                exports.get_typed_function(store, "main").map(Self::Status)
            }
            (Convention::Troupe, Entry::Deploy) => {
                exports.get_typed_function(store, "deploy").map(Self::Status)
            }
            (Convention::Platon, Entry::Main | Entry::Deploy) => {
                exports.get_typed_function(store, "invoke").map(Self::Plain)
            }
        }
    }

    fn call(&self, store: &mut Store) -> Result<i32, RuntimeError> {
        match self {
            Self::Status(function) => function.call(store),
            Self::Plain(function) => function.call(store).map(|()| 0),
        }
    }
}

fn number(global: &Global, store: &mut Store) -> i64 {
    match global.get(store) {
        Value::I64(number) => number,
        Value::I32(number) => number.into(),
        _ => 0,
    }
}

/// Why a run did not come back by itself.
fn explain(error: RuntimeError, fuel: i64, height: i64, output: Bytes) -> Outcome {
    let error = match error.downcast::<Stop>() {
        Ok(stop) => return stopped(stop, output),
        Err(error) => error,
    };
    let message = error.message();
    let trap = match error.to_trap() {
        // The meter and the count of the height end a run by this instruction too.
        Some(TrapCode::UnreachableCodeReached) if fuel == NO_MEMORY => {
            return Outcome::Fault(Error::Memory);
        }
        Some(TrapCode::UnreachableCodeReached) if fuel < 0 => return Outcome::OutOfGas,
        Some(TrapCode::UnreachableCodeReached) if height > i64::from(HEIGHT_LIMIT) => {
            Trap::StackOverflow
        }
        Some(TrapCode::UnreachableCodeReached) => Trap::Unreachable,
        Some(TrapCode::HeapAccessOutOfBounds) => Trap::Memory,
        Some(TrapCode::TableAccessOutOfBounds) => Trap::Table,
        Some(TrapCode::IndirectCallToNull) => Trap::EmptyElement,
        Some(TrapCode::BadSignature) => Trap::CallType,
        Some(TrapCode::IntegerOverflow) => Trap::Overflow,
        Some(TrapCode::IntegerDivisionByZero) => Trap::DivisionByZero,
        // The count of the height ends a run long before the native stack does; the rest belongs to
        // what contracts may not have.
        _ => return Outcome::Fault(Error::Unexplained(message)),
    };
    Outcome::Trapped(trap)
}

fn stopped(stop: Stop, output: Bytes) -> Outcome {
    match stop {
        Stop::Halt(Halt::OutOfGas) => Outcome::OutOfGas,
        Stop::Halt(Halt::Static) => Outcome::Trapped(Trap::Static),
        Stop::Halt(Halt::Fatal) => Outcome::Fault(Error::Host),
        Stop::Halt(Halt::Destroyed) => Outcome::Destroyed,
        Stop::Trap(trap) => Outcome::Trapped(trap),
        Stop::Reverted => Outcome::Reverted(output),
        Stop::NoInstance => Outcome::Fault(Error::Instance(stop.to_string())),
    }
}
