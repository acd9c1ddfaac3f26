//! What a configuration must say before the council sits.

use super::{config, labels};
use crate::{CouncilConfig, CouncilStage, MEMBERS, Mode, SeatSettings, reason};
use types::{Decimal, InstrumentId, ParamValue, TimeInForce};

fn refusal(config: CouncilConfig) -> String {
    CouncilStage::new(config, 2, &labels()).map(|_| ()).unwrap_err().to_string()
}

fn changed(change: impl FnOnce(&mut CouncilConfig)) -> String {
    let mut config = config(Mode::Ensemble);
    change(&mut config);
    refusal(config)
}

#[test]
fn refuses_a_ninth_seat() {
    let sentence = changed(|c| c.members = vec![SeatSettings::new("momentum"); 9]);
    assert!(sentence.contains("9 seats are too many"), "{sentence}");
}

#[test]
fn names_what_is_unknown_and_what_is_known() {
    let unknown = changed(|c| c.members[0].name = "astrology".into());
    let (_, known) = unknown.split_once("known are: ").expect("those that there are");
    assert!(MEMBERS.iter().all(|member| known.contains(member.name)), "{unknown}");
    let label = changed(|c| c.members[0].inputs = vec![("fast".into(), "ema:9".into())]);
    assert!(label.contains("`ema:9` is not configured; configured are: ema:12"), "{label}");
    let role = changed(|c| c.members[0].inputs = vec![("moon".into(), "ema:12".into())]);
    assert!(role.contains("`moon` is no input; known are: fast, slow, rsi"), "{role}");
    let param = changed(|c| c.members[0].params = vec![("moon".into(), ParamValue::Integer(1))]);
    assert!(param.contains("council.member[0].momentum.moon: unknown parameter"), "{param}");
}

#[test]
fn refuses_numbers_out_of_range() {
    assert!(changed(|c| c.quorum = 0).contains("quorum"));
    assert!(changed(|c| c.quorum = 3).contains("quorum"));
    assert!(changed(|c| c.threshold_ppm = 1_000_001).contains("threshold"));
    assert!(changed(|c| c.vote_ttl_ms = 0).contains("vote_ttl_ms"));
    assert!(changed(|c| c.members[0].weight_ppm = 0).contains("weight"));
    assert!(changed(|c| c.order.qty = Decimal::new(0, 0)).contains("order.qty"));
    assert!(changed(|c| c.order.position_max = Some(Decimal::new(-1, 0))).contains("position"));
    assert!(changed(|c| c.order.max_age_ms = 0).contains("max_age_ms"));
    assert!(changed(|c| c.order.cooldown_ms = -1).contains("cooldown_ms"));
    assert!(changed(|c| c.order.cancel_retry_ms = 0).contains("cancel_retry_ms"));
    assert!(changed(|c| c.order.offset_ticks = i64::MIN).contains("offset_ticks"));
    assert!(changed(|c| c.order.time_in_force = TimeInForce::Gtd).contains("FOK or GTX"));
    let own = (InstrumentId(2), Decimal::new(1, 0));
    assert!(changed(|c| c.order.qty_by_instrument = vec![own]).contains("no instrument 2"));
}

#[test]
fn an_ensemble_needs_a_voter_and_a_solo_exactly_one() {
    assert!(changed(|c| c.members.clear()).contains("needs a member"));
    assert!(changed(|c| c.members.iter_mut().for_each(|m| m.shadow = true)).contains("no shadow"));
    let mode = |name: &str| Mode::Solo(name.to_owned());
    assert!(changed(|c| c.mode = mode("astrology")).contains("no voting seat"));
    assert!(
        changed(|c| {
            c.mode = mode("momentum");
            c.members[0].shadow = true;
        })
        .contains("no voting seat")
    );
    assert!(
        changed(|c| {
            c.mode = mode("momentum");
            c.members[1].name = "momentum".into();
        })
        .contains("has 2 seats")
    );
}

#[test]
fn members_check_their_own_parameters() {
    let same = changed(|c| c.members[0].inputs = vec![("slow".into(), "ema:12".into())]);
    assert!(same.contains("same indicator"), "{same}");
    let exit = vec![("exit_ppm".to_owned(), ParamValue::Integer(600_000))];
    assert!(changed(|c| c.members[1].params = exit).contains("below enter_ppm"));
}

#[test]
fn off_needs_nobody() {
    let empty = CouncilConfig { members: Vec::new(), ..config(Mode::Off) };
    assert!(CouncilStage::new(empty, 2, &[]).is_ok());
}

#[test]
fn every_reason_code_has_one_meaning() {
    for member in MEMBERS {
        assert_eq!(reason(member.name, 2).unwrap().name, "book_not_live");
        for own in member.reasons {
            assert!(own.code >= 10 && !own.doc.is_empty());
            assert_eq!(reason(member.name, own.code).unwrap().name, own.name);
            assert_eq!(member.reasons.iter().filter(|r| r.code == own.code).count(), 1);
        }
    }
    assert!(reason("momentum", 999).is_none());
    assert!(reason("astrology", 1).is_none());
}
