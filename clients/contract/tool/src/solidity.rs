//! The ABI as an interface in Solidity, for contracts that call this one.

use serde_json::Value;
use std::collections::BTreeMap;

/// Where a value lies that has no fixed size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Location {
    Calldata,
    Memory,
    /// In events, errors and structs none is named.
    Unnamed,
}

/// The source text.
pub(crate) fn interface(name: &str, entries: &[Value]) -> String {
    let mut structs = BTreeMap::new();
    let mut lines = Vec::new();
    for entry in entries {
        for side in ["inputs", "outputs"] {
            list(entry, side).iter().for_each(|value| collect(value, &mut structs));
        }
        let name = entry["name"].as_str().unwrap_or_default();
        match entry["type"].as_str().unwrap_or_default() {
            "function" => lines.push(function(name, entry)),
            "event" => {
                let fields = values(list(entry, "inputs"), Location::Unnamed);
                lines.push(format!("    event {name}({fields});"));
            }
            "error" => {
                let fields = values(list(entry, "inputs"), Location::Unnamed);
                lines.push(format!("    error {name}({fields});"));
            }
            // An interface has no constructor, `receive` or `fallback`.
            _ => {}
        }
    }
    let structs: Vec<String> = structs.into_values().collect();
    let body: Vec<String> = structs.into_iter().chain(lines).collect();
    format!(
        "// SPDX-License-Identifier: UNLICENSED\npragma solidity ^0.8.4;\n\ninterface I{name} {{\n{}\n}}\n",
        body.join("\n")
    )
}

fn list<'a>(entry: &'a Value, name: &str) -> &'a [Value] {
    entry[name].as_array().map_or(&[], Vec::as_slice)
}

fn function(name: &str, entry: &Value) -> String {
    let inputs = values(list(entry, "inputs"), Location::Calldata);
    let outputs = values(list(entry, "outputs"), Location::Memory);
    let mutability = match entry["stateMutability"].as_str().unwrap_or_default() {
        "nonpayable" => String::new(),
        word => format!(" {word}"),
    };
    let returns = if outputs.is_empty() { String::new() } else { format!(" returns ({outputs})") };
    format!("    function {name}({inputs}) external{mutability}{returns};")
}

fn values(values: &[Value], location: Location) -> String {
    let texts: Vec<String> = values.iter().map(|value| declaration(value, location)).collect();
    texts.join(", ")
}

/// `uint256[] calldata amounts`.
fn declaration(value: &Value, location: Location) -> String {
    let mut text = type_of(value);
    let kind = value["type"].as_str().unwrap_or_default();
    let is_large = kind == "string" || kind == "bytes" || kind.contains('[') || kind == "tuple";
    match (is_large, location) {
        (true, Location::Calldata) => text.push_str(" calldata"),
        (true, Location::Memory) => text.push_str(" memory"),
        (true, Location::Unnamed) | (false, _) => {}
    }
    if value["indexed"] == true {
        text.push_str(" indexed");
    }
    let name = value["name"].as_str().unwrap_or_default();
    if !name.is_empty() {
        text.push(' ');
        text.push_str(name);
    }
    text
}

/// A struct by its name; anything else, an enum among it, as the ABI has it.
fn type_of(value: &Value) -> String {
    let internal = value["internalType"].as_str().unwrap_or_default();
    match internal.strip_prefix("struct ") {
        Some(name) => name.to_owned(),
        None => value["type"].as_str().unwrap_or_default().to_owned(),
    }
}

/// Notes the definitions of a struct and of those within it.
fn collect(value: &Value, structs: &mut BTreeMap<String, String>) {
    let members = list(value, "components");
    members.iter().for_each(|member| collect(member, structs));
    let internal = value["internalType"].as_str().unwrap_or_default();
    let Some(name) = internal.strip_prefix("struct ") else { return };
    let name = name.split('[').next().unwrap_or(name);
    let fields: Vec<String> = members
        .iter()
        .map(|member| format!("        {};", declaration(member, Location::Unnamed)))
        .collect();
    structs.insert(name.to_owned(), format!("    struct {name} {{\n{}\n    }}", fields.join("\n")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_events_errors_and_structs_are_written() {
        let deal = r#"[{"name":"buyer","type":"address","internalType":"address"},
            {"name":"phase","type":"uint8","internalType":"enum Phase"}]"#;
        let abi = format!(
            r#"[{{"type":"constructor","inputs":[],"stateMutability":"payable"}},
            {{"type":"function","name":"deals","stateMutability":"view",
              "inputs":[{{"name":"ids","type":"uint256[]","internalType":"uint256[]"}}],
              "outputs":[{{"name":"","type":"tuple[]","internalType":"struct Deal[]","components":{deal}}}]}},
            {{"type":"function","name":"pay","stateMutability":"payable","inputs":[],"outputs":[]}},
            {{"type":"event","name":"Paid","inputs":[{{"name":"by","type":"address","indexed":true}},
              {{"name":"note","type":"string"}}]}},
            {{"type":"error","name":"Late","inputs":[]}}]"#
        );
        let entries = crate::abi::parse(&abi).expect("JSON");
        let wanted = "interface IShop {
    struct Deal {
        address buyer;
        uint8 phase;
    }
    function deals(uint256[] calldata ids) external view returns (Deal[] memory);
    function pay() external payable;
    event Paid(address indexed by, string note);
    error Late();
}
";
        let text = interface("Shop", &entries);
        assert!(text.ends_with(wanted), "{text}");
    }
}
