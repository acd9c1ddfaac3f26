//! How the exchange inside this process fills orders: the configuration's keys as its settings.
//!
//! Used by whoever builds one, for a market of its own or beside a real one. Never here: which
//! market it is, its faults.

use crate::failure::Failure;
use config::{Latency, Queue, VenueModel};
use exchange::{ExchangeConfig, FundingTerms, QueueModel};

/// Sets queue, latencies, fees, funding and wallet. What the configuration leaves out stays as the
/// dialect has it.
///
/// # Errors
/// A file of latencies that cannot be read or understood.
pub fn apply(model: &VenueModel, exchange: &mut ExchangeConfig) -> Result<(), Failure> {
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
            let refuse = |why: &dyn std::fmt::Display| {
                Failure::config(format!("exchange.latency_file {}: {why}", path.display()))
            };
            let text = std::fs::read_to_string(path).map_err(|why| refuse(&why))?;
            exchange.latency = exchange::Latency::from_csv(&text).map_err(|why| refuse(&why))?;
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

fn nanos(us: u64) -> i64 {
    i64::try_from(us).unwrap_or(i64::MAX).saturating_mul(1000)
}

#[cfg(test)]
mod tests;
