//! Every venue, one line each.
//!
//! A line gives the dialect its name in configuration, its place in the match
//! that every call goes through, and its turn in the conformance tests.

use crate::venue::Venue;
use crate::{
    AccountState, Bases, ConnectionPlan, Filters, Limits, Network, OpenOrder, Outcome, Paths,
    PositionState, SequenceRule, Streams, UserTrade,
};
use std::fmt;
use types::{InstrumentSpec, Nanos, Symbol};

/// `$d` stands for a dollar sign, which the inner macro needs for its own
/// parameters.
macro_rules! venues {
    ($d:tt $($(#[$doc:meta])* $module:ident::$venue:ident = $name:literal;)*) => {
        /// A venue and its language. A `match` on it picks the codec at compile
        /// time; nothing is called through a pointer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Dialect { $($(#[$doc])* $venue,)* }

        impl Dialect {
            /// Every dialect, in the order of the registry.
            pub const ALL: &'static [Self] = &[$(Self::$venue,)*];

            /// The name in configuration and on the command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$venue => $name,)* }
            }
        }

        /// Evaluates an expression with a venue's type in the place of a name.
        macro_rules! with_venue {
            ($d dialect:expr, $d venue:ident => $d body:expr) => {
                match $d dialect {
                    $($crate::Dialect::$venue => {
                        type $d venue = $crate::$module::$venue;
                        $d body
                    })*
                }
            };
        }
    };
}

venues! { $
    /// Binance spot.
    binance_spot::BinanceSpot = "binance_spot";
    /// Binance USD-M futures.
    binance_usdm::BinanceUsdm = "binance_usdm";
}

#[allow(clippy::single_component_path_imports, reason = "it gives the macro a path")]
pub(crate) use with_venue;

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Dialect {
    /// The dialect of `name`; `None` when this version does not speak it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|dialect| dialect.name() == name)
    }

    /// Whether a sell is paid with what the account holds: there is no short selling.
    #[must_use]
    pub const fn is_spot(self) -> bool {
        with_venue!(self, V => V::SPOT)
    }

    /// How the venue's book messages join.
    #[must_use]
    pub const fn sequence_rule(self) -> SequenceRule {
        with_venue!(self, V => V::RULE)
    }

    /// What the venue allows.
    #[must_use]
    pub const fn limits(self) -> Limits {
        with_venue!(self, V => V::LIMITS)
    }

    /// Where things are at the venue.
    #[must_use]
    pub const fn paths(self) -> Paths {
        with_venue!(self, V => V::PATHS)
    }

    /// The addresses of one of the venue's worlds.
    #[must_use]
    pub fn bases(self, network: Network) -> Bases {
        with_venue!(self, V => V::bases(network))
    }

    /// Path and query of a snapshot of a book.
    #[must_use]
    pub fn depth_path(self, symbol: &Symbol) -> String {
        with_venue!(self, V => V::depth_path(symbol))
    }

    /// Path and query of the specifications of `symbols`, and of more where the venue
    /// gives no choice.
    #[must_use]
    pub fn specs_path(self, symbols: &[&str]) -> String {
        with_venue!(self, V => V::specs_path(symbols))
    }

    /// The connections that bring `streams` of `symbols`.
    #[must_use]
    pub fn market_plan(self, symbols: &[Symbol], streams: Streams) -> Vec<ConnectionPlan> {
        with_venue!(self, V => V::market_plan(symbols, streams))
    }

    /// Path and query of the private stream. Where [`Paths::listen_key`] is
    /// empty the key is not used and the path is the order session's.
    #[must_use]
    pub fn private_path(self, listen_key: &str) -> String {
        with_venue!(self, V => V::private_path(listen_key))
    }

    /// The engine's name of a venue's symbol: `BTCUSDT-PERP.BINANCE`.
    #[must_use]
    pub fn instrument_id(self, symbol: &str) -> String {
        with_venue!(self, V => V::instrument_id(symbol))
    }

    /// The venue's symbol of an instrument, given as either of the two names;
    /// `None` when it is neither.
    #[must_use]
    pub fn symbol(self, text: &str) -> Option<Symbol> {
        with_venue!(self, V => V::symbol(text))
    }

    /// What an HTTP-like status, the venue's code (0 for none) and its message
    /// say about a request. Anything that could mean an order at the venue
    /// without a proof is [`Outcome::Unknown`].
    #[must_use]
    pub fn classify(self, status: u16, code: i32, message: &[u8]) -> Outcome {
        with_venue!(self, V => V::classify(status, code, message))
    }

    /// Specifications of the `wanted` symbols, ids given in that order, from
    /// the body of [`Paths::exchange_info`].
    ///
    /// # Errors
    /// A sentence that names the symbol and what is wrong with it.
    pub fn parse_exchange_info(
        self,
        bytes: &[u8],
        wanted: &[&str],
    ) -> Result<Vec<InstrumentSpec>, String> {
        with_venue!(self, V => V::parse_exchange_info(bytes, wanted))
    }

    /// The filters of the `wanted` symbols beside those that a specification holds,
    /// in that order, from the body of [`Paths::exchange_info`].
    ///
    /// # Errors
    /// A sentence that names the symbol and what is wrong with it.
    pub fn parse_filters(self, bytes: &[u8], wanted: &[&str]) -> Result<Vec<Filters>, String> {
        with_venue!(self, V => V::parse_filters(bytes, wanted))
    }

    /// The venue's clock, from the body of [`Paths::time`].
    ///
    /// # Errors
    /// A sentence.
    pub fn parse_server_time(self, bytes: &[u8]) -> Result<Nanos, String> {
        with_venue!(self, V => V::parse_server_time(bytes))
    }

    /// Balances and positions, from the body of [`Paths::account`].
    ///
    /// # Errors
    /// A sentence.
    pub fn parse_account(self, bytes: &[u8]) -> Result<AccountState, String> {
        with_venue!(self, V => V::parse_account(bytes))
    }

    /// Positions with entry prices, from the body of [`Paths::positions`].
    ///
    /// # Errors
    /// A sentence.
    pub fn parse_positions(self, bytes: &[u8]) -> Result<Vec<PositionState>, String> {
        with_venue!(self, V => V::parse_positions(bytes))
    }

    /// Working orders, from the body of [`Paths::open_orders`].
    ///
    /// # Errors
    /// A sentence.
    pub fn parse_open_orders(self, bytes: &[u8]) -> Result<Vec<OpenOrder>, String> {
        with_venue!(self, V => V::parse_open_orders(bytes))
    }

    /// Our fills, from the body of [`Paths::user_trades`].
    ///
    /// # Errors
    /// A sentence.
    pub fn parse_user_trades(self, bytes: &[u8]) -> Result<Vec<UserTrade>, String> {
        with_venue!(self, V => V::parse_user_trades(bytes))
    }

    /// The private stream's key, from the body of [`Paths::listen_key`].
    ///
    /// # Errors
    /// A sentence.
    pub fn parse_listen_key(self, bytes: &[u8]) -> Result<String, String> {
        with_venue!(self, V => V::parse_listen_key(bytes))
    }
}
