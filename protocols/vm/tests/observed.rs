//! What an observer sees.

mod common;

use alloy_primitives::{Log, U256};
use common::{Wish, account, deploy, env, rich, rules};
use troupe_chain::state::Slot;
use troupe_types::Address;
use troupe_vm::{End, Entry, Executor, Observer, Step};

/// Writes everything down.
#[derive(Default)]
struct Scribe(Vec<String>);

impl Observer for Scribe {
    const STEPS: bool = true;

    fn step(&mut self, step: &Step<'_>) {
        let Step { depth, place, instruction, .. } = step;
        self.0.push(format!("{depth} {place} {instruction:02x} {}", step.stack.len()));
    }

    fn enter(&mut self, entry: &Entry<'_>) {
        self.0.push(format!("{} {:?} {}", entry.depth, entry.kind, entry.input.len()));
    }

    fn leave(&mut self, end: &End<'_>) {
        self.0.push(match &end.result {
            Ok(output) => format!("{} gives {}", end.depth, output.len()),
            Err(failure) => format!("{} fails: {failure}", end.depth),
        });
    }

    fn touch(&mut self, _: Address, slot: Option<Slot>) {
        self.0.push(if slot.is_some() { "touches a slot" } else { "touches" }.to_owned());
    }

    fn store(&mut self, _: Address, _: Slot, before: U256, after: U256) {
        self.0.push(format!("stores {after} over {before}"));
    }

    fn log(&mut self, log: &Log) {
        self.0.push(format!("logs {}", log.data.data.len()));
    }
}

#[test]
fn an_observer_sees_everything_in_order() {
    // SSTORE(0, 9); LOG0(0, 0); CALL(gas, itself, 0, 0, 1, 0, 0); with an input it breaks at once.
    let text = "36601857 6009600055 60006000a0 5f5f60015f5f305af1 00 5bfe";
    let code = hex::decode(text.replace(' ', "")).unwrap();
    let mut executor = Executor::observed(rich(1), env(), rules(), Scribe::default());
    let make = Wish::create(1, 0, &deploy(&code));
    let made = executor.transact(&make.clone().sign()).unwrap().unwrap().contract.unwrap();
    let seen = std::mem::take(&mut executor.observer().unwrap().0);
    assert_eq!(seen.first().unwrap(), "touches", "the sender");
    assert_eq!(seen.last().unwrap(), &format!("1 gives {}", code.len()), "what was made");

    executor.transact(&Wish::call(1, 1, made, &[]).sign()).unwrap().unwrap();
    let seen = std::mem::take(&mut executor.observer().unwrap().0);
    let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
    let want = [
        "touches",
        "touches",
        "1 Call 0",
        "1 0 36 0",
        "1 1 60 1",
        "1 3 57 2",
        "1 4 60 0",
        "1 6 60 1",
        "1 8 55 2",
        "touches a slot",
        "stores 9 over 0",
        "1 9 60 0",
        "1 11 60 1",
        "1 13 a0 2",
        "logs 0",
        "1 14 5f 0",
        "1 15 5f 1",
        "1 16 60 2",
        "1 18 5f 3",
        "1 19 5f 4",
        "1 20 30 5",
        "1 21 5a 6",
        "1 22 f1 7",
        "2 Call 1",
        "2 0 36 0",
        "2 1 60 1",
        "2 3 57 2",
        "2 24 5b 0",
        "2 25 fe 0",
        "2 fails: invalid opcode: INVALID",
        "1 23 00 1",
        "1 gives 0",
    ];
    assert_eq!(seen, want);
    let plain = {
        let mut executor = Executor::new(rich(1), env(), rules());
        executor.transact(&make.sign()).unwrap().unwrap();
        executor.transact(&Wish::call(1, 1, made, &[]).sign()).unwrap().unwrap();
        executor.finish().unwrap()
    };
    assert_eq!(executor.finish().unwrap(), plain, "who looks on changes nothing");
    assert!(account(1) != made);
}
