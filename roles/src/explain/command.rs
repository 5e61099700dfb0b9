//! The command itself.

use super::facts::Picture;
use crate::exit::Outcome;
use crate::kinds;
use crate::manifest::Found;
use crate::output::Report;

/// Tree, threads, ports, services, memory and every setting with its default and reason.
pub(crate) fn explain(found: &Found) -> Outcome<Report> {
    let picture = Picture::of(&found.loaded, &kinds::known());
    let json = picture.json(found);
    let report = Report::new(picture.text(found), json);
    Ok(Report { notes: found.loaded.notes.clone(), ..report })
}
