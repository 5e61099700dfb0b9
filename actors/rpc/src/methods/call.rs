//! Calls that change nothing.

use super::asked::Asked;
use super::estimate::needed;
use crate::arguments::{Arguments, Named};
use crate::backend::Snapshot;
use crate::context::Api;
use crate::encode::data;
use crate::error::Error;
use crate::overrides::{BlockOverrides, Overridden, StateOverrides};
use crate::wanted::{View, Wanted};
use alloy_primitives::Bytes;
use serde_json::Value;
use std::sync::Arc;
use troupe_types::{Address, Gas};
use troupe_vm::{CallRequest, Env, Failure, Observer, Outcome, Silent};

pub(super) async fn call(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let asked = Asked::read(arguments.required("transaction")?)?;
    let block = arguments.block()?;
    let stage = Stage::next(&api, block, &mut arguments).await?;
    Ok(data(called(&api, stage, asked).await?).into())
}

async fn called(api: &Api, stage: Stage, mut asked: Asked) -> Result<Bytes, Error> {
    let most = api.settings.call_gas;
    asked.request.gas = asked.gas.map_or(most, |gas| gas.min(most));
    stage.look_ahead(&asked.request).await;
    returned(api.heavy(move |wanted| stage.at(wanted).run(&asked.request)).await??)
}

impl Api {
    /// What a call returns on the state after a block.
    pub async fn call(&self, asked: Asked, block: Named) -> Result<Bytes, Error> {
        called(self, Stage::plain(self, block).await?, asked).await
    }

    /// The least gas with which a transaction succeeds on the state after a block, or a little more.
    pub async fn estimate(&self, asked: Asked, block: Named) -> Result<Gas, Error> {
        needed(self, Stage::plain(self, block).await?, asked).await
    }
}

/// What a call returned, or why it did not.
pub(super) fn returned(outcome: Outcome) -> Result<Bytes, Error> {
    outcome.result.map_err(|failure| match failure {
        Failure::Reverted(data) => Error::Reverted(data),
        Failure::OutOfGas | Failure::Exception(_) => Error::Failed(failure.to_string()),
    })
}

/// The block and the state on which a call is made.
pub(super) struct Stage {
    env: Env,
    snapshot: Snapshot,
    overrides: Arc<StateOverrides>,
}

impl Stage {
    /// The state after a block, and the block itself around the call, but for what the next two
    /// arguments override.
    pub(super) async fn next(
        api: &Api,
        block: Named,
        arguments: &mut Arguments,
    ) -> Result<Self, Error> {
        let overrides = StateOverrides::next(arguments)?;
        let changes = BlockOverrides::next(arguments)?;
        Self::of(api, block, overrides, &changes).await
    }

    /// The state after a block, and nothing overridden.
    pub(super) async fn plain(api: &Api, block: Named) -> Result<Self, Error> {
        Self::of(api, block, StateOverrides::default(), &BlockOverrides::default()).await
    }

    /// The same, with these overrides.
    pub(super) async fn of(
        api: &Api,
        block: Named,
        overrides: StateOverrides,
        changes: &BlockOverrides,
    ) -> Result<Self, Error> {
        let (found, snapshot) = api.state(block).await?;
        let ancestors = Arc::clone(&snapshot.ancestors);
        let mut env = Env::of(&found.header, api.backend.chain().chain_id, ancestors, &snapshot.vm);
        changes.apply(&mut env);
        overrides.move_precompiled(&mut env)?;
        Ok(Self { env, snapshot, overrides: Arc::new(overrides) })
    }

    /// Has what a call will read there, where reads are slow.
    pub(super) async fn look_ahead(&self, request: &CallRequest) {
        if let Some(ahead) = &self.snapshot.ahead {
            ahead.look_ahead(request).await;
        }
    }

    /// The most gas that the block allows.
    pub(super) const fn gas_limit(&self) -> Gas {
        self.env.gas_limit
    }

    /// For work that goes on as long as somebody waits for it.
    pub(super) fn at(self, wanted: Wanted) -> Scene {
        let Self { env, snapshot, overrides } = self;
        Scene { env, view: Overridden { view: View::new(snapshot, wanted), overrides } }
    }
}

/// A [`Stage`] while somebody waits.
pub(super) struct Scene {
    env: Env,
    pub(super) view: Overridden<View>,
}

impl Scene {
    /// Makes a call and forgets what it changed.
    pub(super) fn run(&self, request: &CallRequest) -> Result<Outcome, Error> {
        self.run_observed(request, Silent).map(|(outcome, _)| outcome)
    }

    /// The same; an observer looks on and is given back.
    pub(super) fn run_observed<O: Observer>(
        &self,
        request: &CallRequest,
        observer: O,
    ) -> Result<(Outcome, O), Error> {
        let (view, env) = (self.view.clone(), self.env.clone());
        let guarded = self.view.view.guard(observer);
        let (outcome, guarded) = troupe_vm::call_observed(view, env, request, guarded)?;
        let guarded =
            guarded.ok_or_else(|| Error::Internal("an observer did not come back".into()))?;
        Ok((outcome?, guarded.observer))
    }

    /// Whether Ethereum's precompiled contracts have one at this address.
    pub(super) fn is_precompiled(&self, address: &Address) -> bool {
        self.env.is_precompiled(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wanted::Waiting;
    use alloy_primitives::U256;
    use std::sync::Mutex;
    use troupe_chain::state::{Account, Code, ReadError, Slot, StateView};
    use troupe_types::Hash;
    use troupe_vm::Vm;

    const CONTRACT: Address = Address([3; 20]);

    /// A contract that reads one word after the other, for ever; whoever waits gives up after a hundred.
    struct Endless(Mutex<(usize, Option<Waiting>)>);

    impl StateView for Endless {
        fn account(&self, address: &Address) -> Result<Option<Account>, ReadError> {
            let (code_hash, storage_root) = (Hash([1; 32]), Hash([2; 32]));
            let account = Account { code_hash, storage_root, ..Account::default() };
            Ok((*address == CONTRACT).then_some(account))
        }

        fn storage(&self, _: &Address, slot: &Slot) -> Result<U256, ReadError> {
            let mut inner = self.0.lock().unwrap();
            inner.0 += 1;
            if inner.0 == 100 {
                inner.1 = None;
            }
            Ok(U256::from_be_bytes(slot.0))
        }

        fn next_word(
            &self,
            _: &Address,
            _: Option<&Slot>,
        ) -> Result<Option<(Slot, U256)>, ReadError> {
            Ok(None)
        }

        fn code(&self, _: &Hash) -> Result<Code, ReadError> {
            // JUMPDEST GAS SLOAD POP PUSH0 JUMP
            Ok(vec![0x5b, 0x5a, 0x54, 0x50, 0x5f, 0x56].into())
        }
    }

    fn ask(waiting: Waiting, is_patient: bool) -> (Result<Outcome, Error>, usize) {
        let wanted = waiting.wanted();
        let (given, kept) = if is_patient { (None, Some(waiting)) } else { (Some(waiting), None) };
        let state = Arc::new(Endless(Mutex::new((0, given))));
        let snapshot = Snapshot {
            view: state.clone(),
            ancestors: Arc::new(()),
            vm: Vm::default(),
            ahead: None,
            is_far: false,
        };
        let to = Some(CONTRACT);
        let request = CallRequest { to, gas: Gas(1_000_000), ..CallRequest::default() };
        let stage = Stage { env: Env::default(), snapshot, overrides: Arc::default() };
        let outcome = stage.at(wanted).run(&request);
        drop(kept);
        let reads = state.0.lock().unwrap().0;
        (outcome, reads)
    }

    #[test]
    fn a_call_that_nobody_waits_for_reads_nothing_any_more() {
        let (ended, reads) = ask(Waiting::default(), false);
        assert!(matches!(ended, Err(Error::Read(_))), "{ended:?}");
        assert_eq!(reads, 100);
        let (outcome, reads) = ask(Waiting::default(), true);
        assert_eq!(outcome.unwrap().result, Err(Failure::OutOfGas));
        assert!(reads > 100);
    }
}
