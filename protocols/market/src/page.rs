//! Reading records in their order.

use troupe_records::{Key, Stored, Table, World};

/// The records of a table after a key, which begin with some bytes and end with a number; so many at most.
pub(crate) fn of<T: Stored>(
    world: &mut impl World,
    table: Table,
    after: &[u8],
    prefix: &[u8],
    most: usize,
) -> Vec<(u64, T)> {
    let mut last = Key::of(table, after);
    let mut found = Vec::new();
    while found.len() < most
        && let Some((key, value)) = world.next(table, last.as_ref())
        && key.bytes().starts_with(prefix)
    {
        let number = key.number(key.bytes().len().saturating_sub(8));
        found.extend(T::read(world, &value).map(|value| (number, value)));
        last = Some(key);
    }
    found
}
