//! Compute nodes and tasks.

use super::abi::TaskMarket::{self, TaskMarketCalls};
use super::data::{length, list};
use super::run::{Failure, change, kept, moment, question, sent};
use super::{gas, view};
use crate::node::{self, Node};
use crate::statement::{Kind, NOBODY, Statement};
use crate::task::{self, Callback, Declaration, Delivery, End, Posting, Signed, Spans, Task};
use crate::{Counters, Error, Rules};
use alloy_sol_types::SolCall;
use troupe_evidence::Opening;
use troupe_records::{Call, Error as Unread, Meter, OutOfGas, World};
use troupe_types::{Address, Hash, Millis, NodeId};

/// The most nodes of a page.
const PAGE: u64 = 64;
/// The most tasks of a page: one is ten times as long as a node.
const TASKS: u64 = 16;

/// Has the contract called of which a task was, once a call is answered.
pub trait Follows {
    /// What it may use is taken from what is left now.
    fn follow(&mut self, delivery: Delivery) -> Result<(), OutOfGas>;
}

/// What came of a call that followed: what `deliver` gives.
pub(super) fn followed<W: World + Meter>(
    world: &mut W,
    call: &Call<'_>,
    has_succeeded: bool,
) -> Result<Vec<u8>, Failure> {
    let TaskMarketCalls::deliver(asked) = troupe_records::read(call.input)? else {
        return Err(Unread::Function { got: call.input.len() }.into());
    };
    task::delivered(world, call.caller, asked.task, has_succeeded);
    Ok(TaskMarket::deliverCall::abi_encode_returns(&has_succeeded))
}

pub(super) fn answer<W: World + Meter + Follows>(
    world: &mut W,
    call: &Call<'_>,
    asked: TaskMarketCalls,
) -> Result<Vec<u8>, Failure> {
    use TaskMarketCalls as C;
    let (from, now) = (call.caller, moment(call));
    match asked {
        C::register(_) | C::addStake(_) | C::setCapacity(_) | C::leave(_) | C::withdraw(_) => {
            of_nodes(world, call, asked)
        }
        C::declare(asked) => declare(world, call, asked.declaration, None),
        C::declareWith(asked) => {
            let TaskMarket::Callback { gas_, tip } = asked.callback;
            declare(world, call, asked.declaration, Some(Callback { gas: gas_, tip }))
        }
        C::deliver(asked) => {
            change(world, call, (gas::CHANGE, 0))?;
            let delivery = task::deliver(world, from, asked.task)?;
            world.follow(delivery)?;
            Ok(Vec::new())
        }
        C::cancel(asked) => {
            change(world, call, (gas::CHANGE, 0))?;
            done(task::cancel(world, from, asked.task, &now))
        }
        C::authorise(asked) => {
            change(world, call, (gas::CHANGE, 0))?;
            done(task::authorise(world, from, asked.task, &now))
        }
        C::revoke(asked) => {
            change(world, call, (gas::CHANGE, 0))?;
            done(task::revoke(world, from, asked.task, &now))
        }
        C::accept_(asked) => {
            change(world, call, (gas::CHANGE, 0))?;
            done(task::accept(world, from, asked.task, &now))
        }
        C::decline(asked) => {
            change(world, call, (gas::CHANGE, 0))?;
            let why = End::of(asked.end).ok_or(Error::Reason { got: asked.end })?;
            done(task::decline(world, from, asked.task, why, &now))
        }
        C::confirm(asked) => {
            change(world, call, (gas::CHANGE, 0))?;
            done(task::confirm(world, from, asked.task, &now))
        }
        C::post(asked) => {
            change(world, call, (gas::CHANGE.saturating_add(kept(call)), 0))?;
            done(task::post(world, from, asked.task, posted(&asked.posting), &now))
        }
        C::giveUp(asked) => {
            change(world, call, (gas::CHANGE, 0))?;
            let blamed = (asked.blamed != NOBODY).then_some(asked.blamed);
            done(task::give_up(world, from, asked.task, blamed, &now))
        }
        C::demand(_) | C::publish(_) | C::acknowledge(_) => disputed(world, call, asked),
        C::report(asked) => {
            change(world, call, (gas::CHANGE.saturating_add(2 * gas::SIGNATURE), 0))?;
            let (first, second) = (statement(asked.first)?, statement(asked.second)?);
            let place = (asked.task, asked.seat);
            let lost = task::report(world, from, place, (&first, &second), &now)?;
            Ok(TaskMarket::reportCall::abi_encode_returns(&lost))
        }
        C::reportPosted(asked) => {
            change(world, call, (gas::CHANGE.saturating_add(gas::SIGNATURE), 0))?;
            let shown = statement(asked.statement)?;
            let place = (asked.task, asked.seat);
            let lost = task::report_posted(world, from, place, &shown, &now)?;
            Ok(TaskMarket::reportPostedCall::abi_encode_returns(&lost))
        }
        C::show(asked) => {
            change(world, call, (gas::CHANGE.saturating_add(2 * gas::SIGNATURE), 0))?;
            let (result, transcript) = (statement(asked.result)?, statement(asked.transcript)?);
            done(task::show(world, (asked.task, asked.seat), (&result, &transcript), &now))
        }
        C::registration(_)
        | C::opened(_)
        | C::getNode(_)
        | C::getNodeOf(_)
        | C::getNodes(_)
        | C::getTask(_)
        | C::getCallback(_)
        | C::getTasks(_)
        | C::getRules(_)
        | C::getViews(_) => told(world, call, asked),
    }
}

fn done(done: Result<(), Error>) -> Result<Vec<u8>, Failure> {
    done?;
    Ok(Vec::new())
}

fn of_nodes<W: World + Meter>(
    world: &mut W,
    call: &Call<'_>,
    asked: TaskMarketCalls,
) -> Result<Vec<u8>, Failure> {
    use TaskMarketCalls as C;
    let (from, now) = (call.caller, moment(call));
    match asked {
        C::register(asked) => {
            let stake = sent(call)?;
            change(world, call, (gas::NEW.saturating_add(gas::SIGNATURE), stake))?;
            let keys = (asked.key.0, signature(&asked.signature)?);
            let id = node::register(world, from, keys, (asked.capacity, stake), &now)?;
            Ok(TaskMarket::registerCall::abi_encode_returns(&id))
        }
        C::addStake(_) => {
            let amount = sent(call)?;
            change(world, call, (gas::SMALL, amount))?;
            done(node::add(world, from, amount))
        }
        C::setCapacity(asked) => {
            change(world, call, (gas::SMALL, 0))?;
            done(node::set_capacity(world, from, asked.capacity))
        }
        C::leave(_) => {
            change(world, call, (gas::SMALL, 0))?;
            done(node::leave(world, from, &now))
        }
        C::withdraw(_) => {
            change(world, call, (gas::CHANGE, 0))?;
            let amount = node::withdraw(world, from, &now)?;
            Ok(TaskMarket::withdrawCall::abi_encode_returns(&amount))
        }
        _ => Err(Unread::Function { got: call.input.len() }.into()),
    }
}

fn declare<W: World + Meter>(
    world: &mut W,
    call: &Call<'_>,
    asked: TaskMarket::Declaration,
    callback: Option<Callback>,
) -> Result<Vec<u8>, Failure> {
    let tip = callback.map_or(0, |callback| callback.tip);
    let value = asked.fee.saturating_add(asked.prices).saturating_add(tip);
    // An election looks at all nodes, and at the policies of all data sets.
    let nodes = Counters::now(world).registered.saturating_mul(gas::ELECTED);
    let datasets = gas::RECORD.saturating_mul(asked.datasets.len() as u64);
    let price = [kept(call), nodes, datasets].into_iter().fold(gas::NEW, u64::saturating_add);
    change(world, call, (price, value))?;
    let TaskMarket::Spans { consent, accept_, start, compute, settle } = asked.spans;
    let declaration = Declaration {
        terms: Hash(asked.terms.0),
        datasets: asked.datasets,
        algorithms: asked.algorithms,
        engine: asked.engine,
        least_rows: asked.leastRows,
        least_group: asked.leastGroup,
        receivers: list("receivers", asked.receivers, |one| Address(one.into()))?,
        excluded: list("excluded nodes", asked.excluded, |one| NodeId(one.0))?,
        after: asked.after_,
        fee: asked.fee,
        prices: asked.prices,
        spans: Spans {
            consent: Millis(consent),
            accept: Millis(accept_),
            start: Millis(start),
            compute: Millis(compute),
            settle: Millis(settle),
        },
    };
    let (by, now) = (call.caller, moment(call));
    let id = match callback {
        Some(callback) => task::declare_with(world, by, declaration, callback, &now)?,
        None => task::declare(world, by, declaration, &now)?,
    };
    Ok(TaskMarket::declareCall::abi_encode_returns(&id))
}

fn disputed<W: World + Meter>(
    world: &mut W,
    call: &Call<'_>,
    asked: TaskMarketCalls,
) -> Result<Vec<u8>, Failure> {
    use TaskMarketCalls as C;
    let (from, now) = (call.caller, moment(call));
    match asked {
        C::demand(asked) => {
            change(world, call, (gas::CHANGE, 0))?;
            let number = task::demand(world, from, (asked.task, asked.of_, asked.round), &now)?;
            Ok(TaskMarket::demandCall::abi_encode_returns(&number))
        }
        C::publish(asked) => {
            let bytes = gas::TOLD.saturating_mul(asked.message.len() as u64);
            change(world, call, (gas::CHANGE.saturating_add(bytes), 0))?;
            let place = (asked.task, asked.number);
            done(task::publish(world, from, place, &asked.message, &now))
        }
        C::acknowledge(asked) => {
            change(world, call, (gas::SMALL, 0))?;
            let place = (asked.task, asked.number);
            done(task::acknowledge(world, from, place, Hash(asked.hash.0), &now))
        }
        _ => Err(Unread::Function { got: call.input.len() }.into()),
    }
}

fn told<W: World + Meter>(
    world: &mut W,
    call: &Call<'_>,
    asked: TaskMarketCalls,
) -> Result<Vec<u8>, Failure> {
    use TaskMarketCalls as C;
    match asked {
        C::registration(asked) => {
            question(world, call, 1)?;
            let account = Address(asked.account.into());
            let digest = node::registration(call.chain_id, account, &asked.key.0);
            Ok(TaskMarket::registrationCall::abi_encode_returns(&digest.0.into()))
        }
        C::getNode(asked) => {
            question(world, call, 1)?;
            let found = Node::of(world, asked.id).ok_or(Error::NoNode)?;
            Ok(TaskMarket::getNodeCall::abi_encode_returns(&view::node(asked.id, &found)))
        }
        C::getNodeOf(asked) => {
            question(world, call, 2)?;
            let (id, found) = node::own(world, Address(asked.account.into()))?;
            Ok(TaskMarket::getNodeOfCall::abi_encode_returns(&view::node(id, &found)))
        }
        C::getNodes(asked) => {
            let count = asked.count.min(PAGE);
            question(world, call, count)?;
            let page = node::page(world, asked.afterId, length(count));
            let page = page.iter().map(|(id, one)| view::node(*id, one)).collect();
            Ok(TaskMarket::getNodesCall::abi_encode_returns(&page))
        }
        C::getTask(asked) => {
            question(world, call, 2)?;
            let found = Task::of(world, asked.task);
            let found = found.ok_or(Error::NoTask { task: asked.task })?;
            Ok(TaskMarket::getTaskCall::abi_encode_returns(&view::task(asked.task, found)))
        }
        C::opened(asked) => {
            let hashed = asked.opening.len() as u64 / gas::HASHED;
            question(world, call, hashed.saturating_add(2))?;
            let opening = Opening::decode(&asked.opening).map_err(Error::from)?;
            let results = task::opened(world, asked.task, &opening)?;
            let results = results.iter().map(view::opened).collect();
            Ok(TaskMarket::openedCall::abi_encode_returns(&results))
        }
        C::getCallback(asked) => {
            question(world, call, 1)?;
            let told = view::callback(Callback::of(world, asked.task));
            Ok(TaskMarket::getCallbackCall::abi_encode_returns(&told))
        }
        C::getTasks(asked) => {
            let count = asked.count.min(TASKS);
            question(world, call, 2 * count)?;
            let page = task::page(world, asked.afterId, length(count));
            let page = page.into_iter().map(|(id, one)| view::task(id, one)).collect();
            Ok(TaskMarket::getTasksCall::abi_encode_returns(&page))
        }
        C::getRules(_) => {
            question(world, call, 1)?;
            let rules = Rules::of(world).ok_or(Error::NoMarket)?;
            Ok(TaskMarket::getRulesCall::abi_encode_returns(&view::rules(&rules)))
        }
        C::getViews(_) => {
            question(world, call, 1)?;
            let views = Counters::now(world).views;
            Ok(TaskMarket::getViewsCall::abi_encode_returns(&views))
        }
        _ => Err(Unread::Function { got: call.input.len() }.into()),
    }
}

/// What a party says, out of Solidity's form.
pub(crate) fn posted(asked: &TaskMarket::Posting) -> Posting {
    Posting {
        result: Hash(asked.result.0),
        transcript: Hash(asked.transcript.0),
        output: Hash(asked.output.0),
        pairs: asked.pairs.map(|pair| Hash(pair.0)),
    }
}

fn signature(bytes: &[u8]) -> Result<[u8; 64], Error> {
    bytes.try_into().map_err(|_| Error::Argument("a signature has 64 bytes"))
}

fn statement(asked: TaskMarket::Statement) -> Result<Signed, Error> {
    let kind = Kind::of(asked.kind).ok_or(Error::Argument("kinds of statements are 1 to 6"))?;
    let TaskMarket::Statement { peer, round, part, .. } = asked;
    let statement = Statement { kind, peer, round, part, hash: Hash(asked.hash.0) };
    Ok((statement, signature(&asked.signature)?))
}
