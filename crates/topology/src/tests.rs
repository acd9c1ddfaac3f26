//! What a shape and a layout promise.

use crate::{FullPolicy, Layout, LinkDecl, Payload, Shape, draw};

const fn link(name: &'static str, from: &'static str, to: &'static str) -> LinkDecl {
    LinkDecl {
        name,
        from,
        to,
        payload: Payload::Records,
        depth: 8,
        why: "test",
        full: FullPolicy::HoldBack,
        feedback: false,
    }
}

fn line() -> Shape {
    let mut shape = Shape::default();
    for name in ["feed", "normalizer", "indicator", "council", "risk", "gateway"] {
        shape.actor(name, true);
    }
    shape.actor("cold", false);
    shape.link(link("feed_normalizer", "feed", "normalizer"));
    shape.link(link("normalizer_indicator", "normalizer", "indicator"));
    shape.link(link("indicator_council", "indicator", "council"));
    shape.link(link("council_risk", "council", "risk"));
    shape.link(link("risk_gateway", "risk", "gateway"));
    shape.link(link("gateway_cold", "gateway", "cold"));
    shape.link(LinkDecl { feedback: true, ..link("gateway_normalizer", "gateway", "normalizer") });
    shape
}

#[test]
fn a_whole_line_is_valid() {
    line().validate(1 << 20).unwrap();
}

#[test]
fn refuses_each_broken_rule_by_name() {
    let broken = |change: fn(&mut Shape)| {
        let mut shape = line();
        change(&mut shape);
        shape.validate(1 << 20).unwrap_err().0
    };
    assert!(broken(|s| s.links[0].depth = 6).contains("8 is the next"));
    assert!(broken(|s| s.links[0].to = "nobody").contains("does not exist"));
    assert!(broken(|s| s.links[0].to = "feed").contains("itself"));
    assert!(broken(|s| s.links[6].feedback = false).contains("feedback"));
    assert!(broken(|s| s.links[0].feedback = true).contains("feedback"));
    assert!(broken(|s| s.links[0].why = "").contains("reason"));
    assert!(broken(|s| s.links[1].name = "feed_normalizer").contains("twice"));
    assert!(broken(|s| s.links[0].depth = 1 << 20).contains("memory_mib"));
    assert!(
        broken(|s| {
            s.actor("lonely", true);
        })
        .contains("lonely")
    );
}

#[test]
fn the_hash_changes_with_a_depth_and_not_with_a_reason() {
    let base = line().hash();
    let mut deeper = line();
    deeper.links[0].depth = 16;
    let mut reworded = line();
    reworded.links[0].why = "another reason";
    assert_ne!(base, deeper.hash());
    assert_eq!(base, reworded.hash());
}

#[test]
fn auto_never_spins_more_threads_than_cores_less_one() {
    for cores in 1..10 {
        let cores: Vec<_> = (0..cores).collect();
        let applied = Layout::Auto.apply(&line(), &cores).unwrap();
        assert!(applied.groups.len() <= cores.len().saturating_sub(1).max(1));
        assert_eq!(applied.groups.iter().map(|g| g.actors.len()).sum::<usize>(), 6);
    }
}

#[test]
fn pinned_on_two_cores_keeps_its_threads_and_says_that_cores_are_missing() {
    let applied = Layout::Pinned.apply(&line(), &[0, 1]).unwrap();
    assert_eq!(applied.groups.len(), 6);
    assert!(!applied.has_cores);
    assert!(applied.groups.iter().all(|group| group.core.is_none()));
    assert_eq!(applied.text(), "pinned");
}

#[test]
fn groups_are_read_and_checked() {
    let cores: Vec<_> = (0..16).collect();
    let cut = "feed+normalizer,indicator+council+risk,gateway";
    let applied = Layout::parse(cut).unwrap().apply(&line(), &cores).unwrap();
    assert_eq!(applied.text(), cut);
    assert_eq!(applied.groups[1].core, Some(2));
    for wrong in ["feed", "normalizer+feed,indicator,council,risk,gateway", "feed+feed", "a,b"] {
        assert!(Layout::parse(wrong).unwrap().apply(&line(), &cores).is_err(), "{wrong}");
    }
    assert!(Layout::parse("feed,,gateway").is_err());
}

#[test]
fn the_drawing_names_every_link_and_thread() {
    let applied = Layout::Fused.apply(&line(), &[0, 1]).unwrap();
    let text = draw(&line(), Some(&applied));
    for link in &line().links {
        assert!(text.contains(link.name));
    }
    assert!(text.contains("feed+normalizer+indicator+council+risk+gateway"));
}
