//! The three processes, the owners and the receiver, and sessions between them.

use crate::cost;
use crate::job::{self, Job};
use crate::orders::{Lines, Member, Order, Word, cast, write};
use crate::party::DEADLINE;
use crate::process::{Outcome, Process, Talk, place};
use crate::report::Figures;
use crate::run::PARTY;
use std::process::{Child, Command, Stdio};
use troupe_mpc::{Owner, Peer, Receiver};
use troupe_types::Bytes;

/// Owners that a job may have.
const OWNERS: usize = 2;

/// A process that computes; it ends when this is dropped.
struct Troupe {
    child: Child,
    lines: Lines,
}

pub(crate) struct Stage {
    parties: Vec<Troupe>,
    owners: Vec<Process>,
    receiver: Process,
    members: Vec<Member>,
    session: u64,
}

impl Drop for Troupe {
    fn drop(&mut self) {
        // Its standard input closes, which ends it; a process that hangs is not waited for.
        drop(self.child.stdin.take());
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

impl Troupe {
    fn start(is_quick: bool) -> Outcome<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(PARTY).args(is_quick.then_some("--quick"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        Ok(Self { child, lines: Lines::of(stdout.into())? })
    }

    fn order(&self, order: &Order) -> Outcome<()> {
        write(order, self.child.stdin.as_ref().ok_or("no standard input")?)
    }

    async fn word(&mut self) -> Outcome<Word> {
        Ok(self.lines.next().await?.ok_or("a party has ended")?)
    }
}

impl Stage {
    /// Starts everybody and lets them know of each other.
    pub(crate) async fn set(is_quick: bool) -> Outcome<Self> {
        let parties = (0..3).map(|_| Troupe::start(is_quick)).collect::<Outcome<Vec<_>>>()?;
        let owners = (0..OWNERS).map(|_| Process::start("data")).collect::<Outcome<Vec<_>>>()?;
        let receiver = Process::start("data")?;
        let members = Vec::new();
        let mut stage = Self { parties, owners, receiver, members, session: 0 };
        stage.meet().await?;
        Ok(stage)
    }

    async fn meet(&mut self) -> Outcome<()> {
        let mut entries = Vec::new();
        for party in &mut self.parties {
            let Word::Here(member) = party.word().await? else { return Err("no greeting".into()) };
            let id = member.id.parse()?;
            entries.push(crate::process::entry(id, member.address.clone(), "compute"));
            self.members.push(member);
        }
        for process in self.owners.iter().chain([&self.receiver]) {
            process.net.learn(entries.clone())?;
            let id = process.net.id().to_string();
            self.members.push(Member { id, address: process.net.address().to_string() });
        }
        for (seat, party) in (0..).zip(&self.parties) {
            party.order(&Order::Meet { seat, members: self.members.clone() })?;
        }
        Ok(())
    }

    /// One session.
    pub(crate) async fn run(&mut self, job: &Job, is_bare: bool) -> Outcome<Figures> {
        let (program, tables) = job.prepared(is_bare);
        for party in &self.parties {
            party.order(&Order::Prepare { job: job.name.to_owned(), is_bare })?;
        }
        for party in &mut self.parties {
            let Word::Ready = party.word().await? else {
                return Err("a party is not ready".into());
            };
        }
        self.session += 1;
        let place = place(self.session);
        let cast = cast(&self.members, job::owners(&program))?;
        let begun = cost::wall();
        for party in &self.parties {
            party.order(&Order::Begin { session: self.session })?;
        }
        let machine = Receiver::new(place, program.clone(), 0, DEADLINE, self.receiver.node.now())?;
        let moves = Bytes(program.cost().received(Peer::Receiver(0)).0);
        let result: Talk<Receiver> =
            self.receiver.talk(place.session, &cast, machine, moves, |_| ())?;
        let mut owners = Vec::new();
        for ((index, process), table) in (0..).zip(&self.owners).zip(tables) {
            let (seed, now) = (process.seed("owner"), process.node.now());
            let owner = Owner::new(place, &program, index, table, DEADLINE, &seed, now)?;
            owners.push(process.talk(place.session, &cast, owner, Bytes::ZERO, |_| ())?);
        }
        for owner in owners {
            owner.end().await?;
        }
        let (received, _) = result.end().await?;
        let wall = (cost::wall() - begun).as_secs_f64();
        for party in &mut self.parties {
            let Word::Ended { result } = party.word().await? else { return Err("no end".into()) };
            if result != received.result.to_string() {
                return Err("a party has computed something else".into());
            }
        }
        let note = job.judge(&received)?;
        let rounds = job.rounds(&program);
        let mut figures = Figures { wall, rounds, note, ..Figures::default() };
        for (seat, party) in self.parties.iter_mut().enumerate() {
            party.order(&Order::Account)?;
            let Word::Cost { cpu, peak, sent } = party.word().await? else {
                return Err("no account".into());
            };
            if seat == 0 && sent != Job::sent(&program) {
                return Err(format!("{sent} bytes were sent, not {}", Job::sent(&program)).into());
            }
            figures.add(cpu, peak, sent);
        }
        Ok(figures)
    }
}
