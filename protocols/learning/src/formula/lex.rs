//! From text to words.

use super::{Fault, Reason};

/// One word of a formula and where it begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Token<'a> {
    pub(super) at: usize,
    pub(super) word: Word<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Word<'a> {
    Number(f64),
    /// A function, a data set, or a column; in backquotes it may hold anything else.
    Name(&'a str),
    Sign(&'static str),
    End,
}

/// Longer ones first.
const SIGNS: [&str; 15] =
    ["<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "(", ")", ",", ".", "="];

pub(super) fn words(text: &str) -> Result<Vec<Token<'_>>, Fault> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let length;
        let word = if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        } else if first.is_ascii_digit() {
            length = number(rest);
            match rest[..length].parse::<f64>() {
                Ok(value) if value.is_finite() => Word::Number(value),
                _ => return Err(Fault::new(at, Reason::Number)),
            }
        } else if first == '`' {
            let end = rest[1..].find('`').ok_or(Fault::new(at, Reason::OpenName))?;
            length = end + 2;
            Word::Name(&rest[1..=end])
        } else if first.is_alphabetic() || first == '_' {
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            Word::Name(&rest[..length])
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            length = sign.len();
            Word::Sign(sign)
        } else {
            return Err(Fault::new(at, Reason::Character(first)));
        };
        words.push(Token { at, word });
        at += length;
    }
    words.push(Token { at, word: Word::End });
    Ok(words)
}

/// The length of a number: digits, a fraction, an exponent.
fn number(text: &str) -> usize {
    let digits = |from: usize| -> usize {
        text[from..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |found| from + found)
    };
    let mut end = digits(0);
    if text[end..].starts_with('.') {
        end = digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    end
}
