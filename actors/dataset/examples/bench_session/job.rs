//! What is measured, beside what is aimed at and what others take.

#[path = "../../../../protocols/learning/tests/common/mod.rs"]
mod learning;
#[path = "../../../../protocols/mpc/tests/common/steps.rs"]
mod steps;

use crate::process::Outcome;
use learning::cancer::Cancer;
use learning::{Data, jobs};
use steps::{SMALL, Step, secured};
use troupe_learning::{Plan, Task};
use troupe_mpc::program::{Security, Size};
use troupe_mpc::{Peer, Program, Received, Table};
use troupe_types::Hash;

pub(crate) struct Job {
    pub(crate) name: &'static str,
    /// What it should cost.
    pub(crate) target: &'static str,
    /// What another system takes for the same, and which.
    pub(crate) peer: &'static str,
    what: What,
}

enum What {
    /// Steps on two columns.
    Steps {
        security: Security,
        elements: usize,
        width: u8,
        steps: Vec<Step>,
    },
    Learning(fn() -> (Task, Vec<Data>)),
    /// Of which the weights are judged by rows held out.
    Cancer,
}

/// All jobs; small ones to see that they work.
pub(crate) fn all(is_quick: bool) -> Vec<Job> {
    let scaled = |elements: usize| if is_quick { elements.isqrt().min(1000) } else { elements };
    let steps = |name, target, peer, security, elements, width, steps| {
        let what = What::Steps { security, elements: scaled(elements), width, steps };
        Job { name, target, peer, what }
    };
    let side = if is_quick { 30 } else { 1000 };
    let size = Size { rows: side, inner: side, columns: side };
    let matmul = vec![Step::Matmul(size)];
    let (plain, proven) = (Security::SemiHonest, Security::Malicious);
    let less = || vec![Step::Sub, Step::Negative];
    let squares = |name, target, peer, security, width, steps| {
        let what = What::Steps { security, elements: (side * side) as usize, width, steps };
        Job { name, target, peer, what }
    };
    let synthetic: fn() -> _ =
        if is_quick { || jobs::synthetic(200, 6) } else { || jobs::synthetic(10_000, 100) };
    let learning = |name, target, peer, what| Job { name, target, peer, what };
    vec![
        steps(
            "multiply-1e6",
            "0.08 s",
            "SPU 0.14-0.23 s",
            plain,
            1_000_000,
            SMALL,
            vec![Step::Mul(0)],
        ),
        steps(
            "multiply-1e7",
            "0.8 s",
            "SPU 1.7-1.9 s",
            plain,
            10_000_000,
            SMALL,
            vec![Step::Mul(0)],
        ),
        squares("matmul-1000", "1.2 s", "SPU 2.5-3.1 s", plain, SMALL, matmul.clone()),
        steps(
            "compare-1e6",
            "0.6 s, 36 MB",
            "SPU 2.9 s, 36 MB; MP-SPDZ 2.0 s",
            plain,
            1_000_000,
            62,
            less(),
        ),
        learning("logistic-cancer", "0.3 s", "SPU 2.5-3.5 s", What::Cancer),
        learning("logistic-10000x100", "6 s", "SPU 72-92 s", What::Learning(synthetic)),
        learning(
            "perceptron",
            "0.010 s",
            "SPU 0.030-0.043 s",
            What::Learning(|| jobs::perceptron(1)),
        ),
        steps(
            "malicious-multiply-1e6",
            "0.4 s wall, 20 MB",
            "MP-SPDZ 1.88 s wall, 36 MB",
            proven,
            1_000_000,
            SMALL,
            vec![Step::Mul(0)],
        ),
        steps(
            "malicious-compare-1e6",
            "6 s wall",
            "MP-SPDZ 63 s wall, 1,023 MB",
            proven,
            1_000_000,
            62,
            less(),
        ),
        squares("malicious-matmul-1000", "", "", proven, SMALL, matmul),
    ]
}

/// How many owners a program has.
pub(crate) fn owners(program: &Program) -> u8 {
    u8::try_from(program.owners().len()).unwrap_or(u8::MAX)
}

impl Job {
    pub(crate) fn named(name: &str, is_quick: bool) -> Outcome<Self> {
        let found = all(is_quick).into_iter().find(|job| job.name == name);
        found.ok_or_else(|| format!("no job `{name}`").into())
    }

    /// Whether its inputs can be had without it.
    pub(crate) fn is_bare_possible(&self) -> bool {
        matches!(self.what, What::Steps { .. })
    }

    fn learning(&self) -> Option<(Task, Vec<Data>)> {
        match &self.what {
            What::Steps { .. } => None,
            What::Learning(make) => Some(make()),
            What::Cancer => Some(jobs::breast_cancer()),
        }
    }

    /// The program, or one with the same inputs that does nothing with them.
    pub(crate) fn program(&self, is_bare: bool) -> Program {
        self.prepared(is_bare).0
    }

    /// With the tables of all owners.
    pub(crate) fn prepared(&self, is_bare: bool) -> (Program, Vec<Table>) {
        if let What::Steps { security, elements, width, steps } = &self.what {
            let steps = if is_bare { &[][..] } else { steps };
            let (program, columns) = secured(*security, *elements, *width, steps);
            let rows = u32::try_from(*elements).unwrap_or(u32::MAX);
            return (program, vec![Table { rows, alignment: Hash::default(), columns }]);
        }
        let (task, data) = self.learning().expect("no steps");
        let plan = Plan::new(&task, None).expect("a task that fits");
        let tables = (0..).zip(&data).map(|(owner, data)| plan.table(&task, owner, &data.table()));
        let tables = tables.map(|table| table.expect("within its bounds")).collect();
        (plan.program().clone(), tables)
    }

    /// What shows that the result is right.
    pub(crate) fn judge(&self, received: &Received) -> Outcome<Option<String>> {
        let first = received.results.first().ok_or("no result")?;
        match self.what {
            What::Steps { .. } => match first.values[..] {
                [1.0] => Ok(None),
                _ => Err("the column of one number came back as another".into()),
            },
            What::Cancer => {
                let accuracy = Cancer::load().accuracy(&first.values);
                Ok(Some(format!("accuracy {accuracy:.4}")))
            }
            What::Learning(_) if first.values.iter().all(|value| value.is_finite()) => Ok(None),
            What::Learning(_) => Err("a result is no number".into()),
        }
    }

    /// Rounds until it is over, proofs and the closing one among them.
    pub(crate) fn rounds(&self, program: &Program) -> u32 {
        let cost = program.cost();
        cost.rounds + cost.checks + 1
    }

    /// Bytes that party 0 should send.
    pub(crate) fn sent(program: &Program) -> u64 {
        program.cost().sent(Peer::Party(0)).0
    }
}
