//! Following blocks, and recognising what is in them.

use super::tally::Tally;
use crate::exit::Outcome;
use crate::rpc::{Client, Error, quantity};
use alloy_primitives::U256;
use serde::Deserialize;
use serde_json::json;
use std::time::{Duration, Instant};

/// How often the next block is asked for; what is measured is late by half of it.
const LOOK: Duration = Duration::from_millis(20);
/// How long nothing may happen before the rest is given up.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often in a row the node may give no answer.
const TRIES: u32 = 20;

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    result: Option<Block<'a>>,
}

#[derive(Deserialize)]
struct Block<'a> {
    #[serde(borrow)]
    transactions: Vec<&'a str>,
}

/// Follows a node's blocks after `height` until every transaction is settled, or nothing happens.
pub(super) async fn watch(
    client: &Client,
    mut height: u64,
    tally: &Tally,
    mut tell: impl FnMut(usize),
) -> Outcome<()> {
    let (mut settled, mut since, mut failures) = (0, Instant::now(), 0);
    while !tally.is_over() {
        let next = quantity(U256::from(height + 1));
        let question = json!({
            "jsonrpc": "2.0", "id": 0, "method": "eth_getBlockByNumber", "params": [next, false],
        });
        match client.post(question.to_string().as_bytes()).await {
            Ok(answer) => {
                failures = 0;
                if take(&answer, tally)
                    .map_err(|what| Error::Malformed { url: client.url(), what })?
                {
                    height += 1;
                } else {
                    tokio::time::sleep(LOOK).await;
                }
            }
            Err(error) => {
                failures += 1;
                if failures == TRIES {
                    return Err(error.into());
                }
                tokio::time::sleep(LOOK).await;
            }
        }
        if tally.settled() != settled {
            (settled, since) = (tally.settled(), Instant::now());
            tell(settled);
        } else if since.elapsed() > PATIENCE {
            return Ok(());
        }
    }
    Ok(())
}

/// Notes the transactions of a block; false where there is none yet.
fn take(answer: &[u8], tally: &Tally) -> Result<bool, String> {
    let answer: Answer<'_> =
        serde_json::from_slice(answer).map_err(|error| format!("no block: {error}"))?;
    let Some(block) = answer.result else { return Ok(false) };
    let now = Instant::now();
    let mut hashes = Vec::with_capacity(block.transactions.len());
    for text in block.transactions {
        let mut hash = [0; 32];
        let digits = text.strip_prefix("0x").unwrap_or_default();
        hex::decode_to_slice(digits, &mut hash).map_err(|_| format!("{text:?} is no hash"))?;
        hashes.push(hash);
    }
    tally.block(hashes.iter(), now);
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_taken_and_those_to_come_are_waited_for() {
        let tally = Tally::new(&[[1; 32]], 1, 1);
        tally.sent(&[0], Instant::now());
        assert_eq!(take(br#"{"jsonrpc":"2.0","id":0,"result":null}"#, &tally), Ok(false));
        let block = format!(
            r#"{{"result":{{"number":"0x1","transactions":["0x{}","0x{}"]}}}}"#,
            "02".repeat(32),
            "01".repeat(32)
        );
        assert_eq!(take(block.as_bytes(), &tally), Ok(true));
        assert!(tally.is_over());
        for bad in [r#"{"result":{}}"#, r#"{"result":{"transactions":["0x01"]}}"#, "[]"] {
            assert!(take(bad.as_bytes(), &tally).is_err(), "{bad}");
        }
    }
}
