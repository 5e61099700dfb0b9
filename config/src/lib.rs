//! What a process is told to be: role manifests, strictly read. And what a chain begins with: network
//! files.
//!
//! A manifest lists groups of actor kinds and their settings. This crate turns its text into values
//! and says, in one line each, everything that is wrong with it: the place, the field, the value
//! got, and the limit or the nearest known name. It does no input or output and knows no actor: the
//! binary hands in the [`Kinds`] it offers, and each kind reads its own settings with a [`Section`].
//!
//! A setting is declared once, as a [`Setting`] or [`Field`]: key, default, range, reason. Reading,
//! errors, `node explain` and [`settings`] all use that declaration.
//!
//! ```
//! use troupe_config::{Kind, Kinds, Manifest, Overrides, Publishes, Replicas, no_settings};
//! let kinds = Kinds::new(vec![Kind {
//!     name: "telemetry",
//!     summary: "Serves metrics and health.",
//!     services: &[],
//!     lacks: None,
//!     replicas: Replicas::Single,
//!     publishes: Publishes::Nothing,
//!     read: no_settings,
//! }]);
//! let text = "role = \"observer\"\nversion = 1\n\n[[group]]\nname = \"base\"\nactors = [\"telemetry\"]\n";
//! let loaded = Manifest::load(text, &Overrides::default(), &kinds).unwrap();
//! assert_eq!(loaded.manifest.metrics.listen.port(), 9464);
//! assert_eq!(loaded.manifest.write(), text);
//!
//! let wrong = text.replace("telemetry", "telemetri");
//! let errors = Manifest::load(&wrong, &Overrides::default(), &kinds).unwrap_err();
//! assert_eq!(
//!     errors.to_string(),
//!     "line 6: group.base.actors: unknown actor \"telemetri\", nearest is \"telemetry\""
//! );
//! ```

mod amount;
mod chain;
mod control;
mod dataset;
mod error;
mod job;
mod jobs;
mod kinds;
mod manifest;
mod moment;
mod name;
mod nearest;
mod network_file;
mod overrides;
mod scheduler;
mod section;
mod session;
mod setting;
mod shipped;
mod value;

pub use amount::{Amount, NoAmount};
pub use chain::{
    AccountSettings, Checkpoint, ConsensusSettings, GrpcSettings, History, LightSettings,
    MarketSettings, MempoolSettings, NodeService, RpcSettings, StorageSettings,
};
pub use control::ControlSettings;
pub use dataset::{
    Algorithm, Column, ColumnKind, Dataset, DatasetSettings, Holds, Matching, Policy, Requester,
};
pub use error::{Error, Errors, Hint, Place, Problem};
pub use job::{
    Activation, Ask, ComputeJob, Deliver, Engine, Family, HeldOut, JobInput, Layer, Layout, Learn,
    MatchJob, Metric, ModelName, Order, Origin, Pay, PredictJob, Shown, Spans, TrainJob, Trial,
    What, Work,
};
pub use jobs::JobsSettings;
pub use kinds::{Kind, Kinds, Publishes, Replicas, no_settings};
pub use manifest::{
    Actor, Chain, Group, Level, Loaded, Log, LogFormat, Manifest, Metrics, Network, Peer, Process,
    Queue, Restart, Signer, Threads, settings,
};
pub use moment::{Moment, NoMoment};
pub use name::{Address, Name, NoAddress, PeerAddress};
pub use nearest::nearest;
pub use network_file::{Account, Market, NetworkFile, Staking, Term, Validator, Weighing};
pub use overrides::Overrides;
pub use scheduler::SchedulerSettings;
pub use section::{Holding, LONGEST_LIST, Section, read};
pub use session::SessionSettings;
pub use setting::{Choice, Field, Setting, Unit, Word};
pub use shipped::{DEVNET, role, roles};
pub use value::{Item, LARGEST_DOCUMENT, Table, Value};
