//! Counts and failures.

use crate::case::{Case, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Counts {
    fn add(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed(_) => self.failed += 1,
            Verdict::Skipped(_) => self.skipped += 1,
        }
    }

    fn to_json(self) -> Value {
        json!({"passed": self.passed, "failed": self.failed, "skipped": self.skipped})
    }
}

/// What came of all files.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// By kind and fork.
    forks: BTreeMap<(&'static str, String), Counts>,
    /// By folder.
    suites: BTreeMap<String, Counts>,
    skipped: BTreeMap<&'static str, usize>,
    failures: Vec<(String, String)>,
}

impl Report {
    pub(crate) fn add(&mut self, path: &Path, cases: Vec<Case>) {
        let suite = path.parent().unwrap_or(path).display().to_string();
        for Case { kind, fork, name, verdict } in cases {
            self.suites.entry(suite.clone()).or_default().add(&verdict);
            self.forks.entry((kind, fork.clone())).or_default().add(&verdict);
            match verdict {
                Verdict::Passed => {}
                Verdict::Skipped(reason) => *self.skipped.entry(reason).or_default() += 1,
                Verdict::Failed(reason) => {
                    let path = path.display();
                    self.failures.push((format!("{path}: {name} ({fork})"), reason));
                }
            }
        }
    }

    pub(crate) fn failed(&self) -> usize {
        self.failures.len()
    }

    /// Whether something was run, and all of it passed.
    pub(crate) fn is_good(&self) -> bool {
        self.failures.is_empty() && self.forks.values().any(|counts| counts.passed > 0)
    }

    #[cfg(test)]
    pub(crate) fn passed_of(&self, kind: &str) -> usize {
        let of_kind = self.forks.iter().filter(|((of, _), _)| *of == kind);
        of_kind.map(|(_, counts)| counts.passed).sum()
    }

    pub(crate) fn to_text(&self, most: usize) -> String {
        let mut text = String::new();
        let mut line = |what: &str, counts: &Counts| {
            let Counts { passed, failed, skipped } = counts;
            let share = 100.0 * *passed as f64 / (passed + failed).max(1) as f64;
            // Writing to a text does not fail.
            let _ = writeln!(
                text,
                "{what:<44} {passed:>7} passed {failed:>5} failed {skipped:>5} skipped {share:>8.3} %"
            );
        };
        for ((kind, fork), counts) in &self.forks {
            line(&format!("{kind}, {fork}"), counts);
        }
        for (suite, counts) in self.suites.iter().filter(|(_, counts)| counts.failed > 0) {
            line(suite, counts);
        }
        for (reason, count) in &self.skipped {
            let _ = writeln!(text, "skipped {count}: {reason}");
        }
        let mut failures = self.failures.clone();
        failures.sort();
        for (case, reason) in failures.iter().take(most) {
            let _ = writeln!(text, "FAILED {case}: {reason}");
        }
        if let Some(more) = failures.len().checked_sub(most).filter(|more| *more > 0) {
            let _ = writeln!(text, "and {more} more failures; --all lists them");
        }
        text
    }

    pub(crate) fn to_json(&self) -> Value {
        let forks = self.forks.iter().map(|((kind, fork), counts)| {
            let mut line = counts.to_json();
            line["kind"] = json!(kind);
            line["fork"] = json!(fork);
            line
        });
        let suites = self.suites.iter().map(|(suite, counts)| (suite.clone(), counts.to_json()));
        let mut failures = self.failures.clone();
        failures.sort();
        let failures =
            failures.iter().map(|(case, reason)| json!({"case": case, "reason": reason}));
        json!({
            "forks": forks.collect::<Vec<_>>(),
            "suites": suites.collect::<serde_json::Map<_, _>>(),
            "skipped": self.skipped,
            "failures": failures.collect::<Vec<_>>(),
        })
    }
}
