//! The owner's service before a data owner that runs, through its socket.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tonic::{Code, Status};
use troupe_config::{DatasetSettings, Table};
use troupe_dataset::message::LONGEST;
use troupe_door::proto::data::data_service_client::DataServiceClient;
use troupe_door::proto::data::{
    AddDataSetRequest, ColumnKind, DataSet, Declared, Holds, ListDataSetsRequest,
    RemoveDataSetRequest,
};
use troupe_door::{Channel, Local, Metrics, Nobody, Offered, Server, Settings};
use troupe_runtime::{Directory, Node, Parts};
use troupe_types::NodeId;

const MANIFEST: &str = "memory = \"1MiB\"\n[[datasets]]\nname = \"patients\"\nfile = \"rows.csv\"\n\
    price = \"0.5 LAT\"\ncolumns = [{ name = \"id\", kind = \"key\" }, \
    { name = \"age\", kind = \"integer\", low = 0, high = 120 }]\n\
    policy = { requesters = [\"*\"], allow = [\"statistics\"], matching = [\"count\"], max_uses = 9, same_parties = true }\n";

const MORE: &str = "name = \"more\"\nfile = \"rows.csv\"\n\
    columns = [{ name = \"ill\", kind = \"boolean\" }]\npolicy = { requesters = [\"*\"], allow = [\"statistics\"] }\n";

fn rows(dir: &Path) {
    let rows = (0..30).map(|row| format!("p{row},{},{}\n", 20 + row, row % 2));
    fs::write(dir.join("rows.csv"), format!("id,age,ill\n{}", rows.collect::<String>())).unwrap();
}

/// A data owner at home in a folder, and its socket.
fn start(dir: &Path) -> (Node, Server) {
    let mut parts = Parts::system(1, 1).unwrap();
    parts.disk = Some(Arc::new(Directory::open(dir.join("state")).unwrap()));
    let node = Node::new(parts);
    let settings = Table::parse(MANIFEST).unwrap();
    let settings = troupe_config::read(&settings, "settings", DatasetSettings::read).unwrap();
    let spec = troupe_dataset::open(&node, NodeId([1; 32]), dir, settings, None).unwrap();
    troupe_dataset::serve(&node.spawn(spec)).unwrap();
    let offered = Offered::new(vec![troupe_dataset::service(&node)], Arc::new(Nobody));
    let local = Local::bind(&dir.join("control.sock")).unwrap();
    let metrics = Metrics::of("control");
    (node, Server::at(local, offered, Settings::default(), metrics).unwrap())
}

struct Owner(DataServiceClient<Channel>);

impl Owner {
    async fn of(dir: &Path) -> Self {
        let channel = Channel::connect(&dir.join("control.sock")).await.unwrap();
        Self(DataServiceClient::new(channel))
    }

    async fn add(&mut self, declaration: impl Into<String>) -> Result<DataSet, Status> {
        let request = AddDataSetRequest { declaration: declaration.into() };
        Ok(self.0.add_data_set(request).await?.into_inner().data_set.unwrap())
    }

    async fn remove(&mut self, name: &str) -> Result<(), Status> {
        self.0.remove_data_set(RemoveDataSetRequest { name: name.to_owned() }).await.map(drop)
    }

    async fn list(&mut self) -> Vec<DataSet> {
        self.0.list_data_sets(ListDataSetsRequest {}).await.unwrap().into_inner().data_sets
    }
}

#[test]
fn an_owner_adds_lists_and_removes_through_the_socket() {
    let dir = TempDir::new().unwrap();
    rows(dir.path());
    troupe_runtime::run(async {
        let (_node, server) = start(dir.path());
        let mut owner = Owner::of(dir.path()).await;
        let added = owner.add(MORE).await.unwrap();
        assert_eq!(
            (added.name.as_str(), added.rows, added.declared()),
            ("more", 30, Declared::ByRequest)
        );
        let listed = owner.list().await;
        let [more, patients] = &listed[..] else { panic!("{listed:?}") };
        assert_eq!(*more, added);
        assert_eq!((patients.holds(), patients.declared()), (Holds::Rows, Declared::InManifest));
        assert_eq!((patients.rows, patients.uses, patients.number), (30, 0, None));
        assert_eq!(patients.price.as_ref(), 500_000_000_000_000_000_u64.to_be_bytes());
        let [id, age] = &patients.columns[..] else { panic!("{patients:?}") };
        assert_eq!(
            (id.name.as_str(), id.kind(), id.low, id.high),
            ("id", ColumnKind::Key, None, None)
        );
        assert_eq!((age.kind(), age.low, age.high), (ColumnKind::Integer, Some(0.0), Some(120.0)));
        let policy = patients.policy.as_ref().unwrap();
        assert_eq!(
            (&policy.requesters[..], &policy.allow[..]),
            (&["*".to_owned()][..], &["statistics".to_owned()][..])
        );
        assert_eq!(
            (policy.max_uses, policy.until_ms, &policy.matching[..]),
            (Some(9), None, &["count".to_owned()][..])
        );
        assert_eq!((policy.replaced, policy.same_parties), (1, true));
        assert_eq!(patients.content.len(), 32);
        owner.remove("more").await.unwrap();
        assert_eq!(owner.list().await.len(), 1);
        server.stop().await;
    });
    // What is on the disk is that it is gone.
    troupe_runtime::run(async {
        let (_node, server) = start(dir.path());
        let mut owner = Owner::of(dir.path()).await;
        assert_eq!(owner.list().await.len(), 1);
        owner.add(MORE).await.unwrap();
        server.stop().await;
    });
    troupe_runtime::run(async {
        let (_node, server) = start(dir.path());
        assert_eq!(Owner::of(dir.path()).await.list().await.len(), 2);
        server.stop().await;
    });
}

#[test]
fn what_is_refused_has_its_code_and_its_reason() {
    let dir = TempDir::new().unwrap();
    rows(dir.path());
    // Two columns of 30,000 numbers are more than is left.
    let many: String =
        (0..40_000).map(|row| format!("{row},{row}.5,{row}.25,{row}.125\n")).collect();
    fs::write(dir.path().join("many.csv"), format!("a,b,c,d\n{many}")).unwrap();
    let number = |name: &str| format!("{{ name = \"{name}\", kind = \"number\" }}");
    let all = ["a", "b", "c", "d"].map(number).join(", ");
    let huge = format!("name = \"huge\"\nfile = \"many.csv\"\ncolumns = [{all}]\n");
    troupe_runtime::run(async {
        let (_node, server) = start(dir.path());
        let mut owner = Owner::of(dir.path()).await;
        for (declaration, code, reason) in [
            ("name = ".to_owned(), Code::InvalidArgument, "line 1"),
            (MORE.replace("boolean", "boolan"), Code::InvalidArgument, "nearest is \"boolean\""),
            (format!("{MORE}#{}", "x".repeat(LONGEST)), Code::InvalidArgument, "exceeds 12288"),
            ("x".repeat(2 << 20), Code::ResourceExhausted, "exceeds 1MiB"),
            (
                MORE.replace("\"more\"", "\"patients\""),
                Code::AlreadyExists,
                "there is a data set patients already",
            ),
            (MORE.replace("rows.csv", "none.csv"), Code::FailedPrecondition, "No such file"),
            (MORE.replace("ill", "well"), Code::FailedPrecondition, "has no column \"well\""),
            (huge, Code::ResourceExhausted, "left of memory"),
        ] {
            let refused = owner.add(declaration).await.unwrap_err();
            assert_eq!(refused.code(), code, "{refused}");
            assert!(refused.message().contains(reason), "{refused}");
        }
        for (name, code, reason) in [
            ("", Code::InvalidArgument, "`name` is missing"),
            ("none", Code::NotFound, "there is no data set none"),
            ("patients", Code::FailedPrecondition, "patients stands in the manifest of its node"),
            (&"x".repeat(300), Code::NotFound, "there is no data set x"),
        ] {
            let refused = owner.remove(name).await.unwrap_err();
            assert_eq!(
                (refused.code(), refused.message().contains(reason)),
                (code, true),
                "{refused}"
            );
        }
        assert_eq!(owner.list().await.len(), 1);
        server.stop().await;
    });
}

#[test]
fn before_the_data_owner_runs_nobody_answers() {
    troupe_runtime::run(async {
        let node = Node::new(Parts::system(1, 1).unwrap());
        let offered = Offered::new(vec![troupe_dataset::service(&node)], Arc::new(Nobody));
        let metrics = Metrics::of("control");
        let server = Server::inside(offered, Settings::default(), metrics).unwrap();
        let mut client = DataServiceClient::new(server.connect().await.unwrap());
        let refused = client.list_data_sets(ListDataSetsRequest {}).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable, "{refused}");
        server.stop().await;
    });
}
