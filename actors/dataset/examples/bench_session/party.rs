//! One of the three processes that compute.

use crate::job::{self, Job};
use crate::orders::{Lines, Member, Order, Word, cast, write};
use crate::process::{Outcome, Process, entry, place};
use crate::{cost, run};
use std::os::fd::AsFd;
use std::time::Duration;
use troupe_mpc::{Deadlines, Party, Peer, Program, Progress};
use troupe_types::Millis;

/// Long enough for everything here, on a busy machine as well.
pub(crate) const DEADLINE: Millis = Millis::secs(300);

/// Where it sits and what it was told.
struct Seat {
    process: Process,
    index: u8,
    members: Vec<Member>,
    ready: Option<Program>,
    begun: Duration,
    sent: u64,
}

/// Takes orders until there are none.
pub(crate) async fn run(is_quick: bool) -> Outcome<()> {
    let process = Process::start("compute")?;
    let here =
        Member { id: process.net.id().to_string(), address: process.net.address().to_string() };
    say(&Word::Here(here))?;
    let mut orders = Lines::of(std::io::stdin().as_fd().try_clone_to_owned()?)?;
    let members = Vec::new();
    let mut seat = Seat { process, index: 0, members, ready: None, begun: Duration::ZERO, sent: 0 };
    while let Some(order) = orders.next().await? {
        let word = seat.follow(order, is_quick).await?;
        if let Some(word) = word {
            say(&word)?;
        }
    }
    Ok(())
}

impl Seat {
    async fn follow(&mut self, order: Order, is_quick: bool) -> Outcome<Option<Word>> {
        match order {
            Order::Meet { seat, members } => {
                let mut entries = Vec::new();
                for (at, member) in
                    members.iter().enumerate().filter(|(at, _)| *at != usize::from(seat))
                {
                    let role = if at < 3 { "compute" } else { "data" };
                    entries.push(entry(member.id.parse()?, member.address.clone(), role));
                }
                self.process.net.learn(entries)?;
                (self.index, self.members) = (seat, members);
                Ok(None)
            }
            Order::Prepare { job, is_bare } => {
                self.ready = None;
                self.ready = Some(Job::named(&job, is_quick)?.program(is_bare));
                cost::forget_peak()?;
                Ok(Some(Word::Ready))
            }
            Order::Begin { session } => self.compute(session).await.map(Some),
            Order::Account => {
                let cpu = cost::cpu().saturating_sub(self.begun).as_secs_f64();
                Ok(Some(Word::Cost { cpu, peak: cost::peak()?, sent: self.sent }))
            }
        }
    }

    async fn compute(&mut self, session: u64) -> Outcome<Word> {
        let program = self.ready.take().ok_or("nothing was prepared")?;
        self.begun = cost::cpu();
        let (place, seed) = (place(session), self.process.seed("party"));
        let deadlines = Deadlines { inputs: DEADLINE, round: DEADLINE, reveal: DEADLINE };
        let cast = cast(&self.members, job::owners(&program))?;
        let moves = program.cost().received(Peer::Party(self.index));
        let now = self.process.node.now();
        let party = Party::new(place, program, self.index, deadlines, &seed, now)?;
        let is_spokesman = self.index == 0;
        let news = move |news: Progress| {
            if is_spokesman {
                let Progress { phase, done, total } = news;
                run::tell(&format!("{phase}: {done} of {total} bytes"));
            }
        };
        let talk = self.process.talk(place.session, &cast, party, moves, news)?;
        let (ending, traffic) = talk.end().await?;
        self.sent = traffic.sent;
        Ok(Word::Ended { result: ending.result.to_string() })
    }
}

fn say(word: &Word) -> Outcome<()> {
    write(word, std::io::stdout())
}
