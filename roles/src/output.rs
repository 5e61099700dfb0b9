//! What a command prints: for people, or JSON for programs.

use crate::exit::Failure;
use clap::ValueEnum;
use serde_json::Value;
use std::io::{self, Write};

/// The form of results and errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON document: results on standard output, errors on standard error.
    Json,
}

/// The result of a command in both forms; neither ends with a new line.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) text: String,
    pub(crate) json: Value,
    /// Remarks that are no part of the result; they go to standard error in the text form.
    pub(crate) notes: Vec<String>,
    /// Standard output carries something else: the result goes to standard error.
    pub(crate) is_aside: bool,
}

impl Report {
    pub(crate) fn new(text: impl Into<String>, json: Value) -> Self {
        Self { text: text.into(), json, notes: Vec::new(), is_aside: false }
    }
}

impl Format {
    /// Prints a result. A reader that went away (`troupe ... | head`) is no failure.
    pub(crate) fn print(self, report: &Report) {
        let result = |text: &str| match report.is_aside {
            true => write_line(&mut io::stderr().lock(), text),
            false => write_line(&mut io::stdout().lock(), text),
        };
        match self {
            Self::Text => {
                for note in &report.notes {
                    write_line(&mut io::stderr().lock(), &format!("note: {note}"));
                }
                result(&report.text);
            }
            Self::Json => result(&format!("{:#}", report.json)),
        }
    }

    /// Prints why there is no result.
    pub(crate) fn print_failure(self, failure: &Failure) {
        let mut stderr = io::stderr().lock();
        match self {
            Self::Text => {
                for reason in &failure.reasons {
                    write_line(&mut stderr, &format!("error: {}", reason.text));
                }
            }
            Self::Json => write_line(&mut stderr, &failure.json().to_string()),
        }
    }
}

fn write_line(out: &mut impl Write, text: &str) {
    // There is nobody left to tell when the terminal is gone.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Columns of equal width, two spaces apart; the last column is left as it is.
pub(crate) fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let line = |row: &Vec<String>| {
        let mut text = String::new();
        for (column, cell) in row.iter().enumerate() {
            text.push_str(cell);
            if column + 1 < row.len() {
                let missing = widths[column] - cell.chars().count() + 2;
                text.push_str(&" ".repeat(missing));
            }
        }
        text.trim_end().to_owned()
    };
    let lines: Vec<String> = rows.iter().map(line).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_by_characters() {
        let rows = [["é", "b", "c"], ["long", "", "d"]];
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect();
        assert_eq!(columns(&rows), "é     b  c\nlong     d");
        assert_eq!(columns(&[]), "");
    }
}
