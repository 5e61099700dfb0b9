//! What moves between accounts and the market.

use crate::Error;
use crate::contract::TASKS;
use troupe_records::World;
use troupe_types::Address;

/// Takes an amount from an account that has it.
pub(crate) fn take(world: &mut impl World, from: Address, amount: u128) -> Result<(), Error> {
    let got = world.balance(from);
    if got < amount {
        return Err(Error::Funds { got, want: amount });
    }
    world.pay(from, TASKS, amount);
    Ok(())
}

/// Pays what the market holds for somebody. Runs no code of the payee.
pub(crate) fn pay(world: &mut impl World, to: Address, amount: u128) {
    if amount > 0 {
        world.pay(TASKS, to, amount);
    }
}

/// Divides an amount among accounts; what does not divide goes to the first.
pub(crate) fn divide(world: &mut impl World, among: &[Address], amount: u128) {
    let Some(first) = among.first() else { return };
    let share = amount / among.len() as u128;
    let rest = amount % among.len() as u128;
    for one in among {
        pay(world, *one, share);
    }
    pay(world, *first, rest);
}
