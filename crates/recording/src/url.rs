//! What a recorded REST request asked for, by its URL.
//!
//! Read by the survey and the inspection; knows paths of the Binance family.

/// Whether it asked for a book.
pub(crate) fn is_depth(url: &str) -> bool {
    path(url).ends_with("/depth")
}

/// Whether it asked for the instruments' specifications.
pub(crate) fn is_exchange_info(url: &str) -> bool {
    path(url).ends_with("/exchangeInfo")
}

/// The symbol it asked about.
pub(crate) fn symbol(url: &str) -> Option<&str> {
    let (_, query) = url.split_once('?')?;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == "symbol").map(|(_, value)| value)
}

fn path(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}
