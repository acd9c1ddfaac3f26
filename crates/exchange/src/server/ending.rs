//! The end of a served exchange: what was sent arrives, then everybody is told goodbye.
//! Part of the room; nothing is played here any more.

use std::io::ErrorKind;
use std::time::Duration;

use mio::{Events, Token};
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;

use super::connection::Speech;
use super::room::Room;

/// How long clients may take to answer a close frame.
const GOODBYE_NS: i64 = 200_000_000;

impl Room {
    /// Drains, says goodbye, and lets go of everybody.
    pub(super) fn end(&mut self) {
        let deadline = self.clock.now().saturating_add(self.drain_ns);
        self.turn_until(deadline, |room| {
            let due = room.exchange.queue_due();
            due.is_none_or(|due| due > deadline) && room.is_flushed()
        });
        for connection in self.connections.values_mut().filter(|c| !c.frozen && !c.closing) {
            match &mut connection.speech {
                Speech::WebSocket { socket, .. } => {
                    let reason = "the exchange stops".into();
                    // Failing to say goodbye changes nothing: the connection ends either way.
                    let _ = socket.close(Some(CloseFrame { code: CloseCode::Away, reason }));
                    let _ = socket.flush();
                }
                Speech::Http { .. } => connection.closing = true,
            }
        }
        // A socket that is closed with something unread resets the connection, and with it what
        // the client has not read yet: so their answers are awaited, and read.
        let deadline = self.clock.now().saturating_add(GOODBYE_NS.min(self.drain_ns));
        self.turn_until(deadline, |room| room.connections.values().all(|c| c.frozen));
    }

    /// Whether every client's socket has taken what there was for it.
    pub(super) fn is_flushed(&self) -> bool {
        self.connections.values().all(|c| c.frozen || c.unsent() == 0)
    }

    fn turn_until(&mut self, deadline: i64, is_done: impl Fn(&Room) -> bool) {
        let mut events = Events::with_capacity(256);
        let mut out = Vec::new();
        loop {
            let now = self.clock.now();
            self.exchange.drain_queue(now, &mut out);
            for message in out.drain(..) {
                self.deliver(&message);
            }
            self.pump();
            if is_done(self) || now >= deadline {
                return;
            }
            match self.poll.poll(&mut events, Some(Duration::from_millis(1))) {
                Err(why) if why.kind() != ErrorKind::Interrupted => return,
                _ => {}
            }
            for event in &events {
                let Token(id) = event.token();
                if self.connections.contains_key(&id) {
                    self.on_readable(id);
                }
            }
        }
    }
}
