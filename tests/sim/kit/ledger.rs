//! An actor that enters numbers into a durable file before it says so.

use bincode::{Decode, Encode};
use troupe_runtime::{Actor, Build, Cx, Fault, Handle, Node, Reply, record, records};
use troupe_types::Millis;
use troupe_wire::{Limit, Message, Sender, Wire};

/// Asked by anyone who wants a number to last; the answer, how many there are, promises that it does.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) struct Enter(pub(crate) u64);

impl Message for Enter {
    type Reply = u64;
    const NAME: &'static str = "enter";
    const DEADLINE: Millis = Millis::secs(10);
}

impl Wire for Enter {
    const SERVICE: &'static str = "test.ledger";
    const TAG: u16 = 1;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Listed;
}

/// Asked by anyone; answered with how many numbers there are.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) struct Total;

impl Message for Total {
    type Reply = u64;
    const NAME: &'static str = "total";
}

impl Wire for Total {
    const SERVICE: &'static str = "test.ledger";
    const TAG: u16 = 2;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Anyone;
}

/// The file.
const FILE: &str = "ledger.log";

pub(crate) struct Ledger {
    total: u64,
}

impl Actor for Ledger {
    const KIND: &'static str = "ledger";
}

impl Ledger {
    /// Reads the whole records and cuts off what a crash tore.
    pub(crate) fn build(build: &Build<'_>) -> Result<Self, Fault> {
        let broken = |error: std::io::Error| Fault::Storage(error.to_string());
        let disk = build.node.disk().ok_or_else(|| Fault::Fatal("no disk".to_owned()))?;
        let bytes = disk.read(FILE).map_err(broken)?;
        let (whole, used) = records(&bytes);
        if used < bytes.len() {
            disk.truncate(FILE, used as u64).map_err(broken)?;
        }
        Ok(Self { total: whole.len() as u64 })
    }

    /// Puts a ledger on a node.
    pub(crate) fn keep(node: &Node) -> Result<(), troupe_runtime::Error> {
        let spec = troupe_runtime::Spec::new(Self::build);
        node.spawn(spec).serve::<Enter>()?.serve::<Total>().map(drop)
    }
}

/// The numbers in a ledger's file.
pub(crate) fn entries(disk: &troupe_runtime::sim::Disk) -> Vec<u64> {
    let bytes = disk.contents(FILE);
    let number = |payload: &[u8]| u64::from_le_bytes(payload.try_into().expect("eight bytes"));
    records(&bytes).0.into_iter().map(number).collect()
}

impl Handle<Enter> for Ledger {
    fn handle(
        &mut self,
        Enter(number): Enter,
        reply: Reply<Enter>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        cx.persist(FILE, record(&number.to_le_bytes()));
        self.total += 1;
        reply.send(self.total, cx);
        Ok(())
    }
}

impl Handle<Total> for Ledger {
    fn handle(
        &mut self,
        _: Total,
        reply: Reply<Total>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        reply.send(self.total, cx);
        Ok(())
    }
}
