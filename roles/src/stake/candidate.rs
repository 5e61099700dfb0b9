//! `stake info`.

use super::entry::{candidate_of, everything};
use super::list::{InfoArgs, Seats};
use crate::economy::{Asker, Clock};
use crate::exit::Outcome;
use crate::output::Report;

/// Shows one.
pub(super) fn info(args: &InfoArgs) -> Outcome<Report> {
    let client = args.place.client()?;
    troupe_runtime::run(async {
        let asker = Asker::new(&client);
        let found = candidate_of(&asker, args.node).await?;
        let seats = Seats::read(&asker).await?;
        let clock = Clock::read(&asker).await?;
        Ok(everything(&found, seats.of(found.id), &clock).report())
    })
}
