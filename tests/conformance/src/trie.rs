//! Tries whose keys are hashed, which are all that this chain has.

use crate::case::{Case, Verdict};
use crate::json;
use anyhow::{Context, Result};
use serde_json::Value;
use troupe_chain::trie::{Change, EMPTY_ROOT, Forest, NodeId, Value as Held};
use troupe_crypto::hash::keccak256;
use troupe_wire::Sequential;

/// Bytes as a trie commits to them.
#[derive(Debug, Clone, PartialEq)]
struct Bytes(Vec<u8>);

impl Held for Bytes {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(&self.0);
    }
}

pub(crate) fn run(name: &str, test: &Value, is_secure: bool, cases: &mut Vec<Case>) {
    let verdict = if is_secure {
        check(test).unwrap_or_else(|error| Verdict::Failed(format!("{error:#}")))
    } else {
        Verdict::Skipped("a trie whose keys are not hashed")
    };
    cases.push(Case { kind: "trie", fork: "-".to_owned(), name: name.to_owned(), verdict });
}

fn bytes(value: &Value) -> Result<Vec<u8>> {
    let text = value.as_str().context("neither a text nor nothing")?;
    match text.strip_prefix("0x") {
        Some(digits) => json::bytes(digits),
        None => Ok(text.as_bytes().to_vec()),
    }
}

fn check(test: &Value) -> Result<Verdict> {
    let mut changes = Vec::new();
    let mut add = |key: Vec<u8>, value: &Value| -> Result<()> {
        let value = if value.is_null() { None } else { Some(Bytes(bytes(value)?)) };
        // An empty value removes its key.
        let value = value.filter(|value| !value.0.is_empty());
        changes.push(Change { key: keccak256(key).0, value });
        Ok(())
    };
    match test.get("in").context("nothing is in it")? {
        Value::Array(pairs) => {
            for pair in pairs {
                let pair = pair.as_array().filter(|pair| pair.len() == 2).context("no pair")?;
                add(bytes(&pair[0])?, &pair[1])?;
            }
        }
        Value::Object(pairs) => {
            for (key, value) in pairs {
                add(bytes(&Value::String(key.clone()))?, value)?;
            }
        }
        other => anyhow::bail!("neither a list nor an object: {other}"),
    }
    let want = json::hash(json::text(test, "root")?)?;
    // Once one after the other, once all together.
    let single = changes.iter().map(|change| vec![change.clone()]).collect();
    for steps in [single, vec![changes]] {
        let (mut forest, mut root) = (Forest::new(), NodeId::EMPTY);
        for step in steps {
            let mut edit = forest.edit();
            root = forest.update(&mut edit, root, step);
            forest.settle(edit);
        }
        let got = if root.is_empty() { EMPTY_ROOT } else { forest.hash(root, &Sequential) };
        if got != want {
            return Ok(Verdict::of("root", &got, &want));
        }
    }
    Ok(Verdict::Passed)
}
