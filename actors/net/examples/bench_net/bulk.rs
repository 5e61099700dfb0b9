//! A bulk stream from one session's actor to another's.

use crate::cost::{Cost, report_bytes};
use crate::{Outcome, Process};
use bytes::Bytes;
use tokio::sync::oneshot;
use troupe_runtime::{
    Actor, Build, BulkEvent, BulkHeader, BulkKind, BulkSink, Cx, FIRST_CREDIT, Fault, Handle,
    MAX_CHUNK, Reply, Spec, Thread,
};
use troupe_types::SessionId;

const SESSION: SessionId = SessionId([1; 16]);

/// Receives, or sends as credit allows.
#[derive(Default)]
struct End {
    received: u64,
    chunks: u64,
    done: Option<oneshot::Sender<(u64, u64)>>,
    sink: Option<Box<dyn BulkSink>>,
    chunk: Bytes,
    left: u64,
    credit: u64,
}

impl Actor for End {
    const KIND: &'static str = "end";

    fn started(&mut self, _: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.go_on();
        Ok(())
    }
}

impl Handle<BulkEvent> for End {
    fn handle(
        &mut self,
        event: BulkEvent,
        _: Reply<BulkEvent>,
        _: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        match event.kind {
            BulkKind::Opened => {}
            BulkKind::Chunk(bytes) => {
                self.received += bytes.len() as u64;
                self.chunks += 1;
            }
            BulkKind::Credit(bytes) => {
                self.credit += bytes;
                self.go_on();
            }
            BulkKind::Finished => {
                if let Some(done) = self.done.take() {
                    let _ = done.send((self.received, self.chunks));
                }
            }
            BulkKind::Lost(why) => return Err(Fault::Fatal(why.to_string())),
        }
        Ok(())
    }
}

impl End {
    fn go_on(&mut self) {
        let length = self.chunk.len() as u64;
        while self.left > 0 && self.credit >= length {
            let Some(sink) = &mut self.sink else { return };
            if sink.send(self.chunk.clone()).is_err() {
                return;
            }
            self.left -= length;
            self.credit -= length;
        }
        if self.left == 0
            && let Some(sink) = self.sink.take()
        {
            sink.finish();
        }
    }
}

pub(crate) async fn measure(from: &Process, to: &Process, total: u64) -> Outcome<()> {
    for (lane, chunk) in [(0, MAX_CHUNK), (1, 32 << 10)] {
        let (done, is_done) = oneshot::channel();
        let mut end = Some(End { done: Some(done), ..End::default() });
        let spec = Spec::new(move |_| Ok(end.take().unwrap_or_default())).on(&Thread::start());
        let link = to.node.spawn(spec).link();
        let door = to.node.bulk().register(SESSION, vec![from.net.id()], link)?;

        let (hand, catch) = std::sync::mpsc::sync_channel::<Box<dyn BulkSink>>(1);
        let make = move |_: &Build<'_>| {
            Ok(End {
                sink: catch.recv().ok(),
                chunk: Bytes::from(vec![7; chunk]),
                left: total,
                credit: FIRST_CREDIT,
                ..End::default()
            })
        };
        let link = from.node.spawn(Spec::new(make).on(&Thread::start())).link();
        let header = BulkHeader { session: SESSION, lane };
        let cost = Cost::begin();
        let sink = from.net.transport().open_bulk(to.net.id(), header, link)?;
        hand.send(sink)?;
        let (received, chunks) = is_done.await?;
        let cost = cost.end(received);
        let what =
            format!("bulk, {} KiB sent, {} KiB received", chunk >> 10, (received / chunks) >> 10);
        report_bytes(&what, cost);
        drop(door);
    }
    Ok(())
}
