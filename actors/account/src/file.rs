//! The file of errands.

use troupe_chain::errand::{Errands, Limits, Record};
use troupe_runtime::{Fault, Node, record, records};
use troupe_wire::Now;

/// The file.
pub(crate) const FILE: &str = "errands";

/// What an earlier process left. The file is written anew, so that it holds what matters and no more; a tail that a
/// crash tore off was never answered for and goes with it.
pub(crate) fn load(node: &Node, limits: Limits, now: Now) -> Result<Errands, Fault> {
    let Some(disk) = node.disk() else {
        return Err(Fault::Fatal("an account needs a disk for its errands".to_owned()));
    };
    let failed = |error: std::io::Error| Fault::Storage(format!("{FILE}: {error}"));
    let bytes = disk.read(FILE).map_err(failed)?;
    let (payloads, used) = records(&bytes);
    if used < bytes.len() {
        tracing::warn!(file = FILE, torn = bytes.len() - used, "torn tail removed");
    }
    let read = |payload: &[u8]| {
        Record::decode(payload).map_err(|error| Fault::Fatal(format!("{FILE}: {error}")))
    };
    let found = payloads.into_iter().map(read).collect::<Result<Vec<Record>, Fault>>()?;
    let errands = Errands::new(limits, found, now);
    let kept: Vec<u8> = errands.records().iter().flat_map(framed).collect();
    if kept != bytes {
        disk.replace(FILE, &kept).map_err(failed)?;
    }
    Ok(errands)
}

/// What is appended for a record.
pub(crate) fn framed(one: &Record) -> Vec<u8> {
    record(&one.encode())
}
