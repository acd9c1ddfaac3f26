//! The wire over sockets: connections and REST answers of one actor, polled on
//! the actor's own thread. Nothing here blocks, allocates (TLS apart) or frees.
//!
//! With up to [`DIRECT_MAX`] connections a sweep reads every socket; with more
//! it asks the system once (mio, zero timeout) which of them are ready. Messages
//! that one read brought are handed out first, with a sweep in between every
//! [`BUFFERED_MAX`], so that a busy connection neither costs a system call per
//! message nor starves the others. One message per poll, in turn.

use crate::connection::{Cause, Connection, Found};
use crate::connector::{Connector, Ended, Ready, Shared, berths};
use crate::counters::WireCounters;
use crate::fetcher::{Fetcher, RestEnd};
use crate::open::Means;
use crate::plan::{ConnectionPlan, RestPlan, WireSettings};
use crate::status::StatusBoard;
use crate::{WireStatus, tls};
use actor::{Clock, SendOutcome, StopFlag, Wire, WireEvent};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Connections up to which every socket is read at every sweep: a read that
/// finds nothing costs 160 ns, asking mio 110 ns and then the read.
const DIRECT_MAX: usize = 4;
/// Messages handed out of buffers between two sweeps of the sockets.
const BUFFERED_MAX: u32 = 16;
/// Polls between two looks at the clock for silent connections: a look costs
/// about 10 ns, a poll of an idle socket 160.
const KEEP_EVERY: u32 = 256;
const NO_SLOT: u16 = u16::MAX;

/// Who is told to end, and how many threads have not yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ends {
    pub(crate) stop: StopFlag,
    threads: Arc<AtomicUsize>,
    /// A cold room panicked: what it did is not done any more.
    broken: Arc<AtomicBool>,
}

impl Ends {
    /// Starts a cold room.
    pub(crate) fn start(
        &self,
        name: String,
        work: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<()> {
        let thread = Thread::of(self);
        std::thread::Builder::new().name(name).spawn(move || {
            let _thread = thread;
            work();
        })?;
        Ok(())
    }
}

/// Counts a thread as long as it lives, and tells how it ended.
struct Thread {
    threads: Arc<AtomicUsize>,
    broken: Arc<AtomicBool>,
}

impl Thread {
    fn of(ends: &Ends) -> Self {
        // AcqRel pairs with the Acquire in `threads`: an ended thread's work is over.
        ends.threads.fetch_add(1, Ordering::AcqRel);
        Self { threads: Arc::clone(&ends.threads), broken: Arc::clone(&ends.broken) }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Release pairs with the Acquire in `is_broken`.
            self.broken.store(true, Ordering::Release);
        }
        // AcqRel: see `of`.
        self.threads.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A wire from outside: its counters, its status, its end.
#[derive(Clone, Debug)]
pub struct WireHandle {
    ends: Ends,
    counters: Arc<WireCounters>,
    status: StatusBoard,
}

impl WireHandle {
    /// Asks the wire to close: its next poll answers `Closed`. Its threads end
    /// within a few milliseconds, but for a name look-up, a handshake or a REST
    /// call that is under way, which end by their own limits.
    pub fn shut(&self) {
        self.ends.stop.raise();
    }

    /// Its counters.
    #[must_use]
    pub fn counters(&self) -> Arc<WireCounters> {
        Arc::clone(&self.counters)
    }

    /// Its connections in words. Takes a lock that the line never takes.
    #[must_use]
    pub fn status(&self) -> WireStatus {
        self.status.read()
    }

    pub(crate) fn parts(&self) -> (Arc<WireCounters>, StatusBoard, Ends) {
        (Arc::clone(&self.counters), self.status.clone(), self.ends.clone())
    }

    /// Whether its connector or its fetcher panicked: nothing is opened again, or
    /// nothing fetched, so whoever watches must end the line.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        // Acquire pairs with the Release in `Thread`.
        self.ends.broken.load(Ordering::Acquire)
    }

    /// Connector and fetcher threads that are still alive.
    #[must_use]
    pub fn threads(&self) -> usize {
        // Acquire pairs with the AcqRel in `Thread`.
        self.ends.threads.load(Ordering::Acquire)
    }
}

/// Which sockets to read.
enum Sweep {
    Direct,
    Ready { poll: mio::Poll, events: mio::Events },
}

/// One connection's place.
struct Slot {
    connection: u16,
    open: Option<Box<Connection>>,
    /// Whether the socket may have bytes; always, when read directly.
    ready: bool,
}

/// The wire over sockets.
pub struct SocketWire {
    slots: Vec<Slot>,
    /// Connection number to slot.
    slot_of: Vec<u16>,
    sweep: Sweep,
    ready: Receiver<Ready>,
    ended: Sender<Ended>,
    retiring: Receiver<usize>,
    rest: Option<RestEnd>,
    clock: Clock,
    counters: Arc<WireCounters>,
    ends: Ends,
    look_from: usize,
    read_from: usize,
    since_read: u32,
    since_keep: u32,
}

/// What a poll found, before it is lent.
enum Turn {
    Message(usize, Range<usize>),
    Up(usize),
    Down(usize, Cause),
    Oversized(usize),
    Rest,
}

impl SocketWire {
    /// Starts the cold rooms of a wire with these connections, and with a
    /// fetcher when there is something to fetch.
    ///
    /// # Errors
    /// A sentence: a connection number that comes twice, a certificate file that
    /// cannot be read, a thread or a poll that the system refuses.
    pub fn start(
        settings: WireSettings,
        plans: Vec<ConnectionPlan>,
        rest: Option<RestPlan>,
    ) -> Result<(Self, WireHandle), String> {
        let numbers: Vec<u16> = berths(&plans).map(|(_, number)| number).collect();
        let slot_of = number_slots(&numbers)?;
        let sweep = Sweep::for_connections(numbers.len())?;
        let counters = Arc::new(WireCounters::default());
        let status = StatusBoard::new(plans.iter().map(|plan| plan.connection));
        let ends = Ends::default();
        let handle = WireHandle {
            ends: ends.clone(),
            counters: Arc::clone(&counters),
            status: status.clone(),
        };
        let slot = |connection: &u16| Slot { connection: *connection, open: None, ready: true };
        let slots: Vec<_> = numbers.iter().map(slot).collect();
        // One connection per slot is under way in either direction at most.
        let (ready_in, ready) = bounded(slots.len().max(1));
        let (ended, ended_out) = bounded(slots.len().max(1));
        let (retire, retiring) = bounded(slots.len().max(1));
        let mut shared = Shared {
            ready: ready_in,
            ended: ended_out,
            retire,
            counters: Arc::clone(&counters),
            status: status.clone(),
            ends: ends.clone(),
            breaker: None,
        };
        let rest = match rest {
            Some(plan) => Some(Fetcher::start(plan, &settings, &handle)?),
            None => None,
        };
        let (rest, breaker) = rest.unzip();
        shared.breaker = breaker;
        let tls = tls::client_config(settings.extra_ca.as_deref())?;
        let name = format!("{}-conn", settings.name);
        let means = Means { settings, tls, registry: sweep.registry()? };
        let connector = Connector::new(plans, means, shared);
        ends.start(name, || connector.run()).map_err(|why| format!("the connector: {why}"))?;
        let wire = Self {
            slots,
            slot_of,
            sweep,
            ready,
            ended,
            retiring,
            rest,
            clock: Clock::start(),
            counters,
            ends,
            look_from: 0,
            read_from: 0,
            since_read: BUFFERED_MAX,
            since_keep: 0,
        };
        Ok((wire, handle))
    }

    fn take_over(&mut self) -> Option<Turn> {
        let (slot, mut connection) = self.ready.try_recv().ok()?;
        connection.take_over(self.clock.read());
        let place = self.slots.get_mut(slot)?;
        place.open = Some(connection);
        place.ready = true;
        Some(Turn::Up(slot))
    }

    /// What earlier reads brought.
    #[inline]
    fn look_in_buffers(&mut self) -> Option<Turn> {
        for turn in 0..self.slots.len() {
            let at = wrap(self.look_from + turn, self.slots.len());
            let Some(open) = self.slots[at].open.as_mut().filter(|open| open.is_buffered()) else {
                continue;
            };
            if let Some(turn) = to_turn(open.look(&self.counters.hot), at) {
                self.look_from = wrap(at + 1, self.slots.len());
                return Some(turn);
            }
        }
        None
    }

    /// Reads sockets until one brings something.
    #[inline]
    fn read_sockets(&mut self) -> Option<Turn> {
        self.since_read = 0;
        self.sweep.mark_ready(&mut self.slots, &self.counters);
        let direct = matches!(self.sweep, Sweep::Direct);
        for turn in 0..self.slots.len() {
            let at = wrap(self.read_from + turn, self.slots.len());
            let slot = &mut self.slots[at];
            let Some(open) = slot.open.as_mut().filter(|open| !open.is_buffered()) else {
                continue;
            };
            if !slot.ready && !direct {
                continue;
            }
            let found = open.read(&mut self.clock, &self.counters.hot);
            slot.ready = found != Found::Nothing;
            if let Some(turn) = to_turn(found, at) {
                self.read_from = wrap(at + 1, self.slots.len());
                return Some(turn);
            }
        }
        None
    }

    /// Pings quiet connections, suspects silent ones and ends those that were
    /// replaced.
    fn keep(&mut self) {
        self.since_keep = 0;
        let meter = self.clock.read().1;
        while let Ok(slot) = self.retiring.try_recv() {
            if let Some(open) = self.slots.get_mut(slot).and_then(|slot| slot.open.as_mut()) {
                open.retire(meter, &self.counters.hot);
            }
        }
        for slot in &mut self.slots {
            let Some(open) = slot.open.as_mut() else { continue };
            slot.ready |= open.keep(meter, &self.counters.hot);
        }
    }

    #[inline]
    fn turn(&mut self) -> Option<Turn> {
        self.since_keep += 1;
        if self.since_keep >= KEEP_EVERY {
            self.keep();
        }
        if self.since_read < BUFFERED_MAX
            && let Some(turn) = self.look_in_buffers()
        {
            self.since_read += 1;
            return Some(turn);
        }
        if let Some(up) = self.take_over() {
            return Some(up);
        }
        if self.rest.as_mut().is_some_and(RestEnd::take) {
            return Some(Turn::Rest);
        }
        self.read_sockets().or_else(|| self.look_in_buffers())
    }

    /// Takes a connection out and sends it where it may be freed.
    fn retire(&mut self, slot: usize, cause: Cause) {
        self.counters.hot.disconnects.add(1);
        if let Some(open) = self.slots[slot].open.take() {
            // Room is certain, see `start`; without a connector it is freed here.
            let _ = self.ended.try_send((slot, open, cause));
        }
    }

    #[inline]
    fn lend(&mut self, turn: Turn) -> WireEvent<'_> {
        match turn {
            Turn::Message(slot, place) => {
                let Slot { connection, open, .. } = &self.slots[slot];
                let Some(open) = open else { return WireEvent::Idle };
                let (received, meter) = open.stamp();
                let bytes = open.message(place);
                let count = &self.counters.hot;
                count.messages.add(1);
                count.bytes.add(bytes.len() as u64);
                WireEvent::Message { connection: *connection, received, meter, bytes }
            }
            Turn::Rest => {
                let (received, meter) = self.clock.read();
                let held = self.rest.as_ref().and_then(RestEnd::held);
                held.map_or(WireEvent::Idle, |answer| WireEvent::Rest {
                    token: answer.token,
                    received,
                    meter,
                    bytes: &answer.body,
                })
            }
            Turn::Up(slot) => {
                let connection = self.slots[slot].connection;
                WireEvent::Up { connection, received: self.clock.now() }
            }
            Turn::Down(slot, cause) => {
                self.retire(slot, cause);
                let connection = self.slots[slot].connection;
                WireEvent::Down { connection, received: self.clock.now() }
            }
            Turn::Oversized(slot) => {
                self.counters.hot.oversized.add(1);
                let connection = self.slots[slot].connection;
                WireEvent::Oversized { connection, received: self.clock.now() }
            }
        }
    }
}

impl Wire for SocketWire {
    fn poll(&mut self) -> WireEvent<'_> {
        if self.ends.stop.is_raised() {
            return WireEvent::Closed;
        }
        self.turn().map_or(WireEvent::Idle, |turn| self.lend(turn))
    }

    fn send(&mut self, connection: u16, bytes: &[u8]) -> SendOutcome {
        let slot = self.slot_of.get(usize::from(connection)).copied().unwrap_or(NO_SLOT);
        let open = self.slots.get_mut(usize::from(slot)).and_then(|slot| slot.open.as_mut());
        let Some(open) = open else { return SendOutcome::NotConnected };
        open.send(bytes, &self.counters.hot)
    }

    fn request(&mut self, token: u64) -> bool {
        self.rest.as_mut().is_some_and(|rest| rest.request(token))
    }
}

impl Drop for SocketWire {
    fn drop(&mut self) {
        self.ends.stop.raise();
        for open in self.slots.iter_mut().filter_map(|slot| slot.open.as_mut()) {
            open.say_close(&self.counters.hot);
        }
    }
}

/// Connection number to slot.
fn number_slots(numbers: &[u16]) -> Result<Vec<u16>, String> {
    let highest = numbers.iter().map(|number| usize::from(*number)).max();
    let mut slot_of = vec![NO_SLOT; highest.map_or(0, |highest| highest + 1)];
    for (slot, number) in numbers.iter().enumerate() {
        let place = &mut slot_of[usize::from(*number)];
        if *place != NO_SLOT {
            return Err(format!("connection {number} is planned twice"));
        }
        *place = u16::try_from(slot).unwrap_or(NO_SLOT);
    }
    Ok(slot_of)
}

impl Sweep {
    fn for_connections(connections: usize) -> Result<Self, String> {
        if connections <= DIRECT_MAX {
            return Ok(Self::Direct);
        }
        let poll = mio::Poll::new().map_err(|why| format!("polling sockets: {why}"))?;
        Ok(Self::Ready { poll, events: mio::Events::with_capacity(connections) })
    }

    fn registry(&self) -> Result<Option<mio::Registry>, String> {
        match self {
            Self::Direct => Ok(None),
            Self::Ready { poll, .. } => {
                poll.registry().try_clone().map(Some).map_err(|why| format!("registry: {why}"))
            }
        }
    }

    /// Marks the sockets that have bytes. Edges: a socket stays marked until a
    /// read finds nothing.
    #[inline]
    fn mark_ready(&mut self, slots: &mut [Slot], counters: &WireCounters) {
        let Self::Ready { poll, events } = self else { return };
        counters.hot.reads.add(1);
        if poll.poll(events, Some(Duration::ZERO)).is_err() {
            return; // A signal came between: asked again at the next poll.
        }
        for event in events.iter() {
            if let Some(slot) = slots.get_mut(event.token().0) {
                slot.ready = true;
            }
        }
    }
}

/// What a look at a connection means for the wire.
#[inline]
fn to_turn(found: Found, slot: usize) -> Option<Turn> {
    match found {
        Found::Message(place) => Some(Turn::Message(slot, place)),
        Found::Oversized => Some(Turn::Oversized(slot)),
        Found::Ended(cause) => Some(Turn::Down(slot, cause)),
        Found::Partial | Found::Nothing => None,
    }
}

/// `index` modulo `length`, for an index below twice the length.
#[inline]
const fn wrap(index: usize, length: usize) -> usize {
    if index >= length { index - length } else { index }
}
