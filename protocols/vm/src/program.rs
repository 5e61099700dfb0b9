//! Code as it runs: read once, kept by its hash.

use alloy_primitives::Bytes;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use troupe_chain::transaction::is_module;
use troupe_types::{Bytes as Size, Hash};

/// As many zeros follow the code: an instruction at its end finds its argument, and then `STOP`.
const PADDING: usize = 33;
/// What a program costs besides its code and its marks.
const OVERHEAD: usize = 128;

const JUMPDEST: u8 = 0x5b;
const PUSH1: u8 = 0x60;
const PUSH32: u8 = 0x7f;

/// Code, and where it may jump to.
#[derive(Debug, Default)]
pub(crate) struct Program {
    hash: Hash,
    code: Bytes,
    padded: Bytes,
    /// A bit for each byte of code.
    targets: Box<[u64]>,
}

impl Program {
    /// Reads code. The hash is only kept; that of init code, which nobody asks for, may be anything.
    pub(crate) fn new(hash: Hash, code: &Bytes) -> Self {
        if is_module(code) {
            return Self { hash, code: code.clone(), ..Self::default() };
        }
        let mut padded = Vec::with_capacity(code.len() + PADDING);
        padded.extend_from_slice(code);
        padded.resize(code.len() + PADDING, 0);
        let targets = targets(code);
        let padded = Bytes::from(padded);
        Self { hash, code: padded.slice(..code.len()), padded, targets }
    }

    pub(crate) const fn hash(&self) -> &Hash {
        &self.hash
    }

    /// The code itself.
    pub(crate) const fn code(&self) -> &Bytes {
        &self.code
    }

    /// The code and zeros behind it. Empty for a module.
    pub(crate) fn padded(&self) -> &[u8] {
        &self.padded
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.code.is_empty()
    }

    pub(crate) fn is_module(&self) -> bool {
        is_module(&self.code)
    }

    /// Whether one may jump there.
    pub(crate) fn is_target(&self, place: usize) -> bool {
        self.targets.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    fn weight(&self) -> usize {
        self.code.len() + self.targets.len() * 8 + OVERHEAD
    }
}

fn targets(code: &[u8]) -> Box<[u64]> {
    let mut targets = vec![0; code.len().div_ceil(64)];
    let mut at = 0;
    while let Some(instruction) = code.get(at) {
        match *instruction {
            JUMPDEST => targets[at / 64] |= 1 << (at % 64),
            push @ PUSH1..=PUSH32 => at += usize::from(push - PUSH1) + 1,
            _ => {}
        }
        at += 1;
    }
    targets.into_boxed_slice()
}

/// Programs that were used lately, shared by all who execute. It changes how long an execution takes and
/// nothing that comes of it.
#[derive(Debug)]
pub(crate) struct Programs(Mutex<Generations>);

/// What is used moves to the young; when they are half of all that may be, they are the old, and what was
/// old is forgotten.
#[derive(Debug, Default)]
struct Generations {
    most: usize,
    weight: usize,
    young: BTreeMap<Hash, Arc<Program>>,
    old: BTreeMap<Hash, Arc<Program>>,
}

impl Programs {
    pub(crate) fn new(most: Size) -> Self {
        Self(Mutex::new(Generations { most: most.as_usize() / 2, ..Generations::default() }))
    }

    pub(crate) fn get(&self, hash: &Hash) -> Option<Arc<Program>> {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(program) = generations.young.get(hash) {
            return Some(Arc::clone(program));
        }
        let program = generations.old.remove(hash)?;
        generations.add(Arc::clone(&program));
        Some(program)
    }

    pub(crate) fn add(&self, program: Arc<Program>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).add(program);
    }
}

impl Generations {
    fn add(&mut self, program: Arc<Program>) {
        let weight = program.weight();
        if weight > self.most {
            return;
        }
        if self.weight + weight > self.most {
            self.old = std::mem::take(&mut self.young);
            self.weight = 0;
        }
        if self.young.insert(program.hash, program).is_none() {
            self.weight += weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn program(hash: u8, length: usize) -> Arc<Program> {
        Arc::new(Program::new(Hash([hash; 32]), &vec![JUMPDEST; length].into()))
    }

    #[test]
    fn what_an_instruction_pushes_is_no_place_to_jump_to() {
        let code =
            Bytes::from_static(&[JUMPDEST, 0x61, JUMPDEST, JUMPDEST, JUMPDEST, PUSH32, JUMPDEST]);
        let program = Program::new(Hash::default(), &code);
        let found: Vec<usize> = (0..200).filter(|place| program.is_target(*place)).collect();
        assert_eq!(found, [0, 4]);
        assert_eq!((program.code(), program.padded().len()), (&code, code.len() + PADDING));
    }

    #[test]
    fn programs_that_are_used_stay_and_the_others_make_room() {
        let programs = Programs::new(Size(4_000));
        for other in 1..100 {
            programs.add(program(other, 300));
            programs.add(program(0, 300));
            assert!(programs.get(&Hash([0; 32])).is_some());
            let generations = programs.0.lock().unwrap();
            assert!(generations.young.len() + generations.old.len() <= 10);
        }
        assert!(programs.get(&Hash([1; 32])).is_none());
        programs.add(program(200, 3_000));
        assert!(programs.get(&Hash([200; 32])).is_none(), "too large to be kept at all");
    }

    proptest! {
        #[test]
        fn a_place_to_jump_to_is_a_jumpdest_that_no_push_covers(
            code in proptest::collection::vec(prop_oneof![Just(JUMPDEST), 0x5fu8..0x82, any::<u8>()], 0..300),
        ) {
            let program = Program::new(Hash::default(), &code.clone().into());
            let mut covered = 0usize;
            for (at, byte) in code.iter().enumerate() {
                let is_instruction = covered == 0;
                prop_assert_eq!(program.is_target(at), is_instruction && *byte == JUMPDEST);
                covered = match (is_instruction, *byte) {
                    (true, push @ PUSH1..=PUSH32) => usize::from(push - PUSH1) + 1,
                    (true, _) => 0,
                    (false, _) => covered - 1,
                };
            }
            prop_assert!(!program.is_target(code.len()));
        }
    }
}
