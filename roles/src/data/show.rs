//! Data sets as their owner reads them.

use crate::output::columns;
use serde_json::{Value, json};
use troupe_config::{Amount, Moment};
use troupe_door::proto::data::{Column, ColumnKind, DataSet, Declared, Holds, Policy};
use troupe_types::{Hash, UnixMillis};

/// What a field says that this version does not know.
const OTHER: &str = "?";

/// A line each.
pub(super) fn table(sets: &[DataSet]) -> String {
    let header = ["data set", "holds", "rows", "columns", "price", "number", "uses", "from"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for set in sets {
        rows.push(vec![
            set.name.clone(),
            holds(set).to_owned(),
            set.rows.to_string(),
            set.columns.len().to_string(),
            price(set),
            set.number.map_or_else(|| "-".to_owned(), |number| number.to_string()),
            uses(set),
            from(set).to_owned(),
        ]);
    }
    columns(&rows)
}

/// One of them with all that is known of it.
pub(super) fn whole(set: &DataSet) -> String {
    let mut lines = vec![
        ("holds", format!("{}, {} rows", holds(set), set.rows)),
        ("from", from(set).to_owned()),
        ("price", price(set)),
        ("number", set.number.map_or_else(|| "not listed".to_owned(), |number| number.to_string())),
        ("uses", uses(set)),
        ("content", content(set)),
    ];
    lines.extend(set.columns.iter().map(|column| ("column", shown(column))));
    let policy = set.policy.clone().unwrap_or_default();
    lines.extend(rules(&policy).into_iter().filter(|(_, text)| !text.is_empty()));
    let rows = lines.into_iter().map(|(what, text)| vec![what.to_owned(), text]);
    format!("{}\n{}", set.name, columns(&rows.collect::<Vec<_>>()))
}

/// The lines of a policy, by the keys of manifests.
fn rules(policy: &Policy) -> Vec<(&'static str, String)> {
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let until = policy.until_ms.map(|until| Moment(UnixMillis(until)));
    vec![
        ("requesters", policy.requesters.join(", ")),
        ("allow", policy.allow.join(", ")),
        ("engines", policy.engines.join(", ")),
        ("matching", policy.matching.join(", ")),
        ("returned", policy.returned.join(", ")),
        ("partners", policy.partners.join(", ")),
        ("min_rows", policy.min_rows.to_string()),
        ("min_group", policy.min_group.to_string()),
        ("parties", policy.parties.join(", ")),
        ("excluded", policy.excluded.join(", ")),
        ("until", until.map(|until| until.to_string()).unwrap_or_default()),
        ("max_uses", number(policy.max_uses)),
        ("replaced", policy.replaced.to_string()),
        ("same_parties", policy.same_parties.to_string()),
    ]
}

/// For programs.
pub(super) fn json(set: &DataSet) -> Value {
    let column = |column: &Column| json!({ "name": column.name, "kind": kind(column), "low": column.low, "high": column.high });
    let policy = set.policy.clone().unwrap_or_default();
    json!({
        "name": set.name, "holds": holds(set), "rows": set.rows,
        "columns": set.columns.iter().map(column).collect::<Vec<_>>(),
        "content": content(set), "price": price(set), "number": set.number,
        "uses": set.uses, "uses_left": left(set), "from": from(set),
        "policy": {
            "requesters": policy.requesters, "allow": policy.allow, "engines": policy.engines,
            "matching": policy.matching, "returned": policy.returned, "partners": policy.partners,
            "min_rows": policy.min_rows, "min_group": policy.min_group,
            "parties": policy.parties, "excluded": policy.excluded,
            "until_ms": policy.until_ms, "max_uses": policy.max_uses,
            "replaced": policy.replaced, "same_parties": policy.same_parties,
        },
    })
}

fn holds(set: &DataSet) -> &'static str {
    match set.holds() {
        Holds::Rows => "rows",
        Holds::Model => "model",
        Holds::Unspecified => OTHER,
    }
}

fn from(set: &DataSet) -> &'static str {
    match set.declared() {
        Declared::InManifest => "manifest",
        Declared::ByRequest => "added",
        Declared::Unspecified => OTHER,
    }
}

fn kind(column: &Column) -> &'static str {
    match column.kind() {
        ColumnKind::Number => "number",
        ColumnKind::Integer => "integer",
        ColumnKind::Boolean => "boolean",
        ColumnKind::Key => "key",
        ColumnKind::Unspecified => OTHER,
    }
}

/// As `data add` takes it.
fn shown(column: &Column) -> String {
    match (column.low, column.high) {
        (Some(low), Some(high)) => format!("{}:{}:{low}..{high}", column.name, kind(column)),
        _ => format!("{}:{}", column.name, kind(column)),
    }
}

pub(super) fn content(set: &DataSet) -> String {
    let bytes = <[u8; 32]>::try_from(&*set.content);
    bytes.map_or_else(|_| OTHER.to_owned(), |bytes| Hash(bytes).to_string())
}

fn price(set: &DataSet) -> String {
    if set.price.len() > 16 {
        return OTHER.to_owned();
    }
    let von = set.price.iter().fold(0_u128, |sum, byte| (sum << 8) | u128::from(*byte));
    Amount(von).to_string()
}

fn most(set: &DataSet) -> Option<u64> {
    set.policy.as_ref().and_then(|policy| policy.max_uses)
}

fn left(set: &DataSet) -> Option<u64> {
    most(set).map(|most| most.saturating_sub(set.uses))
}

fn uses(set: &DataSet) -> String {
    match most(set) {
        Some(most) => format!("{} of {most}", set.uses),
        None => set.uses.to_string(),
    }
}
