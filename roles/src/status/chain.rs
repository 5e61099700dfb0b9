//! The chain, as its nodes tell of it.

use crate::exit::Outcome;
use crate::rpc::{Client, Error, Header, data, number, quantity};
use crate::tx::Amount;
use alloy_primitives::U256;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};
use troupe_types::Hash;

/// How long a node may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What one node says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Head {
    pub(super) url: String,
    pub(super) chain_id: u64,
    pub(super) header: Header,
    /// Transactions that can go into a block, and others that wait.
    pub(super) executable: u64,
    pub(super) queued: u64,
    peers: u64,
    client: String,
    /// What the node tells its owner: itself, and whom it is connected to.
    node: Option<(Value, Value)>,
}

/// What all of them say together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chain {
    pub(super) heads: Vec<Head>,
    /// Whether all have the same block at the height that all have reached.
    agrees: bool,
    /// Since the last block, by this machine's clock.
    age: Duration,
}

/// Asks a node; the error says why it does not answer.
pub(super) async fn ask(url: &str) -> Result<Head, Error> {
    let client = Client::new(url, PATIENCE)?;
    let header = client.head().await?;
    let asked = [
        ("eth_chainId", json!([])),
        ("txpool_status", json!([])),
        ("net_peerCount", json!([])),
        ("web3_clientVersion", json!([])),
    ];
    let [chain_id, pool, peers, version] = client.all(asked).await?;
    let count = |value: Option<&Value>| value.and_then(number).unwrap_or_default();
    let node = match client.is_owner() {
        false => None,
        true => {
            let asked = [("admin_nodeInfo", json!([])), ("admin_peers", json!([]))];
            let [node, neighbours] = client.all(asked).await?;
            Some((node, neighbours))
        }
    };
    Ok(Head {
        url: url.to_owned(),
        chain_id: count(Some(&chain_id)),
        header,
        executable: count(pool.get("pending")),
        queued: count(pool.get("queued")),
        peers: count(Some(&peers)),
        client: version.as_str().unwrap_or_default().to_owned(),
        node,
    })
}

impl Chain {
    /// Compares what nodes say, at least one.
    pub(super) async fn of(heads: Vec<Head>) -> Outcome<Option<Self>> {
        let Some(lowest) = heads.iter().map(|head| head.header.height).min() else {
            return Ok(None);
        };
        let same = heads.iter().map(|head| block_at(&head.url, lowest));
        let same: Vec<Hash> = futures_util::future::try_join_all(same).await?;
        let agrees = same.windows(2).all(|pair| pair[0] == pair[1])
            && heads.windows(2).all(|pair| pair[0].chain_id == pair[1].chain_id);
        let latest = heads.iter().map(|head| head.header.time).max().unwrap_or_default();
        let made = SystemTime::UNIX_EPOCH + Duration::from_secs(latest);
        let age = SystemTime::now().duration_since(made).unwrap_or_default();
        Ok(Some(Self { heads, agrees, age }))
    }

    fn highest(&self) -> &Head {
        let highest = self.heads.iter().max_by_key(|head| head.header.height);
        highest.expect("a chain has a head")
    }

    /// For people.
    pub(super) fn rows(&self, finality: Option<Duration>) -> Vec<Vec<String>> {
        let Head { chain_id, header, executable, queued, .. } = self.highest();
        let lowest = self.heads.iter().map(|head| head.header.height).min().unwrap_or_default();
        let count = self.heads.len();
        let alike = match (count, self.agrees) {
            (1, _) => "asked one node".to_owned(),
            (_, true) => format!("{count} nodes agree, up to block {lowest} and beyond"),
            (_, false) => format!("{count} nodes DISAGREE about block {lowest}"),
        };
        let base = Amount(U256::from(header.base_fee));
        let mut rows = vec![
            ("chain", format!("{chain_id}; {alike}")),
            (
                "block",
                format!(
                    "{} {}..., {} s ago, {} transactions, {} % of its gas",
                    header.height,
                    &data(header.hash)[..18],
                    self.age.as_secs(),
                    header.transactions,
                    header.gas_used.saturating_mul(100) / header.gas_limit.max(1),
                ),
            ),
            ("base fee", format!("{base} a unit of gas")),
            ("pool", format!("{executable} can go into a block, {queued} wait for others")),
        ];
        if let Some(finality) = finality {
            rows.push(("finality", format!("{:.3} s on average", finality.as_secs_f64())));
        }
        for head in &self.heads {
            rows.extend(head.rows());
        }
        rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect()
    }

    /// For programs.
    pub(super) fn json(&self, finality: Option<Duration>) -> Value {
        let head = self.highest();
        let header = &head.header;
        json!({
            "chain_id": head.chain_id, "height": header.height, "hash": data(header.hash),
            "time": header.time, "age_seconds": self.age.as_secs_f64(),
            "transactions": header.transactions, "gas_used": header.gas_used,
            "gas_limit": header.gas_limit, "base_fee": header.base_fee.to_string(),
            "pool": head.pool(), "finality_seconds": finality.map(|time| time.as_secs_f64()),
            "agree": self.agrees,
            "heads": self.heads.iter().map(Head::json).collect::<Vec<Value>>(),
        })
    }
}

impl Head {
    /// How full its pool is.
    pub(super) fn pool(&self) -> Value {
        json!({ "executable": self.executable, "queued": self.queued })
    }

    /// What only its owner is told.
    fn rows(&self) -> Vec<(&'static str, String)> {
        let Some((node, neighbours)) = &self.node else { return Vec::new() };
        let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
        let short = |id: &Value| text(id).chars().take(18).collect::<String>();
        let here = format!(
            "{}..., start {}, listens at {} and {}",
            short(&node["id"]),
            node["epoch"],
            text(&node["listenAddr"]),
            text(&node["rpc"]),
        );
        let mut rows = vec![("node", here)];
        for peer in neighbours.as_array().into_iter().flatten() {
            let role = peer["role"].as_str().unwrap_or("a stranger");
            rows.push(("peer", format!("{}..., {role}", short(&peer["id"]))));
        }
        rows
    }

    fn json(&self) -> Value {
        let mut told = json!({
            "rpc": self.url, "height": self.header.height, "hash": data(self.header.hash),
            "peers": self.peers, "client": self.client, "pool": self.pool(),
        });
        if let Some((node, neighbours)) = &self.node {
            (told["node"], told["neighbours"]) = (node.clone(), neighbours.clone());
        }
        told
    }
}

/// The hash of a node's block at a height.
async fn block_at(url: &str, height: u64) -> Result<Hash, Error> {
    let client = Client::new(url, PATIENCE)?;
    let height = quantity(U256::from(height));
    let told = client.call("eth_getBlockByNumber", json!([height, false])).await?;
    let header = Header::parse(&told);
    header.map(|header| header.hash).ok_or_else(|| client.malformed("no block"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::{serve, settings};

    #[tokio::test]
    async fn nodes_of_one_chain_agree_although_one_is_behind_and_others_do_not() {
        let (first, ahead) = serve(settings()).await;
        let (second, behind) = serve(settings()).await;
        ahead.make_block();
        ahead.make_block();
        behind.make_block();
        let ask = async |server: &troupe_rpc::Server| {
            super::ask(&format!("http://{}", server.address())).await.unwrap()
        };
        let heads = vec![ask(&first).await, ask(&second).await];
        assert_eq!((heads[0].header.height, heads[1].header.height), (2, 1));
        let chain = Chain::of(heads).await.unwrap().unwrap();
        assert!(chain.agrees);
        assert_eq!(chain.highest().header.height, 2);
        let json = chain.json(Some(Duration::from_millis(250)));
        assert_eq!((json["agree"].as_bool(), json["height"].as_u64()), (Some(true), Some(2)));
        assert_eq!(json["heads"][1]["height"], 1);
        assert!(chain.rows(None)[0][1].ends_with("2 nodes agree, up to block 1 and beyond"));
        assert_eq!(Chain::of(Vec::new()).await.unwrap(), None);
    }

    struct Owner;

    impl troupe_rpc::Operator for Owner {
        fn about(&self) -> troupe_rpc::About {
            let id = troupe_types::NodeId([7; 32]);
            troupe_rpc::About { id, epoch: 3, listens: "127.0.0.1:9000".into() }
        }

        fn peers(&self) -> Vec<troupe_rpc::Neighbour> {
            let id = troupe_types::NodeId([8; 32]);
            let (role, version) = (Some("validator".into()), "1".into());
            vec![troupe_rpc::Neighbour { id, epoch: 1, role, version }]
        }

        fn data(&self) -> String {
            "here".into()
        }
    }

    #[tokio::test]
    async fn who_asks_at_the_nodes_own_file_is_told_of_the_node() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("troupe.ipc");
        let (mut server, _memory) = serve(settings()).await;
        server.listen_at(&path, std::sync::Arc::new(Owner)).unwrap();
        let head = super::ask(&format!("ipc:{}", path.display())).await.unwrap();
        let chain = Chain::of(vec![head]).await.unwrap().unwrap();
        let rows = chain.rows(None);
        let told = |name: &str| rows.iter().find(|row| row[0] == name).unwrap()[1].clone();
        assert!(told("node").starts_with("0x0707070707070707..., start 3, "), "{rows:?}");
        assert_eq!(told("peer"), "0x0808080808080808..., validator");
        assert_eq!(chain.json(None)["heads"][0]["node"]["epoch"], 3);
        drop(server);
        let gone = super::ask(&format!("ipc:{}", path.display())).await.unwrap_err();
        assert!(matches!(gone, Error::Unreachable { .. }), "{gone}");
    }

    #[tokio::test]
    async fn a_fork_is_shouted() {
        let chain = |agrees| async move {
            let (server, memory) = serve(settings()).await;
            memory.make_block();
            let head = super::ask(&format!("http://{}", server.address())).await.unwrap();
            Chain { heads: vec![head.clone(), head], agrees, age: Duration::ZERO }
        };
        let text = chain(false).await.rows(None)[0][1].clone();
        assert!(text.ends_with("2 nodes DISAGREE about block 1"), "{text}");
    }
}
