//! One script, command by command.

use crate::Counts;
use crate::linker::{Linker, Refusal, is_of_a_proposal};
use crate::values::{argument, matches};
use std::collections::BTreeMap;
use troupe_wasm::suite::{is_too_high, prepare};
use wasmer::{Instance, Value};
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::token::Id;
use wast::{QuoteWat, Wast, WastDirective, WastExecute, WastInvoke, WastRet};

/// How one command went.
enum Verdict {
    Passed,
    Outside,
    Failed(String),
}

/// What a call or a read came to.
enum Answer {
    Values(Vec<Value>),
    Trap(String, Option<Instance>),
    Refused(Refusal),
    Outside,
}

/// Runs a script.
pub(crate) fn run(text: &str) -> Counts {
    let mut counts = Counts::default();
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let mut buffer = match ParseBuffer::new_with_lexer(lexer) {
        Ok(buffer) => buffer,
        Err(error) => return unread(&error.to_string(), counts),
    };
    buffer.track_instr_spans(false);
    let script = match parser::parse::<Wast<'_>>(&buffer) {
        Ok(script) => script,
        // The whole file speaks of things that the parser does not know.
        Err(error) => return unread(&error.to_string(), counts),
    };
    let mut linker = Linker::new();
    let mut definitions = BTreeMap::new();
    for directive in script.directives {
        let (line, _) = directive.span().linecol_in(text);
        match step(&mut linker, &mut definitions, directive) {
            Verdict::Passed => counts.passed += 1,
            Verdict::Outside => counts.outside += 1,
            Verdict::Failed(why) => counts.failed.push(format!("line {}: {why}", line + 1)),
        }
    }
    counts
}

fn unread(error: &str, mut counts: Counts) -> Counts {
    counts.failed.push(error.lines().next().unwrap_or_default().to_owned());
    counts
}

fn name<'a>(id: Option<Id<'a>>) -> Option<&'a str> {
    id.map(|id| id.name())
}

fn step(
    linker: &mut Linker,
    definitions: &mut BTreeMap<String, Vec<u8>>,
    directive: WastDirective<'_>,
) -> Verdict {
    match directive {
        WastDirective::Module(mut module) => {
            let id = name(module.name());
            let code = match module.encode() {
                Ok(code) => code,
                Err(error) => return Verdict::Failed(error.to_string()),
            };
            start(linker, id, &code)
        }
        WastDirective::ModuleDefinition(mut module) => match module.encode() {
            Ok(code) => {
                let id = name(module.name()).unwrap_or_default().to_owned();
                definitions.insert(id, code);
                Verdict::Passed
            }
            Err(error) => Verdict::Failed(error.to_string()),
        },
        WastDirective::ModuleInstance { instance, module, .. } => {
            match definitions.get(name(module).unwrap_or_default()).cloned() {
                Some(code) => start(linker, name(instance), &code),
                None => Verdict::Outside,
            }
        }
        WastDirective::Register { name: under, module, .. } => {
            match linker.register(under, name(module)) {
                true => Verdict::Passed,
                false => Verdict::Outside,
            }
        }
        WastDirective::AssertMalformed { module, .. } => refused(module, "malformed"),
        WastDirective::AssertInvalid { module, .. } => refused(module, "invalid"),
        WastDirective::AssertUnlinkable { mut module, .. } => match module.encode() {
            Ok(code) => match linker.start(&code) {
                Err(Refusal::Instance(_)) => Verdict::Passed,
                Err(Refusal::Outside) => Verdict::Outside,
                Err(Refusal::Invalid(why)) => Verdict::Failed(why),
                Ok(_) => Verdict::Failed("an unlinkable module was linked".to_owned()),
            },
            Err(error) => Verdict::Failed(error.to_string()),
        },
        WastDirective::Invoke(call) => match invoke(linker, &call) {
            Answer::Values(_) => Verdict::Passed,
            answer => unexpected(answer),
        },
        WastDirective::AssertReturn { exec, results, .. } => match execute(linker, exec) {
            Answer::Values(values) => compare(&values, &results),
            answer => unexpected(answer),
        },
        WastDirective::AssertTrap { exec, message, .. } => match execute(linker, exec) {
            Answer::Trap(..) => Verdict::Passed,
            Answer::Values(values) => Verdict::Failed(format!("{values:?}, wants {message}")),
            Answer::Refused(Refusal::Instance(_)) => Verdict::Passed,
            answer => unexpected(answer),
        },
        WastDirective::AssertExhaustion { call, .. } => match invoke(linker, &call) {
            Answer::Trap(why, Some(instance)) => match is_too_high(&mut linker.store, &instance) {
                true => Verdict::Passed,
                false => Verdict::Failed(format!("{why}, but the stack is not too high")),
            },
            Answer::Values(_) => Verdict::Failed("returned, should exhaust".to_owned()),
            answer => unexpected(answer),
        },
        // Exceptions, threads, suspensions, and custom sections, which mean nothing here.
        _ => Verdict::Outside,
    }
}

fn start(linker: &mut Linker, id: Option<&str>, code: &[u8]) -> Verdict {
    let started = linker.start(code);
    let verdict = match &started {
        Ok(_) => Verdict::Passed,
        Err(Refusal::Outside) => Verdict::Outside,
        Err(Refusal::Invalid(why) | Refusal::Instance(why)) => Verdict::Failed(why.clone()),
    };
    linker.keep(id, started.ok());
    verdict
}

/// A module that must not pass: the parser of text or the check has to refuse it.
fn refused(mut module: QuoteWat<'_>, how: &str) -> Verdict {
    let Ok(code) = module.encode() else { return Verdict::Passed };
    match prepare(&code) {
        Err(_) if is_of_a_proposal(&code) => Verdict::Outside,
        Err(_) => Verdict::Passed,
        Ok(_) => Verdict::Failed(format!("a module that is {how} was taken")),
    }
}

fn unexpected(answer: Answer) -> Verdict {
    match answer {
        Answer::Outside | Answer::Refused(Refusal::Outside) => Verdict::Outside,
        Answer::Trap(why, _) => Verdict::Failed(format!("trapped: {why}")),
        Answer::Refused(Refusal::Invalid(why) | Refusal::Instance(why)) => Verdict::Failed(why),
        Answer::Values(values) => Verdict::Failed(format!("returned {values:?}")),
    }
}

fn execute(linker: &mut Linker, execute: WastExecute<'_>) -> Answer {
    match execute {
        WastExecute::Invoke(call) => invoke(linker, &call),
        WastExecute::Wat(mut module) => match module.encode() {
            Ok(code) => match linker.start(&code) {
                Ok(_) => Answer::Values(Vec::new()),
                Err(refusal) => Answer::Refused(refusal),
            },
            Err(error) => Answer::Refused(Refusal::Invalid(error.to_string())),
        },
        WastExecute::Get { module, global, .. } => {
            let Some(instance) = linker.get(name(module)) else { return Answer::Outside };
            match instance.exports.get_global(global) {
                Ok(global) => Answer::Values(vec![global.clone().get(&mut linker.store)]),
                Err(error) => Answer::Trap(error.to_string(), None),
            }
        }
    }
}

fn invoke(linker: &mut Linker, call: &WastInvoke<'_>) -> Answer {
    let Some(instance) = linker.get(name(call.module)) else { return Answer::Outside };
    let arguments: Option<Vec<Value>> = call.args.iter().map(argument).collect();
    let Some(arguments) = arguments else { return Answer::Outside };
    let function = match instance.exports.get_function(call.name) {
        Ok(function) => function.clone(),
        Err(error) => return Answer::Trap(error.to_string(), None),
    };
    linker.settle();
    match function.call(&mut linker.store, &arguments) {
        Ok(values) => Answer::Values(values.into_vec()),
        Err(error) => Answer::Trap(error.message(), Some(instance)),
    }
}

fn compare(values: &[Value], results: &[WastRet<'_>]) -> Verdict {
    if values.len() != results.len() {
        return Verdict::Failed(format!("{} values, wants {}", values.len(), results.len()));
    }
    for (got, want) in values.iter().zip(results) {
        let WastRet::Core(want) = want else { return Verdict::Outside };
        match matches(got, want) {
            None => return Verdict::Outside,
            Some(true) => {}
            Some(false) => return Verdict::Failed(format!("{got:?}, wants {want:?}")),
        }
    }
    Verdict::Passed
}
