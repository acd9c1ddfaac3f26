//! Whether a spot account can pay for what the limits let be sold.
//!
//! Asked by the worlds once the venue has said what the account holds. On spot a
//! position counts from the start of the run: what was held before is not in it, but
//! pays for sells. A venue refuses a sell that nothing pays for, and the council
//! would ask again after each cooldown; so a limit that allows one is found here,
//! before anything runs. Never here: the quote asset, which buys share.

use crate::failure::Failure;
use crate::startup::{self, Recovered};
use config::{Config, RuleState};
use types::{Decimal, InstrumentId, Money, ParamValue};

/// Refuses limits that let more be sold than the account holds; nothing to ask where
/// short selling is free.
///
/// # Errors
/// The first instrument, what it holds, and the key to write.
pub fn check(config: &Config, recovered: &Recovered) -> Result<(), Failure> {
    let dialect = startup::dialect(config)?;
    if !dialect.is_spot() {
        return Ok(());
    }
    let each = (0..).map(InstrumentId).zip(&config.instruments).zip(&recovered.bases);
    for ((id, instrument), base) in each {
        let held = held(recovered, base);
        let places = recovered.specs.get(id.index()).map_or(8, |spec| spec.qty_decimals);
        let symbol = instrument.symbol;
        let (rule, most) = match sellable(config, id) {
            Some((_, most)) if most <= held => continue,
            Some((rule, most)) => (rule, format!("{most} {base}")),
            None => ("max_position", format!("any amount of {base}")),
        };
        let least = Money(held.0 - held.0.rem_euclid(10_i128.pow(u32::from(18 - places.min(18)))));
        return Err(Failure::config(format!(
            "risk.{rule} lets {most} of {symbol} be sold beyond what is bought, and the account \
             holds {held} {base}: the venue refuses what nothing pays for; write \
             [risk.max_short.instruments.{symbol}] limit = \"{least}\" or less (and [risk.max_short] \
             limit = \"0\" for the others)"
        )));
    }
    Ok(())
}

fn held(recovered: &Recovered, base: &str) -> Money {
    let balances = &recovered.account.balances;
    let found = balances.iter().find(|balance| balance.asset == base);
    found.map_or(Money::ZERO, |balance| balance.available.unwrap_or(balance.wallet))
}

/// The most that may be sold beyond what is bought, and the rule that says so; `None`
/// where no rule does.
fn sellable(config: &Config, id: InstrumentId) -> Option<(&'static str, Money)> {
    let limits = ["max_short", "max_position"].map(|rule| Some((rule, limit(config, rule, id)?)));
    limits.into_iter().flatten().min_by_key(|(_, limit)| *limit)
}

/// A rule's `limit` for an instrument; `None` where the rule is off.
fn limit(config: &Config, rule: &str, id: InstrumentId) -> Option<Money> {
    let choice = config.risk.iter().find(|choice| choice.name == rule)?;
    let RuleState::On { limits, own } = &choice.state else { return None };
    let own = own.iter().find(|(of, _)| *of == id);
    let limits = own.map_or(limits, |(_, limits)| limits);
    let (_, value) = limits.iter().find(|(name, _)| name == "limit")?;
    match value {
        ParamValue::Decimal(Decimal { mantissa, places }) => {
            let missing = 18_u32.checked_sub(u32::from(*places))?;
            Some(Money(i128::from(*mantissa) * 10_i128.pow(missing)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
