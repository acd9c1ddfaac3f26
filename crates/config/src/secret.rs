//! Secrets: from the environment or a file of mode 0600, at the last moment,
//! and never shown.
//!
//! Read by whoever signs. The configuration only names their places.

use crate::{SecretPlace, Venue};
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The longest secret file that is read: no key is near it.
const LONGEST: u64 = 16 * 1024;

/// A text that no one may print.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the signer.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(not shown)")
    }
}

/// What signs for a venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The API key.
    pub key: Secret,
    /// The API secret.
    pub secret: Secret,
}

/// Why a secret cannot be had: a sentence that names its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretError(pub String);

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SecretError {}

/// The credentials of `venue`; `None` when its configuration names none.
/// `variable` reads the environment.
///
/// # Errors
/// A variable that is not set, a file that is missing or that others may read.
pub fn credentials(
    venue: &Venue,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Credentials>, SecretError> {
    let from_environment = |name: &str| match variable(name) {
        Some(text) if !text.trim().is_empty() => Ok(Secret::new(text.trim().to_owned())),
        _ => Err(SecretError(format!("environment variable {name} is not set; export it"))),
    };
    let (Some(key), Some(place)) = (&venue.key_env, &venue.secret) else { return Ok(None) };
    let secret = match place {
        SecretPlace::Environment(name) => from_environment(name)?,
        SecretPlace::File(path) => read_secret_file(path)?,
    };
    Ok(Some(Credentials { key: from_environment(key)?, secret }))
}

/// Reads a secret from a regular file that only its owner may read.
///
/// # Errors
/// No such file, not a regular one, empty, too long, or of another mode than
/// 0600 or 0400.
pub fn read_secret_file(path: &Path) -> Result<Secret, SecretError> {
    let fault = |what: String| SecretError(format!("secret file {}: {what}", path.display()));
    let mut file = File::open(path).map_err(|e| fault(format!("{e}; name a file that exists")))?;
    // The open file is asked, not the path: nobody can swap it in between.
    let about = file.metadata().map_err(|e| fault(e.to_string()))?;
    if !about.is_file() {
        return Err(fault("is not a regular file".to_owned()));
    }
    let mode = about.permissions().mode() & 0o7777;
    if mode != 0o600 && mode != 0o400 {
        let name = path.display();
        return Err(fault(format!("has mode {mode:04o}; run chmod 600 {name}")));
    }
    if about.len() > LONGEST {
        return Err(fault(format!(
            "is longer than {LONGEST} bytes; it should hold the secret alone"
        )));
    }
    let mut text = String::new();
    file.by_ref()
        .take(LONGEST)
        .read_to_string(&mut text)
        .map_err(|e| fault(format!("{}; it should be text", e.kind())))?;
    match text.trim() {
        "" => Err(fault("is empty; put the secret into it".to_owned())),
        secret => Ok(Secret::new(secret.to_owned())),
    }
}
