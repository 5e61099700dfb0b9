//! A wire that can be cut: packets pass through it, or vanish.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::net::UdpSocket;

/// A relay in front of one address, for one client.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    is_cut: Arc<AtomicBool>,
}

impl Relay {
    pub(crate) async fn before(target: SocketAddr) -> Self {
        let front = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let back = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        back.connect(target).await.unwrap();
        let address = front.local_addr().unwrap();
        let is_cut = Arc::new(AtomicBool::new(false));
        let cut = Arc::clone(&is_cut);
        tokio::spawn(async move {
            let mut client = None;
            let (mut there, mut here) = (vec![0; 65_536], vec![0; 65_536]);
            loop {
                tokio::select! {
                    packet = front.recv_from(&mut there) => {
                        let Ok((length, from)) = packet else { continue };
                        client = Some(from);
                        if !cut.load(Ordering::Relaxed) {
                            let _ = back.send(&there[..length]).await;
                        }
                    }
                    packet = back.recv(&mut here) => {
                        let (Ok(length), Some(client)) = (packet, client) else { continue };
                        if !cut.load(Ordering::Relaxed) {
                            let _ = front.send_to(&here[..length], client).await;
                        }
                    }
                }
            }
        });
        Self { address, is_cut }
    }

    pub(crate) fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
    }

    pub(crate) fn mend(&self) {
        self.is_cut.store(false, Ordering::Relaxed);
    }
}
