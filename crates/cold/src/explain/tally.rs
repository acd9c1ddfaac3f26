//! The council's count, made again from the recorded votes.
//!
//! The line records votes and the intent, not the sum between them. This is the
//! council's rule in slow motion: score = Σ weight × direction × confidence ÷
//! Σ weight over the seats with a living opinion, truncated toward zero.
//!
//! Never here: a decision. Where the configuration is not known, no count.

use crate::names::{Counting, Names};
use serde_json::{Value, json};
use types::{Decimal, Direction, Kind, Nanos, Record, Side, Vote};

/// How the votes counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TallyShown {
    /// The weighted opinion, in millionths, from -1,000,000 to 1,000,000.
    pub score_ppm: i64,
    /// The score from which the council acts, in millionths.
    pub threshold_ppm: u32,
    /// Seats whose living vote points up.
    pub buyers: u32,
    /// Seats whose living vote points down.
    pub sellers: u32,
    /// How many must point the same way; 0 where one seat alone counts.
    pub quorum: u32,
    /// What follows from it.
    pub side: Option<Side>,
}

impl TallyShown {
    /// The count of `votes`, each seat's last one, at `now`.
    pub(crate) fn of<'r>(
        votes: impl Iterator<Item = &'r Record>,
        now: Nanos,
        names: &Names,
    ) -> Option<Self> {
        let counting = names.counting?;
        let (mut sum, mut weights) = (0_i64, 0_i64);
        let (mut buyers, mut sellers) = (0, 0);
        for record in votes.filter(|record| record.kind() == Some(Kind::Vote)) {
            let vote: Vote = record.body();
            let Some(weight) = counted(&vote, record.ts, now, names, &counting) else { continue };
            let confidence = i64::from(vote.confidence.min(Vote::SURE));
            let sign = i64::from(vote.direction.signum());
            weights += weight;
            sum += weight * sign * confidence;
            buyers += u32::from(sign > 0);
            sellers += u32::from(sign < 0);
        }
        let quorum = if counting.solo.is_some() { 0 } else { counting.quorum };
        let score_ppm = sum.checked_div(weights).unwrap_or(0);
        let enough = score_ppm != 0 && score_ppm.abs() >= i64::from(counting.threshold_ppm);
        let (side, with) = match score_ppm {
            1.. => (Side::Buy, buyers),
            _ => (Side::Sell, sellers),
        };
        let side = (enough && with >= quorum).then_some(side);
        let threshold_ppm = counting.threshold_ppm;
        Some(Self { score_ppm, threshold_ppm, buyers, sellers, quorum, side })
    }

    pub(crate) fn to_json(self) -> Value {
        json!({
            "score": ratio(self.score_ppm),
            "threshold": ratio(i64::from(self.threshold_ppm)),
            "buyers": self.buyers,
            "sellers": self.sellers,
            "quorum": self.quorum,
            "side": self.side.map(Side::as_str),
        })
    }

    pub(crate) fn to_text(self) -> String {
        let met = if self.side.is_some() { "reached" } else { "not reached" };
        let quorum = match self.quorum {
            0 => String::new(),
            quorum => format!(", quorum {quorum}"),
        };
        format!(
            "score {} against threshold {}; {} for buying, {} for selling{quorum}: {met}{}",
            ratio(self.score_ppm),
            ratio(i64::from(self.threshold_ppm)),
            self.buyers,
            self.sellers,
            self.side.map_or_else(String::new, |side| format!(", {side}"))
        )
    }
}

/// The weight of a vote that counts: alive, no abstention, of a seat that counts.
fn counted(vote: &Vote, cast: Nanos, now: Nanos, names: &Names, by: &Counting) -> Option<i64> {
    let weight = match by.solo {
        Some(seat) => i64::from(seat == vote.member),
        None => i64::from(names.seats.get(usize::from(vote.member))?.weight_ppm),
    };
    let alive = now.0.saturating_sub(cast.0) <= by.vote_life.0;
    (weight > 0 && alive && vote.direction() != Direction::Abstain).then_some(weight)
}

fn ratio(ppm: i64) -> String {
    Decimal::new(ppm, 6).to_string()
}
