//! The synthetic market of one instrument: a seeded order flow on a price-time-priority book.
//!
//! Zero-intelligence limit, cancel and market orders around a slowly moving latent price, in
//! bursts.
//! It emits frames for what changed and fills for own orders that were hit; it knows no accounts.

use crate::book::{Book, Owner};
use crate::config::Instrument;
use crate::derived::{Derived, Sweep};
use crate::frames::{self, DepthIds, StreamKind, Touch};
use crate::funding::Mark;
use crate::matching::{Fill, Matching, Taken};
use crate::order::Side;
use crate::rng::Rng;

/// Levels a side at the start; the flow keeps at least `LEVELS_MIN`.
const LEVELS_START: i64 = 400;
const LEVELS_MIN: usize = 220;
/// Orders of the flow at rest: about three per starting level.
const ORDERS_AIM: u64 = 2_400;
/// Market time between two looks at whether the message rate is met.
const STEER_NS: i64 = 100_000_000;
/// Depth updates are batched at least this long, as on the 0 ms stream under load.
const DEPTH_NS_MIN: i64 = 5_000_000;
/// No burst exceeds this many actions a second: above it a loopback socket, not the market, is
/// tested.
const ACTIONS_PER_S_MAX: i64 = 120_000;

/// What one step of a market gave.
#[derive(Debug, Default)]
pub(crate) struct Step {
    /// Which instrument stepped.
    pub(crate) instrument: usize,
    /// A played book has just got its snapshot.
    pub(crate) ready: bool,
    /// Frames in order.
    pub(crate) frames: Vec<(StreamKind, String)>,
    /// Own resting orders that were hit, in order.
    pub(crate) fills: Vec<Fill>,
    /// What a recording tells of funding.
    pub(crate) mark: Option<Mark>,
}

/// The flow, its book, and what has been told about it.
#[derive(Debug)]
pub(crate) struct Flow {
    pub(crate) instrument: Instrument,
    pub(crate) book: Book,
    rng: Rng,
    /// Latent price in 1/1000 of a tick.
    latent: i64,
    /// Drift of the latent price per action, and the actions that it still holds.
    drift: (i64, u64),
    resting: Vec<u64>,
    next_owner: u64,
    next_action: i64,
    next_depth: i64,
    next_steer: i64,
    depth_every: i64,
    /// Mean gap between actions outside bursts, ns.
    action_gap: i64,
    /// How many more actions come how many times faster.
    burst: (u64, i64),
    rate: i64,
    started: i64,
    actions: i64,
    messages: i64,
    /// Id of the last change of the book, and of the last one told.
    pub(crate) update: i64,
    told: i64,
    pending: Vec<(Side, i64)>,
    touch: Touch,
    pub(crate) trade_id: i64,
    /// Streams that are made from the trades, once somebody wants them.
    pub(crate) derived: Derived,
}

impl Flow {
    /// A populated book at `instrument.price_start`; `rate` is this instrument's messages per
    /// second.
    pub(crate) fn new(instrument: Instrument, seed: u64, lane: u64, rate: u32) -> Flow {
        let rate = i64::from(rate.max(1));
        let latent = instrument.price_start / instrument.tick_size * 1_000;
        let mut flow = Flow {
            rng: Rng::new(seed, lane + 1),
            latent,
            drift: (0, 0),
            resting: Vec::new(),
            next_owner: 0,
            next_action: 0,
            next_depth: 0,
            next_steer: 0,
            // Depth takes about a third of the messages, and never comes faster than the minimum.
            depth_every: (3_000_000_000 / rate).clamp(DEPTH_NS_MIN, 1_000_000_000),
            action_gap: 1_000_000_000 / rate,
            burst: (0, 1),
            rate,
            started: 0,
            actions: 0,
            messages: 0,
            update: 1_000_000 * (lane as i64 + 1),
            told: 1_000_000 * (lane as i64 + 1),
            pending: Vec::new(),
            touch: [None, None],
            trade_id: 100_000_000,
            book: Book::default(),
            derived: Derived::default(),
            instrument,
        };
        flow.populate();
        flow
    }

    fn populate(&mut self) {
        for level in 1..=LEVELS_START {
            for side in [Side::Buy, Side::Sell] {
                let orders = 1 + level.min(40) / 16;
                for _ in 0..orders {
                    let tick =
                        self.latent / 1_000 - side.sign() * level + i64::from(side == Side::Buy);
                    let qty = self.size(level);
                    self.insert(side, tick * self.instrument.tick_size, qty);
                }
            }
        }
        self.book.drain_changes().for_each(drop);
        self.touch = self.touch_now();
    }

    fn touch_now(&self) -> Touch {
        [self.book.top(Side::Buy), self.book.top(Side::Sell)]
    }

    /// Starts the clocks at `now`.
    pub(crate) fn start(&mut self, now: i64) {
        self.started = now;
        self.next_action = now + 1;
        self.next_depth = now + self.depth_every;
        self.next_steer = now + STEER_NS;
        self.burst = (0, 1);
    }

    /// Everything still to come happens `span` ns later.
    pub(crate) fn shift(&mut self, span: i64) {
        for at in
            [&mut self.started, &mut self.next_action, &mut self.next_depth, &mut self.next_steer]
        {
            *at = at.saturating_add(span);
        }
    }

    /// When the next step is due.
    pub(crate) fn next_due(&self) -> i64 {
        self.next_action.min(self.next_depth)
    }

    /// Does what is due at `next_due()`.
    pub(crate) fn step(&mut self, out: &mut Step) {
        if self.next_depth <= self.next_action {
            let at = self.next_depth;
            self.next_depth += self.depth_every;
            self.tell_depth(at, out);
            return;
        }
        let at = self.next_action;
        self.act(at, out);
        self.tell_touch(at, out);
        self.schedule(at);
    }

    fn schedule(&mut self, at: i64) {
        self.actions += 1;
        if at >= self.next_steer {
            self.next_steer = at + STEER_NS;
            self.steer(at);
        }
        if self.burst.0 > 0 {
            self.burst.0 -= 1;
        } else if self.rng.chance_ppm(300) {
            // About a third of all actions fall into bursts of 10 to 50 times the usual pace.
            self.burst = (200 + self.rng.below(2_600), self.rng.between(10, 50));
        } else {
            self.burst.1 = 1;
        }
        let gap = (self.action_gap / self.burst.1).max(1_000_000_000 / ACTIONS_PER_S_MAX);
        self.next_action = at + 1 + self.rng.exponential(gap);
    }

    /// Sets the pace so that the promised message rate is met on average.
    fn steer(&mut self, at: i64) {
        let elapsed = at - self.started;
        let aim = i128::from(self.rate) * i128::from(elapsed) / 1_000_000_000;
        let behind = (aim as i64 - self.messages).clamp(-self.rate, self.rate * 2);
        // What is missing is made up over two seconds.
        let wanted = (self.rate + behind / 2).max(1);
        // Depth frames come by themselves; the rest must come from actions.
        let depth = 1_000_000_000 / self.depth_every;
        let per_action = (self.messages - depth * elapsed / 1_000_000_000).max(1);
        let wanted = (wanted - depth).max(self.rate / 20 + 1);
        let gap = 1_000_000_000 * i128::from(per_action)
            / (i128::from(wanted) * i128::from(self.actions.max(1)));
        // Bursts take next to no time and bring a third of the actions: the rest comes that much
        // slower.
        self.action_gap = (gap as i64 * 29 / 20).clamp(1_000, 1_000_000_000);
    }

    fn act(&mut self, at: i64, out: &mut Step) {
        self.wander();
        let gap = self.latent / 1_000 - self.mid_tick();
        if gap.abs() > 2 && self.rng.below(4) == 0 {
            return self.informed(at, gap, out);
        }
        let spread = self.book.top(Side::Sell).zip(self.book.top(Side::Buy));
        let is_open = spread.is_some_and(|(ask, bid)| ask.0 - bid.0 > self.instrument.tick_size);
        if is_open && self.rng.below(4) != 0 {
            // An open spread is the best place in the queue: it is taken before anything else
            // happens.
            return self.limit();
        }
        let crowd = self.resting.len() as u64;
        let cancel = 450_000 * crowd / ORDERS_AIM;
        let draw = self.rng.below(1_000_000);
        if draw < 70_000 {
            let side = self.side();
            let qty = self.size(1) * self.rng.heavy(5);
            let limit = self.collar(side);
            self.market(at, side, (limit, qty), out);
        } else if draw < 70_000 + cancel.min(900_000) && crowd > 0 {
            self.cancel_one();
        } else {
            self.limit();
        }
    }

    /// The latent price walks, with short trends and a pull back to where it started.
    fn wander(&mut self) {
        if self.drift.1 == 0 {
            let strength = self.instrument.volatility_milliticks / 12 + 1;
            self.drift = (self.rng.between(-strength, strength), 200 + self.rng.below(3_000));
        }
        self.drift.1 -= 1;
        let swing = self.instrument.volatility_milliticks;
        let home = self.instrument.price_start / self.instrument.tick_size * 1_000;
        let pull = (home - self.latent) / 400_000;
        self.latent += self.rng.between(-swing, swing) + self.drift.0 + pull;
    }

    fn mid_tick(&self) -> i64 {
        let doubled = self.book.mid_doubled().unwrap_or(2 * self.instrument.price_start);
        doubled / (2 * self.instrument.tick_size)
    }

    fn side(&mut self) -> Side {
        if self.rng.below(2) == 0 { Side::Buy } else { Side::Sell }
    }

    /// Size in lots, larger away from the touch, heavy-tailed.
    fn size(&mut self, distance: i64) -> i64 {
        let depth = 1 + distance.min(200) / 6;
        self.rng.heavy(8) * depth * self.instrument.flow_lot
    }

    /// The flow never pays more than 40 ticks through the touch.
    fn collar(&self, side: Side) -> i64 {
        let touch = self.book.top(side.opposite()).map_or(self.instrument.price_start, |top| top.0);
        touch + side.sign() * 40 * self.instrument.tick_size
    }

    /// Someone knows the latent price and takes everything that is wrongly priced: a sweep.
    fn informed(&mut self, at: i64, gap: i64, out: &mut Step) {
        let side = if gap > 0 { Side::Buy } else { Side::Sell };
        let limit = self.latent / 1_000 * self.instrument.tick_size;
        let qty = self.size(20) * self.rng.heavy(6);
        self.market(at, side, (limit, qty), out);
    }

    fn market(&mut self, at: i64, side: Side, (limit, qty): (i64, i64), out: &mut Step) {
        let mut taken = Vec::new();
        self.book.take(side, Some(limit), qty, &mut taken);
        self.tell_trades(at, side, &taken, out);
    }

    /// Frames for a sweep, and fills for the own orders in it. Flow orders that stood there are
    /// gone.
    pub(crate) fn tell_trades(
        &mut self,
        at: i64,
        aggressor: Side,
        taken: &[Taken],
        out: &mut Step,
    ) {
        for part in taken {
            self.trade_id += 1;
            let id = self.trade_id;
            let row = (id, part.price, part.qty);
            let text = frames::trade(&self.instrument, at / 1_000_000, row, aggressor);
            self.messages += 1;
            out.frames.push((StreamKind::Trade, text));
            if let Some(order) = part.maker {
                out.fills.push(Fill { order, price: part.price, qty: part.qty, maker: true });
            }
        }
        let sweep = Sweep { ms: at / 1_000_000, last_id: self.trade_id, aggressor, taken };
        self.derived.on_sweep(&self.instrument, &sweep, &mut out.frames);
    }

    fn limit(&mut self) {
        let mut side = self.side();
        for thin in [Side::Buy, Side::Sell] {
            if self.book.level_count(thin) < LEVELS_MIN {
                side = thin;
            }
        }
        let tick = self.limit_tick(side);
        let distance = (self.latent / 1_000 - tick).abs();
        let qty = self.size(distance);
        let price = tick * self.instrument.tick_size;
        if price > 0 {
            self.insert(side, price, qty);
        }
    }

    /// Where a limit order goes: mostly at the touch or one better, else log-uniformly behind it;
    /// never
    /// across the opposite touch.
    fn limit_tick(&mut self, side: Side) -> i64 {
        let tick = self.instrument.tick_size;
        let fair = self.latent / 1_000;
        let own = self.book.top(side).map_or(fair - side.sign() * 2, |top| top.0 / tick);
        let other =
            self.book.top(side.opposite()).map_or(fair + side.sign() * 2, |top| top.0 / tick);
        if self.book.level_count(side) < LEVELS_MIN {
            let far = self.book.farthest(side).map_or(own, |price| price / tick);
            return far - side.sign() * self.rng.between(1, 3);
        }
        let wanted = match self.rng.below(100) {
            // While the spread is open, someone quotes the fair price.
            0..80 if (other - own).abs() > 1 => fair + i64::from(side == Side::Sell),
            0..55 => own,
            _ => own - side.sign() * (self.rng.heavy(8) - 1),
        };
        let bound = other - side.sign();
        if side == Side::Buy { wanted.min(bound) } else { wanted.max(bound) }
    }

    fn insert(&mut self, side: Side, price: i64, qty: i64) {
        self.next_owner += 1;
        self.resting.push(self.next_owner);
        self.book.insert(Owner::Flow(self.next_owner), side, price, qty);
    }

    fn cancel_one(&mut self) {
        // Orders that were filled are still listed; a few draws find a living one.
        for _ in 0..8 {
            if self.resting.is_empty() {
                return;
            }
            let place = self.rng.below(self.resting.len() as u64) as usize;
            let owner = self.resting.swap_remove(place);
            if self.book.cancel(Owner::Flow(owner)).is_some() {
                return;
            }
        }
    }

    /// Notes what changed, and tells the touch when it is another one.
    pub(crate) fn tell_touch(&mut self, at: i64, out: &mut Step) {
        let before = self.pending.len();
        self.pending.extend(self.book.drain_changes());
        self.update += (self.pending.len() - before) as i64;
        let touch = self.touch_now();
        if touch != self.touch {
            self.touch = touch;
            let text = frames::book_ticker(&self.instrument, at / 1_000_000, self.update, &touch);
            self.messages += 1;
            out.frames.push((StreamKind::BookTicker, text));
        }
    }

    fn tell_depth(&mut self, at: i64, out: &mut Step) {
        if self.pending.is_empty() {
            return;
        }
        let ids = DepthIds { first: self.told + 1, last: self.update, previous: self.told };
        self.told = self.update;
        self.pending.sort_unstable();
        self.pending.dedup();
        let levels: Vec<(Side, i64, i64)> = self
            .pending
            .drain(..)
            .map(|(side, price)| (side, price, self.book.qty_at(side, price)))
            .collect();
        let text = frames::depth(&self.instrument, at / 1_000_000, ids, &levels);
        self.messages += 1;
        out.frames.push((StreamKind::Depth, text));
    }
}
