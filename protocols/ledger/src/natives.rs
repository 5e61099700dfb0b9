//! The economy's contracts, as the machine calls them.

use crate::economy::Economy;
use crate::evidence::offence_slot;
use crate::hooks::SLASHING;
use alloy_primitives::{B256, Bytes, U256};
use std::marker::PhantomData;
use std::sync::Arc;
use troupe_chain::Genesis;
use troupe_consensus::{Evidence, PublicKey, check_signed};
use troupe_crypto::Scheme;
use troupe_staking::call::{self, Call, NotJudged, Offence, OutOfGas, Outside, Stop};
use troupe_staking::contract::{DELEGATE_REWARD, GOVERNANCE, RESTRICTING, STAKING};
use troupe_staking::world::{Key, Table, World};
use troupe_staking::{Event, served, slash};
use troupe_types::{Address, Hash};
use troupe_vm::{Native, NativeCall, NativeHost, Refusal, Vm};

/// The contracts that are called.
const CALLED: [Address; 5] = [RESTRICTING, STAKING, SLASHING, GOVERNANCE, DELEGATE_REWARD];

/// What executions share on a chain: where its validators have stakes, with the contracts of the economy. `chain` is the hash of
/// its genesis block, `S` the scheme of its validators' keys.
#[must_use]
pub fn machine<S: Scheme + 'static>(vm: Vm, genesis: &Genesis, chain: Hash) -> Vm {
    if !genesis.is_staked {
        return vm;
    }
    let native: Arc<dyn Native> = Arc::new(Contracts::<S> { chain, scheme: PhantomData });
    CALLED.into_iter().fold(vm, |vm, address| vm.with(address, Arc::clone(&native)))
}

struct Contracts<S> {
    chain: Hash,
    scheme: PhantomData<fn() -> S>,
}

impl<S: Scheme + 'static> Native for Contracts<S> {
    fn call(&self, host: &mut NativeHost<'_>, asked: &NativeCall<'_>) -> Result<Bytes, Refusal> {
        let env = host.env();
        let (chain_id, height, time) = (env.chain_id, env.height, env.time);
        let call = Call {
            contract: host.address(),
            caller: asked.caller,
            value: asked.value,
            is_static: host.is_static(),
            input: asked.input,
            transaction: host.transaction(),
            chain_id,
            height,
            time,
        };
        let mut world = Called::<S> {
            host,
            chain: self.chain,
            receipts: Vec::new(),
            events: Vec::new(),
            scheme: PhantomData,
        };
        match call::call(&mut world, &call) {
            Ok(answer) => {
                world.tell();
                Ok(answer.into())
            }
            Err(Stop::OutOfGas) => Err(Refusal::OutOfGas),
            Err(Stop::Static) => Err(Refusal::WriteProtection),
            Err(Stop::Reverted(data)) => Err(Refusal::Reverted(data.into())),
        }
    }
}

/// The state while a contract of the economy works on it.
struct Called<'a, 'host, S> {
    host: &'a mut NativeHost<'host>,
    /// The hash of the genesis block.
    chain: Hash,
    receipts: Vec<(Address, Vec<u8>)>,
    events: Vec<Event>,
    scheme: PhantomData<fn() -> S>,
}

impl<S> Called<'_, '_, S> {
    fn with<T>(&mut self, work: impl FnOnce(&mut Economy<'_, '_>) -> T) -> T {
        work(&mut Economy(&mut self.host.free(STAKING)))
    }

    /// Logs what was told, what PlatON's clients look for first.
    fn tell(self) {
        let Self { host, receipts, events, .. } = self;
        let mut free = host.free(STAKING);
        for (contract, data) in receipts {
            free.log(contract, &[], data.into());
        }
        for event in &events {
            let (contract, topics, data) = call::log_of(event);
            let topics: Vec<B256> = topics.into_iter().map(B256::from).collect();
            free.log(contract, &topics, data.into());
        }
    }
}

impl<S: Scheme> Outside for Called<'_, '_, S> {
    fn charge(&mut self, gas: u64) -> Result<(), OutOfGas> {
        self.host.charge(gas).map_err(|_| OutOfGas)
    }

    fn judge(&mut self, evidence: &[u8]) -> Result<Offence, NotJudged> {
        let no = |reason: &dyn std::fmt::Display| NotJudged::NoEvidence(reason.to_string());
        let read = Evidence::decode(evidence).map_err(|error| no(&error))?;
        let shown = read.offence();
        let vote_key = self.with(|world| served::vote_key(world, shown.epoch, read.signer))?;
        let key = PublicKey(vote_key);
        let claims = read.claims(&self.chain).map_err(|error| no(&error))?;
        check_signed::<S>(&key, &claims).map_err(|error| no(&error))?;
        let slot = offence_slot(&key, &shown);
        let height = self.host.env().height;
        let mut free = self.host.free(SLASHING);
        if !free.word(slot).is_zero() {
            return Err(NotJudged::Punished);
        }
        free.put_word(slot, U256::from(height.0));
        let offence = Offence { vote_key, round: shown.epoch };
        match self.with(|world| slash::remember(world, &offence, shown.view)) {
            true => Ok(offence),
            // For a statement of another kind.
            false => Err(NotJudged::Punished),
        }
    }

    fn is_punished(&mut self, offence: &Offence) -> bool {
        self.with(|world| slash::is_punished(world, offence))
    }

    fn receipt(&mut self, contract: Address, data: Vec<u8>) {
        self.receipts.push((contract, data));
    }
}

impl<S> World for Called<'_, '_, S> {
    fn get(&mut self, key: &Key) -> Option<Vec<u8>> {
        self.with(|world| world.get(key))
    }

    fn put(&mut self, key: &Key, value: &[u8]) {
        self.with(|world| world.put(key, value));
    }

    fn remove(&mut self, key: &Key) {
        self.with(|world| world.remove(key));
    }

    fn next(&mut self, table: Table, after: Option<&Key>) -> Option<(Key, Vec<u8>)> {
        self.with(|world| world.next(table, after))
    }

    fn balance(&mut self, of: Address) -> u128 {
        self.with(|world| world.balance(of))
    }

    fn pay(&mut self, from: Address, to: Address, amount: u128) {
        self.with(|world| world.pay(from, to, amount));
    }

    fn mint(&mut self, to: Address, amount: u128) {
        self.with(|world| world.mint(to, amount));
    }

    fn log(&mut self, event: Event) {
        self.events.push(event);
    }

    fn broken(&mut self, what: &'static str) {
        self.with(|world| world.broken(what));
    }
}
