//! The economy's contracts, as the machine calls them.

use crate::called::{self, Called};
use crate::evidence::offence_slot;
use crate::hooks::SLASHING;
use alloy_primitives::{Bytes, U256};
use std::marker::PhantomData;
use std::sync::Arc;
use troupe_chain::Genesis;
use troupe_consensus::{Evidence, PublicKey, check_signed};
use troupe_crypto::Scheme;
use troupe_staking::call::{self, NotJudged, Offence, Outside};
use troupe_staking::contract::{DELEGATE_REWARD, GOVERNANCE, RESTRICTING, STAKING};
use troupe_staking::{served, slash};
use troupe_types::{Address, Hash};
use troupe_vm::{Native, NativeCall, NativeHost, Refusal, Vm};

/// The contracts that are called.
const CALLED: [Address; 5] = [RESTRICTING, STAKING, SLASHING, GOVERNANCE, DELEGATE_REWARD];

/// What executions share on a chain: where its validators have stakes, with the contracts of the economy, and with those of its
/// market if it has one. `chain` is the hash of
/// its genesis block, `S` the scheme of its validators' keys.
#[must_use]
pub fn machine<S: Scheme + 'static>(vm: Vm, genesis: &Genesis, chain: Hash) -> Vm {
    let vm = crate::market::join(vm, genesis);
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
        let judge = Judge::<S> { chain: self.chain, receipts: Vec::new(), scheme: PhantomData };
        called::answer(host, asked, STAKING, judge, |world, call| call::call(world, call))
    }
}

/// What the rules of the economy do not know themselves.
struct Judge<S> {
    /// The hash of the genesis block.
    chain: Hash,
    receipts: Vec<(Address, Vec<u8>)>,
    scheme: PhantomData<fn() -> S>,
}

impl<S> called::Besides for Judge<S> {
    fn first(self) -> Vec<(Address, Vec<u8>)> {
        self.receipts
    }
}

impl<S: Scheme> Outside for Called<'_, '_, Judge<S>> {
    fn judge(&mut self, evidence: &[u8]) -> Result<Offence, NotJudged> {
        let no = |reason: &dyn std::fmt::Display| NotJudged::NoEvidence(reason.to_string());
        let read = Evidence::decode(evidence).map_err(|error| no(&error))?;
        let shown = read.offence();
        let vote_key = self.with(|world| served::vote_key(world, shown.epoch, read.signer))?;
        let key = PublicKey(vote_key);
        let claims = read.claims(&self.besides.chain).map_err(|error| no(&error))?;
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
        self.besides.receipts.push((contract, data));
    }
}
