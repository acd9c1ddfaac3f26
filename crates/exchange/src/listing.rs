//! What a venue's exchangeInfo says of its instruments, as the rules that orders are held to.
//!
//! Read by whoever builds an exchange beside a real one, and by recorded sessions. It judges
//! nothing: a symbol that the venue has halted is read like any other.

use serde_json::Value;

use crate::config::{Dialect, ExchangeError, Instrument};
use crate::number::{MONEY_DECIMALS, parse_told, pow10, room_of};

/// No order is larger than this many whole units, so that a notional stays far inside an `i128`.
const QTY_LARGEST: i64 = 1_000_000_000_000;

/// The instruments of an exchangeInfo answer for the wanted symbols, in their order, with the
/// venue's own steps, ranges and filters.
///
/// # Errors
/// A sentence: the answer is none, or lacks a symbol, or a symbol's steps cannot be kept exactly.
pub fn listed(
    info: &[u8],
    dialect: Dialect,
    wanted: &[&str],
) -> Result<Vec<Instrument>, ExchangeError> {
    let refuse = |why: String| ExchangeError::Config(why);
    let info: Value = serde_json::from_slice(info)
        .map_err(|why| refuse(format!("the exchangeInfo answer is no JSON: {why}; ask again")))?;
    let symbols = info["symbols"].as_array().ok_or_else(|| {
        let start: String = info.to_string().chars().take(120).collect();
        refuse(format!("the exchangeInfo answer lists no symbols but says {start}; ask again"))
    })?;
    let find = |name: &&str| -> Result<Instrument, ExchangeError> {
        let row = symbols.iter().find(|row| row["symbol"] == **name).ok_or_else(|| {
            refuse(format!("the venue lists no {name}; give symbols that it has, in upper case"))
        })?;
        let rules = stated(row).ok_or_else(|| {
            refuse(format!(
                "{name}: the tickSize and stepSize of the venue's filters cannot be kept exactly; \
                    leave the instrument out"
            ))
        })?;
        Ok(Instrument { market: dialect, ..rules })
    };
    wanted.iter().map(find).collect()
}

/// The rules of one symbol of an exchangeInfo; none when they cannot be kept exactly.
pub(crate) fn stated(symbol: &Value) -> Option<Instrument> {
    let filters = Filters(symbol["filters"].as_array()?);
    let tick = filters.text(&["PRICE_FILTER"], "tickSize")?;
    let lot = filters.text(&["LOT_SIZE"], "stepSize")?;
    // As finely as the venue writes, or as the steps need where that is too fine for money.
    let (price, qty) = (room_of(tick).ok()?, room_of(lot).ok()?);
    let places = if price.written + qty.written <= 18 {
        (price.written, qty.written)
    } else {
        (price.needed, qty.needed)
    };
    let name = symbol["symbol"].as_str()?;
    let mut rules = Instrument::new(name, places, (tick, lot), tick).ok()?;
    filters.apply(&mut rules);
    Some(rules)
}

/// The `filters` of a symbol. What is missing or out of range leaves the usual rule.
struct Filters<'a>(&'a [Value]);

impl<'a> Filters<'a> {
    fn value(&self, kinds: &[&str], key: &str) -> Option<&'a Value> {
        let of_kind = |row: &&Value| kinds.iter().any(|kind| row["filterType"] == *kind);
        self.0.iter().filter(of_kind).find_map(|row| row.get(key))
    }

    fn text(&self, kinds: &[&str], key: &str) -> Option<&'a str> {
        self.value(kinds, key)?.as_str()
    }

    /// A number above zero; the venue writes zero where a filter is off.
    fn number(&self, kind: &str, key: &str, decimals: u32) -> Option<i64> {
        parse_told(self.text(&[kind], key)?, decimals).ok().filter(|number| *number > 0)
    }

    fn apply(&self, rules: &mut Instrument) {
        let (price, qty) = (rules.price_decimals, rules.qty_decimals);
        let largest = QTY_LARGEST.saturating_mul(pow10(qty));
        let set = |rule: &mut i64, told: Option<i64>, most: i64| {
            *rule = told.unwrap_or(*rule).min(most);
        };
        let price_most = rules.price_max;
        set(&mut rules.price_min, self.number("PRICE_FILTER", "minPrice", price), price_most);
        set(&mut rules.price_max, self.number("PRICE_FILTER", "maxPrice", price), price_most);
        set(&mut rules.qty_min, self.number("LOT_SIZE", "minQty", qty), largest);
        set(&mut rules.qty_max, self.number("LOT_SIZE", "maxQty", qty), largest);
        let market_most = self.number("MARKET_LOT_SIZE", "maxQty", qty);
        set(&mut rules.market_qty_max, market_most.or(Some(rules.qty_max)), rules.qty_max);
        let count = ["limit", "maxNumOrders"].map(|key| self.value(&["MAX_NUM_ORDERS"], key));
        let count = count.into_iter().flatten().find_map(Value::as_u64);
        if let Some(count) = count.and_then(|count| usize::try_from(count).ok()) {
            rules.open_orders_max = count;
        }
        let least = ["notional", "minNotional"]
            .map(|key| self.text(&["MIN_NOTIONAL", "NOTIONAL"], key))
            .into_iter()
            .flatten()
            .find_map(|text| parse_told(text, 8).ok());
        if let Some(least) = least.filter(|least| *least >= 0) {
            rules.notional_min = i128::from(least) * i128::from(pow10(MONEY_DECIMALS - 8));
        }
        if let Some(band) = self.band_ppm() {
            rules.price_band_ppm = band;
        }
    }

    /// How far a limit price may stray: the narrowest of what the filter allows either way.
    fn band_ppm(&self) -> Option<i64> {
        let kinds = ["PERCENT_PRICE", "PERCENT_PRICE_BY_SIDE"];
        let keys = [
            "multiplierUp",
            "multiplierDown",
            "bidMultiplierUp",
            "bidMultiplierDown",
            "askMultiplierUp",
            "askMultiplierDown",
        ];
        let told = keys.into_iter().filter_map(|key| self.text(&kinds, key));
        let strays =
            told.filter_map(|text| parse_told(text, 6).ok()).map(|ppm| (ppm - 1_000_000).abs());
        strays.min().filter(|ppm| *ppm > 0)
    }
}

#[cfg(test)]
mod tests {
    //! Rows as the venue's documentation shows them.

    use super::*;
    use crate::number::MONEY_ONE;

    const FUTURES: &str = r#"{"symbols":[{"symbol":"BLZUSDT","status":"TRADING","filters":[
        {"filterType":"PRICE_FILTER","maxPrice":"300","minPrice":"0.0001","tickSize":"0.0001"},
        {"filterType":"LOT_SIZE","maxQty":"10000000","minQty":"2","stepSize":"1"},
        {"filterType":"MARKET_LOT_SIZE","maxQty":"590119","minQty":"1","stepSize":"1"},
        {"filterType":"MAX_NUM_ORDERS","limit":150},
        {"filterType":"MIN_NOTIONAL","notional":"5.0"},
        {"filterType":"PERCENT_PRICE","multiplierUp":"1.1500","multiplierDown":"0.8500",
         "multiplierDecimal":"4"}]}]}"#;

    const SPOT: &str = r#"{"symbols":[{"symbol":"ETHBTC","filters":[
        {"filterType":"PRICE_FILTER","minPrice":"0.00001000","maxPrice":"922327.00000000",
         "tickSize":"0.00001000"},
        {"filterType":"LOT_SIZE","minQty":"0.00010000","maxQty":"100000.00000000",
         "stepSize":"0.00010000"},
        {"filterType":"MARKET_LOT_SIZE","minQty":"0.00000000","maxQty":"0.00000000",
         "stepSize":"0.00000000"},
        {"filterType":"MAX_NUM_ORDERS","maxNumOrders":25},
        {"filterType":"PERCENT_PRICE_BY_SIDE","bidMultiplierUp":"1.2","bidMultiplierDown":"0.2",
         "askMultiplierUp":"5","askMultiplierDown":"0.8","avgPriceMins":1},
        {"filterType":"NOTIONAL","minNotional":"0.00010000","maxNotional":"9000000.00000000"}]}]}"#;

    #[test]
    fn futures_rules_are_the_venues_own() {
        let rules = listed(FUTURES.as_bytes(), Dialect::BinanceUsdm, &["BLZUSDT"]).unwrap();
        let rules = &rules[0];
        assert_eq!((rules.price_decimals, rules.qty_decimals), (4, 0));
        assert_eq!((rules.tick_size, rules.lot_size), (1, 1));
        assert_eq!((rules.price_min, rules.price_max), (1, 3_000_000));
        assert_eq!((rules.qty_min, rules.qty_max, rules.market_qty_max), (2, 10_000_000, 590_119));
        assert_eq!((rules.open_orders_max, rules.price_band_ppm), (150, 150_000));
        assert_eq!((rules.notional_min, rules.inferred), (5 * MONEY_ONE, false));
    }

    #[test]
    fn spot_rules_are_the_venues_own() {
        let rules = listed(SPOT.as_bytes(), Dialect::BinanceSpot, &["ETHBTC"]).unwrap();
        let rules = &rules[0];
        assert_eq!((rules.price_decimals, rules.tick_size, rules.lot_size), (8, 1_000, 10_000));
        assert_eq!((rules.qty_max, rules.market_qty_max), (10_i64.pow(13), 10_i64.pow(13)));
        assert_eq!((rules.open_orders_max, rules.price_band_ppm), (25, 200_000));
        assert_eq!((rules.notional_min, rules.market), (MONEY_ONE / 10_000, Dialect::BinanceSpot));
    }

    #[test]
    fn what_the_answer_lacks_is_said() {
        let refusal = |info: &str, wanted: &[&str]| {
            listed(info.as_bytes(), Dialect::BinanceUsdm, wanted).err().unwrap().to_string()
        };
        assert!(refusal(FUTURES, &["BLZUSDT", "NOPE"]).contains("lists no NOPE"));
        assert!(refusal("<html>", &["A"]).contains("no JSON"));
        assert!(refusal(r#"{"code":-1003,"msg":"Too many"}"#, &["A"]).contains("-1003"));
        let bare = r#"{"symbols":[{"symbol":"A","filters":[]}]}"#;
        assert!(refusal(bare, &["A"]).contains("A: the tickSize"));
    }
}
