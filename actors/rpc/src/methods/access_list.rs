//! Which accounts and slots a transaction touches.

use super::asked::Asked;
use super::call::{Scene, Stage};
use crate::arguments::Arguments;
use crate::context::Api;
use crate::encode::{data, quantity};
use crate::error::Error;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use troupe_chain::state::Slot;
use troupe_chain::transaction::AccessListItem;
use troupe_types::Address;
use troupe_vm::{CallRequest, Entry, Observer, Outcome};

/// A list can make a transaction do something else, which touches something else. So often is it tried again.
const MOST_ROUNDS: usize = 8;

/// What a transaction touched, and what needs no mention.
#[derive(Debug, Default)]
struct Touched {
    slots: BTreeMap<Address, BTreeSet<Slot>>,
    /// Whom it calls or creates itself: warm without a list.
    target: Option<Address>,
}

impl Observer for Touched {
    fn enter(&mut self, entry: &Entry<'_>) {
        self.target.get_or_insert(entry.to);
    }

    fn touch(&mut self, account: Address, slot: Option<Slot>) {
        self.slots.entry(account).or_default().extend(slot);
    }
}

// EIP-2930; execution-apis, eth_createAccessList
pub(super) async fn create(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let mut asked = Asked::read(arguments.required("transaction")?)?;
    let block = arguments.block()?;
    let stage = Stage::next(&api, block, &mut arguments).await?;
    let most = api.settings.call_gas.min(stage.gas_limit());
    asked.request.gas = asked.gas.map_or(most, |gas| gas.min(most));
    stage.look_ahead(&asked.request).await;
    let work = move |wanted| find(&stage.at(wanted), asked.request);
    let (list, outcome) = api.heavy(work).await??;
    let items = list.iter().map(|item| {
        let keys: Vec<String> = item.storage_keys.iter().map(data).collect();
        json!({ "address": data(item.address), "storageKeys": keys })
    });
    let items: Vec<Value> = items.collect();
    let mut told = json!({ "accessList": items, "gasUsed": quantity(outcome.gas_used.0) });
    if let Err(failure) = outcome.result {
        told["error"] = failure.to_string().into();
    }
    Ok(told)
}

/// Calls with what was touched before, until nothing new is touched.
fn find(scene: &Scene, mut request: CallRequest) -> Result<(Vec<AccessListItem>, Outcome), Error> {
    let mut rounds = 0;
    loop {
        let (outcome, touched) = scene.run_observed(&request, Touched::default())?;
        let list = items(scene, &request, touched);
        rounds += 1;
        if list == request.access_list || rounds == MOST_ROUNDS {
            return Ok((list, outcome));
        }
        request.access_list = list;
    }
}

fn items(scene: &Scene, request: &CallRequest, touched: Touched) -> Vec<AccessListItem> {
    let Touched { slots, target } = touched;
    let is_warm = |address: &Address| {
        *address == request.from || Some(*address) == target || scene.is_precompiled(address)
    };
    let worth = slots.into_iter().filter(|(address, slots)| !slots.is_empty() || !is_warm(address));
    let item = |(address, slots): (Address, BTreeSet<Slot>)| AccessListItem {
        address: address.0.into(),
        storage_keys: slots.into_iter().map(|slot| slot.0.into()).collect(),
    };
    worth.map(item).collect()
}
