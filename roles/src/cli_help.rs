//! `help`, `man` and `completions`: what the program says about itself.

use crate::cli::Cli;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use serde_json::{Value, json};

/// The page that is no command.
const EXIT_CODES: &str = "exit-codes";

/// Help for a command, given as its words, or for a page.
pub(crate) fn help(topic: &[String]) -> Outcome<Report> {
    if topic == [EXIT_CODES] {
        return Ok(exit_codes());
    }
    let mut root = Cli::command();
    root.build();
    let mut command = root;
    for word in topic {
        let Some(inner) = command.find_subcommand(word) else {
            return Err(unknown_topic(&command, word));
        };
        command = inner.clone();
    }
    let text = command.render_long_help().to_string();
    let text = text.trim_end().to_owned();
    let json = json!({ "topic": topic.join(" "), "help": text });
    Ok(Report::new(text, json))
}

fn unknown_topic(command: &Command, word: &str) -> Failure {
    let names = || command.get_subcommands().map(Command::get_name).chain([EXIT_CODES]);
    let hint = match troupe_config::nearest(word, names()) {
        Some(name) => format!("nearest is {name:?}"),
        None => format!("known are {}", names().collect::<Vec<_>>().join(", ")),
    };
    Failure::about(ExitCode::Usage, "help", format!("unknown topic {word:?}, {hint}"))
}

fn exit_codes() -> Report {
    let paragraph = |code: &ExitCode| {
        format!("{:>3}  {}\n{}", code.number(), code.name(), indent(code.meaning()))
    };
    let row = |code: &ExitCode| -> Value {
        json!({ "code": code.number(), "name": code.name(), "meaning": code.meaning() })
    };
    let text: Vec<String> = ExitCode::ALL.iter().map(paragraph).collect();
    let rows: Vec<Value> = ExitCode::ALL.iter().map(row).collect();
    Report::new(text.join("\n\n"), json!({ "exit_codes": rows }))
}

/// Breaks a paragraph into indented lines of at most 80 characters.
fn indent(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= 80 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("     {word}")),
        }
    }
    lines.join("\n")
}

/// A completion script for a shell.
pub(crate) fn completions(shell: Shell) -> Outcome<Report> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "troupe", &mut script);
    let text = text(script)?;
    let json = json!({ "shell": shell.to_string(), "script": text });
    Ok(Report::new(text, json))
}

/// The manual page, with a section for every command.
pub(crate) fn man() -> Outcome<Report> {
    let mut root = Cli::command();
    root.build();
    let mut page = Vec::new();
    append_page(&root, &mut page)?;
    let text = text(page)?;
    let json = json!({ "man": text });
    Ok(Report::new(text, json))
}

fn append_page(command: &Command, page: &mut Vec<u8>) -> Outcome<()> {
    let rendered = clap_mangen::Man::new(command.clone()).render(page);
    rendered.map_err(|error| anyhow::anyhow!("manual page: {error}"))?;
    command.get_subcommands().try_for_each(|inner| append_page(inner, page))
}

fn text(bytes: Vec<u8>) -> Outcome<String> {
    let text = String::from_utf8(bytes).map_err(|error| anyhow::anyhow!("generated: {error}"))?;
    Ok(text.trim_end().to_owned())
}
