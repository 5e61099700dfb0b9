//! What a node that keeps a chain says of it.

use super::*;

/// A validator whose chain is kept as it should be.
const KEEPER: &str = r#"role = "validator"
version = 1

[chain]
genesis = "genesis.toml"
key = "validator-key.json"

[[group]]
name = "chain"
restart = "all"
actors = ["storage", "executor", "mempool", "elector", "consensus", "sync"]

[[group]]
name = "api"
actors = ["rpc"]

[actor.consensus]
settings = { pace = "100ms" }
"#;

#[test]
fn a_chain_is_a_network_file_and_perhaps_a_key() {
    let loaded = load(KEEPER).unwrap();
    let key = Some(PathBuf::from("validator-key.json"));
    assert_eq!(
        loaded.manifest.chain,
        Some(Chain { genesis: "genesis.toml".into(), key, signer: None, account: None })
    );
    assert_eq!(load(&loaded.manifest.write()).unwrap().manifest, loaded.manifest);
    let address = "signer.example.org:9146";
    let (id, public) = ("02".repeat(32), "0x".to_owned() + &"03".repeat(48));
    let asking =
        format!("signer = \"https://{address}\"\nsigner_id = \"{id}\"\nvote_key = \"{public}\"");
    let asks = load(&KEEPER.replace("key = \"validator-key.json\"", &asking)).unwrap().manifest;
    let signer =
        Signer { address: address.parse().unwrap(), node_id: NodeId([2; 32]), vote_key: [3; 48] };
    let chain = asks.chain.clone().unwrap();
    assert_eq!((chain.key, chain.signer), (None, Some(signer)));
    let sends = KEEPER.replace("[\"rpc\"]", "[\"rpc\", \"account\"]");
    let sends = sends.replace("genesis = ", "account = \"account-key.json\"\ngenesis = ");
    let sends = load(&sends).unwrap().manifest;
    assert_eq!(sends.chain.clone().unwrap().account, Some("account-key.json".into()));
    assert_eq!(load(&sends.write()).unwrap().manifest, sends);
    assert_eq!(load(&asks.write()).unwrap().manifest, asks);
    let follower = load(&KEEPER.replace("key = \"validator-key.json\"\n", "")).unwrap();
    assert_eq!(follower.manifest.chain.unwrap().key, None);
    assert_eq!(load(GOOD).unwrap().manifest.chain, None);
    let row = |path: &str| loaded.holdings.iter().find(|row| row.path == path).unwrap();
    assert_eq!(row("chain.genesis").value.as_deref(), Some("\"genesis.toml\""));
    assert_eq!(row("actor.consensus.settings.pace").default.as_deref(), Some("\"250ms\""));
}

#[test]
fn a_chain_that_is_not_kept_as_it_must_be_is_refused() {
    let keepers = "storage, executor, mempool, elector, consensus, sync";
    let cases = [
        (
            "[chain]\ngenesis = \"genesis.toml\"\nkey = \"validator-key.json\"\n",
            "",
            "document: chain.genesis: actor \"storage\" needs a chain; name its network file here".to_owned(),
        ),
        (
            "genesis = \"genesis.toml\"\n",
            "",
            "line 4: chain.genesis: missing, wants a text of 1 to 512 bytes without control characters".to_owned(),
        ),
        (
            "key = \"validator-key.json\"",
            "signer = \"http://a:1\"",
            "line 6: chain.signer: wants an address such as \"https://signer.example.org:9146\", got \"http://a:1\"".to_owned(),
        ),
        (
            "key = \"validator-key.json\"",
            "signer = \"https://a:1\"\nvote_key = \"0x01\"",
            "line 4: chain.signer_id: missing, wants a node id of 64 hexadecimal digits".to_owned(),
        ),
        (
            "key = \"validator-key.json\"",
            "signer = \"https://a:1\"\nvote_key = \"0x01\"",
            "line 7: chain.vote_key: got 1 bytes, a public key for votes has 48".to_owned(),
        ),
        (
            "key = \"validator-key.json\"",
            "vote_key = \"0x01\"",
            "line 6: chain.vote_key: says whom to ask, and signer says where; that is missing".to_owned(),
        ),
        (
            "key = \"validator-key.json\"",
            "key = \"k\"\nsigner = \"https://a:1\"",
            "line 7: chain.signer: is asked instead of key; both are there".to_owned(),
        ),
        (
            "genesis = ",
            "genisis = ",
            "line 5: chain.genisis: unknown key with value \"genesis.toml\", nearest is \"genesis\"".to_owned(),
        ),
        (
            "[\"rpc\"]",
            "[\"rpc\", \"account\"]",
            "line 4: chain.account: actor \"account\" needs an account; name its key file here".to_owned(),
        ),
        (
            "restart = \"all\"",
            "restart = \"one\"",
            "line 10: group.chain.restart: got \"one\", actors that keep a chain share what they remember of it, so \"all\" is allowed".to_owned(),
        ),
        (
            "\"consensus\", ",
            "",
            format!("line 11: group.chain.actors: a chain is kept by {keepers}; missing consensus"),
        ),
        (
            "[\"rpc\"]",
            "[\"rpc\", \"member\"]\n[[group]]\nname = \"other\"\nactors = []",
            "line 18: group.other.actors: missing, wants at least one actor".to_owned(),
        ),
        (
            "\"sync\"]\n\n[[group]]\nname = \"api\"\nactors = [\"rpc\"]",
            "\"rpc\"]\n\n[[group]]\nname = \"api\"\nactors = [\"sync\"]",
            format!("line 15: group.api.actors: {keepers} keep a chain together and belong in one group, some are in group \"chain\""),
        ),
        (
            "\"storage\", \"executor\", \"mempool\", \"elector\", \"consensus\", \"sync\"",
            "\"telemetry\"",
            format!("line 15: group.api.actors: actor \"rpc\" answers from what {keepers} keep, or from what light asks of others"),
        ),
        (
            "pace = \"100ms\"",
            "pace = \"2s\"",
            "line 18: actor.consensus.settings.pace: 2s is longer than the heartbeat of 1s".to_owned(),
        ),
        (
            "[actor.consensus]",
            "[actor.mempool]\nsettings = { transactions = 64, executable = 60 }\n[actor.consensus]",
            "line 18: actor.mempool.settings.transactions: got 64, but one sender alone may have 60 executable and 64 queued".to_owned(),
        ),
        (
            "[actor.consensus]",
            "[actor.storage]\nsettings = { cache = \"1MiB\" }\n[actor.consensus]",
            "line 18: actor.storage.settings.cache: got 1MiB, allowed is 8MiB to 64GiB".to_owned(),
        ),
        (
            "[actor.consensus]",
            "[actor.rpc]\nsettings = { host = [] }\n[actor.consensus]",
            "line 18: actor.rpc.settings.host: unknown key with value [], nearest is \"hosts\"".to_owned(),
        ),
    ];
    for (from, to, want) in cases {
        assert!(KEEPER.contains(from), "{from}");
        let errors = load(&KEEPER.replacen(from, to, 1)).unwrap_err();
        assert!(
            errors.lines().any(|line| line == want),
            "{from} -> {to}\nwant {want}\ngot  {errors}"
        );
    }
}
