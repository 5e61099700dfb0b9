//! `scheduler`: knows the workers of a compute party, and which of them has room. The rules are in
//! [`troupe_learning::workers`].

use crate::Error;
use crate::kind::{Kind, PLAIN, Start};
use prometheus::IntGauge;
use troupe_config::SchedulerSettings;
use troupe_learning::workers::message::{Enlist, Enlisted};
use troupe_learning::workers::{Answer, Leases, Limits, Place, Want};
use troupe_runtime::{Actor, Cx, Fault, Handle, Link, Metrics, Origin, Reply, Spec};
use troupe_types::{Millis, NodeId};
use troupe_wire::{Lane, Message};

/// How often it looks who is gone and who has room.
const TICK: Millis = Millis(250);

pub(crate) const KIND: Kind = Kind {
    about: troupe_config::Kind {
        name: "scheduler",
        summary: "Gives computations to the workers of this party.",
        read: |section| SchedulerSettings::read(section).memory(),
        ..PLAIN
    },
    start,
};

/// Asked by the actor that takes seats: where is room for a session? The answer comes when there is some.
pub(crate) struct Lease(pub(crate) Want);

impl Message for Lease {
    type Reply = Answer;
    const NAME: &'static str = "lease";
    const DEADLINE: Millis = Millis::secs(9);
}

/// Told to the actor that takes seats: these workers are gone.
pub(crate) struct Gone(pub(crate) Vec<NodeId>);

impl Message for Gone {
    type Reply = ();
    const NAME: &'static str = "gone";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::secs(30);
}

struct Scheduler {
    settings: SchedulerSettings,
    leases: Leases<Reply<Lease>>,
    session: Link<Gone>,
    meters: Meters,
}

#[derive(Debug, Clone)]
struct Meters {
    workers: IntGauge,
    free: IntGauge,
    waiting: IntGauge,
}

impl Meters {
    fn register(metrics: &Metrics) -> Result<Self, troupe_runtime::Error> {
        let gauge = |name: &str, help: &str| IntGauge::new(name, help).expect("the name is valid");
        let meters = Self {
            workers: gauge("troupe_compute_workers", "Workers of this party that are there."),
            free: gauge(
                "troupe_compute_worker_slots_free",
                "Sessions that its workers could begin.",
            ),
            waiting: gauge("troupe_compute_jobs_waiting", "Sessions that wait for a slot."),
        };
        metrics.register(meters.workers.clone())?;
        metrics.register(meters.free.clone())?;
        metrics.register(meters.waiting.clone())?;
        Ok(meters)
    }
}

fn start(start: &Start<'_>) -> Result<(), Error> {
    let settings = start.read("scheduler", SchedulerSettings::read)?;
    let meters = Meters::register(start.node.metrics())?;
    let limits = Limits {
        lease: settings.lease,
        patience: settings.patience,
        promise: Millis::secs(60),
        waiting: usize::try_from(settings.waiting).unwrap_or(usize::MAX),
    };
    let spec = Spec::new(move |build| {
        Ok(Scheduler {
            settings: settings.clone(),
            leases: Leases::new(limits),
            session: build.node.link("session"),
            meters: meters.clone(),
        })
    });
    let spawned = start.node.spawn(start.place(spec));
    spawned.accept::<Lease>();
    spawned.serve::<Enlist>()?;
    Ok(())
}

impl Scheduler {
    fn tick(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.turn(cx);
        cx.after(TICK, Self::tick);
        Ok(())
    }

    /// Answers whoever can be answered, and says who is gone.
    fn turn(&mut self, cx: &mut Cx<'_, Self>) {
        let (answers, gone) = self.leases.turn(cx.now().mono);
        for (reply, answer) in answers {
            reply.send(answer, cx);
        }
        for worker in &gone {
            tracing::warn!(worker = %worker.short(), "a worker is gone");
        }
        if !gone.is_empty() {
            // Where nobody takes seats there is nothing to be lost.
            let _ = cx.tell(&self.session, Gone(gone));
        }
        self.show();
    }

    fn show(&self) {
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.meters.workers.set(count(self.leases.workers()));
        self.meters.free.set(self.leases.free().into());
        self.meters.waiting.set(count(self.leases.waiting()));
    }
}

impl Actor for Scheduler {
    const KIND: &'static str = "scheduler";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.tick(cx)
    }

    fn stopping(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        for reply in self.leases.dismiss() {
            reply.send(Answer::Busy, cx);
        }
        Ok(())
    }
}

impl Handle<Lease> for Scheduler {
    fn handle(
        &mut self,
        Lease(want): Lease,
        reply: Reply<Lease>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        if let Some((reply, answer)) = self.leases.want(want, reply, cx.now().mono) {
            reply.send(answer, cx);
        }
        self.show();
        Ok(())
    }
}

impl Handle<Enlist> for Scheduler {
    fn handle(
        &mut self,
        enlist: Enlist,
        reply: Reply<Enlist>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let worker = match cx.origin() {
            Origin::Peer(peer) if self.settings.workers.contains(&peer.id) => peer.id,
            Origin::Peer(peer) => {
                tracing::debug!(id = %peer.id.short(), "not a worker of this party");
                reply.send(Enlisted::No, cx);
                return Ok(());
            }
            Origin::Local => return Ok(()),
        };
        let Enlist { address, slots, memory, running } = enlist;
        let place = Place { worker, address };
        self.leases.enlist(place, (slots, memory), &running, cx.now().mono);
        reply.send(Enlisted::For(self.settings.lease), cx);
        self.turn(cx);
        Ok(())
    }
}
