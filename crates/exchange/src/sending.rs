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
        self.counters.private_sent += 1;
        let at = now + self.config.reply_latency_ns;
        self.send(&["private", kind], Outgoing { at, to: Destination::Private, text }, None);
    }

    /// Sends a message past the faults that wait for its kinds. Without a fault and with `out` it
    /// leaves at once, else it is queued at its time.
    fn send(&mut self, kinds: &[&str], message: Outgoing, out: Option<&mut Vec<Outgoing>>) {
        let elapsed = message.at - self.started.unwrap_or(message.at);
        let actions = self.faults.on_message(kinds, elapsed);
        let stalled = message.at < self.windows.stall_until;
        match out {
            Some(out) if actions.is_empty() && !stalled && self.held.is_empty() => {
                self.counters.message_sent += 1;
                out.push(message);
            }
            _ => self.send_struck(&actions, message),
        }
    }

    /// Sends a message that `actions` have struck.
    pub(crate) fn send_struck(&mut self, actions: &[Action], mut message: Outgoing) {
        let mut copies = 1;
        for action in actions {
            self.open_window(message.at, action);
            match action {
                Action::Delay(by) => message.at += by,
                Action::Duplicate => copies = 2,
                Action::Garbage(text) => message.text.clone_from(text),
                Action::Gap | Action::DropAck => return,
                Action::Reorder => {
                    self.held.push(message);
                    return;
                }
                Action::Wire(target, action) => {
                    let target = target.unwrap_or_else(|| target_of(message.to));
                    self.push_wire(message.at, target, *action);
                    if let Destination::Rest { token, .. } = message.to {
                        // Status 0: the connection ends without an answer.
                        message.to = Destination::Rest { token, status: 0 };
                        break;
                    }
                    return;
                }
                _ => {}
            }
        }
        message.at = message.at.max(self.windows.stall_until);
        let (at, to) = (message.at, message.to);
        for _ in 1..copies {
            self.queue.push(at, Due::Send(message.clone()));
        }
        self.queue.push(at, Due::Send(message));
        // A held message leaves right behind the next one to the same place.
        if let Some(place) = self.held.iter().position(|held| target_of(held.to) == target_of(to)) {
            let mut late = self.held.remove(place);
            late.at = late.at.max(at);
            self.queue.push(late.at, Due::Send(late));
        }
    }

    pub(crate) fn push_wire(&mut self, at: i64, target: Target, action: WireAction) {
        let to = Destination::Wire(Wire { target, action });
        self.queue.push(at, Due::Send(Outgoing { at, to, text: String::new() }));
    }

    /// Opens the window of a fault that lasts.
    pub(crate) fn open_window(&mut self, at: i64, action: &Action) {
        match action {
            Action::Stall(span) => self.windows.stall_until = at.saturating_add(*span),
            Action::Refuse { status, for_ns } => {
                self.windows.refuse = (*status, at.saturating_add(*for_ns));
            }
            Action::ClockSkew { by_ns, for_ns } => {
                self.windows.skew = (*by_ns, at.saturating_add(*for_ns));
            }
            _ => {}
        }
    }
}

fn target_of(to: Destination) -> Target {
    match to {
        Destination::Market { .. } => Target::Market,
        Destination::Private => Target::Private,
        Destination::Api(_) | Destination::Rest { .. } => Target::Api,
        Destination::Wire(wire) => wire.target,
    }
}
