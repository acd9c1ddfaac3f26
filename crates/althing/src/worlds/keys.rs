//! The key that signs for a venue: the user's own, or the test key of the
//! exchange inside this process.
//!
//! Read by the worlds that sign and by the exchange that they start. Prints no
//! secret and keeps none longer than the signer wants it.

use crate::failure::Failure;
use config::{Config, KeyType, Network};
use exchange::{Ed25519Key, ExchangeConfig};
use std::fmt;
use venue::Signer;

/// The simulated exchange's HMAC key, no secret to anyone: its name and secret.
const TEST_HMAC: (&str, &str) = ("test-key", "test-secret");
/// And its Ed25519 key: the example of RFC 8410, sections 10.1 and 10.3. Name,
/// private half, public half.
const TEST_ED25519: (&str, &str, &str) = (
    "test-ed25519-key",
    "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC",
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=",
);

/// One API key and what it signs with.
pub struct Key {
    /// The venue's name in the configuration, for sentences.
    venue: String,
    kind: KeyType,
    name: String,
    secret: String,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, not shown)", self.venue)
    }
}

impl Key {
    /// The key of the configuration's venue: the one that it names, else the
    /// simulated exchange's where that is in this process.
    ///
    /// # Errors
    /// No venue, a key that cannot be had, or none where one is needed.
    pub fn of(config: &Config) -> Result<Self, Failure> {
        let (venue, settings) = config
            .venues
            .iter()
            .next()
            .ok_or_else(|| Failure::config("no venue is configured; add [venues.NAME]"))?;
        let found = config::credentials(settings, |name| std::env::var(name).ok())
            .map_err(|why| Failure::config(format!("venues.{venue}: {why}")))?;
        if let Some(found) = found {
            let (name, secret) = (found.key.expose().to_owned(), found.secret.expose().to_owned());
            return Ok(Self { venue: venue.clone(), kind: settings.key_type, name, secret });
        }
        if settings.network != Network::Embedded {
            return Err(Failure::config(format!(
                "venues.{venue} has no key; set key_env and secret_env to the names of two \
                 environment variables"
            )));
        }
        Ok(Self::test(venue, settings.key_type))
    }

    /// The test key of an exchange in this process, whatever key the configuration
    /// names: in a virtual world nothing else can be asked.
    #[must_use]
    pub fn of_the_exchange_inside(config: &Config) -> Self {
        let first = config.venues.iter().next();
        first.map_or_else(
            || Self::test("", KeyType::Hmac),
            |(venue, settings)| Self::test(venue, settings.key_type),
        )
    }

    fn test(venue: &str, kind: KeyType) -> Self {
        let (name, secret) = match kind {
            KeyType::Hmac => TEST_HMAC,
            KeyType::Ed25519 => (TEST_ED25519.0, TEST_ED25519.1),
        };
        let (venue, name, secret) = (venue.to_owned(), name.to_owned(), secret.to_owned());
        Self { venue, kind, name, secret }
    }

    /// The key's public name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What signs with it.
    ///
    /// # Errors
    /// A key that cannot sign as `key_type` says.
    pub fn signer(&self) -> Result<Signer, Failure> {
        let (made, word) = match self.kind {
            KeyType::Hmac => (Signer::new(&self.name, &self.secret), "hmac"),
            KeyType::Ed25519 => (Signer::ed25519(&self.name, &self.secret), "ed25519"),
        };
        made.map_err(|why| {
            Failure::config(format!("venues.{} with key_type = \"{word}\": {why}", self.venue))
        })
    }
}

/// Lets the Ed25519 test key into an exchange in this process, where a venue of
/// the configuration signs with one.
///
/// # Errors
/// A test key that the exchange does not understand.
pub fn admit(config: &Config, exchange: &mut ExchangeConfig) -> Result<(), Failure> {
    if config.venues.values().any(|venue| venue.key_type == KeyType::Ed25519) {
        admit_test_key(exchange)?;
    }
    Ok(())
}

/// What a simulated exchange lets in, for whoever wants to sign for one.
#[must_use]
pub fn words() -> String {
    let ((hmac, secret), (ed25519, private, _)) = (TEST_HMAC, TEST_ED25519);
    format!(
        "hmac: key {hmac}, secret {secret}; ed25519: key {ed25519}, private key (PKCS #8, Base64) \
         {private}"
    )
}

/// Lets the Ed25519 test key into a simulated exchange.
///
/// # Errors
/// A test key that the exchange does not understand.
pub fn admit_test_key(exchange: &mut ExchangeConfig) -> Result<(), Failure> {
    let key = Ed25519Key::parse(TEST_ED25519.0, TEST_ED25519.2);
    exchange.account.ed25519 = Some(key.map_err(|why| Failure::config(why.to_string()))?);
    Ok(())
}
