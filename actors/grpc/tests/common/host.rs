//! A process that is what a test says.

use std::sync::Mutex;
use troupe_door::{Actor, Doing};
use troupe_grpc::{Counts, Host};
use troupe_rpc::{About, Neighbour, Operator};
use troupe_types::NodeId;

/// Ready until a test says otherwise; of its two actors one waits then.
#[derive(Default)]
pub struct Process {
    pub reason: Mutex<Option<String>>,
}

impl Process {
    pub fn is_ready(&self) -> bool {
        self.reason.lock().unwrap().is_none()
    }

    pub fn wait_for(&self, reason: Option<&str>) {
        *self.reason.lock().unwrap() = reason.map(str::to_owned);
    }
}

impl Operator for Process {
    fn about(&self) -> About {
        About { id: NodeId([7; 32]), epoch: 3, listens: "127.0.0.1:9545".into() }
    }

    fn peers(&self) -> Vec<Neighbour> {
        let role = Some("validator".to_owned());
        let version = "1.0".to_owned();
        vec![Neighbour { id: NodeId([8; 32]), epoch: 1, role, version }]
    }

    fn data(&self) -> String {
        "nowhere".into()
    }
}

impl troupe_door::Host for Process {
    fn waiting(&self) -> Vec<String> {
        self.reason.lock().unwrap().iter().map(|reason| format!("sync: {reason}")).collect()
    }

    fn actors(&self) -> Vec<Actor> {
        let reason = self.reason.lock().unwrap().clone();
        let doing = reason.map_or(Doing::Runs, Doing::Waits);
        let actor = |name: &str, doing| Actor { name: name.into(), doing };
        vec![actor("storage", Doing::Runs), actor("sync", doing)]
    }
}

impl Host for Process {
    fn role(&self) -> String {
        "validator".into()
    }

    fn counts(&self) -> Vec<(String, Counts)> {
        let counts = |name: &str, restarts| (name.to_owned(), Counts { queued: 5, restarts });
        vec![counts("storage", 0), counts("sync", 1)]
    }
}
