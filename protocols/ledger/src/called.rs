//! The state while a contract that is a part of the node works on it.

use crate::economy::Economy;
use alloy_primitives::{B256, Bytes};
use troupe_records::{Call, Key, Meter, OutOfGas, Stop, Table, Told, World};
use troupe_types::Address;
use troupe_vm::{NativeCall, NativeHost, Refusal};

/// What a contract has besides its records and its gas.
pub(crate) trait Besides {
    /// What is logged in front of all that was told: of which contract, with which data.
    fn first(self) -> Vec<(Address, Vec<u8>)>;
}

/// Records in the storage of one account, the balances of all, and the gas of a call.
pub(crate) struct Called<'a, 'host, B> {
    pub(crate) host: &'a mut NativeHost<'host>,
    /// Which account has the records.
    home: Address,
    told: Vec<Told>,
    pub(crate) besides: B,
}

/// Has a call answered by rules whose records lie in the storage of `home`, and logs what was told.
pub(crate) fn answer<B: Besides>(
    host: &mut NativeHost<'_>,
    asked: &NativeCall<'_>,
    home: Address,
    besides: B,
    rules: impl FnOnce(&mut Called<'_, '_, B>, &Call<'_>) -> Result<Vec<u8>, Stop>,
) -> Result<Bytes, Refusal> {
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
    let mut world = Called { host, home, told: Vec::new(), besides };
    match rules(&mut world, &call) {
        Ok(answer) => {
            world.tell();
            Ok(answer.into())
        }
        Err(Stop::OutOfGas) => Err(Refusal::OutOfGas),
        Err(Stop::Static) => Err(Refusal::WriteProtection),
        Err(Stop::Reverted(data)) => Err(Refusal::Reverted(data.into())),
    }
}

impl<B> Called<'_, '_, B> {
    pub(crate) fn with<T>(&mut self, work: impl FnOnce(&mut Economy<'_, '_>) -> T) -> T {
        work(&mut Economy(&mut self.host.free(self.home)))
    }
}

impl<B: Besides> Called<'_, '_, B> {
    fn tell(self) {
        let Self { host, home, told, besides } = self;
        let mut free = host.free(home);
        for (contract, data) in besides.first() {
            free.log(contract, &[], data.into());
        }
        for Told { contract, topics, data } in told {
            let topics: Vec<B256> = topics.into_iter().map(B256::from).collect();
            free.log(contract, &topics, data.into());
        }
    }
}

impl<B> Meter for Called<'_, '_, B> {
    fn charge(&mut self, gas: u64) -> Result<(), OutOfGas> {
        self.host.charge(gas).map_err(|_| OutOfGas)
    }
}

impl<B> World for Called<'_, '_, B> {
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

    fn log(&mut self, told: Told) {
        self.told.push(told);
    }

    fn broken(&mut self, what: &'static str) {
        self.with(|world| world.broken(what));
    }
}
