//! Who answers clients in this process: the chain that it keeps, or a light client that asks others.

use crate::kind::Start;
use crate::{Error, light};
use std::sync::Arc;
use troupe_chain::transaction::Rules;
use troupe_gateway::{About, Source, source};
use troupe_rpc::{Chain, Settings};
use troupe_runtime::Node;

/// Made anew for every start of a server.
pub(crate) type Sources = Box<dyn Fn(&Node) -> Source + Send + Sync>;

/// Who answers, and what is known of the chain from the start. Nobody is told yet what a server does.
pub(crate) fn answers(start: &Start<'_>, settings: Settings) -> Result<(About, Sources), Error> {
    let is_light = start.manifest.kinds().any(|kind| kind.as_str() == light::KIND.about.name);
    if is_light {
        let client = start.commons.light(start)?;
        let about = about(start, client.rules(), client.base_fee_floor(), settings);
        let chain = about.chain.clone();
        let sources = move |_: &Node| Source {
            backend: client.backend(chain.clone()),
            beside: Box::pin(async {}),
        };
        return Ok((about, Box::new(sources)));
    }
    let chain = start.commons.chain(start)?;
    let about = about(start, chain.rules(), chain.base_fee_floor(), settings);
    let (told, reader) = (about.clone(), chain.reader());
    Ok((about, Box::new(move |node| source(&told, &reader, node))))
}

fn about(start: &Start<'_>, rules: &Rules, base_fee_floor: u64, settings: Settings) -> About {
    let chain = Chain {
        chain_id: rules.chain_id,
        base_fee_floor,
        client: format!("troupe/v{}", env!("CARGO_PKG_VERSION")),
    };
    let node = start.node.clone();
    About {
        min_tip: rules.min_tip,
        bench: Some(start.commons.bench(start.node)),
        peers: Arc::new(move || node.transport().map_or(0, |network| network.peers().len())),
        ..About::new(chain, settings)
    }
}

/// A server that has no place to listen, by its kind.
pub(crate) fn not_started(what: &'static str, error: troupe_gateway::Error) -> Error {
    match error {
        troupe_gateway::Error::Listen { address, reason } => {
            Error::Listen { what, address, source: reason }
        }
        troupe_gateway::Error::Runtime(error) => Error::Runtime(error),
    }
}
