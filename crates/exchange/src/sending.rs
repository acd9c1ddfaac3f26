//! Every message on its way out, past the faults that wait for it, into the queue or straight away.
//! Changes nothing but the queue and the windows of faults that last.

use crate::exchange::Exchange;
use crate::faults::Action;
use crate::matching::Taken;
use crate::order::Side;
use crate::outgoing::{Destination, Due, Outgoing, Target, Wire, WireAction};
use crate::synthetic::Step;

impl Exchange {
    pub(crate) fn send_frames(&mut self, at: i64, step: &mut Step, out: &mut Vec<Outgoing>) {
        let instrument = step.instrument;
        for (kind, text) in step.frames.drain(..) {
            self.counters.frame_sent += 1;
            let to = Destination::Market { instrument, kind };
            self.send(&[kind.word()], Outgoing { at, to, text }, Some(out));
        }
    }

    /// Public frames for what an own order did to a synthetic book.
    pub(crate) fn tell_public(&mut self, now: i64, instrument: usize, side: Side, taken: &[Taken]) {
        let mut step = self.market.tell(instrument, now, side, taken);
        for (kind, text) in step.frames.drain(..) {
            self.counters.frame_sent += 1;
            let to = Destination::Market { instrument, kind };
            self.send(&[kind.word()], Outgoing { at: now, to, text }, None);
        }
    }

    /// One private event, one reply latency from now.
    pub(crate) fn send_private(&mut self, now: i64, kind: &str, text: String) {
        self.send_event(now, kind, Destination::Private, text);
    }

    /// One private event to one place.
    pub(crate) fn send_event(&mut self, now: i64, kind: &str, to: Destination, text: String) {
        self.counters.private_sent += 1;
        let at = self.trips.returns(now, to);
        self.send(&["private", kind], Outgoing { at, to, text }, None);
    }

    /// Sends a message past the faults that wait for its kinds. Without a fault and with `out` it
    /// leaves at once, else it is queued at its time.
    fn send(&mut self, kinds: &[&str], message: Outgoing, out: Option<&mut Vec<Outgoing>>) {
        let elapsed = self.elapsed(message.at);
        let actions = self.faults.on_message(kinds, elapsed);
        let is_free = actions.is_empty()
            && self.held.is_empty()
            && self.windows.are_clear(message.at, message.to);
        match out {
            Some(out) if is_free => {
                self.count_sent(&message);
                out.push(message);
            }
            _ => self.send_struck(&actions, message),
        }
    }

    /// Sends a message that `actions` have struck.
    pub(crate) fn send_struck(&mut self, actions: &[Action], mut message: Outgoing) {
        let mut copies = 1;
        for action in actions {
            self.open_window(message.at, action, Some(message.to));
            match action {
                Action::Delay(by) => message.at = message.at.saturating_add(*by),
                Action::Duplicate => copies = 2,
                Action::Garbage(text) => message.text.clone_from(text),
                Action::Gap | Action::DropAck => return,
                Action::Reorder(longest) => {
                    self.hold_back(message, *longest);
                    return;
                }
                Action::Wire(..) => match message.to {
                    // Status 0: the connection ends without an answer.
                    Destination::Rest { token, .. } if self.is_virtual() => {
                        message.to = Destination::Rest { token, status: 0 };
                        message.text.clear();
                        break;
                    }
                    _ => return,
                },
                // A REST connection that nothing comes back on, whatever its other requests do.
                Action::HalfOpen(..) => return,
                _ => {}
            }
        }
        for _ in 0..copies {
            self.enqueue(message.clone());
        }
    }

    /// Queues one message past the windows that are open, and what was held back for it.
    fn enqueue(&mut self, mut message: Outgoing) {
        if !self.windows.pass(&mut message) {
            return;
        }
        let (at, to) = (message.at, message.to);
        self.queue.push(at, Due::Send(message));
        // A held message leaves right behind the next one to the same place.
        if let Some(place) = self.held.iter().position(|(_, held)| same_place(held.to, to)) {
            let (_, mut late) = self.held.remove(place);
            late.at = late.at.max(at);
            self.queue.push(late.at, Due::Send(late));
        }
    }

    fn hold_back(&mut self, message: Outgoing, longest: i64) {
        self.next_held += 1;
        self.queue.push(message.at.saturating_add(longest), Due::Release(self.next_held));
        self.held.push((self.next_held, message));
    }

    /// Nothing came that a held message could be behind: it leaves now.
    pub(crate) fn release_message(&mut self, at: i64, id: u64) {
        if let Some(place) = self.held.iter().position(|(held, _)| *held == id) {
            let (_, mut message) = self.held.remove(place);
            message.at = at;
            self.queue.push(at, Due::Send(message));
        }
    }

    pub(crate) fn push_wire(&mut self, at: i64, target: Target, action: WireAction) {
        let to = Destination::Wire(Wire { target, action });
        self.queue.push(at, Due::Send(Outgoing { at, to, text: String::new() }));
    }

    /// Opens the window of a fault that lasts, and tells the owner of the connections of those
    /// that are theirs to carry out. `to` is where the struck message was going.
    pub(crate) fn open_window(&mut self, at: i64, action: &Action, to: Option<Destination>) {
        let usual = to.map_or(Target::All, target_of);
        match action {
            Action::Stall(span) => self.windows.stall_until = at.saturating_add(*span),
            Action::Refuse { status, for_ns } => {
                self.windows.refuse = (*status, at.saturating_add(*for_ns));
                if *status == MAINTENANCE {
                    // Behind the answer that says why.
                    let said = to.unwrap_or(Destination::Private);
                    let after = self.trips.returns(at, said).saturating_add(1);
                    self.end_connections(after, Target::All, WireAction::Close);
                }
            }
            Action::ClockSkew { by_ns, for_ns } => {
                self.windows.skew = (*by_ns, at.saturating_add(*for_ns));
            }
            Action::Wire(target, action) => {
                self.end_connections(at, target.unwrap_or(usual), *action);
            }
            Action::HalfOpen(target, for_ns) => {
                self.half_open(at, target.unwrap_or(usual), *for_ns);
            }
            Action::Slow(target, bytes_per_s, for_ns) => {
                let target = target.unwrap_or(usual);
                let (bytes_per_s, for_ns) = (*bytes_per_s, *for_ns);
                if self.is_virtual() {
                    self.windows.slow(target, bytes_per_s, at.saturating_add(for_ns));
                } else {
                    self.push_wire(at, target, WireAction::Slow { bytes_per_s, for_ns });
                }
            }
            _ => {}
        }
    }

    /// On virtual time what had not arrived is lost with its connection; sockets lose it
    /// themselves.
    fn end_connections(&mut self, at: i64, target: Target, action: WireAction) {
        if self.is_virtual() {
            if matches!(target, Target::Request(_)) {
                // The answer's status says it: there is no connection to tell of.
                return;
            }
            if action == WireAction::Reset {
                self.queue.lose(target);
            }
        }
        self.push_wire(at, target, action);
    }

    fn half_open(&mut self, at: i64, target: Target, for_ns: i64) {
        if self.is_virtual() {
            if matches!(target, Target::Request(_)) {
                return;
            }
            let until = at.saturating_add(for_ns);
            self.windows.deaf.push((target, until));
            self.push_wire(until, target, WireAction::HalfOpen);
        } else {
            self.push_wire(at, target, WireAction::HalfOpen);
        }
    }
}

/// HTTP status of a venue that is down for maintenance.
pub(crate) const MAINTENANCE: u16 = 503;

/// The connection that a message goes over; all of its kind where it is fanned out.
fn target_of(to: Destination) -> Target {
    match to {
        Destination::Market { .. } => Target::Market,
        Destination::Private => Target::Private,
        Destination::Api(session) => Target::Session(session),
        Destination::Rest { token, .. } => Target::Request(token),
        Destination::Wire(wire) => wire.target,
    }
}

fn same_place(a: Destination, b: Destination) -> bool {
    match (a, b) {
        (Destination::Rest { .. }, Destination::Rest { .. }) => true,
        (Destination::Wire(_), _) | (_, Destination::Wire(_)) => false,
        _ => target_of(a) == target_of(b),
    }
}
