//! One machine alone with everybody's keys: whatever the others could say can be made here.

use super::chain::{self, People, Plan, build, genesis, node_id};
use std::collections::BTreeMap;
use troupe_consensus::message::{Certified, GiveUp, Propose, Vote};
use troupe_consensus::{
    Anchor, Block, Certificate, Entry, Evidence, Fill, Halt, Input, Keys, Kind, Machine, Message,
    Order, Outcome, Output, Place, Record, Rules, Settings, Signature, Statement, Verdict,
    ViewChange, ViewChangeCertificate, giving_up,
};
use troupe_crypto::{Keyed, Scheme};
use troupe_types::{Hash, Height, Millis, UnixMillis};
use troupe_wire::{List, Machine as _, Now};

/// The machine is validator 0 of four; 1, 2 and 3 say what a test wants them to.
pub(crate) struct Solo {
    pub(crate) machine: Machine,
    pub(crate) people: People<Keyed>,
    pub(crate) plan: Plan,
    keys: Keys<Keyed>,
    pub(crate) now: Millis,
    /// Everything the machine wished, in order, except what was answered at once.
    pub(crate) wished: Vec<Output>,
    /// Roots by block, so that children can be made.
    roots: BTreeMap<Hash, Hash>,
    /// Blocks whose execution is answered by something else.
    pub(crate) executes_to: BTreeMap<Hash, Outcome>,
    /// Whether executions, signatures and checks are answered.
    pub(crate) executes: bool,
    pub(crate) builds: bool,
    pub(crate) signs: bool,
    pub(crate) verifies: bool,
}

impl Solo {
    pub(crate) fn new() -> Self {
        Self::with(Rules::ALL, Plan::fixed(4), Vec::new())
    }

    pub(crate) fn with_rules(rules: Rules) -> Self {
        Self::with(rules, Plan::fixed(4), Vec::new())
    }

    pub(crate) fn with(rules: Rules, plan: Plan, records: Vec<Record>) -> Self {
        Self::begun(Millis(1_000), rules, plan, records, |settings| settings)
    }

    /// With all rules and four validators, at a time of the test's, with settings of its own.
    pub(crate) fn started(
        now: Millis,
        records: Vec<Record>,
        change: impl FnOnce(Settings) -> Settings,
    ) -> Self {
        Self::begun(now, Rules::ALL, Plan::fixed(4), records, change)
    }

    fn begun(
        now: Millis,
        rules: Rules,
        plan: Plan,
        records: Vec<Record>,
        change: impl FnOnce(Settings) -> Settings,
    ) -> Self {
        let people = People::<Keyed>::new(plan.people());
        let keys = people.keys_of(&plan, 4);
        let block = genesis();
        let roots = BTreeMap::from([(block.header.hash, block.header.root)]);
        let settings = Settings::new(block.header.hash, node_id(0), Some(people.keys[0]));
        let settings = change(settings);
        let terms = people.terms_at(&plan, Height(0));
        let anchor = Anchor { block, proof: None, terms };
        let machine = Machine::with_rules(settings, anchor, records, rules).expect("good settings");
        let mut solo = Self {
            machine,
            people,
            plan,
            keys,
            now,
            wished: Vec::new(),
            roots,
            executes_to: BTreeMap::new(),
            executes: true,
            builds: true,
            signs: true,
            verifies: true,
        };
        solo.input(Input::Start);
        solo
    }

    /// The same node after a restart with the records given, knowing all blocks it could be asked for.
    pub(crate) fn restart(&self, rules: Rules, records: Vec<Record>) -> Self {
        let mut again = Self::with(rules, self.plan.clone(), records);
        again.roots = self.roots.clone();
        again.now = self.now;
        again
    }

    fn clock(&self) -> Now {
        Now { mono: self.now, wall: UnixMillis(1_700_000_000_000 + self.now.0) }
    }

    pub(crate) fn input(&mut self, input: Input) {
        let now = self.clock();
        let mut out = Vec::new();
        self.machine.step(now, input, &mut out);
        self.after(out);
    }

    /// Lets time pass, with ticks when they are wanted.
    pub(crate) fn wait(&mut self, span: Millis) {
        let end = self.now.plus(span);
        while let Some(at) = self.machine.next_tick().filter(|at| *at <= end) {
            self.now = self.now.plus(Millis(1)).max(at);
            let now = self.clock();
            let mut out = Vec::new();
            self.machine.tick(now, &mut out);
            self.after(out);
        }
        self.now = self.now.max(end);
    }

    fn after(&mut self, out: Vec<Output>) {
        for output in out {
            let answer = self.answer(&output);
            self.wished.push(output);
            if let Some(input) = answer {
                self.input(input);
            }
        }
    }

    fn answer(&mut self, output: &Output) -> Option<Input> {
        match output {
            Output::Sign(statement) if self.signs => {
                let signature = self.sign(0, statement);
                Some(Input::Signed { statement: *statement, signature })
            }
            Output::Verify(task) if self.verifies => {
                let verdict = self.keys.answer(&task.work, chain::belongs);
                Some(Input::Verified { task: task.id, verdict })
            }
            Output::Execute(block) if self.executes => {
                let hash = block.header.hash;
                let parent = self.roots[&block.header.parent];
                let root = chain::root_of(&parent, &block.body);
                self.roots.insert(hash, root);
                let good = chain::execute(&self.people, &self.plan, block, &parent);
                let outcome = self.executes_to.get(&hash).cloned().unwrap_or(good);
                Some(Input::Executed { hash, outcome })
            }
            Output::Build(order) if self.builds => {
                let block = build(order, &self.roots[&order.parent], b"");
                self.roots.insert(block.header.hash, block.header.root);
                let elected = self.people.elects(&self.plan, &block.header);
                Some(Input::Built { parent: order.parent, block: Some(block), elected })
            }
            _ => None,
        }
    }

    pub(crate) fn sign(&self, person: usize, statement: &Statement) -> Signature {
        let genesis = genesis().header.hash;
        troupe_consensus::sign::<Keyed>(&self.people.secrets[person], statement, &genesis)
            .expect("96 bytes")
    }

    pub(crate) fn hear(&mut self, from: usize, message: impl Into<Message>) {
        self.input(Input::Message { from: node_id(from), message: message.into() });
    }

    fn sum(&self, people: &[usize], statement: &Statement) -> Signature {
        let genesis = genesis().header.hash;
        let digest = statement.digest(&genesis).0;
        let signatures: Vec<_> =
            people.iter().map(|at| Keyed::sign(&self.people.secrets[*at], &digest)).collect();
        let sum = Keyed::aggregate(&signatures).expect("some");
        Signature(<[u8; 96]>::try_from(sum.as_ref()).expect("96 bytes"))
    }

    /// A block on another one, at a place.
    pub(crate) fn block(&mut self, on: &Block, place: Place, index: u32, body: &[u8]) -> Block {
        let order = Order {
            parent: on.header.hash,
            height: on.header.height.next().expect("low"),
            place,
            index,
            time: UnixMillis(1_700_000_000_000 + self.now.0),
            ends_epoch: on.header.height.0 + 1 == place.epoch.0 * self.plan.length,
            fill: Fill::Whatever,
        };
        let block = build(&order, &self.roots[&on.header.hash], body);
        self.roots.insert(block.header.hash, block.header.root);
        block
    }

    /// The certificate of a block by three of the four of its epoch.
    pub(crate) fn certify(&self, block: &Block) -> Certificate {
        self.certify_by(block, &[1, 2, 3])
    }

    /// The certificate of a block by positions in the set of its epoch.
    pub(crate) fn certify_by(&self, block: &Block, positions: &[u16]) -> Certificate {
        let statement = block.header.statement(Kind::Vote);
        let Statement { place, height, index, hash, .. } = statement;
        let people: Vec<usize> =
            positions.iter().map(|at| self.person(place, usize::from(*at))).collect();
        let signers = positions.iter().copied().collect();
        Certificate {
            place,
            height,
            index,
            hash,
            signers,
            signature: self.sum(&people, &statement),
        }
    }

    fn person(&self, place: Place, position: usize) -> usize {
        let epoch = usize::try_from(place.epoch.0 - 1).expect("small");
        self.plan.sets[epoch.min(self.plan.sets.len() - 1)][position]
    }

    pub(crate) fn proposer(&self, place: Place) -> usize {
        self.person(place, usize::try_from(place.view.0 % 4).expect("small"))
    }

    pub(crate) fn proposal(
        &self,
        block: &Block,
        parent: Option<Certificate>,
        entry: Option<ViewChangeCertificate>,
    ) -> Propose {
        let statement = block.header.statement(Kind::Proposal);
        let signature = self.sign(self.proposer(statement.place), &statement);
        Propose { block: block.clone(), parent, entry, edge: None, signature }
    }

    pub(crate) fn propose(
        &mut self,
        block: &Block,
        parent: Option<Certificate>,
        entry: Option<ViewChangeCertificate>,
    ) {
        let proposal = self.proposal(block, parent, entry);
        self.hear(self.proposer(block.header.place), proposal);
    }

    pub(crate) fn vote_of(&self, person: usize, block: &Block) -> Vote {
        let statement = block.header.statement(Kind::Vote);
        let Statement { place, height, index, hash, .. } = statement;
        let voter = u16::try_from(person).expect("small");
        let signature = self.sign(person, &statement);
        Vote { place, height, index, hash, voter, signature, parent: None }
    }

    pub(crate) fn tell_certificate(&mut self, certificate: Certificate) {
        self.hear(1, Certified(certificate));
    }

    pub(crate) fn change_of(
        &self,
        person: usize,
        place: Place,
        highest: Option<Certificate>,
    ) -> GiveUp {
        let statement = giving_up(place, highest.as_ref(), &genesis().header.hash);
        let signature = self.sign(person, &statement);
        let voter = u16::try_from(person).expect("small");
        GiveUp(ViewChange { place, highest, voter, signature, edge: None })
    }

    /// The certificate that a view was given up, by validators who name a block each.
    pub(crate) fn changed(
        &self,
        place: Place,
        named: &[(usize, Option<Certificate>)],
    ) -> ViewChangeCertificate {
        let genesis = genesis().header.hash;
        let mut entries: Vec<Entry> = Vec::new();
        for (person, highest) in named {
            let said = giving_up(place, highest.as_ref(), &genesis);
            let voter = u16::try_from(*person).expect("small");
            let entry = Entry {
                height: said.height,
                certified: said.certified,
                hash: said.hash,
                signers: [voter].into_iter().collect(),
                signature: self.sign(*person, &said),
            };
            entries.push(entry);
        }
        entries.sort_unstable();
        let highest =
            named.iter().filter_map(|(_, highest)| *highest).max_by_key(Certificate::rank);
        let entries = List::new(entries).expect("few");
        ViewChangeCertificate { place, entries, highest }
    }

    /// What the machine signed and sent of a kind.
    pub(crate) fn said(&self, kind: Kind) -> Vec<Statement> {
        let genesis = genesis().header.hash;
        let mut said = Vec::new();
        for output in &self.wished {
            let Output::Send { message, .. } = output else { continue };
            match (kind, message) {
                (Kind::Vote, Message::Vote(vote)) if vote.voter == 0 => said.push(vote.statement()),
                (Kind::ViewChange, Message::GiveUp(GiveUp(change))) => {
                    said.push(change.statement(&genesis));
                }
                (Kind::Proposal, Message::Propose(proposal)) => {
                    said.push(proposal.block.header.statement(Kind::Proposal));
                }
                _ => {}
            }
        }
        said.sort_unstable();
        said.dedup();
        said
    }

    pub(crate) fn has_voted_for(&self, block: &Block) -> bool {
        self.said(Kind::Vote).iter().any(|vote| vote.hash == block.header.hash)
    }

    pub(crate) fn committed(&self) -> Vec<Hash> {
        self.wished
            .iter()
            .filter_map(|output| match output {
                Output::Commit { block, .. } => Some(block.header.hash),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn records(&self) -> Vec<Record> {
        self.wished
            .iter()
            .filter_map(|output| match output {
                Output::Persist(record) => Some(record.clone()),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn evidence(&self) -> Vec<Evidence> {
        self.wished
            .iter()
            .filter_map(|output| match output {
                Output::Evidence(evidence) => Some(*evidence),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn blames(&self) -> Vec<(usize, troupe_consensus::Error)> {
        self.wished
            .iter()
            .filter_map(|output| match output {
                Output::Blame { peer, fault } => Some((chain::node_at(peer), *fault)),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn halted(&self) -> Option<Halt> {
        self.wished.iter().find_map(|output| match output {
            Output::Halt(why) => Some(*why),
            _ => None,
        })
    }

    pub(crate) fn place(&self) -> Place {
        self.machine.snapshot().place
    }

    /// Answers one task that was left open.
    pub(crate) fn open_tasks(&self) -> Vec<troupe_consensus::Task> {
        self.wished
            .iter()
            .filter_map(|output| match output {
                Output::Verify(task) => Some(task.clone()),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn verdict(&self, task: &troupe_consensus::Task) -> Verdict {
        self.keys.answer(&task.work, chain::belongs)
    }
}
