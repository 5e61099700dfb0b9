//! An index against what it follows from.

use super::keys;
use crate::index::Index;
use crate::log::{Kind, look};
use crate::state::{Item, Past};
use crate::{Commit, Derive, Error, Phase, Progress};
use std::ops::ControlFlow;
use troupe_runtime::Disk;
use troupe_types::{Bytes, Hash, Height};

/// Of mistakes no more are told than these.
const MOST: usize = 20;
/// About how many bytes of an index are read at once.
const BATCH: usize = 1 << 20;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compared {
    /// After which block the index is; `None` where it is that of another log, or of none.
    pub height: Option<Height>,
    /// Blocks whose places were looked up.
    pub blocks: u64,
    /// Values of the flat state that were looked at.
    pub values: u64,
    /// What was derived from blocks and was looked up: places of transactions, versions of values.
    pub derived: u64,
    /// What differs.
    pub wrong: Vec<String>,
}

impl Compared {
    fn tell(&mut self, text: impl FnOnce() -> String) {
        if self.wrong.len() < MOST {
            self.wrong.push(text());
        }
    }
}

/// What is derived by a rule, as its number says it.
pub type Rules<'r> = &'r dyn Fn(u32) -> Option<Box<dyn Derive>>;

/// Compares an index that nobody writes with state files and log: one of `every` blocks, with all that is derived
/// from it, and one of as many values; or all of them, which then finds as well what should not be there.
pub fn compare(
    disk: &dyn Disk,
    (chain, rules): (Hash, Rules<'_>),
    index: &dyn Index,
    every: u64,
    progress: &mut dyn FnMut(Progress),
) -> Result<Compared, Error> {
    let mut compared = Compared::default();
    let every = every.max(1);
    let identity = look(disk, chain, &mut |_, _| ControlFlow::Break(()))?.identity;
    let applied = index.get(keys::APPLIED)?;
    let tip = identity.zip(applied).and_then(|(identity, bytes)| keys::applied(&identity, &bytes));
    let Some((rule, tip)) = tip else { return Ok(compared) };
    compared.height = Some(tip.height);
    let derive = rules(rule);
    let (mut failed, total) = (None, crate::log::size_on(disk)?);
    look(disk, chain, &mut |found, done| {
        let is_due = found.kind == Kind::Commit && found.sequence.0.is_multiple_of(every);
        if !is_due || found.sequence > tip.sequence {
            return ControlFlow::Continue(());
        }
        progress(Progress { phase: Phase::Checking, done, total, items: compared.blocks });
        let mut check = || -> Result<(Height, bool), Error> {
            let commit = Commit::decode(found.payload)?;
            let Commit { height, hash, .. } = commit;
            if let Some(derive) = &derive {
                compare_derived(&derive.entries(&commit), height, index, &mut compared)?;
            }
            let place = index.get(&keys::block(height))?;
            let named = index.get(&keys::hash(&hash))?;
            let is_right = place == Some(keys::place_bytes(found.place))
                && named == Some(height.0.to_be_bytes().to_vec());
            Ok((height, is_right))
        };
        match check() {
            Ok((_, true)) => {}
            Ok((height, false)) => {
                compared.tell(|| format!("the index does not find block {height} where it is"));
            }
            Err(error) => {
                failed = Some(error);
                return ControlFlow::Break(());
            }
        }
        compared.blocks += 1;
        ControlFlow::Continue(())
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    let past = Past::at(disk, chain, tip.height, progress)?;
    if past.commit().hash != tip.hash {
        compared.tell(|| format!("the index is after another block {} than the log", tip.height));
    }
    if every == 1 {
        compare_all(&past, disk, index, &mut compared, progress)?;
        let kept = compared.derived;
        let there = derive.map_or(Ok(kept), |_| count(index, keys::DERIVED))?;
        if there > kept {
            compared
                .tell(|| format!("the index has {there} derived items, its blocks give {kept}"));
        }
    } else {
        compare_some(&past, disk, index, (every, &mut compared), progress)?;
    }
    Ok(compared)
}

/// Looks up what was derived from a block.
fn compare_derived(
    entries: &[Item],
    height: Height,
    index: &dyn Index,
    compared: &mut Compared,
) -> Result<(), Error> {
    for (key, value) in entries {
        compared.derived += 1;
        if index.get(&keys::derived(key))?.as_ref() != Some(value) {
            compared.tell(|| {
                format!("the index does not have what block {height} left under {}", name(key))
            });
        }
    }
    Ok(())
}

/// How many items there are under keys that begin so.
fn count(index: &dyn Index, prefix: &[u8]) -> Result<u64, Error> {
    let (mut count, mut after): (u64, Option<Vec<u8>>) = (0, None);
    loop {
        let there = index.scan(prefix, after.as_deref(), BATCH)?;
        let Some((last, _)) = there.last() else { return Ok(count) };
        count += there.len() as u64;
        after = Some(last.clone());
    }
}

fn name(key: &[u8]) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn compare_some(
    past: &Past,
    disk: &dyn Disk,
    index: &dyn Index,
    (every, compared): (u64, &mut Compared),
    progress: &mut dyn FnMut(Progress),
) -> Result<(), Error> {
    let (mut items, mut count) = (past.items(disk), 0_u64);
    while let Some(given) = items.read_next()? {
        for (key, value) in given {
            count += 1;
            if !count.is_multiple_of(every) {
                continue;
            }
            compared.values += 1;
            if index.get(&keys::flat(&key))? != Some(value) {
                compared.tell(|| format!("the index has another value under {}", name(&key)));
            }
        }
        progress(items.progress());
    }
    Ok(())
}

fn compare_all(
    past: &Past,
    disk: &dyn Disk,
    index: &dyn Index,
    compared: &mut Compared,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), Error> {
    let mut items = past.items(disk);
    let mut wanted: std::collections::VecDeque<Item> = std::collections::VecDeque::new();
    let mut after: Option<Vec<u8>> = None;
    loop {
        let there = index.scan(keys::FLAT, after.as_deref(), BATCH)?;
        let is_end = there.is_empty();
        after = there.last().map(|(key, _)| key.clone());
        for (key, value) in there {
            let key = key.get(keys::FLAT.len()..).unwrap_or_default().to_vec();
            // What comes before it and is not there is missing.
            loop {
                if wanted.is_empty()
                    && let Some(more) = items.read_next()?
                {
                    wanted.extend(more);
                }
                let Some((next, want)) = wanted.front() else {
                    compared.tell(|| format!("the index has too much: {}", name(&key)));
                    break;
                };
                if *next > key {
                    compared.tell(|| format!("the index has too much: {}", name(&key)));
                    break;
                }
                let (is_it, is_same) = (*next == key, *want == value);
                compared.values += 1;
                if !is_it {
                    compared.tell(|| format!("the index lacks {}", name(next)));
                } else if !is_same {
                    compared.tell(|| format!("the index has another value under {}", name(&key)));
                }
                wanted.pop_front();
                if is_it {
                    break;
                }
            }
        }
        progress(Progress { total: items.progress().total.max(Bytes(1)), ..items.progress() });
        if is_end {
            break;
        }
    }
    loop {
        for (key, _) in wanted.drain(..) {
            compared.values += 1;
            compared.tell(|| format!("the index lacks {}", name(&key)));
        }
        match items.read_next()? {
            Some(more) => wanted.extend(more),
            None => return Ok(()),
        }
    }
}
