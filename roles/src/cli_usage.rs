//! Mistakes on the command line, each as one line: what is wrong, the value got, what is allowed.

use crate::exit::{ExitCode, Failure};
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

/// Turns the parser's account of a mistake into ours.
pub(crate) fn failure(error: &Error) -> Failure {
    let arg = text(error, ContextKind::InvalidArg);
    let value = text(error, ContextKind::InvalidValue);
    let wrong = |field: Option<String>, line: String| match field {
        Some(field) => Failure::about(ExitCode::Usage, field, line),
        None => Failure::new(ExitCode::Usage, line),
    };
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let got = arg.unwrap_or_default();
            // A bare word is no flag: it came where nothing more was expected.
            let what = if got.starts_with('-') { "unknown flag" } else { "unexpected value" };
            let hint = match nearest(error, ContextKind::SuggestedArg) {
                Some(flag) => format!(", nearest is {flag:?}"),
                None => String::new(),
            };
            wrong(None, format!("{what} {got:?}{hint}"))
        }
        ErrorKind::InvalidSubcommand => {
            let got = text(error, ContextKind::InvalidSubcommand).unwrap_or_default();
            let near = nearest(error, ContextKind::SuggestedSubcommand);
            let known = text(error, ContextKind::ValidSubcommand);
            wrong(None, format!("unknown command {got:?}{}", hint(near, known)))
        }
        ErrorKind::InvalidValue if value.as_deref() == Some("") => {
            let known = text(error, ContextKind::ValidValue);
            wrong(arg, format!("missing a value{}", hint(None, known)))
        }
        ErrorKind::InvalidValue => {
            let near = nearest(error, ContextKind::SuggestedValue);
            let known = text(error, ContextKind::ValidValue);
            let got = value.unwrap_or_default();
            wrong(arg, format!("unknown value {got:?}{}", hint(near, known)))
        }
        ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error).map(ToString::to_string);
            let got = value.unwrap_or_default();
            wrong(arg, format!("got {got:?}, {}", why.unwrap_or_else(|| "not allowed".to_owned())))
        }
        ErrorKind::MissingRequiredArgument => wrong(arg, "missing, it is required".to_owned()),
        ErrorKind::ArgumentConflict => {
            let other = text(error, ContextKind::PriorArg).unwrap_or_default();
            wrong(arg, format!("cannot be used with {other}"))
        }
        _ => wrong(None, first_line(error)),
    }
}

fn text(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) if texts.is_empty() => None,
        ContextValue::Strings(texts) => Some(texts.join(", ")),
        _ => None,
    }
}

/// The likeliest of what the parser suggests, which stands last.
fn nearest(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::Strings(texts) => texts.last().cloned(),
        _ => text(error, kind),
    }
}

fn hint(nearest: Option<String>, known: Option<String>) -> String {
    match (nearest, known) {
        (Some(nearest), _) => format!(", nearest is {nearest:?}"),
        (None, Some(known)) => format!(", known are {known}"),
        (None, None) => String::new(),
    }
}

/// For kinds of mistakes that this program does not declare itself.
fn first_line(error: &Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::Parser;
    use proptest::prelude::*;

    fn line(words: &str) -> String {
        let error = Cli::try_parse_from(words.split_whitespace()).unwrap_err();
        failure(&error).to_string()
    }

    #[test]
    fn each_mistake_is_one_line_that_names_what_was_probably_meant() {
        for (words, want) in [
            ("troupe nod check", "unknown command \"nod\", nearest is \"node\""),
            ("troupe node chek x", "unknown command \"chek\", nearest is \"check\""),
            ("troupe node check --rol x", "unknown flag \"--rol\", nearest is \"--role\""),
            ("troupe node check a b", "unexpected value \"b\""),
            (
                "troupe --output xml man",
                "--output <OUTPUT>: unknown value \"xml\", known are text, json",
            ),
            (
                "troupe --output jso man",
                "--output <OUTPUT>: unknown value \"jso\", nearest is \"json\"",
            ),
            ("troupe node check --role", "--role <NAME>: missing a value"),
            (
                "troupe node check --network-id x",
                "--network-id <NUMBER>: got \"x\", invalid digit found in string",
            ),
            ("troupe completions", "<SHELL>: missing, it is required"),
        ] {
            assert_eq!(line(words), want, "{words}");
        }
    }

    proptest! {
        #[test]
        fn no_command_line_panics(words in prop::collection::vec("(-{0,2}[a-z]{0,8}|node|check|key|new|--role|--set|=|\\PC{0,3})", 0..6)) {
            let words = std::iter::once("troupe".to_owned()).chain(words);
            if let Err(error) = Cli::try_parse_from(words) {
                prop_assert_eq!(failure(&error).to_string().lines().count(), 1);
            }
        }
    }
}
