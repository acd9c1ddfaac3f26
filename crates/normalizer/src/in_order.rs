//! A stream whose ids count one by one, put together from every connection that
//! carries it: trades and aggregates.
//!
//! Fed with decoded records, stages them in the order of their ids. A record
//! behind a hole waits as long as a connection that is up may still fill the
//! hole, and no longer than the wait that the configuration allows; then the
//! stream goes on, and what fills the hole later is told late. With one
//! connection nothing ever waits.

use crate::counters::add;
use crate::lanes::{Lane, Origin, PerLane};
use crate::sync::Context;
use crate::untold::Untold;
use types::{Flags, Record, Trade};

/// One stream of one instrument.
pub(crate) struct InOrder {
    untold: Untold,
    /// The highest id of each lane.
    passed: PerLane<u64>,
    /// Behind a hole; ascending ids, each stamped with its arrival.
    held: Vec<Record>,
}

/// Of a trade or an aggregate, whose ids stand in the same place.
fn id_of(record: &Record) -> u64 {
    record.body::<Trade>().trade_id
}

impl InOrder {
    /// A stream of which up to `most` records can wait.
    pub(crate) fn new(most: usize) -> Self {
        let held = Vec::with_capacity(most.max(1));
        Self { untold: Untold::default(), passed: PerLane::default(), held }
    }

    /// Takes a record, stamped with its arrival. False for a copy of one that
    /// was told or waits.
    pub(crate) fn on_record(
        &mut self,
        record: Record,
        origin: &Origin,
        cx: &mut Context<'_>,
    ) -> bool {
        let id = id_of(&record);
        if id == 0 {
            cx.out.push(record);
            return true;
        }
        let passed = self.passed.of(origin.lane);
        *passed = id.max(*passed);
        let at = self.held.partition_point(|held| id_of(held) < id);
        let waits = self.held.get(at).is_some_and(|held| id_of(held) == id);
        let is_news = !waits && self.untold.holds(id);
        if is_news && self.untold.next().is_some_and(|next| id > next) {
            self.hold(record, cx);
        } else if is_news {
            self.tell(record, cx);
        }
        self.review(cx);
        is_news
    }

    /// A connection opened or closed: what it had passed counts no more.
    pub(crate) fn on_lane(&mut self, lane: Lane, cx: &mut Context<'_>) {
        if self.passed.forget(lane) {
            self.review(cx);
        }
    }

    /// Tells what waits no longer. Also called as time passes.
    pub(crate) fn review(&mut self, cx: &mut Context<'_>) {
        let mut told = 0;
        while let Some(&record) = self.held.get(told) {
            let (id, missing) = (id_of(&record), self.untold.next());
            let awaits = missing.is_some_and(|missing| id > missing)
                && cx.is_patient(record.ts)
                && self.passed.may_bring(id - 1, cx.lanes);
            if awaits || !cx.out.fits(1) {
                break;
            }
            if told == 0 && missing == Some(id) {
                add(&cx.counters.holes_filled, 1);
            }
            self.tell(record, cx);
            told += 1;
        }
        if told > 0 {
            self.held.drain(..told);
            // Also outside a frame, when time alone has told them.
            cx.out.mark_end();
        }
    }

    fn hold(&mut self, record: Record, cx: &mut Context<'_>) {
        if self.held.len() == self.held.capacity() {
            let oldest = self.held.remove(0);
            self.tell(oldest, cx);
        }
        let id = id_of(&record);
        let at = self.held.partition_point(|held| id_of(held) < id);
        self.held.insert(at, record);
    }

    fn tell(&mut self, mut record: Record, cx: &mut Context<'_>) {
        if self.untold.tell(id_of(&record)) {
            record.ts = cx.now;
            record.flags &= !Flags::FRAME_END;
            cx.out.push(record);
        }
    }
}
