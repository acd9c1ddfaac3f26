//! Every indicator: one file and one line here.
//!
//! The line declares the module and gives the indicator a variant with static
//! dispatch, an entry in [`ALL`], and a name that the configuration may use.

use crate::input::{Indicator, Input, Overflow, Wants};
use crate::lines::{LINES_MAX, LineSpec, Lines};
use types::{ParamError, ParamSpec, ParamValue, Params, Value};

pub(crate) use adx::DOUBLE_PLACES;

/// What the registry knows of one indicator.
#[derive(Clone, Copy, Debug)]
pub struct Descriptor {
    /// Its name in the configuration.
    pub name: &'static str,
    /// What it measures.
    pub doc: &'static str,
    /// The parameters that it takes.
    pub params: &'static [ParamSpec],
    /// What it says.
    pub lines: &'static [LineSpec],
    /// The inputs that it understands.
    pub wants: Wants,
    /// Inputs that give a line no value yet, for given parameters.
    pub warm_up: fn(&Params, usize) -> u32,
}

impl Descriptor {
    const fn of<I: Indicator>() -> Self {
        const { assert!(!I::LINES.is_empty() && I::LINES.len() <= LINES_MAX) };
        Self {
            name: I::NAME,
            doc: I::DOC,
            params: I::PARAMS,
            lines: I::LINES,
            wants: I::WANTS,
            warm_up: I::warm_up,
        }
    }
}

macro_rules! indicators {
    ($($file:literal $module:ident::$kind:ident;)*) => {
        $(
            #[path = $file]
            mod $module;
            pub use $module::$kind;
        )*

        /// Every indicator, in alphabetical order.
        pub const ALL: &[Descriptor] = &[$(Descriptor::of::<$kind>(),)*];

        /// One indicator of any kind, dispatched statically.
        #[derive(Clone, Debug)]
        #[allow(missing_docs, reason = "each variant is the type of its name")]
        pub enum AnyIndicator { $($kind($kind),)* }

        impl AnyIndicator {
            /// A fresh indicator of the registered `name`, with its parameters
            /// checked and completed.
            ///
            /// # Errors
            /// A name that is not registered; parameters that do not fit.
            pub fn new(name: &str, given: &[(String, ParamValue)]) -> Result<Self, ParamError> {
                $(if name == $kind::NAME {
                    let params = resolve($kind::NAME, $kind::PARAMS, given)?;
                    return Ok(Self::$kind($kind::new(&params)));
                })*
                Err(unknown(name))
            }

            /// Its entry in the registry.
            #[must_use]
            pub const fn descriptor(&self) -> Descriptor {
                match self { $(Self::$kind(_) => Descriptor::of::<$kind>(),)* }
            }

            /// Starts anew: see [`Indicator::reset`].
            pub fn reset(&mut self) {
                match self { $(Self::$kind(indicator) => indicator.reset(),)* }
            }

            /// Takes one input; `lines` then holds what came of it and nothing
            /// else: see [`Indicator::apply`].
            ///
            /// # Errors
            /// [`Overflow`]; nothing is said.
            #[inline]
            pub fn apply(&mut self, input: Input<'_>, lines: &mut Lines) -> Result<(), Overflow> {
                lines.clear();
                match self { $(Self::$kind(indicator) => indicator.apply(input, lines),)* }
            }

            /// As [`AnyIndicator::apply`], for whoever wants line 0 alone.
            ///
            /// # Errors
            /// As there.
            #[inline]
            pub fn first(&mut self, input: Input<'_>) -> Result<Option<Value>, Overflow> {
                let mut lines = Lines::new();
                self.apply(input, &mut lines)?;
                Ok(lines.get(0))
            }
        }
    };
}

indicators! {
    "adx.rs" adx::Adx;
    "atr.rs" atr::Atr;
    "basis.rs" basis::Basis;
    "bbands.rs" bbands::Bbands;
    "ema.rs" ema::Ema;
    "funding.rs" funding::Funding;
    "ichimoku.rs" ichimoku::Ichimoku;
    "imbalance.rs" imbalance::Imbalance;
    "keltner.rs" keltner::Keltner;
    "macd.rs" macd::Macd;
    "microprice.rs" microprice::Microprice;
    "rsi.rs" rsi::Rsi;
    "sma.rs" sma::Sma;
    "spread.rs" spread::Spread;
    "trade_flow.rs" trade_flow::TradeFlow;
    "volatility.rs" volatility::Volatility;
    "vwap.rs" vwap::Vwap;
}

pub(crate) fn resolve(
    name: &str,
    specs: &'static [ParamSpec],
    given: &[(String, ParamValue)],
) -> Result<Params, ParamError> {
    Params::resolve(specs, given)
        .map_err(|error| ParamError { key: format!("{name}.{}", error.key), ..error })
}

pub(crate) fn unknown(name: &str) -> ParamError {
    let known: Vec<_> = ALL.iter().map(|descriptor| descriptor.name).collect();
    ParamError {
        key: name.to_owned(),
        sentence: format!("unknown indicator; known are: {}", known.join(", ")),
    }
}
