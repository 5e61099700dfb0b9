//! `stake list`.

use super::entry::{Seat, line, rank};
use crate::economy::{Asker, Clock, PAGE, Staking, table};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use crate::tx::PlaceArgs;
use Staking::Candidate;
use clap::{Args, ValueEnum};
use serde_json::json;
use std::collections::BTreeSet;
use troupe_staking::contract::STAKING;
use troupe_types::NodeId;

/// The most pages of candidates that are asked for.
const MOST_PAGES: usize = 200;

/// Which part of which list.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Whom
    #[arg(long, value_enum, default_value_t, env = "TROUPE_STAKE_WHO")]
    who: Whom,
    /// Which page, from 1
    #[arg(long, value_name = "N", default_value_t = 1, env = "TROUPE_PAGE")]
    page: usize,
    /// How many are on a page
    #[arg(long, value_name = "N", default_value_t = 50, env = "TROUPE_PAGE_SIZE")]
    size: usize,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Whom to show.
#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    /// The candidate's node
    pub(super) node: NodeId,
    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

/// Who is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Whom {
    /// Whoever can be elected, and who leaves
    #[default]
    Candidates,
    /// Whoever may be elected in this settlement epoch
    Alternatives,
    /// Whoever validates in this round
    Validators,
}

/// Who is in which seat, by the numbers of candidates.
#[derive(Debug)]
pub(super) struct Seats {
    validators: BTreeSet<u64>,
    alternatives: BTreeSet<u64>,
}

impl Seats {
    pub(super) async fn read(asker: &Asker<'_>) -> Outcome<Self> {
        let office = asker.ask(STAKING, Staking::getValidatorsCall {}).await?;
        let validators = office.members.iter().map(|member| member.id).collect();
        let alternatives = asker.pages(MOST_PAGES, async |so_far: &[Candidate]| {
            let (from, most) = (so_far.len() as u64, PAGE as u64);
            Ok(asker.ask(STAKING, Staking::getVerifiersCall { from, most }).await?.page)
        });
        let alternatives = alternatives.await?.iter().map(|one| one.id).collect();
        Ok(Self { validators, alternatives })
    }

    pub(super) fn of(&self, id: u64) -> Seat {
        match () {
            () if self.validators.contains(&id) => Seat::Validator,
            () if self.alternatives.contains(&id) => Seat::Alternative,
            () => Seat::Candidate,
        }
    }
}

/// Shows a page.
pub(super) fn list(args: &ListArgs) -> Outcome<Report> {
    let client = args.place.client()?;
    if args.page == 0 || args.size == 0 {
        let text = "got 0, the first page is 1 and a page has one line at least";
        return Err(Failure::about(ExitCode::Usage, "--page", text));
    }
    troupe_runtime::run(async {
        let asker = Asker::new(&client);
        let clock = Clock::read(&asker).await?;
        let seats = Seats::read(&asker).await?;
        let mut all = candidates(&asker).await?;
        rank(&mut all);
        let is_wanted = |seat: Seat| match args.who {
            Whom::Candidates => true,
            Whom::Alternatives => seat <= Seat::Alternative,
            Whom::Validators => seat == Seat::Validator,
        };
        let lines = all.iter().enumerate().filter_map(|(place, one)| {
            let seat = seats.of(one.id);
            let rank = (one.status == 0).then_some(place + 1);
            is_wanted(seat).then(|| line(one, rank, seat))
        });
        let lines: Vec<_> = lines.collect();
        let total = lines.len();
        let pages = total.div_ceil(args.size);
        let first = args.size.saturating_mul(args.page - 1);
        let shown: Vec<_> = lines.into_iter().skip(first).take(args.size).collect();
        let head = format!(
            "epoch {}, round {}: {total} in all, page {} of {}",
            clock.epoch,
            clock.round,
            args.page,
            pages.max(1)
        );
        let mut json = clock.facts().json();
        json["total"] = json!(total);
        json["page"] = json!(args.page);
        json["pages"] = json!(pages);
        json["candidates"] = shown.iter().map(|one| one.json()).collect();
        let text = match shown.is_empty() {
            true => head,
            false => format!("{head}\n\n{}", table(&shown)),
        };
        Ok(Report::new(text, json))
    })
}

/// All candidates by number; numbers have to grow, or a server could go on for ever.
async fn candidates(asker: &Asker<'_>) -> Outcome<Vec<Candidate>> {
    let all = asker.pages(MOST_PAGES, async |so_far: &[Candidate]| {
        let after = so_far.last().map_or(0, |last| last.id);
        let call = Staking::getCandidatesCall { afterId: after, most: PAGE as u64 };
        let page = asker.ask(STAKING, call).await?;
        let is_ordered = page.is_sorted_by(|one, next| one.id < next.id);
        if !is_ordered || page.first().is_some_and(|first| first.id <= after) {
            return Err(asker.client().malformed("candidates whose numbers do not grow").into());
        }
        Ok(page)
    });
    all.await
}
