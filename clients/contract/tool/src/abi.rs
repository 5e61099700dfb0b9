//! The ABI as JSON: what the contract's macros left in the module, ordered.

use anyhow::{Context, bail};
use serde_json::Value;

/// The order of kinds in an ABI.
const KINDS: [&str; 6] = ["constructor", "receive", "fallback", "function", "event", "error"];

/// Reads the entries of a module, one a line.
pub(crate) fn from_section(section: &[u8]) -> anyhow::Result<Vec<Value>> {
    let text = std::str::from_utf8(section).context("the ABI in the module is no text")?;
    let lines = text.lines().filter(|line| !line.is_empty());
    let entries: Result<Vec<Value>, _> = lines.map(serde_json::from_str).collect();
    Ok(ordered(entries.context("the ABI in the module is no JSON")?))
}

/// Reads an ABI from its file.
pub(crate) fn parse(text: &str) -> anyhow::Result<Vec<Value>> {
    match serde_json::from_str(text).context("an ABI is JSON")? {
        Value::Array(entries) => Ok(entries),
        _ => bail!("an ABI is a list"),
    }
}

/// By kind and name; what two places say is there once.
fn ordered(mut entries: Vec<Value>) -> Vec<Value> {
    let place = |entry: &Value| {
        let kind = KINDS.iter().position(|kind| entry["type"] == *kind).unwrap_or(KINDS.len());
        let name = entry["name"].as_str().unwrap_or_default().to_owned();
        (kind, name, entry.to_string())
    };
    entries.sort_by_cached_key(place);
    entries.dedup();
    entries
}

/// One entry a line, so that a difference is a line.
pub(crate) fn to_json(entries: &[Value]) -> String {
    let lines: Vec<String> = entries.iter().map(|entry| format!("  {entry}")).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_ordered_and_there_once() {
        let section = b"{\"type\":\"error\",\"name\":\"E\"}\n{\"type\":\"function\",\"name\":\"b\"}\n\
            {\"type\":\"error\",\"name\":\"E\"}\n{\"type\":\"function\",\"name\":\"a\"}\n{\"type\":\"constructor\"}\n";
        let entries = from_section(section).expect("JSON");
        let names: Vec<&str> =
            entries.iter().map(|entry| entry["name"].as_str().unwrap_or("-")).collect();
        assert_eq!(names, ["-", "a", "b", "E"]);
        assert_eq!(parse(&to_json(&entries)).expect("JSON"), entries);
        assert!(from_section(b"{").is_err());
        assert!(parse("{}").is_err());
    }
}
