//! What a machine is to the contracts: gas, evidence, and that what is refused changes nothing.

use crate::common::{CHAIN, Chain};
use alloy_primitives::U256;
use std::collections::BTreeSet;
use troupe_staking::call::{self, Call, NotJudged, Offence, OutOfGas, Outside, Stop};
use troupe_staking::world::{Key, Memory, Meter, Table, Told, World};
use troupe_types::{Address, Epoch, Hash};

/// A call as somebody makes it.
#[derive(Clone, Copy)]
pub struct By {
    pub who: Address,
    pub value: u128,
    pub gas: u64,
    pub is_static: bool,
    pub transaction: Hash,
}

impl By {
    pub fn account(number: u8) -> Self {
        let transaction = Hash([number; 32]);
        let who = Address([number; 20]);
        Self { who, value: 0, gas: u64::MAX, is_static: false, transaction }
    }

    pub fn sending(self, value: u128) -> Self {
        Self { value, ..self }
    }
}

/// A world in memory with the rest of a machine around it.
pub struct Shell {
    pub memory: Memory,
    pub gas: u64,
    /// Key and round of who was punished.
    pub punished: BTreeSet<([u8; 48], u64)>,
    pub receipts: Vec<(Address, Vec<u8>)>,
    /// How often something was read or written.
    pub works: u64,
}

impl Meter for Shell {
    fn charge(&mut self, gas: u64) -> Result<(), OutOfGas> {
        self.gas = self.gas.checked_sub(gas).ok_or(OutOfGas)?;
        Ok(())
    }
}

impl Outside for Shell {
    /// Evidence is a key and a round here: what signatures are worth is for the ledger to test.
    fn judge(&mut self, evidence: &[u8]) -> Result<Offence, NotJudged> {
        let no = || NotJudged::NoEvidence(format!("{} bytes", evidence.len()));
        let (key, round) = evidence.split_first_chunk::<48>().ok_or_else(no)?;
        let round = round.try_into().map_err(|_| no())?;
        let offence = Offence { vote_key: *key, round: Epoch(u64::from_be_bytes(round)) };
        let is_new = self.punished.insert((offence.vote_key, offence.round.0));
        if is_new { Ok(offence) } else { Err(NotJudged::Punished) }
    }

    fn is_punished(&mut self, offence: &Offence) -> bool {
        self.punished.contains(&(offence.vote_key, offence.round.0))
    }

    fn receipt(&mut self, contract: Address, data: Vec<u8>) {
        self.receipts.push((contract, data));
    }
}

impl World for Shell {
    fn get(&mut self, key: &Key) -> Option<Vec<u8>> {
        self.works += 1;
        self.memory.get(key)
    }
    fn put(&mut self, key: &Key, value: &[u8]) {
        self.works += 1;
        self.memory.put(key, value);
    }
    fn remove(&mut self, key: &Key) {
        self.works += 1;
        self.memory.remove(key);
    }
    fn next(&mut self, table: Table, after: Option<&Key>) -> Option<(Key, Vec<u8>)> {
        self.works += 1;
        self.memory.next(table, after)
    }
    fn balance(&mut self, of: Address) -> u128 {
        self.memory.balance(of)
    }
    fn pay(&mut self, from: Address, to: Address, amount: u128) {
        self.memory.pay(from, to, amount);
    }
    fn mint(&mut self, to: Address, amount: u128) {
        self.memory.mint(to, amount);
    }
    fn log(&mut self, event: Told) {
        assert!((1..=4).contains(&event.topics.len()));
        self.memory.log(event);
    }
    fn broken(&mut self, what: &'static str) {
        self.memory.broken(what);
    }
}

/// What came of a call.
pub struct Outcome {
    pub result: Result<Vec<u8>, Stop>,
    pub used: u64,
    pub works: u64,
    pub receipts: Vec<(Address, Vec<u8>)>,
}

/// Who was punished before, beside the records.
pub type Punished = BTreeSet<([u8; 48], u64)>;

/// Makes a call: what it changed stays only if it was answered.
pub fn ask(chain: &mut Chain, contract: Address, by: By, input: &[u8]) -> Outcome {
    ask_with(chain, &mut Punished::new(), contract, by, input)
}

pub fn ask_with(
    chain: &mut Chain,
    punished: &mut Punished,
    contract: Address,
    by: By,
    input: &[u8],
) -> Outcome {
    let memory = chain.world.clone();
    let known = punished.clone();
    let mut shell = Shell { memory, gas: by.gas, punished: known, receipts: Vec::new(), works: 0 };
    shell.pay(by.who, contract, by.value);
    let call = Call {
        contract,
        caller: by.who,
        value: U256::from(by.value),
        is_static: by.is_static,
        input,
        transaction: by.transaction,
        chain_id: CHAIN,
        height: chain.height,
        time: chain.time,
    };
    let result = call::call(&mut shell, &call);
    assert_eq!(shell.memory.broken, None);
    if result.is_ok() {
        chain.world = shell.memory;
        *punished = shell.punished;
    }
    let used = by.gas - shell.gas;
    Outcome { result, used, works: shell.works, receipts: shell.receipts }
}
