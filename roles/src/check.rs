//! `troupe node check`: whether a manifest would do, without starting anything.

use crate::exit::Outcome;
use crate::manifest::Found;
use crate::output::Report;
use serde_json::json;

/// Says that a manifest is good, and what may not be meant.
pub(crate) fn check(found: &Found) -> Outcome<Report> {
    let manifest = &found.loaded.manifest;
    let groups = manifest.groups.len();
    let actors = manifest.kinds().count();
    let text = format!(
        "{}: good, role {} with {actors} actor kinds in {groups} groups",
        found.name, manifest.role
    );
    let json = json!({
        "manifest": found.name,
        "good": true,
        "role": manifest.role.as_str(),
        "groups": groups,
        "actors": actors,
        "notes": found.loaded.notes,
    });
    Ok(Report { notes: found.loaded.notes.clone(), ..Report::new(text, json) })
}
