//! Requests that are written before they are sent.

use crate::rpc::{self, Told};
use serde::Deserialize;
use serde_json::Value;
use std::ops::Range;

/// Transactions in one request; each has its number in the run as its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Batch {
    numbers: Vec<u32>,
    /// What each adds to the body.
    parts: Vec<Range<usize>>,
    body: Vec<u8>,
}

#[derive(Deserialize)]
struct Answer {
    id: Value,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    code: i64,
    message: String,
}

impl Batch {
    /// A request of nothing.
    pub(super) fn new() -> Self {
        Self { numbers: Vec::new(), parts: Vec::new(), body: b"[".to_vec() }
    }

    /// Adds a transaction.
    pub(super) fn push(&mut self, number: u32, envelope: &[u8]) {
        let part = format!(
            r#"{{"jsonrpc":"2.0","id":{number},"method":"eth_sendRawTransaction","params":["{}"]}}"#,
            rpc::data(envelope)
        );
        self.add(number, part.as_bytes());
    }

    fn add(&mut self, number: u32, part: &[u8]) {
        // The bracket of an empty list, or the one that closed it so far, becomes a comma.
        if let Some(last) = self.body.last_mut().filter(|last| **last == b']') {
            *last = b',';
        }
        let begin = self.body.len();
        self.body.extend_from_slice(part);
        self.parts.push(begin..self.body.len());
        self.numbers.push(number);
        self.body.push(b']');
    }

    /// The numbers of its transactions.
    pub(super) fn numbers(&self) -> &[u32] {
        &self.numbers
    }

    /// What is posted.
    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    /// The same with these of its transactions alone.
    pub(super) fn only(&self, wanted: &[u32]) -> Self {
        let mut batch = Self::new();
        for (number, part) in self.numbers.iter().zip(&self.parts) {
            if wanted.contains(number) {
                batch.add(*number, &self.body[part.clone()]);
            }
        }
        batch
    }

    /// What was refused, by an answer to it; the error says why it is no answer.
    pub(super) fn refused(&self, answer: &[u8]) -> Result<Vec<(u32, Told)>, String> {
        let answers: Vec<Answer> = serde_json::from_slice(answer)
            .map_err(|_| String::from_utf8_lossy(answer).into_owned())?;
        if answers.len() != self.numbers.len() {
            return Err(format!("{} answers to {} questions", answers.len(), self.numbers.len()));
        }
        let mut refused = Vec::new();
        for Answer { id, error } in answers {
            let Some(Refusal { code, message }) = error else { continue };
            let number = id.as_u64().and_then(|id| u32::try_from(id).ok());
            let number = number.filter(|number| self.numbers.contains(number));
            let number = number.ok_or_else(|| format!("an answer to {id}, which was not asked"))?;
            refused.push((number, Told { code, message, data: None }));
        }
        Ok(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn batch(numbers: Range<u32>) -> Batch {
        let mut batch = Batch::new();
        for number in numbers {
            batch.push(number, &[number as u8; 3]);
        }
        batch
    }

    proptest! {
        #[test]
        fn a_body_is_a_list_of_calls(begin in 0u32..300, count in 1u32..20, kept in any::<u32>()) {
            let whole = batch(begin..begin + count);
            let body: Value = serde_json::from_slice(whole.body()).unwrap();
            prop_assert_eq!(body.as_array().unwrap().len(), count as usize);
            let envelope = format!("0x{}", hex::encode([begin as u8; 3]));
            prop_assert_eq!(&body[0]["params"][0], &Value::String(envelope));
            let numbers: Vec<u32> =
                (begin..begin + count).filter(|number| kept >> (number % 32) & 1 == 1).collect();
            let part = whole.only(&numbers);
            prop_assert_eq!(part.numbers(), &numbers[..]);
            if let Some(first) = numbers.first() {
                let same = batch(*first..*first + 1);
                prop_assert_eq!(&part.only(&[*first]), &same);
                prop_assert!(serde_json::from_slice::<Value>(part.body()).is_ok());
            }
        }

        #[test]
        fn no_answer_panics(text in r#"[\[\]{}":,a-z0-9]{0,40}"#) {
            let _ = batch(0..3).refused(text.as_bytes());
        }
    }

    #[test]
    fn refusals_are_told_by_number() {
        let answer = br#"[{"id":8,"result":"0x"},{"id":7,"error":{"code":-32000,"message":"txpool is full"}}]"#;
        let told = Told { code: -32_000, message: "txpool is full".into(), data: None };
        assert_eq!(batch(7..9).refused(answer), Ok(vec![(7, told)]));
        let error = batch(7..10).refused(answer).unwrap_err();
        assert_eq!(error, "2 answers to 3 questions");
        assert!(batch(0..2).refused(answer).unwrap_err().contains("which was not asked"));
    }
}
