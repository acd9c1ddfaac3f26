//! Where a run stands at the end of its record: `althing status`, `positions`.
//!
//! Reads a journal in one pass, of a run that is over or one that goes on. What is
//! not in the record is not guessed. Never here: a question to a running engine.

mod forms;
mod judged;

use super::orders::{OrderStories, OrderStory};
use crate::journal::{Ending, Journal, JournalError, Specs};
use crate::stats::{Stats, StatsSnapshot};
use account::{Gate, LineState};
use types::{
    BookChange, BookState, Class, Command, CommandOp, Decimal, InstrumentId, Kind, Money, Nanos,
    OrderState, Record, StateReason, Touch,
};

/// Where a run stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Whether the record was closed in order.
    pub ending: Ending,
    /// Time of the first event.
    pub first: Nanos,
    /// The counts, positions and money.
    pub stats: StatsSnapshot,
    /// What may be placed, and since when.
    pub breaker: Breaker,
    /// Every order, in the order in which they were wanted.
    pub orders: Vec<OrderStory>,
    /// Balances by asset, as last told.
    pub balances: Vec<(String, Money)>,
    /// The market, the order connection, the private stream.
    pub feeds: Vec<FeedStanding>,
    /// Every configured instrument's book.
    pub books: Vec<BookStanding>,
}

/// What may be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// The strictest switch.
    pub gate: Gate,
    /// The command that made it so; `None`: none has, it starts disarmed.
    pub cause: Option<CommandOp>,
    /// When; the first event's time where no command has.
    pub since: Nanos,
}

/// A source of inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedStanding {
    /// `market`, `orders` or `private`.
    pub name: &'static str,
    /// Whether it is up, as far as the record tells: a market is while a book lives.
    pub is_up: bool,
    /// Since when; `None` where it has never been said.
    pub since: Option<Nanos>,
    /// Its last input; `None` before the first.
    pub last: Option<Nanos>,
}

/// An instrument's book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookStanding {
    /// Our id of it.
    pub instrument: String,
    /// Whether it may be acted on.
    pub state: BookState,
    /// Why it changed last.
    pub reason: StateReason,
    /// When; `None`: it has not changed yet.
    pub since: Option<Nanos>,
    /// Best bid with its quantity, best ask with its; `None` before the first touch.
    pub touch: Option<[Decimal; 4]>,
}

impl Standing {
    /// Orders whose outcome nobody has said.
    pub fn unknown(&self) -> impl Iterator<Item = &OrderStory> {
        self.orders.iter().filter(|order| order.state() == OrderState::Unknown)
    }

    /// Orders that something can still happen to, those whose outcome nobody has said apart.
    pub fn working(&self) -> impl Iterator<Item = &OrderStory> {
        let works = |order: &&OrderStory| {
            !order.state().is_terminal() && order.state() != OrderState::Unknown
        };
        self.orders.iter().filter(works)
    }

    /// Orders by their last state, those states alone that have some.
    #[must_use]
    pub fn by_state(&self) -> Vec<(OrderState, usize)> {
        let count = |state| self.orders.iter().filter(|order| order.state() == state).count();
        let all = OrderState::ALL.iter().map(|&state| (state, count(state)));
        all.filter(|(_, count)| *count > 0).collect()
    }
}

/// Reads where the run of `journal` stands.
///
/// # Errors
/// The first damage found.
pub fn standing(journal: &Journal) -> Result<Standing, JournalError> {
    let mut fold = Fold::new(journal);
    let mut groups = journal.groups();
    while let Some(group) = groups.next_group()? {
        for record in group.records {
            fold.on_record(record);
        }
    }
    let ending = groups.ending().cloned();
    // `ending` tells it once the last group was handed out.
    Ok(fold.finish(ending.unwrap_or(Ending::Sealed)))
}

/// What was told of a book last: its change and when, its touch.
#[derive(Clone, Copy, Default)]
struct BookTold {
    change: Option<(BookChange, Nanos)>,
    touch: Option<Touch>,
}

struct Fold {
    stats: Stats,
    orders: OrderStories,
    specs: Specs,
    line: LineState,
    first: Option<Nanos>,
    breaker: Option<(CommandOp, Nanos)>,
    feeds: [FeedStanding; 3],
    books: Vec<BookTold>,
    ids: usize,
}

const MARKET: usize = 0;
const ORDERS: usize = 1;
const PRIVATE: usize = 2;

impl Fold {
    fn new(journal: &Journal) -> Self {
        let feed = |name| FeedStanding { name, is_up: false, since: None, last: None };
        let ids = journal.instruments.len();
        Self {
            stats: Stats::new(journal.instruments.clone()),
            orders: OrderStories::new(journal),
            specs: Specs::new(journal.instruments.clone()),
            line: LineState::default(),
            first: None,
            breaker: None,
            feeds: ["market", "orders", "private"].map(feed),
            books: vec![BookTold::default(); ids],
            ids,
        }
    }

    fn on_record(&mut self, record: &Record) {
        self.first = self.first.or(Some(record.ts));
        self.stats.on_record(record);
        self.orders.on_record(record);
        self.specs.on_record(record);
        match record.kind() {
            Some(Kind::Command) => self.on_command(&record.body(), record.ts),
            Some(Kind::Funding) => self.feeds[PRIVATE].last = Some(record.ts),
            Some(Kind::BookChange) => {
                let change: BookChange = record.body();
                self.book(record.instrument, |book| book.change = Some((change, record.ts)));
                self.on_market(record.ts);
            }
            Some(Kind::Touch) => {
                let touch: Touch = record.body();
                self.book(record.instrument, |book| book.touch = Some(touch));
            }
            Some(Kind::Report) => self.feeds[ORDERS].last = Some(record.ts),
            Some(kind) if kind.class() == Class::Market => {
                self.feeds[MARKET].last = Some(record.ts);
            }
            _ => {}
        }
    }

    fn on_command(&mut self, command: &Command, at: Nanos) {
        let before = self.line;
        self.line.on_command(command);
        if self.line.gate() != before.gate()
            && let Some(op) = command.op()
        {
            self.breaker = Some((op, at));
        }
        let links = [
            (ORDERS, before.order_link, self.line.order_link),
            (PRIVATE, before.private_link, self.line.private_link),
        ];
        for (feed, was, is) in links {
            if was != is {
                self.feeds[feed].is_up = is;
                self.feeds[feed].since = Some(at);
            }
        }
    }

    /// A book changed: the market is up while one lives.
    fn on_market(&mut self, at: Nanos) {
        let lives = |book: &BookTold| {
            book.change.is_some_and(|(change, _)| change.state() == BookState::Live)
        };
        let is_up = self.books.iter().any(lives);
        let market = &mut self.feeds[MARKET];
        market.last = Some(at);
        if market.is_up != is_up {
            (market.is_up, market.since) = (is_up, Some(at));
        }
    }

    fn book(&mut self, id: InstrumentId, change: impl FnOnce(&mut BookTold)) {
        if let Some(book) = self.books.get_mut(id.index()) {
            change(book);
        }
    }

    fn finish(self, ending: Ending) -> Standing {
        let first = self.first.unwrap_or_default();
        let (cause, since) = self.breaker.map_or((None, first), |(op, at)| (Some(op), at));
        let ids = 0..u16::try_from(self.ids).unwrap_or(u16::MAX);
        let books = ids.map(InstrumentId).zip(&self.books).map(|(id, book)| {
            let told = book.change.map(|(change, at)| (change.state(), change.reason(), at));
            BookStanding {
                instrument: self.specs.name(id).into_owned(),
                state: told.map_or(BookState::Syncing, |told| told.0),
                reason: told.map_or(StateReason::Start, |told| told.1),
                since: told.map(|told| told.2),
                touch: book.touch.map(|touch| {
                    [
                        self.specs.price(id, touch.bid),
                        self.specs.qty(id, touch.bid_qty),
                        self.specs.price(id, touch.ask),
                        self.specs.qty(id, touch.ask_qty),
                    ]
                }),
            }
        });
        let stats = self.stats.snapshot();
        Standing {
            books: books.collect(),
            ending,
            first,
            balances: stats.balances.clone(),
            stats,
            breaker: Breaker { gate: self.line.gate(), cause, since },
            orders: self.orders.stories,
            feeds: self.feeds.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests;
