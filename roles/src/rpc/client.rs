//! Questions and answers over one connection.

use super::error::{Error, Told};
use super::place::Place;
use crate::http::{Connection, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::Mutex;

/// The most bytes of an answer; nodes of ours give no more.
const LONGEST: usize = 20 << 20;
/// The most questions of a batch that nodes of ours take.
pub(crate) const LARGEST_BATCH: usize = 100;
/// How much of a page that is no answer is shown.
const SHOWN: usize = 200;

/// A method and its parameters.
pub(crate) type Question = (&'static str, Value);

/// Asks one server, over a connection that is opened when it is needed and again when it was closed.
#[derive(Debug)]
pub(crate) struct Client {
    place: Place,
    patience: Duration,
    connection: Mutex<Option<Connection>>,
}

#[derive(Deserialize)]
struct Answer {
    id: Value,
    result: Option<Value>,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    code: i64,
    message: String,
    data: Option<Value>,
}

impl Client {
    /// A client of the server at `url`, every answer of which may take `patience`.
    pub(crate) fn new(url: &str, patience: Duration) -> Result<Self, Error> {
        let place = url.parse().map_err(Error::Url)?;
        Ok(Self { place, patience, connection: Mutex::new(None) })
    }

    /// Whether it asks at a file of the node, as its owner.
    pub(crate) const fn is_owner(&self) -> bool {
        matches!(self.place, Place::File(_))
    }

    /// Whom it asks.
    pub(crate) fn url(&self) -> String {
        self.place.to_string()
    }

    /// Asks one thing.
    pub(crate) async fn call(&self, method: &'static str, params: Value) -> Result<Value, Error> {
        let body = question(0, method, &params).to_string();
        let answer = self.post(body.as_bytes()).await?;
        let answer: Answer = self.parse(&answer)?;
        Ok(answer.into_result()?)
    }

    /// Asks many things, of which some may be refused; the results are in their order.
    pub(crate) async fn batch(
        &self,
        questions: &[Question],
    ) -> Result<Vec<Result<Value, Told>>, Error> {
        let mut results = Vec::with_capacity(questions.len());
        for part in questions.chunks(LARGEST_BATCH) {
            let asked = part.iter().enumerate();
            let asked: Vec<Value> =
                asked.map(|(id, (method, params))| question(id, method, params)).collect();
            let answer = self.post(Value::Array(asked).to_string().as_bytes()).await?;
            results.append(&mut self.sort(&answer, part.len())?);
        }
        Ok(results)
    }

    /// Asks many things, none of which may be refused.
    pub(crate) async fn all<const N: usize>(
        &self,
        questions: [Question; N],
    ) -> Result<[Value; N], Error> {
        let results = self.batch(&questions).await?;
        let values = results.into_iter().collect::<Result<Vec<Value>, Told>>()?;
        values.try_into().map_err(|_| self.malformed("an answer is missing"))
    }

    /// Posts a question that is written already, and gives the answer's body.
    pub(crate) async fn post(&self, body: &[u8]) -> Result<Vec<u8>, Error> {
        match tokio::time::timeout(self.patience, self.exchange(body)).await {
            Ok(answer) => answer,
            Err(_) => Err(Error::TimedOut { url: self.url(), after: self.patience }),
        }
    }

    async fn exchange(&self, body: &[u8]) -> Result<Vec<u8>, Error> {
        match &self.place {
            Place::Http(url) => self.exchange_over(url, body).await,
            Place::File(path) => super::local::exchange(path, body, LONGEST)
                .await
                .map_err(|error| Error::Unreachable { url: self.url(), reason: error.to_string() }),
        }
    }

    async fn exchange_over(&self, url: &Url, body: &[u8]) -> Result<Vec<u8>, Error> {
        let gone = |error: std::io::Error| Error::Unreachable {
            url: self.url(),
            reason: error.to_string(),
        };
        let mut held = self.connection.lock().await;
        let mut answer = None;
        // It is put back when the exchange is over: one that was given up is not used again.
        if let Some(mut connection) = held.take().filter(Connection::is_open) {
            // A server may close a connection that was silent for long; then there is a new one below.
            if let Ok(got) = connection.post(url, body, LONGEST).await {
                answer = Some(got);
                *held = Some(connection);
            }
        }
        let answer = match answer {
            Some(answer) => answer,
            None => {
                let mut connection = Connection::open(url).await.map_err(gone)?;
                let answer = connection.post(url, body, LONGEST).await.map_err(gone)?;
                *held = Some(connection);
                answer
            }
        };
        if answer.status == 200 {
            return Ok(answer.body);
        }
        let text = String::from_utf8_lossy(&answer.body);
        let text = text.trim().chars().take(SHOWN).collect();
        Err(Error::Http { url: self.url(), status: answer.status, text })
    }

    fn parse<'a, T: Deserialize<'a>>(&self, answer: &'a [u8]) -> Result<T, Error> {
        serde_json::from_slice(answer)
            .map_err(|error| self.malformed(&format!("no JSON-RPC answer: {error}")))
    }

    /// The results of a batch, which may come in any order, or the refusal of all of it.
    fn sort(&self, answer: &[u8], count: usize) -> Result<Vec<Result<Value, Told>>, Error> {
        if answer.trim_ascii_start().starts_with(b"{") {
            let answer: Answer = self.parse(answer)?;
            return match answer.into_result() {
                Err(told) => Err(told.into()),
                Ok(_) => Err(self.malformed("one answer to many questions")),
            };
        }
        let answers: Vec<Answer> = self.parse(answer)?;
        let mut sorted: Vec<Option<Result<Value, Told>>> = (0..count).map(|_| None).collect();
        for answer in answers {
            let place = answer.id.as_u64().and_then(|id| usize::try_from(id).ok());
            let place = place.and_then(|id| sorted.get_mut(id));
            let place =
                place.ok_or_else(|| self.malformed("an answer to nothing that was asked"))?;
            *place = Some(answer.into_result());
        }
        let sorted: Option<Vec<_>> = sorted.into_iter().collect();
        sorted.ok_or_else(|| self.malformed("an answer is missing"))
    }

    /// An answer that makes no sense.
    pub(crate) fn malformed(&self, what: &str) -> Error {
        Error::Malformed { url: self.url(), what: what.to_owned() }
    }
}

impl Answer {
    fn into_result(self) -> Result<Value, Told> {
        match self.error {
            Some(Refusal { code, message, data }) => Err(Told { code, message, data }),
            None => Ok(self.result.unwrap_or(Value::Null)),
        }
    }
}

fn question(id: usize, method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn client() -> Client {
        Client::new("http://127.0.0.1:1", Duration::from_millis(500)).unwrap()
    }

    #[test]
    fn answers_of_a_batch_are_put_in_order() {
        let answer =
            br#" [{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"nonce too low"}},
            {"jsonrpc":"2.0","id":0,"result":null}]"#;
        let told = Told { code: -32_000, message: "nonce too low".into(), data: None };
        assert_eq!(client().sort(answer, 2), Ok(vec![Ok(Value::Null), Err(told)]));
    }

    #[test]
    fn answers_that_do_not_fit_the_questions_are_refused() {
        for (answer, want) in [
            (r#"[{"id":2,"result":1}]"#, "an answer to nothing that was asked"),
            (r#"[{"id":"0","result":1}]"#, "an answer to nothing that was asked"),
            (r#"[{"id":0,"result":1}]"#, "an answer is missing"),
            (r#"{"id":0,"result":1}"#, "one answer to many questions"),
            (
                r#"{"id":null,"error":{"code":-32005,"message":"batch too large"}}"#,
                "batch too large",
            ),
        ] {
            let error = client().sort(answer.as_bytes(), 2).unwrap_err().to_string();
            assert!(error.ends_with(want), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_panics(bytes in prop::collection::vec(any::<u8>(), 0..60), text in r#"[\[\]{}":,a-z0-9]{0,40}"#) {
            let _ = client().sort(&bytes, 2);
            let _ = client().sort(text.as_bytes(), 2);
        }
    }

    #[tokio::test]
    async fn nobody_there_is_unreachable_and_silence_is_not_waited_for() {
        let error = client().call("eth_chainId", json!([])).await.unwrap_err();
        assert!(matches!(error, Error::Unreachable { .. }), "{error}");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let client = Client::new(&url, Duration::from_millis(30)).unwrap();
        let error = client.call("eth_chainId", json!([])).await.unwrap_err();
        assert_eq!(error.to_string(), format!("{url}: no answer within 30 ms"));
    }
}
