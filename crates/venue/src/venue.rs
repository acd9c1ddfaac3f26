//! What a venue's folder implements: all of it static, so that a dialect's
//! match is the only dispatch per message.

use crate::event::Levels;
use crate::session::{Ask, Call, Open};
use crate::tape::Tree;
use crate::{
    AccountState, ApiReply, Bases, ConnectionPlan, DecodeError, Decoded, EncodeError, Filters,
    Limits, Network, OpenOrder, Outcome, Paths, PositionState, PrivateEvent, SequenceRule,
    Snapshot, SpecTable, Streams, UserTrade,
};
use types::{InstrumentSpec, Nanos, Symbol};

/// One venue's dialect.
pub(crate) trait Venue {
    /// How its books' messages join.
    const RULE: SequenceRule;
    /// What it allows.
    const LIMITS: Limits;
    /// Where things are.
    const PATHS: Paths;
    /// Whether assets are traded, and not contracts.
    const SPOT: bool;
    /// Whether an amendment keeps the order's price.
    const AMEND_KEEPS_PRICE: bool;
    /// Whether a fee is paid in what the fill brings.
    const FEE_FROM_RECEIVED: bool;
    /// A level of the shortest valid form, to warm the decoder with.
    const SHORTEST_LEVEL: &'static [u8];

    /// A message of a form that the venue is known to write, without the
    /// parser; a depth message's levels are left in `levels`. `None` leaves
    /// the frame to [`Venue::market`], with which it never disagrees. The frame
    /// is `padded[..length]`.
    fn scan(
        padded: &[u8],
        length: usize,
        specs: &SpecTable,
        levels: &mut Levels,
    ) -> Option<Decoded<'static>>;

    fn market<'l>(
        tree: Tree<'_, '_>,
        specs: &SpecTable,
        levels: &'l mut Levels,
    ) -> Result<Decoded<'l>, DecodeError>;

    fn snapshot<'l>(
        tree: Tree<'_, '_>,
        spec: &InstrumentSpec,
        levels: &'l mut Levels,
    ) -> Result<Snapshot<'l>, DecodeError>;

    fn private(tree: Tree<'_, '_>, specs: &SpecTable) -> Result<PrivateEvent, DecodeError>;

    fn reply(tree: Tree<'_, '_>, specs: &SpecTable) -> Result<ApiReply, DecodeError>;

    fn classify(status: u16, code: i32, message: &[u8]) -> Outcome;

    fn encode(
        call: &Call<'_>,
        ask: Ask<'_>,
        spec: &InstrumentSpec,
        buffer: &mut [u8],
    ) -> Result<usize, EncodeError>;

    fn encode_open(call: &Call<'_>, open: Open, buffer: &mut [u8]) -> Result<usize, EncodeError>;

    fn bases(network: Network) -> Bases;

    fn depth_path(symbol: &Symbol) -> String;

    /// Venues that list everything in one short answer need not be told what is wanted.
    fn specs_path(_symbols: &[&str]) -> String {
        Self::PATHS.exchange_info.to_owned()
    }

    fn market_plan(symbols: &[Symbol], streams: Streams) -> Vec<ConnectionPlan>;

    fn private_path(listen_key: &str) -> String;

    fn instrument_id(symbol: &str) -> String;

    fn symbol(text: &str) -> Option<Symbol>;

    fn parse_exchange_info(bytes: &[u8], wanted: &[&str]) -> Result<Vec<InstrumentSpec>, String>;

    fn parse_filters(bytes: &[u8], wanted: &[&str]) -> Result<Vec<Filters>, String>;

    fn parse_server_time(bytes: &[u8]) -> Result<Nanos, String>;

    fn parse_account(bytes: &[u8]) -> Result<AccountState, String>;

    fn parse_positions(bytes: &[u8]) -> Result<Vec<PositionState>, String>;

    fn parse_open_orders(bytes: &[u8]) -> Result<Vec<OpenOrder>, String>;

    fn parse_user_trades(bytes: &[u8]) -> Result<Vec<UserTrade>, String>;

    fn parse_listen_key(bytes: &[u8]) -> Result<String, String>;
}
