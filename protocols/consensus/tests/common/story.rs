//! Stories: bad weather, cuts, crashes and an adversary or two; then all is well again and the nodes
//! have to go on.

use super::adversary::{self, Amnesiac, Twin};
use super::chain::Plan;
use super::world::{Weather, World};
use troupe_consensus::{Rule, Rules};
use troupe_crypto::Scheme;
use troupe_types::{Hash, Millis};

/// What a story is about.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) plan: Plan,
    /// How long nothing is well.
    pub(crate) trouble: Millis,
    /// Adversaries by number; see [`adversary::by_number`].
    pub(crate) adversaries: Vec<u64>,
    /// Whether the last person has a second process.
    pub(crate) has_twin: bool,
    pub(crate) crashes: bool,
    pub(crate) weather: Weather,
    /// The rules of the honest.
    pub(crate) rules: Rules,
}

/// Three of the longest views.
const SOON: Millis = Millis(30_000);

impl Story {
    /// Four or seven validators with as many adversaries as they bear; which ones depends on the seed.
    pub(crate) fn of(seed: u64) -> Self {
        let count = if seed % 3 == 2 { 7 } else { 4 };
        let adversaries = (0..(count as u64 - 1) / 3).map(|at| seed / 3 + at * 5).collect();
        Self {
            plan: Plan::fixed(count),
            trouble: Millis(20_000),
            adversaries,
            has_twin: false,
            crashes: true,
            weather: Weather::FOUL,
            rules: Rules::ALL,
        }
    }

    /// Tells it. The hash of everything that happened, or what went wrong.
    pub(crate) fn tell<S: Scheme>(&self, seed: u64) -> Result<Hash, String> {
        let mut world = World::<S>::new(self.plan.clone(), seed);
        let people = self.plan.people();
        world.plant(self.rules);
        for (at, number) in self.adversaries.iter().enumerate() {
            let host = people - 1 - at;
            world.hosts[host].adversary = Some(adversary::by_number(*number));
            if number % 9 == 8 {
                world.corrupt(host, Amnesiac);
                world.hosts[host].rules = Rules::all_but(Rule::Remembers);
            }
        }
        if self.has_twin {
            world.corrupt(people - 1, Twin);
            let twin = world.add(people - 1);
            world.corrupt(twin, Twin);
        }
        world.start_all();
        world.weather = self.weather;
        self.trouble(&mut world)?;
        world.weather = Weather::FAIR;
        world.cuts.clear();
        for at in 0..world.hosts.len() {
            if !world.is_up(at) {
                world.start(at);
            }
        }
        let (_, before) = world.heights();
        world.submit(1);
        let end = world.now.plus(SOON);
        let goes_on = world.run_until(end, |world| world.heights().0 > before);
        world.check().map_err(|violation| format!("seed {seed}: {violation}"))?;
        check_hosts(&world, seed)?;
        if !goes_on {
            let states: Vec<String> = world
                .hosts
                .iter()
                .map(|host| {
                    format!("{:?}", host.machine.as_ref().map(|machine| machine.snapshot()))
                })
                .collect();
            return Err(format!(
                "seed {seed}: no progress beyond {before}:\n{}",
                states.join("\n")
            ));
        }
        Ok(world.digest())
    }

    fn trouble<S: Scheme>(&self, world: &mut World<S>) -> Result<(), String> {
        let end = world.now.plus(self.trouble);
        while world.now < end {
            self.part(world);
            if self.crashes {
                shake(world);
            }
            if world.luck(2) == 0 {
                world.submit(1);
            }
            let span = 300 + world.luck(4_000);
            world.run_for(Millis(span));
            world.check().map_err(|violation| violation.to_string())?;
        }
        Ok(())
    }

    fn part<S: Scheme>(&self, world: &mut World<S>) {
        let hosts = world.hosts.len();
        match world.luck(4) {
            0 => world.cuts.clear(),
            1 => {
                // One side does not hear the other, but the other hears it.
                let (a, b) = (world.luck(hosts as u64) as usize, world.luck(hosts as u64) as usize);
                world.cuts.clear();
                world.cuts.insert((a, b));
            }
            _ => {
                let mut groups = vec![Vec::new(), Vec::new(), Vec::new()];
                for host in 0..hosts {
                    // Mostly a large group and small ones.
                    let group = [0, 0, 0, 1, 1, 2][world.luck(6) as usize];
                    groups[group].push(host);
                }
                world.part(&groups);
            }
        }
    }
}

fn shake<S: Scheme>(world: &mut World<S>) {
    let at = world.luck(world.hosts.len() as u64) as usize;
    match (world.is_up(at), world.luck(3)) {
        (true, 0) => world.crash(at),
        (true, 1) => {
            world.crash(at);
            world.start(at);
        }
        (false, _) => world.start(at),
        (true, _) => {}
    }
    if world.luck(12) == 0 {
        // The power fails everywhere at once.
        for at in 0..world.hosts.len() {
            if world.is_up(at) {
                world.crash(at);
            }
        }
        for at in 0..world.hosts.len() {
            world.start(at);
        }
    }
}

fn check_hosts<S: Scheme>(world: &World<S>, seed: u64) -> Result<(), String> {
    for host in world.honest() {
        if let Some(halted) = host.halted {
            return Err(format!("seed {seed}: {} stopped: {halted}", host.person));
        }
        for (peer, fault) in &host.blamed {
            let at = super::chain::node_at(peer);
            if world.honest().any(|other| other.person == at) {
                return Err(format!("seed {seed}: honest {at} was blamed: {fault}"));
            }
        }
        for evidence in &host.evidence {
            let members = &world.plan.sets[0];
            let signer = members[usize::from(evidence.signer)];
            let is_honest = world.honest().any(|other| other.person == signer);
            if is_honest && world.plan.sets.len() == 1 {
                return Err(format!("seed {seed}: evidence against honest {signer}"));
            }
        }
    }
    Ok(())
}
