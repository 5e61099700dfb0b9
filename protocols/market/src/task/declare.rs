//! Declaring a task.

use super::due;
use super::{
    Ending, LONGEST, LONGEST_WAIT, Leg, MAX_AMOUNT, MAX_DATASETS, MAX_RECEIVERS, Phase, Spans,
    Task, finish,
};
use crate::counters::count;
use crate::data::{Dataset, MAX_NAMED};
use crate::money::take;
use crate::{Error, Event, Moment, Rules, algorithm, engine};
use std::collections::BTreeSet;
use troupe_records::World;
use troupe_types::{Address, Hash, Height, Millis, NodeId, UnixMillis};
use troupe_wire::List;

/// So many nodes of owners may be parties of a task, at most. With two an owner, or some that are one, would learn everything.
const OWN: usize = 1;

/// What a sender wants. The amounts are in von.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The hash of what is agreed on.
    pub terms: Hash,
    /// On which data sets.
    pub datasets: Vec<u64>,
    /// Which kinds of algorithms run, a bit each.
    pub algorithms: u64,
    /// On which engine.
    pub engine: u8,
    /// Of how many rows at least.
    pub least_rows: u64,
    /// How many rows are behind every number at least.
    pub least_group: u32,
    /// Who learns results.
    pub receivers: List<Address, MAX_RECEIVERS>,
    /// Compute nodes that it does not want.
    pub excluded: List<NodeId, MAX_NAMED>,
    /// The paid task whose parties compute this one as well, in their seats; 0 where the chain elects some.
    pub after: u64,
    /// What all parties get together.
    pub fee: u128,
    /// What all data sets cost together at most.
    pub prices: u128,
    /// How long phases take at most.
    pub spans: Spans,
}

/// Declares a task; its number. The fee and the prices are held until it ends.
pub fn declare(
    world: &mut impl World,
    sender: Address,
    wanted: Declaration,
    now: &Moment,
) -> Result<u64, Error> {
    let rules = Rules::of(world).ok_or(Error::NoMarket)?;
    check(&wanted, &rules)?;
    check_after(world, &wanted)?;
    let Declaration { terms, algorithms, engine, least_rows, least_group, .. } = wanted;
    let mut task = Task {
        sender,
        terms,
        algorithms,
        engine,
        least_rows,
        least_group,
        receivers: wanted.receivers,
        excluded: wanted.excluded,
        after: wanted.after,
        legs: List::default(),
        fee: wanted.fee,
        spans: wanted.spans,
        phase: Phase::Consent,
        deadline: UnixMillis(0),
        limit: UnixMillis(0),
        escrow: 0,
        since: now.height,
        final_at: Height::ZERO,
        draw_view: 0,
        drawn: None,
        seats: List::default(),
        reserves: List::default(),
        replaced: 0,
        demands: List::default(),
        ending: None::<Ending>,
    };
    let (mut own, mut prices, mut legs) = (BTreeSet::new(), 0u128, Vec::new());
    for dataset in wanted.datasets {
        let leg = leg(world, &task, dataset, now)?;
        let listing = Dataset::of(world, dataset).map(|it| it.listing);
        own.extend(listing.filter(|it| it.policy.is_own_party).map(|it| it.node));
        prices = prices.checked_add(leg.price).ok_or(Error::Amount { got: leg.price })?;
        legs.push(leg);
    }
    let (got, most) = (legs.len(), MAX_DATASETS);
    let too_many = |_| Error::Count { what: "data sets", got, most };
    task.legs = List::new(legs).map_err(too_many)?;
    let (got, most) = (own.len(), OWN);
    if got > most {
        return Err(Error::TooManyOwn { got, most });
    }
    if prices > wanted.prices {
        return Err(Error::Prices { got: prices, most: wanted.prices });
    }
    task.escrow = task.fee.checked_add(wanted.prices).ok_or(Error::Amount { got: task.fee })?;
    take(world, sender, task.escrow)?;
    let number = count(world, |counters| &mut counters.tasks);
    let until = now.after(task.spans.consent);
    due::enter(world, number, &mut task, (Phase::Consent, until));
    task.keep(world, number);
    world.log(Event::Declared { task: number, sender, terms }.into());
    Ok(number)
}

/// Takes a task back before it is final.
pub fn cancel(
    world: &mut impl World,
    caller: Address,
    number: u64,
    now: &Moment,
) -> Result<(), Error> {
    let mut task = super::now_in(world, number, &[Phase::Consent], now)?;
    if task.sender != caller {
        return Err(Error::NotSender);
    }
    finish::without_parties(world, number, &mut task, (super::End::Cancelled, Some(caller)), now);
    Ok(())
}

/// A data set as it is now, if it is offered for this.
pub(super) fn leg(
    world: &mut impl World,
    task: &Task,
    number: u64,
    now: &Moment,
) -> Result<Leg, Error> {
    let dataset = Dataset::of(world, number).ok_or(Error::NoDataset { dataset: number })?;
    if dataset.is_revoked {
        return Err(Error::Revoked { dataset: number });
    }
    let Dataset { owner, version, listing, .. } = dataset;
    listing.policy.allows(number, &task.asked(now.time))?;
    if listing.rows != 0 && task.least_rows > listing.rows {
        return Err(Error::Policy { dataset: number, what: "it has fewer rows" });
    }
    let price = listing.price;
    Ok(Leg { dataset: number, version, owner, price, is_authorised: false, is_confirmed: false })
}

/// What parties keep of a task they have for its receivers. That they were not elected for this task is declared as what is
/// done with the data, for owners to allow.
fn check_after(world: &mut impl World, wanted: &Declaration) -> Result<(), Error> {
    let Declaration { after, algorithms, .. } = *wanted;
    let is_said = algorithms & algorithm::bit(algorithm::SAME_PARTIES) != 0;
    if after == 0 {
        let what = "the same parties as of no task";
        return if is_said { Err(Error::Declaration { what }) } else { Ok(()) };
    }
    let earlier = Task::of(world, after).ok_or(Error::NoTask { task: after })?;
    let is_paid = earlier.ending.is_some_and(|ending| ending.end == super::End::Paid);
    let is_receiver = |receiver: &Address| earlier.receivers.contains(receiver);
    let faults = [
        (!is_said, "parties of an earlier task, which it does not say that it does"),
        (!is_paid, "parties of a task that is not paid"),
        (!wanted.receivers.iter().all(is_receiver), "a receiver that the earlier task has not"),
        (!wanted.excluded.is_empty(), "nodes are excluded where nobody is elected"),
    ];
    match faults.into_iter().find(|(is_fault, _)| *is_fault) {
        Some((_, what)) => Err(Error::Declaration { what }),
        None => Ok(()),
    }
}

fn check(wanted: &Declaration, rules: &Rules) -> Result<(), Error> {
    let wrong = |what| Err(Error::Declaration { what });
    let mut datasets = wanted.datasets.clone();
    datasets.sort_unstable();
    datasets.dedup();
    if datasets.len() != wanted.datasets.len() {
        return wrong("a data set is named twice");
    }
    if datasets.is_empty() || datasets.len() > MAX_DATASETS {
        return Err(Error::Count { what: "data sets", got: datasets.len(), most: MAX_DATASETS });
    }
    if wanted.receivers.is_empty() {
        return Err(Error::Count { what: "receivers", got: 0, most: MAX_RECEIVERS });
    }
    if wanted.algorithms == 0 || wanted.algorithms >> algorithm::NAMES.len() != 0 {
        return wrong("algorithms that are not known, or none");
    }
    if engine::bit(wanted.engine) == 0 {
        return wrong("an engine that is not known");
    }
    for amount in [wanted.fee, wanted.prices] {
        if amount > MAX_AMOUNT {
            return Err(Error::Amount { got: amount });
        }
    }
    if wanted.fee < rules.least_fee {
        return Err(Error::Fee { got: wanted.fee, least: rules.least_fee });
    }
    let Spans { consent, accept, start, compute, settle } = wanted.spans;
    let wait = (rules.least_span, LONGEST_WAIT);
    for (got, (least, most)) in [
        (consent, (Millis(1), LONGEST)),
        (accept, wait),
        (start, wait),
        (compute, (rules.least_compute(), LONGEST)),
        (settle, wait),
    ] {
        if got < least || got > most {
            return Err(Error::Span { got, least, most });
        }
    }
    Ok(())
}
