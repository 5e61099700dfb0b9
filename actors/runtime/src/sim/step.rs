//! What a scenario does to a world.

use crate::sim::disk::DiskFault;
use crate::sim::weather::Weather;
use crate::sim::world::World;
use std::rc::Rc;
use std::sync::Arc;
use troupe_types::Millis;

/// One step of a story.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Split(Vec<Vec<usize>>),
    Cut { from: Vec<usize>, to: Vec<usize> },
    Heal,
    Start(usize),
    Crash(usize),
    Pause(usize),
    Resume(usize),
    Stop(usize, Millis),
    Weather(Weather),
    DiskFault { node: usize, calls_from_now: u64, fault: DiskFault },
    DiskFails { node: usize, per_million: u64 },
    WallAhead { node: usize, millis: i64 },
}

impl Step {
    /// Whether it is about a process that runs, and not about what surrounds it.
    pub(crate) fn needs_process(&self) -> bool {
        match self {
            Self::Start(_) | Self::Crash(_) | Self::Pause(_) | Self::Resume(_) | Self::Stop(..) => {
                true
            }
            Self::Split(_)
            | Self::Cut { .. }
            | Self::Heal
            | Self::Weather(_)
            | Self::DiskFault { .. }
            | Self::DiskFails { .. }
            | Self::WallAhead { .. } => false,
        }
    }
}

impl World {
    pub(crate) fn perform(&mut self, step: Step) {
        let network = &self.ground.network;
        match step {
            Step::Split(groups) => network.split(&groups),
            Step::Cut { from, to } => network.cut(&from, &to),
            Step::Heal => network.heal(),
            Step::Start(node) => self.hosts[node].start(&self.ground),
            Step::Crash(node) => {
                if let Some(process) = &self.hosts[node].process {
                    process.life.die();
                }
            }
            Step::Pause(node) => {
                if let Some(process) = &self.hosts[node].process {
                    process.life.pause();
                    network.changed();
                }
            }
            Step::Resume(node) => {
                if let Some(process) = &self.hosts[node].process {
                    process.resume();
                    network.changed();
                }
            }
            Step::Stop(node, span) => self.stop_process(node, span),
            Step::Weather(weather) => network.set_weather(weather),
            Step::DiskFault { node, calls_from_now, fault } => {
                let disk = &self.hosts[node].disk;
                disk.fault_at(disk.calls() + calls_from_now, fault);
            }
            Step::DiskFails { node, per_million } => self.hosts[node].disk.fails(per_million),
            Step::WallAhead { node, millis } => self.hosts[node].skew.set_wall(millis),
        }
    }

    /// Drains a node and ends it, as SIGTERM does.
    fn stop_process(&self, number: usize, span: Millis) {
        let Some(process) = &self.hosts[number].process else { return };
        let (node, life) = (process.node.clone(), Arc::clone(&process.life));
        let drained = Rc::clone(&self.drained);
        process.spawn(async move {
            let left = node.drain(span).await;
            drained.borrow_mut().push((number, left));
            life.die();
        });
    }
}
