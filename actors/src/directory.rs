//! `directory`: where processes announce themselves and find each other. Runs at a bootstrap process.

use crate::kind::{Kind, PLAIN, Start};
use crate::{Error, Part};
use troupe_config::Publishes;
use troupe_overlay::message::{
    Announce, Announced, Find, Found, Locate, MAX_FOUND, SERVICE, Withdraw,
};
use troupe_overlay::{Directory, Entry};
use troupe_runtime::{Actor, Cx, Fault, Handle, Origin, Reply, Spec};
use troupe_types::{Millis, NodeId};
use troupe_wire::{List, Text};

/// Entries that are not announced again within this time are forgotten.
const LIFETIME: Millis = Millis::secs(15);
/// A directory of more needs a distributed one.
const MOST: usize = 4_096;

pub(crate) const KIND: Kind = Kind {
    about: troupe_config::Kind {
        name: "directory",
        summary: "Lists the processes of the network for those who look for a service.",
        services: &[SERVICE],
        publishes: Publishes::Itself,
        ..PLAIN
    },
    start,
};

struct Phonebook {
    directory: Directory,
    part: Part,
}

fn start(start: &Start<'_>) -> Result<(), Error> {
    let part = start.health.part("directory", "not started");
    let spec = Spec::new(move |_| {
        Ok(Phonebook { directory: Directory::new(MOST, LIFETIME), part: part.clone() })
    });
    let spawned = start.node.spawn(start.place(spec));
    spawned.serve::<Announce>()?.serve::<Withdraw>()?.serve::<Find>()?.serve::<Locate>()?;
    Ok(())
}

impl Actor for Phonebook {
    const KIND: &'static str = "directory";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.part.ready();
        sweep(self, cx)
    }
}

fn sweep(book: &mut Phonebook, cx: &mut Cx<'_, Phonebook>) -> Result<(), Fault> {
    book.directory.expire(cx.now().mono);
    cx.after(LIFETIME, sweep);
    Ok(())
}

/// Whoever proved an identity speaks for that identity and for no other.
fn speaker(cx: &Cx<'_, Phonebook>) -> Option<NodeId> {
    match cx.origin() {
        Origin::Peer(peer) => Some(peer.id),
        Origin::Local => None,
    }
}

impl Handle<Announce> for Phonebook {
    fn handle(
        &mut self,
        announce: Announce,
        reply: Reply<Announce>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let Some(id) = speaker(cx) else { return Ok(()) };
        let Announce { incarnation, address, role, services } = announce;
        let entry = Entry { id, incarnation, address, role, services };
        let answer = match self.directory.announce(cx.now().mono, entry) {
            Ok(lifetime) => Announced::For(lifetime),
            Err(error) => Announced::Refused(Text::cut(&error.to_string())),
        };
        reply.send(answer, cx);
        Ok(())
    }
}

impl Handle<Withdraw> for Phonebook {
    fn handle(
        &mut self,
        Withdraw: Withdraw,
        reply: Reply<Withdraw>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        if let Some(id) = speaker(cx) {
            self.directory.withdraw(id);
        }
        reply.send((), cx);
        Ok(())
    }
}

impl Handle<Find> for Phonebook {
    fn handle(
        &mut self,
        Find { service, most }: Find,
        reply: Reply<Find>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let most = usize::from(most).min(MAX_FOUND);
        let found = self.directory.find(cx.now().mono, &service, most);
        let entries: Vec<Entry> = found.into_iter().cloned().collect();
        reply.send(Found(List::new(entries).expect("at most MAX_FOUND were taken")), cx);
        Ok(())
    }
}

impl Handle<Locate> for Phonebook {
    fn handle(
        &mut self,
        Locate(nodes): Locate,
        reply: Reply<Locate>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let found = self.directory.locate(cx.now().mono, &nodes);
        let entries: Vec<Entry> = found.into_iter().cloned().collect();
        reply.send(Found(List::new(entries).expect("no more than were asked for")), cx);
        Ok(())
    }
}
