//! Who may ask: API key, time stamp and signature, checked in the venue's order; and request
//! weight.
//! One rule for both transports, apart from the payload that is signed.

use crate::exchange::{Exchange, count_in};
use crate::faults::Action;
use crate::params::Params;
use crate::refusal::{Refusal, refuse};
use crate::sending::MAINTENANCE;
use crate::sign::hmac_hex;

/// What faults decide about a request before it takes effect.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Answered as unknown with this code, whatever happened.
    pub(crate) unknown: Option<i32>,
    /// Takes no effect.
    pub(crate) dropped: bool,
    /// Faults that strike the answer.
    pub(crate) on_reply: Vec<Action>,
}

impl Exchange {
    /// Key, time and signature of a signed request; `payload` is what the transport signs.
    pub(crate) fn check_signed(
        &self,
        now: i64,
        key: Option<&str>,
        params: &Params,
        payload: &str,
    ) -> Result<(), Refusal> {
        self.check_key(key)?;
        self.check_stamp(now, params)?;
        let signature = params.need("signature")?;
        let account = &self.account.config;
        let is_valid = match &account.ed25519 {
            Some(ed25519) if key == Some(ed25519.name()) => {
                ed25519.verifies(payload.as_bytes(), signature)
            }
            _ => signature.eq_ignore_ascii_case(&hmac_hex(&account.secret, payload.as_bytes())),
        };
        if is_valid { Ok(()) } else { Err(refuse(-1022)) }
    }

    /// The time stamp alone, as requests of a session that has logged on need it.
    pub(crate) fn check_stamp(&self, now: i64, params: &Params) -> Result<(), Refusal> {
        let stamp = params.integer("timestamp")?.ok_or_else(|| Refusal::missing("timestamp"))?;
        let window = params.integer("recvWindow")?.unwrap_or(5_000);
        if !(0..=60_000).contains(&window) {
            return Err(Refusal::new(-1131, "recvWindow must be less than 60000."));
        }
        let clock = self.clock_ms(now);
        if stamp >= clock.saturating_add(1_000) {
            return Err(Refusal::new(
                -1021,
                "Timestamp for this request was 1000ms ahead of the server's time.",
            ));
        }
        if clock - stamp > window {
            return Err(refuse(-1021));
        }
        Ok(())
    }

    /// The API key alone, as listenKey requests need it.
    pub(crate) fn check_key(&self, key: Option<&str>) -> Result<(), Refusal> {
        match key {
            None | Some("") => Err(refuse(-2014)),
            Some(key) if key == self.account.config.key => Ok(()),
            Some(key) if self.account.config.ed25519.as_ref().is_some_and(|k| k.name() == key) => {
                Ok(())
            }
            Some(_) => Err(refuse(-2015)),
        }
    }

    /// Weighs one request and refuses it when limits or a fault say so.
    pub(crate) fn weigh(&mut self, now: i64, weight: u32) -> Result<(), Refusal> {
        let used = count_in(&mut self.usage.weight, now, 60, weight);
        if let Some(refusal) = self.refusing(now) {
            return Err(refusal);
        }
        if used > self.config.limits.weight_1m {
            return Err(refuse(-1003));
        }
        Ok(())
    }

    /// What a fault answers every request with at `now`, connecting included.
    pub(crate) fn refusing(&self, now: i64) -> Option<Refusal> {
        Some(match self.windows.refusing(now)? {
            MAINTENANCE => Refusal::new(-1008, "Service Unavailable.").with_status(MAINTENANCE),
            418 => Refusal::new(-1003, "Way too many requests; IP banned.").with_status(418),
            _ => refuse(-1003),
        })
    }

    /// Asks the fault script about a request. `Refuse`, `ClockSkew` and `Stall` strike at once.
    pub(crate) fn judge(&mut self, now: i64, kinds: &[&str]) -> Verdict {
        let mut verdict = Verdict::default();
        for action in self.faults_on(now, kinds) {
            match action {
                Action::UnknownAccepted(code) => verdict.unknown = Some(code),
                Action::UnknownDropped(code) => {
                    verdict.unknown = Some(code);
                    verdict.dropped = true;
                }
                Action::Refuse { .. } | Action::ClockSkew { .. } | Action::Stall(_) => {
                    self.open_window(now, &action, None);
                }
                other => verdict.on_reply.push(other),
            }
        }
        verdict
    }
}

/// The refusal that says "nobody knows": HTTP 503 for -1000, 408 for -1007.
pub(crate) fn unknown_outcome(code: i32) -> Refusal {
    let status = if code == -1007 { 408 } else { 503 };
    refuse(code).with_status(status)
}
