//! How the exchange inside this process fills orders: the configuration's keys as its settings.
//!
//! Used by whoever builds one, for a market of its own or beside a real one. Never here: which
//! market it is, its faults.

use crate::failure::Failure;
use config::{Latency, Queue, VenueModel};
use exchange::{ExchangeConfig, FundingTerms, QueueModel};
use std::path::Path;

/// The longest file of latencies: as many rows as nobody looks at twice, a few tens of bytes each.
const FILE_MAX: u64 = 16 << 20;

/// Sets queue, latencies, fees, funding and wallet. What the configuration leaves out stays as the
/// dialect has it. `longest_us`: no recorded way may take longer, in microseconds.
///
/// # Errors
/// A file of latencies that cannot be read or understood, or has a longer way.
pub fn apply(
    model: &VenueModel,
    longest_us: u64,
    exchange: &mut ExchangeConfig,
) -> Result<(), Failure> {
    exchange.queue = match model.queue {
        Queue::RiskAverse => QueueModel::RiskAverse,
        Queue::Probabilistic { power } => QueueModel::Probabilistic { power },
    };
    match &model.latency {
        Latency::Constant(None) => {}
        Latency::Constant(Some(us)) => {
            exchange.order_latency_ns = nanos(*us);
            exchange.reply_latency_ns = nanos(*us);
        }
        Latency::Uniform { min_us, max_us } => {
            let (low_ns, high_ns) = (nanos(*min_us), nanos(*max_us));
            exchange.latency = exchange::Latency::Uniform { low_ns, high_ns };
        }
        Latency::Recorded(path) => {
            exchange.latency = recorded(path, nanos(longest_us))?;
        }
    }
    let account = &mut exchange.account;
    account.maker_fee_ppm = model.maker_fee_ppm.unwrap_or(account.maker_fee_ppm);
    account.taker_fee_ppm = model.taker_fee_ppm.unwrap_or(account.taker_fee_ppm);
    if let Some(funding) = model.funding {
        let every_ms = i64::from(funding.interval_min) * 60_000;
        exchange.funding = Some(FundingTerms { rate_e8: funding.rate_e8, every_ms });
    }
    if let Some(wallet) = model.wallet {
        // Invariant: a decimal has at most as many places as money, 18.
        let missing = u32::from(18_u8.saturating_sub(wallet.places));
        let amount = i128::from(wallet.mantissa).saturating_mul(10_i128.pow(missing));
        exchange.account.wallet = amount;
        exchange.account.balances.insert("USDT".to_owned(), amount);
    }
    Ok(())
}

/// The latencies in a file, none longer than `longest` ns.
fn recorded(path: &Path, longest: i64) -> Result<exchange::Latency, Failure> {
    let refuse = |why: &dyn std::fmt::Display| {
        Failure::config(format!("exchange.latency_file {}: {why}", path.display()))
    };
    let about = std::fs::metadata(path).map_err(|why| refuse(&why))?;
    if !about.is_file() {
        return Err(refuse(&"it is no regular file; give one of lines there_ns,back_ns"));
    }
    if about.len() > FILE_MAX {
        let most = FILE_MAX >> 20;
        return Err(refuse(&format!("it is larger than {most} MiB; give fewer of its lines")));
    }
    let text = std::fs::read_to_string(path).map_err(|why| refuse(&why))?;
    let latency = exchange::Latency::from_csv(&text).map_err(|why| refuse(&why))?;
    if let exchange::Latency::Recorded(rows) = &latency
        && let Some((there, back)) = rows.iter().find(|row| row.0.max(row.1) > longest)
    {
        return Err(refuse(&format!(
            "a way of {} ns is too long for recv_window_ms, gateway.order_timeout_ms or the start; \
             the most that works is {longest}: leave longer ones out",
            there.max(back)
        )));
    }
    Ok(latency)
}

fn nanos(us: u64) -> i64 {
    i64::try_from(us).unwrap_or(i64::MAX).saturating_mul(1000)
}

#[cfg(test)]
mod tests;
