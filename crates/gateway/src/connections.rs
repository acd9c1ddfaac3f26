//! The gateway's connections: two for orders, of which one works and one is kept
//! warm, and the private stream.
//!
//! Fed by the reader with what opens, closes and is answered; read before each
//! write. A connection is ready once it is open and whatever must be said first
//! (a logon, a subscription) was taken; until then it counts as down. Never
//! here: bytes, an order, a second write of anything.

use crate::counters::GatewayCounters;
use types::{Command, CommandOp, Nanos};
use venue::{OrderSession, Outcome};

/// The wire's first connection for order requests.
pub const API: u16 = 0;
/// The wire's connection for the private stream.
pub const PRIVATE: u16 = 1;
/// The wire's second connection for order requests, kept warm: open, logged on,
/// pinged by the wire.
pub const SPARE: u16 = 2;

/// All of them, by their place in the table.
const ALL: [u16; 3] = [API, PRIVATE, SPARE];

/// A first word that was not answered, or was refused, is said again after this
/// long: six a minute are far below every venue's limits.
const SAY_AGAIN: i64 = 10 * Nanos::PER_SEC;

/// What one event of the connections is to the sequence: at most a loss and the
/// move to the other connection.
pub(crate) type Changes = [Option<Command>; 2];

/// What must be said first on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum First {
    /// `session.logon`.
    Logon,
    /// The subscription that makes a session the private stream.
    Subscribe,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Down,
    /// Open; the first word is due now, or was said at that time.
    Opening(Option<Nanos>),
    Ready,
}

#[derive(Clone, Copy, Debug)]
struct Connection {
    number: u16,
    phase: Phase,
    first: Option<First>,
    /// First words said so far: an answer to another one than the last is late.
    said: u64,
}

/// The table.
#[derive(Debug)]
pub(crate) struct Connections {
    all: [Connection; 3],
    /// Which order connection works; `None` while none is ready.
    working: Option<u16>,
    /// Openings told so far: orders, private.
    openings: [i64; 2],
    /// Told with the next outcome: a write found its connection gone.
    untold: Changes,
    /// Times that the other order connection took over.
    switched: u64,
}

impl Connections {
    pub(crate) fn new(session: &OrderSession) -> Self {
        let all = ALL.map(|number| {
            let first = match number {
                PRIVATE => session.subscribes().then_some(First::Subscribe),
                _ => session.signer().can_log_on().then_some(First::Logon),
            };
            Connection { number, phase: Phase::Down, first, said: 0 }
        });
        Self { all, working: None, openings: [0; 2], untold: [None; 2], switched: 0 }
    }

    /// The order connection that works.
    pub(crate) const fn working(&self) -> Option<u16> {
        self.working
    }

    /// Whether the private stream is ready.
    pub(crate) fn is_private_ready(&self) -> bool {
        self.find(PRIVATE).is_some_and(|at| self.all[at].phase == Phase::Ready)
    }

    /// Times that the other order connection took over.
    pub(crate) const fn switched(&self) -> u64 {
        self.switched
    }

    /// Whether a first word is due on a connection that has just opened.
    pub(crate) fn has_opened(&self) -> bool {
        self.all.iter().any(|connection| connection.phase == Phase::Opening(None))
    }

    /// A connection opened.
    pub(crate) fn on_up(&mut self, number: u16) -> Changes {
        let Some(at) = self.find(number) else { return [None; 2] };
        // Also of a connection that was never told to be gone: it is a new one.
        let lost = self.lose(at);
        self.all[at].phase = Phase::Opening(None);
        if self.all[at].first.is_some() {
            return lost;
        }
        let up = self.ready(at);
        match lost {
            [None, _] => [up, None],
            [down, None] => [down, up],
            // The other one has taken over.
            both => both,
        }
    }

    /// A connection closed.
    pub(crate) fn on_down(&mut self, number: u16) -> Changes {
        self.find(number).map_or([None; 2], |at| self.lose(at))
    }

    /// The subscription of a private stream was ended by the venue: it is down
    /// until it was taken anew. Nothing where a listen key is used.
    pub(crate) fn on_unsubscribed(&mut self) -> Changes {
        let Some(at) = self.find(PRIVATE) else { return [None; 2] };
        if self.all[at].first.is_none() || self.all[at].phase == Phase::Down {
            return [None; 2];
        }
        let changes = self.lose(at);
        self.all[at].phase = Phase::Opening(None);
        changes
    }

    /// The answer to a first word; `said` is the number that it was said with,
    /// where the answer tells it.
    pub(crate) fn on_answer(
        &mut self,
        number: u16,
        said: Option<u64>,
        outcome: Outcome,
        counters: &GatewayCounters,
    ) -> Changes {
        let Some(at) = self.find(number) else { return [None; 2] };
        let connection = self.all[at];
        let is_due = matches!(connection.phase, Phase::Opening(Some(_)))
            && said.is_none_or(|said| said == connection.said);
        if !is_due {
            return [None; 2];
        }
        match outcome {
            Outcome::Accepted => [self.ready(at), None],
            // It stays down; the first word is said again by the timer.
            Outcome::Rejected { code } | Outcome::NotFound { code } | Outcome::Unknown { code } => {
                counters.count_refused(connection.first == Some(First::Logon), code);
                [None; 2]
            }
        }
    }

    /// A first word that is due at `now`, with its number: it counts as said then.
    pub(crate) fn next_due(&mut self, now: Nanos) -> Option<(u16, First, u64)> {
        let is_due = |connection: &&mut Connection| match connection.phase {
            Phase::Opening(None) => true,
            Phase::Opening(Some(at)) => now.0.saturating_sub(at.0) >= SAY_AGAIN,
            Phase::Down | Phase::Ready => false,
        };
        let due = self.all.iter_mut().find(is_due)?;
        due.phase = Phase::Opening(Some(now));
        due.said += 1;
        Some((due.number, due.first?, due.said))
    }

    /// A write found the working connection gone, and wrote nothing. True when
    /// another one is ready: then that one works.
    pub(crate) fn on_gone(&mut self, number: u16) -> bool {
        let Some(at) = self.find(number).filter(|_| self.working == Some(number)) else {
            return false;
        };
        self.untold = self.lose(at);
        self.working.is_some()
    }

    /// A request got no answer over the working connection, which may be open at our
    /// end alone: the other takes over if it is ready. Both are up, so there is nothing
    /// to tell; the wire finds out about the doubtful one by its silence.
    pub(crate) fn doubt(&mut self) {
        let is_other = |other: &&Connection| {
            other.number != PRIVATE
                && Some(other.number) != self.working
                && other.phase == Phase::Ready
        };
        let other = self.all.iter().find(is_other).map(|other| other.number);
        self.switched += u64::from(other.is_some());
        self.working = other.or(self.working);
    }

    /// What a write found, once.
    pub(crate) fn take_untold(&mut self) -> Changes {
        std::mem::take(&mut self.untold)
    }

    fn find(&self, number: u16) -> Option<usize> {
        self.all.iter().position(|connection| connection.number == number)
    }

    /// A connection can be used from now on.
    fn ready(&mut self, at: usize) -> Option<Command> {
        self.all[at].phase = Phase::Ready;
        let number = self.all[at].number;
        if number == PRIVATE {
            return Some(self.told(CommandOp::PrivateLinkUp));
        }
        if self.working.is_some() {
            return None;
        }
        self.working = Some(number);
        Some(self.told(CommandOp::OrderLinkUp))
    }

    /// A connection cannot be used any more. Where it was the working one, the
    /// other takes over at once if it is ready.
    fn lose(&mut self, at: usize) -> Changes {
        let Connection { number, phase, .. } = self.all[at];
        self.all[at].phase = Phase::Down;
        if number == PRIVATE {
            let down = (phase == Phase::Ready).then(|| self.told(CommandOp::PrivateLinkDown));
            return [down, None];
        }
        if self.working != Some(number) {
            return [None; 2];
        }
        self.working = None;
        let down = self.told(CommandOp::OrderLinkDown);
        let spare = self.all.iter().position(|other| {
            other.number != PRIVATE && other.number != number && other.phase == Phase::Ready
        });
        let up = spare.and_then(|other| self.ready(other));
        self.switched += u64::from(up.is_some());
        [Some(down), up]
    }

    fn told(&mut self, op: CommandOp) -> Command {
        let of_private = matches!(op, CommandOp::PrivateLinkUp | CommandOp::PrivateLinkDown);
        let openings = &mut self.openings[usize::from(of_private)];
        *openings += i64::from(matches!(op, CommandOp::PrivateLinkUp | CommandOp::OrderLinkUp));
        Command::new(op, *openings)
    }
}
