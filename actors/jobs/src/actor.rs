//! `jobs`: runs jobs for the owner of a process, whoever listens.

use crate::desk::{Found, Running};
use crate::error::{Class, Error};
use crate::office::Office;
use std::fmt;
use std::sync::Arc;
use troupe_config::Order;
use troupe_runtime::{Actor, Cx, Fault, Handle, Link, Node, Reply, Spec};
use troupe_wire::Message;

/// Sent by the service: this job is to be run. The answer comes at once; how the job goes is told to whoever watches it.
#[derive(Debug)]
pub(crate) struct Begin {
    pub(crate) order: Order,
    pub(crate) running: Running,
}

impl Message for Begin {
    type Reply = ();
    const NAME: &'static str = "begin";
}

/// The actor.
pub struct Runner {
    office: Arc<Office>,
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Runner({:?})", self.office.network)
    }
}

/// Starts the actor; `place` says where it lives.
pub(crate) fn start(
    node: &Node,
    office: Arc<Office>,
    place: impl FnOnce(Spec<Runner>) -> Spec<Runner>,
) -> Link<Begin> {
    let spec = Spec::new(move |_| Ok(Runner { office: Arc::clone(&office) }));
    node.spawn(place(spec)).link()
}

impl Actor for Runner {
    const KIND: &'static str = "jobs";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        if let Some(chain) = &self.office.chain {
            cx.task(chain.begin());
        }
        for running in self.office.desk.adopt() {
            let office = Arc::clone(&self.office);
            cx.task(async move {
                let entry = running.entry();
                tracing::info!(
                    run = entry.run,
                    name = entry.name,
                    task = entry.task,
                    "a job had begun"
                );
                let ended = office.follow(&entry, &running).await;
                if let Err(error) = &ended {
                    tracing::warn!(run = entry.run, %error, "a job ended");
                }
                running.end(ended.map(Found::Finished));
            });
        }
        Ok(())
    }

    fn stopping(&mut self, _: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.office.desk.leave();
        Ok(())
    }
}

impl Handle<Begin> for Runner {
    fn handle(
        &mut self,
        Begin { order, running }: Begin,
        reply: Reply<Begin>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let office = Arc::clone(&self.office);
        cx.task(async move {
            let stopped = running.stopped();
            let run = running.run;
            tracing::info!(run, "a job begins");
            let ended = tokio::select! {
                ended = office.run(&order, &running) => ended,
                () = stopped => Err(Error::new(Class::Failed, "it was cancelled")),
            };
            tracing::info!(run, is_done = ended.is_ok(), "a job ended");
            running.end(ended);
        });
        reply.send((), cx);
        Ok(())
    }
}
