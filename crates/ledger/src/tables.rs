//! One function for each table: a value of the record becomes a row.
//!
//! Called by the projection, inside its one transaction.

use crate::schema::{TABLES, TableSpec};
use cold::{
    InstrumentStats, Names, OrderFill, OrderStory, RunInfo, Specs, StateChange, StatsSnapshot,
};
use rusqlite::{Connection, Result, params};
use types::{
    Balance, ClientOrderId, Decimal, Funding, InstrumentId, InstrumentSpec, Kind, Money, Nanos,
    Record, Verdict, Vote,
};

/// What is known of the run when all of it has been read.
pub(crate) struct End<'e> {
    /// Time of the first event.
    pub(crate) first: Nanos,
    pub(crate) stats: &'e StatsSnapshot,
    pub(crate) is_sealed: bool,
    pub(crate) chain: Option<String>,
}

/// Writes rows.
pub(crate) struct Tables<'c> {
    pub(crate) to: &'c Connection,
    pub(crate) names: &'c Names,
}

impl Tables<'_> {
    pub(crate) fn run(&self, run: &RunInfo, end: &End<'_>) -> Result<()> {
        self.to
            .prepare_cached(&insert("runs"))?
            .execute(params![
                hex(&run.run_id),
                hex(&run.config_hash),
                hex(&run.layout_hash),
                run.config_text,
                end.first.0,
                end.stats.last_ts.0,
                integer(end.stats.last_sequence),
                integer(end.stats.events),
                integer(end.stats.records),
                integer(end.stats.orders),
                end.stats.order_digest,
                end.is_sealed,
                end.chain,
            ])
            .map(drop)
    }

    pub(crate) fn instrument(&self, name: &str, spec: &InstrumentSpec) -> Result<()> {
        self.to
            .prepare_cached(&insert("instruments"))?
            .execute(params![
                name,
                spec.symbol.as_str(),
                spec.version,
                spec.price_decimals,
                spec.qty_decimals,
                text(spec.price(spec.tick_size)),
                text(spec.qty(spec.lot_size)),
                text(spec.qty(spec.min_qty)),
                text(spec.qty(spec.max_qty)),
                spec.min_notional.to_string(),
                spec.maker_ppm,
                spec.taker_ppm,
            ])
            .map(drop)
    }

    /// Rows by table, in the order of the tables.
    pub(crate) fn count(&self) -> Result<Vec<(&'static str, u64)>> {
        let count = |table: &TableSpec| {
            let sql = format!("SELECT COUNT(*) FROM {}", table.name);
            let rows: i64 = self.to.query_row(&sql, [], |row| row.get(0))?;
            Ok((table.name, u64::try_from(rows).unwrap_or(0)))
        };
        TABLES.iter().map(count).collect()
    }

    /// The order, its states and its fills.
    pub(crate) fn order(&self, order: &OrderStory) -> Result<()> {
        self.to.prepare_cached(&insert("orders"))?.execute(params![
            order.id.to_string(),
            venue_id(order.venue_order_id),
            order.instrument,
            self.names.member(order.member.0),
            order.strategy,
            order.side.as_str(),
            order.order_type.as_str(),
            order.time_in_force.as_str(),
            order.price.map(text),
            order.price.map(|price| price.mantissa),
            text(order.qty),
            order.qty.mantissa,
            order.reduce_only,
            order.created.0,
            order.state().as_str(),
        ])?;
        for (number, change) in (1_i64..).zip(&order.states) {
            self.state(order.id, number, change)?;
        }
        for (number, fill) in (1_i64..).zip(&order.fills) {
            self.fill(order, number, fill)?;
        }
        Ok(())
    }

    fn state(&self, order: ClientOrderId, number: i64, change: &StateChange) -> Result<()> {
        self.to
            .prepare_cached(&insert("order_states"))?
            .execute(params![
                order.to_string(),
                number,
                change.state.as_str(),
                change.cause,
                change.ts.0,
                integer(change.sequence),
            ])
            .map(drop)
    }

    fn fill(&self, order: &OrderStory, number: i64, fill: &OrderFill) -> Result<()> {
        self.to
            .prepare_cached(&insert("fills"))?
            .execute(params![
                order.id.to_string(),
                number,
                order.instrument,
                order.side.as_str(),
                text(fill.price),
                fill.price.mantissa,
                text(fill.qty),
                fill.qty.mantissa,
                fill.fee.to_string(),
                fill.fee.0.to_string(),
                fill.fee_asset.as_str(),
                fill.liquidity.as_str(),
                venue_id(fill.trade_id),
                fill.ts.0,
                Some(fill.exch_ts.0).filter(|ts| *ts != 0),
                integer(fill.sequence),
            ])
            .map(drop)
    }

    pub(crate) fn position(&self, held: &InstrumentStats) -> Result<()> {
        let written = |money: Option<Money>| money.map(|money| money.to_string());
        let mantissa = |money: Option<Money>| money.map(|money| money.0.to_string());
        self.to
            .prepare_cached(&insert("positions"))?
            .execute(params![
                held.instrument,
                text(held.position),
                held.position.mantissa,
                written(held.average_entry),
                mantissa(held.average_entry),
                written(held.realised),
                mantissa(held.realised),
                written(held.unrealised),
                mantissa(held.unrealised),
                written(held.fees),
                mantissa(held.fees),
                integer(held.fills),
            ])
            .map(drop)
    }

    /// The last word on an asset counts.
    pub(crate) fn balance(&self, record: &Record) -> Result<()> {
        let body: Balance = record.body();
        let total: Money = body.total.into();
        self.to
            .prepare_cached("INSERT OR REPLACE INTO balances VALUES (?,?,?,?,?)")?
            .execute(params![
                asset(&body.asset),
                total.to_string(),
                total.0.to_string(),
                record.ts.0,
                integer(record.seq),
            ])
            .map(drop)
    }

    pub(crate) fn funding(&self, number: i64, record: &Record, specs: &Specs) -> Result<()> {
        let body: Funding = record.body();
        let amount: Money = body.amount.into();
        let of = record.instrument;
        self.to
            .prepare_cached(&insert("funding"))?
            .execute(params![
                integer(record.seq),
                number,
                record.ts.0,
                body.exch_ts.0,
                (of != InstrumentId::NONE).then(|| specs.name(of)),
                asset(&body.asset),
                amount.to_string(),
                amount.0.to_string(),
            ])
            .map(drop)
    }

    pub(crate) fn vote(&self, number: i64, record: &Record, specs: &Specs) -> Result<()> {
        let vote: Vote = record.body();
        self.to
            .prepare_cached(&insert("votes"))?
            .execute(params![
                integer(record.seq),
                number,
                record.ts.0,
                specs.name(record.instrument),
                self.names.member(vote.member),
                record.kind() == Some(Kind::ShadowVote),
                vote.direction,
                vote.confidence,
                self.names.reason(vote.member, vote.reason).0,
            ])
            .map(drop)
    }

    pub(crate) fn refusal(
        &self,
        number: i64,
        record: &Record,
        order: Option<ClientOrderId>,
        specs: &Specs,
    ) -> Result<()> {
        let verdict: Verdict = record.body();
        let judged = self.names.judged(&verdict, specs.get(record.instrument));
        self.to
            .prepare_cached(&insert("refusals"))?
            .execute(params![
                integer(record.seq),
                number,
                record.ts.0,
                specs.name(record.instrument),
                order.map(|order| order.to_string()),
                self.names.rule(verdict.rule),
                judged.seen,
                verdict.seen.get().to_string(),
                judged.limit,
                verdict.limit.get().to_string(),
                judged.unit,
            ])
            .map(drop)
    }
}

fn insert(table: &str) -> String {
    TableSpec::find(table).expect("Invariant: the table is in the list.").insert()
}

fn text(decimal: Decimal) -> String {
    decimal.to_string()
}

fn venue_id(id: u64) -> Option<String> {
    (id != 0).then(|| id.to_string())
}

/// Counts and sequence numbers: a journal of 2^63 records does not exist.
fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An asset's name without its padding.
fn asset(name: &[u8; 16]) -> std::borrow::Cow<'_, str> {
    let length = name.iter().position(|&b| b == 0).unwrap_or(name.len());
    String::from_utf8_lossy(&name[..length])
}
