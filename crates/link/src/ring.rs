//! A link of fixed-size items over one disruptor ring.
//!
//! The sender knows how much room there is before it publishes; the receiver
//! takes batches and may stop in the middle of one. Dropping the sender closes
//! the link; the receiver then drains what is left.

use crate::Gauge;
use disruptor::{
    BusySpin, EventPoller, Polling, Producer, SingleConsumerBarrier, SingleProducer,
    SingleProducerBarrier, build_single_producer,
};
use std::sync::Arc;

/// The link has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// Makes a link of `depth` items (a power of two, at least 2) named `name`.
///
/// # Panics
/// When the depth is not a power of two: the shape validates depths before.
#[must_use]
pub fn link<T: Copy + Send + Sync + 'static>(
    name: &'static str,
    depth: usize,
    empty: T,
) -> (Sender<T>, Receiver<T>) {
    assert!(depth.is_power_of_two() && depth >= 2, "Invariant: link depths are powers of two.");
    // The wait strategy belongs to disruptor's managed threads; pollers never use it.
    let builder = build_single_producer(depth, move || empty, BusySpin);
    let (poller, builder) = builder.new_event_poller();
    let gauge = Arc::new(Gauge::new(name, depth as u64));
    let sender =
        Sender { ring: builder.build(), gauge: Arc::clone(&gauge), sent: 0, taken_seen: 0 };
    (sender, Receiver { ring: poller, gauge, taken: 0 })
}

/// The writing end.
pub struct Sender<T: Copy> {
    ring: SingleProducer<T, SingleConsumerBarrier>,
    gauge: Arc<Gauge>,
    sent: u64,
    taken_seen: u64,
}

impl<T: Copy> Sender<T> {
    /// Items that can be sent without asking again. Conservative: the reader's
    /// progress is looked up only when the last known room is below `wanted`.
    #[inline]
    pub fn room(&mut self, wanted: usize) -> usize {
        let depth = self.gauge.depth();
        if depth - (self.sent - self.taken_seen) < wanted as u64 {
            self.taken_seen = self.gauge.taken();
        }
        usize::try_from(depth - (self.sent - self.taken_seen)).unwrap_or(usize::MAX)
    }

    /// Sends one item.
    ///
    /// # Errors
    /// [`Full`]; nothing was sent.
    #[inline]
    pub fn try_send(&mut self, item: T) -> Result<(), Full> {
        self.ring.try_publish(|slot| *slot = item).map_err(|_| Full)?;
        self.sent += 1;
        self.gauge.set_sent(self.sent);
        Ok(())
    }

    /// The link's counters.
    #[must_use]
    pub fn gauge(&self) -> Arc<Gauge> {
        Arc::clone(&self.gauge)
    }
}

impl<T: Copy> Drop for Sender<T> {
    fn drop(&mut self) {
        self.gauge.close();
    }
}

/// The reading end.
pub struct Receiver<T: Copy> {
    ring: EventPoller<T, SingleProducerBarrier>,
    gauge: Arc<Gauge>,
    taken: u64,
}

/// What a poll of a link found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// So many items were taken.
    Took(usize),
    /// Nothing there.
    Empty,
    /// Nothing there, and nothing will come: the sender is gone.
    Closed,
}

impl<T: Copy> Receiver<T> {
    /// Takes the oldest item, which the gauge shows as waiting until
    /// [`Receiver::settle`]: for a reader that sends on what comes of it later.
    #[inline]
    pub fn take(&mut self) -> Option<T> {
        let mut guard = self.ring.take(1).ok()?;
        let item = (&mut guard).next().copied();
        drop(guard);
        self.taken += u64::from(item.is_some());
        item
    }

    /// Everything that came of the items taken so far was sent on.
    #[inline]
    pub fn settle(&mut self) {
        self.gauge.set_taken(self.taken);
    }

    /// Hands at most `limit` items to `on`, in order, and then marks them taken.
    #[inline]
    pub fn poll(&mut self, limit: usize, mut on: impl FnMut(&T)) -> Batch {
        if limit == 0 {
            return Batch::Empty;
        }
        let took = match self.ring.take(limit as u64) {
            Ok(mut guard) => {
                let mut took = 0;
                for item in &mut guard {
                    on(item);
                    took += 1;
                }
                took
            }
            Err(Polling::NoEvents) => return Batch::Empty,
            Err(Polling::Shutdown) => return Batch::Closed,
        };
        // After the guard's drop: room that the gauge shows is really free.
        self.taken += took as u64;
        self.gauge.set_taken(self.taken);
        Batch::Took(took)
    }

    /// The link's counters.
    #[must_use]
    pub fn gauge(&self) -> Arc<Gauge> {
        Arc::clone(&self.gauge)
    }
}
