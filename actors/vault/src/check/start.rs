//! What the start of a node makes of what lies there.

use super::State;
use troupe_storage::Boot;
use troupe_storage::log::{Look, Sequence};
use troupe_storage::state::Shelved;
use troupe_types::Height;

pub(super) fn foresee(
    log: &Look,
    shelved: &Shelved,
    states: &[State],
    last: Option<Height>,
    boot: Option<Boot>,
) -> Vec<String> {
    let mut start = Vec::new();
    if let Some(wrong) = log.wrong.first() {
        start.push(format!("refuses: {wrong}"));
        return start;
    }
    if let Some(cut) = &log.torn {
        start.push(format!(
            "cuts {} off the end of {}: a batch that nobody was told of",
            cut.length, cut.file
        ));
    }
    for file in &shelved.drafts {
        start.push(format!("removes {file}, which was never finished"));
    }
    for error in &shelved.refused {
        start.push(format!("does without a state file: {error}"));
    }
    let Some(last) = last else {
        start.push("begins the chain".to_owned());
        return start;
    };
    let is_same_boot =
        boot.is_some() && log.boot.as_deref() == boot.as_ref().map(|boot| &boot.0[..]);
    let first = log.segments.first().map_or(Sequence::FIRST, |segment| segment.first);
    let good = states.iter().find(|state| state.root.is_some());
    let source = match good {
        Some(state) => {
            format!("{} and {} later blocks", state.file, last.since(state.height))
        }
        None if first == Sequence::FIRST => "the first block of the log on".to_owned(),
        None => {
            start.push("refuses if its index is gone: there is no state file".to_owned());
            "nothing".to_owned()
        }
    };
    start.push(if log.was_closed || is_same_boot {
        format!("opens the index; if that fails, fills it again from {source}")
    } else {
        format!("fills the index again from {source}: the power may have been lost")
    });
    start.push(format!("goes on after block {last}"));
    start
}
