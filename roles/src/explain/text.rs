//! The facts for people.

use super::facts::Picture;
use crate::manifest::Found;
use crate::output::columns;
use troupe_config::{Holding, Name};

impl Picture {
    pub(super) fn text(&self, found: &Found) -> String {
        let manifest = &found.loaded.manifest;
        let mut parts = vec![format!("role {}: {}", manifest.role, manifest.summary)];
        parts.push(format!("\n{}", self.tree()));
        let names: Vec<&str> = self.threads.iter().map(Name::as_str).collect();
        let threads = manifest.process.threads;
        let services: Vec<String> =
            self.services.iter().map(|(service, kind)| format!("{service} by {kind}")).collect();
        let clients =
            self.listeners.iter().map(|(kind, address)| format!(", {address} TCP for {kind}"));
        let data = &manifest.process.data_dir;
        let socket =
            |(kind, file): &(String, String)| format!("{} for {kind}", data.join(file).display());
        let sockets: Vec<String> = self.sockets.iter().map(socket).collect();
        let facts = [
            (
                "threads",
                format!(
                    "actors on {}; {} network, {} urgent, {} jobs",
                    names.join(", "),
                    threads.network,
                    threads.urgent,
                    threads.jobs
                ),
            ),
            (
                "ports",
                format!(
                    "{} UDP for QUIC, {} TCP for metrics and health{}",
                    manifest.network.listen,
                    manifest.metrics.listen,
                    clients.collect::<String>()
                ),
            ),
            ("sockets", if sockets.is_empty() { "none".to_owned() } else { sockets.join(", ") }),
            ("services", if services.is_empty() { "none".to_owned() } else { services.join(", ") }),
            (
                "peers",
                format!(
                    "{} bootstrap, {} static",
                    manifest.network.bootstrap.len(),
                    manifest.network.peers.len()
                ),
            ),
            ("files", format!("relative ones start from {}", found.base.display())),
            (
                "memory",
                format!(
                    "at most {}: {} in queues, {} held by actors",
                    self.bound(),
                    self.queues,
                    self.held
                ),
            ),
        ];
        let facts: Vec<Vec<String>> =
            facts.into_iter().map(|(name, fact)| vec![name.to_owned(), fact]).collect();
        parts.push(format!("\n{}", columns(&facts)));
        let header = ["setting", "value", "written", "default", "allowed", "why"];
        let header = header.map(str::to_owned).to_vec();
        let rows = std::iter::once(header).chain(found.loaded.holdings.iter().map(setting_row));
        parts.push(format!("\n{}", columns(&rows.collect::<Vec<_>>())));
        parts.join("\n")
    }

    fn tree(&self) -> String {
        let mut rows = Vec::new();
        for group in &self.groups {
            rows.push(vec![format!(
                "group {} on thread {}, restart {}",
                group.name, group.thread, group.restart
            )]);
            for actor in &group.actors {
                rows.push(vec![
                    format!("  {}", actor.kind),
                    format!("x{}", actor.replicas),
                    format!("queue {} messages, {}", actor.queue_messages, actor.queue_bytes),
                    format!("holds {}", actor.memory),
                    actor.summary.to_owned(),
                ]);
            }
        }
        // Headers of groups are wider than any column and must not widen the first.
        let cells: Vec<Vec<String>> = rows.iter().filter(|row| row.len() > 1).cloned().collect();
        let aligned = columns(&cells);
        let mut lines = aligned.lines();
        let line = |row: &Vec<String>| match row.as_slice() {
            [header] => header.clone(),
            _ => lines.next().unwrap_or_default().to_owned(),
        };
        rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

fn setting_row(row: &Holding) -> Vec<String> {
    let place = row.place.as_ref().map(ToString::to_string);
    let words = (!row.words.is_empty()).then(|| row.words.join(", "));
    let allowed = match &row.range {
        Some((least, most)) => Some(format!("{least} to {most}")),
        None => words,
    };
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    vec![
        row.path.clone(),
        or_dash(row.value.clone()),
        or_dash(place),
        or_dash(row.default.clone()),
        or_dash(allowed),
        row.why.to_owned(),
    ]
}
