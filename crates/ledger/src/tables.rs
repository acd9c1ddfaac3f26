//! One function for each table: a value of the record becomes a row.
//!
//! Called by the projection, inside its one transaction.

use cold::{InstrumentStats, Names, OrderFill, OrderStory, RunInfo, Specs, StateChange, Verified};
use rusqlite::{Connection, Result, params};
use types::{Balance, ClientOrderId, Decimal, Kind, Money, Record, Verdict, Vote};

/// Writes rows.
pub(crate) struct Tables<'c> {
    pub(crate) to: &'c Connection,
    pub(crate) names: &'c Names,
}

impl Tables<'_> {
    pub(crate) fn run(&self, run: &RunInfo, found: &Verified, sealed: bool) -> Result<()> {
        self.to
            .prepare_cached("INSERT INTO runs VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)")?
            .execute(params![
                hex(&run.run_id),
                hex(&run.config_hash),
                hex(&run.layout_hash),
                run.config_text,
                found.span.0.0,
                found.span.1.0,
                integer(found.last_sequence),
                integer(found.groups),
                integer(found.records),
                integer(found.orders),
                found.order_digest,
                sealed,
            ])
            .map(drop)
    }

    /// The order, its states and its fills.
    pub(crate) fn order(&self, order: &OrderStory) -> Result<()> {
        self.to
            .prepare_cached(
                "INSERT INTO orders VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)",
            )?
            .execute(params![
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
            .prepare_cached("INSERT INTO order_states VALUES (?1,?2,?3,?4,?5,?6)")?
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
            .prepare_cached(
                "INSERT INTO fills VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)",
            )?
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
            .prepare_cached(
                "INSERT INTO positions VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)",
            )?
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
        let length = body.asset.iter().position(|&b| b == 0).unwrap_or(body.asset.len());
        let total: Money = body.total.into();
        self.to
            .prepare_cached("INSERT OR REPLACE INTO balances VALUES (?1,?2,?3,?4,?5)")?
            .execute(params![
                String::from_utf8_lossy(&body.asset[..length]),
                total.to_string(),
                total.0.to_string(),
                record.ts.0,
                integer(record.seq),
            ])
            .map(drop)
    }

    pub(crate) fn vote(&self, number: i64, record: &Record, specs: &Specs) -> Result<()> {
        let vote: Vote = record.body();
        self.to
            .prepare_cached("INSERT INTO votes VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)")?
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
            .prepare_cached("INSERT INTO refusals VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)")?
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
