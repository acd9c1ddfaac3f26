//! Both bridging rules, as tables of messages after a snapshot at 100, and
//! against the rules' wording taken literally.

use crate::{DepthSequence, SequenceRule, Skip, Step};
use proptest::prelude::*;

const OLD: Step = Step::Ignore(Skip::Old);
const DUPLICATE: Step = Step::Ignore(Skip::Duplicate);

const fn gap(expected: u64, seen: u64) -> Step {
    Step::Gap { expected, seen }
}

/// Steps of (first, final, previous) after a snapshot whose last id is 100.
fn check(rule: SequenceRule, messages: &[(u64, u64, u64, Step)]) {
    let mut sequence = DepthSequence::new(rule);
    sequence.on_snapshot(100);
    for (first, last, previous, wanted) in messages {
        let step = sequence.step(*first, *last, Some(*previous));
        assert_eq!(step, *wanted, "{rule:?} {first}..={last} after {previous} in {messages:?}");
    }
}

#[test]
fn usdm_joins_a_snapshot_and_follows() {
    let check = |messages: &[_]| check(SequenceRule::UsdM, messages);
    // Older than the snapshot, then the one that holds it.
    check(&[(80, 99, 70, OLD), (99, 105, 99, Step::Apply), (110, 120, 105, Step::Apply)]);
    // Both edges of U <= last <= u.
    check(&[(90, 100, 80, Step::Apply), (101, 102, 100, Step::Apply)]);
    check(&[(100, 130, 95, Step::Apply)]);
    // Not the spot rule: U = last + 1 alone does not join.
    check(&[(101, 110, 99, gap(100, 101))]);
    // But a message that names the snapshot as the one before it does.
    check(&[(101, 110, 100, Step::Apply)]);
    // Ids jump between messages; only pu tells.
    check(&[(95, 105, 90, Step::Apply), (500, 510, 105, Step::Apply)]);
    check(&[(95, 105, 90, Step::Apply), (106, 110, 104, gap(105, 104))]);
    check(&[(95, 105, 90, Step::Apply), (107, 110, 106, gap(105, 106))]);
    // Replays of what was applied.
    check(&[(95, 105, 90, Step::Apply), (95, 105, 90, DUPLICATE), (80, 90, 70, OLD)]);
    // After a gap everything waits for a snapshot.
    check(&[(200, 210, 190, gap(100, 200)), (211, 220, 210, Step::Hold)]);
    // First above final is no message.
    check(&[(105, 100, 99, gap(100, 105))]);
}

#[test]
fn usdm_without_a_previous_id_is_a_gap() {
    let mut sequence = DepthSequence::new(SequenceRule::UsdM);
    sequence.on_snapshot(100);
    assert_eq!(sequence.step(95, 105, None), Step::Apply);
    assert_eq!(sequence.step(106, 110, None), gap(105, 0));
}

#[test]
fn spot_joins_a_snapshot_and_follows() {
    let check = |messages: &[_]| check(SequenceRule::Spot, messages);
    check(&[(80, 99, 0, OLD), (90, 100, 0, DUPLICATE), (95, 105, 0, Step::Apply)]);
    // Both edges of U <= last + 1 <= u.
    check(&[(101, 101, 0, Step::Apply), (102, 104, 0, Step::Apply)]);
    check(&[(102, 110, 0, gap(101, 102)), (111, 112, 0, Step::Hold)]);
    // An overlap is applied, the next hole is a gap.
    check(&[(95, 105, 0, Step::Apply), (104, 107, 0, Step::Apply), (109, 110, 0, gap(108, 109))]);
    check(&[(95, 105, 0, Step::Apply), (95, 105, 0, DUPLICATE), (90, 99, 0, OLD)]);
}

#[test]
fn holds_before_a_snapshot_and_after_a_reset() {
    for rule in [SequenceRule::UsdM, SequenceRule::Spot] {
        let mut sequence = DepthSequence::new(rule);
        assert_eq!(sequence.step(1, 2, Some(0)), Step::Hold);
        assert_eq!(sequence.last_id(), None);
        sequence.on_snapshot(2);
        assert!(!sequence.is_live());
        assert_eq!(sequence.step(2, 3, Some(1)), Step::Apply);
        assert!(sequence.is_live());
        assert_eq!(sequence.last_id(), Some(3));
        sequence.reset();
        assert_eq!(sequence.step(4, 5, Some(3)), Step::Hold);
        // A new snapshot, older than before, begins anew.
        sequence.on_snapshot(1);
        assert_eq!(sequence.step(1, 2, Some(0)), Step::Apply);
    }
}

#[test]
fn the_largest_ids_do_not_overflow() {
    for rule in [SequenceRule::UsdM, SequenceRule::Spot] {
        let mut sequence = DepthSequence::new(rule);
        sequence.on_snapshot(u64::MAX);
        assert_eq!(sequence.step(1, u64::MAX - 1, Some(0)), OLD);
        let step = sequence.step(u64::MAX, u64::MAX, Some(u64::MAX - 1));
        let wanted = if rule == SequenceRule::Spot { DUPLICATE } else { Step::Apply };
        assert_eq!(step, wanted);
    }
}

proptest! {
    /// A stream cut into messages, some lost: a book that says it is live has
    /// every change since its snapshot, in order.
    #[test]
    fn prop_live_means_nothing_is_missing(
        sizes in prop::collection::vec(1_u64..5, 1..40),
        lost in prop::collection::vec(prop::bool::weighted(0.1), 40),
        snapshot in 0_u64..100,
        usdm: bool,
    ) {
        let rule = if usdm { SequenceRule::UsdM } else { SequenceRule::Spot };
        let mut sequence = DepthSequence::new(rule);
        let (mut last, mut applied) = (10, None);
        let at = 10 + snapshot;
        sequence.on_snapshot(at);
        for (size, lost) in sizes.iter().zip(&lost) {
            let (first, final_id, previous) = (last + 1, last + size, last);
            last = final_id;
            if *lost {
                continue;
            }
            match sequence.step(first, final_id, Some(previous)) {
                Step::Apply => {
                    // It begins no later than right behind what is in the book.
                    let have = applied.unwrap_or(at);
                    prop_assert!(first <= have + 1 && final_id >= have);
                    applied = Some(final_id);
                }
                Step::Ignore(_) => prop_assert!(final_id <= applied.unwrap_or(at)),
                Step::Gap { .. } => {
                    let have = applied.unwrap_or(at);
                    prop_assert!(final_id > have);
                    // A gap is only called where a message was lost or the
                    // snapshot lies before the stream.
                    prop_assert!(first > have);
                    return Ok(());
                }
                Step::Hold => prop_assert!(false, "there is a snapshot"),
            }
        }
    }
}
