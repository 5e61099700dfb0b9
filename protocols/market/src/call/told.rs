//! What was told, as logs.

use super::abi::{DataRegistry, TaskMarket};
use super::view;
use crate::Event;
use crate::contract::{DATA, TASKS};
use crate::statement::NOBODY;
use alloy_sol_types::SolEvent;
use troupe_records::Told;

/// An event as a log.
#[must_use]
pub fn log_of(event: &Event) -> Told {
    use {DataRegistry as D, TaskMarket as T};
    let log = match *event {
        Event::Published { dataset: id, owner, node } => {
            let (owner, node) = (owner.0.into(), node.0.into());
            return Told::new(DATA, D::Published { id, owner, node }.encode_log_data());
        }
        Event::Updated { dataset: id, version } => {
            return Told::new(DATA, D::Updated { id, version }.encode_log_data());
        }
        Event::Revoked { dataset: id } => {
            return Told::new(DATA, D::Revoked { id }.encode_log_data());
        }
        Event::Registered { number: id, account, node, stake } => {
            let (account, node) = (account.0.into(), node.0.into());
            T::Registered { id, account, node, stake }.encode_log_data()
        }
        Event::Added { number: id, amount } => T::Added { id, amount }.encode_log_data(),
        Event::Capacity { number: id, capacity } => T::Capacity { id, capacity }.encode_log_data(),
        Event::Leaving { number: id } => T::Leaving { id }.encode_log_data(),
        Event::Withdrawn { number: id, amount } => T::Withdrawn { id, amount }.encode_log_data(),
        Event::Declared { task, sender, terms } => {
            T::Declared { task, sender: sender.0.into(), terms: terms.0.into() }.encode_log_data()
        }
        Event::Authorised { task, owner } => {
            T::Authorised { task, owner: owner.0.into() }.encode_log_data()
        }
        Event::AuthorisationRevoked { task, owner } => {
            T::AuthorisationRevoked { task, owner: owner.0.into() }.encode_log_data()
        }
        Event::Final { task, view: view_ } => T::Final { task, view_ }.encode_log_data(),
        Event::Drawn { task, word } => T::Drawn { task, word: word.0.into() }.encode_log_data(),
        Event::Replaced { task, before, node: id } => {
            T::Replaced { task, before, id }.encode_log_data()
        }
        Event::Accepted { task, node: id } => T::Accepted { task, id }.encode_log_data(),
        Event::Confirmed { task, owner } => {
            T::Confirmed { task, owner: owner.0.into() }.encode_log_data()
        }
        Event::Started { task } => T::Started { task }.encode_log_data(),
        Event::Posted { task, party, ref posting } => {
            let posting = view::posting(posting);
            T::Posted { task, party: party.0.into(), posting }.encode_log_data()
        }
        Event::Gave { task, party, blamed } => {
            let blamed = blamed.unwrap_or(NOBODY);
            T::GaveUp { task, party: party.0.into(), blamed }.encode_log_data()
        }
        Event::Signed { task, party } => {
            T::Signed { task, party: party.0.into() }.encode_log_data()
        }
        Event::Agreed { task } => T::Agreed { task }.encode_log_data(),
        Event::Demanded { task, demand, of: of_, round, until } => {
            T::Demanded { task, demand, of_, round, until: until.0 }.encode_log_data()
        }
        Event::Answered { task, demand, hash, ref message } => {
            let message = message.clone().into();
            T::Answered { task, demand, hash: hash.0.into(), message }.encode_log_data()
        }
        Event::Acknowledged { task, demand } => T::Acknowledged { task, demand }.encode_log_data(),
        Event::Forfeited { task, node: id, amount } => {
            T::Forfeited { task, id, amount }.encode_log_data()
        }
        Event::Slashed { task, node: id, amount, reporter } => {
            T::Slashed { task, id, amount, reporter: reporter.0.into() }.encode_log_data()
        }
        Event::Delivered { task, by, has_succeeded: succeeded } => {
            T::Delivered { task, by: by.0.into(), succeeded }.encode_log_data()
        }
        Event::Ended { task, end, through, refunded } => {
            let through = through.unwrap_or_default().0.into();
            T::Ended { task, end: end as u8, through, refunded }.encode_log_data()
        }
    };
    Told::new(TASKS, log)
}

impl From<Event> for Told {
    fn from(event: Event) -> Self {
        log_of(&event)
    }
}
