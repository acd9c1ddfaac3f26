//! What an intent asks for: a price on the tick grid and a quantity on the lot
//! grid.
//!
//! Read by the stage when it places. Never here: a rounding without a name.
//! Prices round away from the market (a buy down, a sell up), quantities down.

use crate::OrderSettings;
use types::{InstrumentSpec, Price, Qty, Side, TimeInForce, Touch};

/// The limit price: the touch on the order's own side, moved by `offset_ticks`
/// toward the other side (a negative offset rests behind the touch). A
/// post-only order stays one tick from the other side, where it would be
/// refused. `None` when there is no such price above zero.
pub(crate) fn price(
    side: Side,
    touch: &Touch,
    spec: &InstrumentSpec,
    settings: &OrderSettings,
) -> Option<Price> {
    let tick = spec.tick_size.0;
    let offset = settings.offset_ticks.checked_mul(tick)?;
    let post_only = settings.time_in_force == TimeInForce::Gtx;
    let price = match side {
        Side::Buy => {
            let wanted = touch.bid.0.checked_add(offset)?;
            let most = if post_only { touch.ask.0.checked_sub(tick)? } else { i64::MAX };
            grid_down(wanted.min(most), tick)?
        }
        Side::Sell => {
            let wanted = touch.ask.0.checked_sub(offset)?;
            let least = if post_only { touch.bid.0.checked_add(tick)? } else { i64::MIN };
            grid_up(wanted.max(least), tick)?
        }
    };
    (price > 0).then_some(Price(price))
}

/// The quantity: `wanted`, at most `room`, rounded down to the lot; `None` when
/// nothing is left of it.
pub(crate) fn qty(wanted: i64, room: i64, spec: &InstrumentSpec) -> Option<Qty> {
    let lots = grid_down(wanted.min(room), spec.lot_size.0)?;
    (lots > 0).then_some(Qty(lots))
}

fn grid_down(value: i64, step: i64) -> Option<i64> {
    value.checked_sub(value.checked_rem_euclid(step)?)
}

fn grid_up(value: i64, step: i64) -> Option<i64> {
    match value.checked_rem_euclid(step)? {
        0 => Some(value),
        rest => value.checked_add(step - rest),
    }
}
