//! Ids against a set that keeps everything.

use super::Untold;
use proptest::prelude::*;
use std::collections::BTreeSet;

#[test]
fn tells_each_id_once_in_any_order() {
    let mut ids = Untold::default();
    for (id, first) in [(50, true), (50, false), (52, true), (51, true), (51, false), (52, false)] {
        assert_eq!(ids.tell(id), first, "{id}");
    }
    assert_eq!(ids.next(), Some(53));
    assert!(ids.tell(u64::MAX) && !ids.tell(u64::MAX));
    assert!(ids.tell(53) && ids.tell(54) && !ids.tell(53), "a false id silences nothing");
    assert!(ids.tell(1) && ids.tell(2) && !ids.tell(1), "nor does a venue that counts anew");
}

#[test]
fn an_id_of_zero_is_none() {
    assert!(!Untold::default().holds(0));
    assert_eq!(Untold::default().next(), None);
}

#[test]
fn forgets_its_oldest_hole_when_there_are_too_many() {
    let mut ids = Untold::default();
    (1..=40).for_each(|turn| assert!(ids.tell(turn * 10)));
    assert!(!ids.holds(15) && ids.holds(395) && ids.holds(5), "the middle goes first");
    assert_eq!(ids.next(), Some(401));
}

proptest! {
    /// With few holes it is exact, however ids come.
    #[test]
    fn prop_equals_a_set(ids in prop::collection::vec(1_u64..24, 1..200)) {
        let (mut untold, mut told) = (Untold::default(), BTreeSet::new());
        for id in ids {
            prop_assert_eq!(untold.holds(id), !told.contains(&id));
            prop_assert_eq!(untold.tell(id), told.insert(id));
            prop_assert_eq!(untold.next(), told.last().map(|last| last + 1));
        }
    }
}
