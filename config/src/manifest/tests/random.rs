//! Any manifest at all.

use super::*;

fn name() -> impl Strategy<Value = Name> {
    "[a-z][a-z0-9_.-]{0,10}".prop_map(|text| Name::read(&Value::Text(text)).unwrap())
}

fn node_id() -> impl Strategy<Value = NodeId> {
    any::<[u8; 32]>().prop_map(NodeId)
}

prop_compose! {
    fn process()(
        drain in 1_000u64..600_000,
        stuck in 100u64..600_000,
        threads in (1u32..64, 1u32..64, 1u32..256),
        data_dir in "[a-zA-Z0-9/\" \\\\é]{1,20}",
        filter in prop::option::of("[a-z_=,]{1,20}"),
        level in 0usize..5,
        format in 0usize..3,
    ) -> Process {
        let (network, urgent, jobs) = threads;
        Process {
            drain: Millis(drain),
            stuck: Millis(stuck),
            threads: Threads { network, urgent, jobs },
            data_dir: PathBuf::from(data_dir),
            node_key: PathBuf::from("node-key.json"),
            log: Log { level: Level::ALL[level].1, filter, format: LogFormat::ALL[format].1 },
        }
    }
}

prop_compose! {
    fn network()(
        id in 1u64..1 << 53,
        listen in any::<([u8; 4], u16)>(),
        advertise in prop::option::of("[a-z][a-z0-9]{0,9}"),
        bootstrap in prop::collection::btree_map(node_id(), 1u16.., 0..3),
        peers in prop::collection::btree_map(node_id(), (1u16.., name()), 0..3),
    ) -> Network {
        let address = |host: &str, port: u16| format!("{host}:{port}").parse::<Address>().unwrap();
        let peer = |(node_id, (port, role))| Peer { node_id, address: address("[::1]", port), role };
        Network {
            id: NetworkId(id),
            listen: (listen.0, listen.1).into(),
            advertise: Some(advertise.map_or_else(|| address("h", 1), |host| address(&host, 7))),
            max_peers: 256,
            bootstrap: bootstrap.into_iter().map(|(node_id, port)| PeerAddress { node_id, address: address("b", port) }).collect(),
            peers: peers.into_iter().map(peer).collect(),
        }
    }
}

prop_compose! {
    fn actor()(replicas in 1u32..256, messages in 16u32..2_000, bytes in 1u64..4_096) -> Actor {
        Actor { replicas, queue: Queue { messages, bytes: Bytes::mib(bytes) }, settings: Table::default() }
    }
}

prop_compose! {
    fn manifest()(
        role in name(),
        summary in "[ -~é]{0,30}",
        process in process(),
        network in network(),
        metrics in any::<([u8; 4], u16)>(),
        split in 1usize..4,
        restart in 0usize..4,
        thread in name(),
        settings in prop::collection::vec(actor(), 4),
        sessions in 1u32..16,
        chain in prop::option::of(("[a-z/\"\\\\é]{1,12}", prop::option::of("[a-z.]{1,12}"), any::<bool>())),
    ) -> Manifest {
        let names = ["directory", "member", "dataset", "session"].map(Name::constant);
        let mut actors: BTreeMap<Name, Actor> = names.iter().cloned().zip(settings).collect();
        if let Some(session) = actors.get_mut(&Name::constant("session")) {
            session.settings.put("max_sessions", Value::Whole(sessions.into()));
        }
        let (first, second) = names.split_at(split);
        let group = |name: &'static str, actors: &[Name]| Group {
            name: Name::constant(name),
            restart: Restart::ALL[restart].1,
            thread: thread.clone(),
            actors: actors.to_vec(),
        };
        Manifest {
            role,
            summary,
            publish: vec![Name::constant("data.dataset")],
            process,
            network,
            metrics: Metrics { listen: (metrics.0, metrics.1).into() },
            chain: chain
                .map(|(genesis, key, is_asked)| {
                    let signer = (is_asked && key.is_none()).then(|| Signer {
                        address: "[::1]:9146".parse().unwrap(),
                        node_id: NodeId([2; 32]),
                        vote_key: [3; 48],
                    });
                    let account = is_asked.then(|| "account-key.json".into());
                    Chain { genesis: genesis.into(), key: key.map(PathBuf::from), signer, account }
                }),
            groups: vec![group("first", first), group("second", second)],
            actors,
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back(manifest in manifest()) {
        let text = manifest.write();
        let loaded = load(&text).map_err(|errors| TestCaseError::fail(format!("{errors}\n{text}")))?;
        prop_assert_eq!(&loaded.manifest, &manifest);
        prop_assert_eq!(loaded.manifest.write(), text);
    }

    #[test]
    fn no_document_panics_and_every_error_is_one_line(
        at in 0usize..GOOD.len(),
        length in 0usize..40,
        text in "([a-z]{1,8}|[\\[\\]{}=,\"'\n.# -]|[0-9]|\\PC){0,6}",
    ) {
        let end = (at + length).min(GOOD.len());
        let broken = format!("{}{}{}", &GOOD[..at], text, &GOOD[end..]);
        if let Err(errors) = Manifest::load(&broken, &Overrides::default(), &kinds()) {
            for error in errors.as_slice() {
                prop_assert_eq!(error.to_string().lines().count(), 1);
                prop_assert!(error.to_string().len() < 4_000);
            }
        }
    }
}
