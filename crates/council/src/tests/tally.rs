//! Counting: weights, quorum, threshold, life.

use super::config;
use crate::tally::{Ballot, Decision, Tally};
use crate::{CouncilConfig, Mode, SeatSettings};
use proptest::prelude::*;
use types::{MemberId, Nanos, Side, Vote};

fn council(weights: &[u32], quorum: usize, threshold_ppm: u32) -> CouncilConfig {
    let seat = |&weight_ppm: &u32| SeatSettings {
        weight_ppm,
        shadow: weight_ppm == 0,
        ..SeatSettings::new("momentum")
    };
    let members = weights.iter().map(seat).collect();
    CouncilConfig { quorum, threshold_ppm, members, ..config(Mode::Ensemble) }
}

fn ballots(votes: &[i64]) -> Vec<Ballot> {
    let ballot = |&vote: &i64| Ballot {
        vote: Vote {
            direction: i8::try_from(vote.signum()).unwrap(),
            confidence: u32::try_from(vote.abs()).unwrap(),
            ..Vote::default()
        },
        cast: Nanos(0),
    };
    votes.iter().map(ballot).collect()
}

const ALL: u32 = 1_000_000;
const FULL: i64 = 1_000_000;

/// Weights, quorum, threshold, votes (signed confidence), decision.
type Row = (&'static [u32], usize, u32, &'static [i64], Option<Side>);

#[test]
fn weighs_quorum_and_threshold() {
    const BUY: Option<Side> = Some(Side::Buy);
    const SELL: Option<Side> = Some(Side::Sell);
    let table: &[Row] = &[
        (&[ALL, ALL], 1, 500_000, &[FULL, 0], BUY),
        (&[ALL, ALL], 2, 500_000, &[FULL, 0], None),
        (&[ALL, ALL], 2, 500_000, &[FULL, FULL], BUY),
        (&[ALL, ALL], 1, 500_000, &[FULL, -FULL], None),
        (&[ALL, ALL], 1, 0, &[FULL, -FULL], None),
        (&[ALL, ALL], 1, 500_000, &[500_000, 0], BUY),
        (&[ALL, ALL], 1, 500_000, &[499_999, 0], None),
        (&[ALL, ALL], 1, 500_000, &[-500_000, 0], SELL),
        (&[ALL, ALL], 1, 500_000, &[FULL, 0], BUY),
        (&[ALL, ALL], 1, 500_000, &[FULL, 1], BUY),
        (&[ALL, ALL], 1, 500_001, &[FULL, 1], None),
        (&[ALL, 250_000], 1, 600_000, &[FULL, -FULL], BUY),
        (&[ALL, 250_000], 1, 600_001, &[FULL, -FULL], None),
        (&[ALL, 250_000], 2, 600_000, &[FULL, -FULL], None),
        (&[ALL, ALL, ALL], 2, 333_333, &[FULL, FULL, -FULL], BUY),
        (&[ALL, ALL, ALL], 2, 333_334, &[FULL, FULL, -FULL], None),
        (&[ALL, ALL], 1, 0, &[0, 0], None),
        (&[ALL, 0], 1, 500_000, &[0, FULL], None),
        (&[ALL, 0], 2, 500_000, &[FULL, FULL], None),
        (&[ALL, 0], 1, 500_000, &[FULL, -FULL], BUY),
    ];
    for (weights, quorum, threshold, votes, wanted) in table {
        let tally = Tally::new(&council(weights, *quorum, *threshold));
        let found = tally.decide(&ballots(votes), Nanos(0)).map(|decision| decision.side);
        assert_eq!(found, *wanted, "{weights:?} {quorum} {threshold} {votes:?}");
    }
}

#[test]
fn names_who_wanted_it_most_and_the_council_for_a_tie() {
    let tally = Tally::new(&council(&[ALL, 500_000, ALL], 1, 0));
    let member = |votes: &[i64]| tally.decide(&ballots(votes), Nanos(0)).unwrap().member;
    assert_eq!(member(&[400_000, FULL, -1]), MemberId(1));
    assert_eq!(member(&[600_000, FULL, -1]), MemberId(0));
    assert_eq!(member(&[500_000, FULL, -1]), MemberId::COUNCIL);
    assert_eq!(member(&[500_000, FULL, 600_000]), MemberId(2));
}

#[test]
fn a_vote_counts_for_its_life_and_no_longer() {
    let tally = Tally::new(&council(&[ALL], 1, 0));
    let life = 60_000 * super::MS;
    assert!(tally.decide(&ballots(&[FULL]), Nanos(life)).is_some());
    assert!(tally.decide(&ballots(&[FULL]), Nanos(life + 1)).is_none());
}

#[test]
fn nobody_is_surer_than_sure() {
    let tally = Tally::new(&council(&[ALL, ALL], 1, 1));
    assert!(tally.decide(&ballots(&[4_000_000_000, -FULL]), Nanos(0)).is_none());
}

#[test]
fn solo_hears_one_seat_only() {
    let mut council = council(&[ALL, 1], 2, 500_000);
    council.members[1].name = "microstructure".into();
    council.mode = Mode::Solo("microstructure".into());
    let tally = Tally::new(&council);
    let decide = |votes: &[i64]| tally.decide(&ballots(votes), Nanos(0));
    assert_eq!(decide(&[-FULL, 500_000]), Some(Decision { side: Side::Buy, member: MemberId(1) }));
    assert_eq!(decide(&[FULL, 499_999]), None);
    assert_eq!(decide(&[FULL, 0]), None);
}

#[test]
fn off_never_decides() {
    let council = CouncilConfig { mode: Mode::Off, ..council(&[ALL], 1, 0) };
    assert!(Tally::new(&council).decide(&ballots(&[FULL]), Nanos(0)).is_none());
}

proptest! {
    #[test]
    fn equals_the_sum_on_paper(
        seats in prop::collection::vec((1..=ALL, -FULL..=FULL), 1..8),
        quorum in 1..4_usize,
        threshold in 0..=ALL,
    ) {
        let weights: Vec<_> = seats.iter().map(|seat| seat.0).collect();
        let votes: Vec<_> = seats.iter().map(|seat| seat.1).collect();
        let tally = Tally::new(&council(&weights, quorum, threshold));
        let voting = seats.iter().filter(|seat| seat.1 != 0);
        let total: i128 = voting.clone().map(|seat| i128::from(seat.0)).sum();
        let sum: i128 = voting.map(|seat| i128::from(seat.0) * i128::from(seat.1)).sum();
        let score = if total == 0 { 0 } else { sum / total };
        let with = votes.iter().filter(|vote| i128::from(vote.signum()) == score.signum()).count();
        let decided = score != 0 && score.abs() >= i128::from(threshold) && with >= quorum;
        let wanted = decided.then_some(if score > 0 { Side::Buy } else { Side::Sell });
        let found = tally.decide(&ballots(&votes), Nanos(0)).map(|decision| decision.side);
        prop_assert_eq!(found, wanted);
    }

    #[test]
    fn a_shadow_changes_nothing(votes in [-FULL..=FULL, -FULL..=FULL, -FULL..=FULL]) {
        let with = Tally::new(&council(&[ALL, 300_000, 0], 1, 200_000));
        let without = Tally::new(&council(&[ALL, 300_000], 1, 200_000));
        let now = Nanos(0);
        prop_assert_eq!(
            with.decide(&ballots(&votes), now),
            without.decide(&ballots(&votes[..2]), now)
        );
    }
}
