//! The script: what it takes, and the sentence for everything that it does not.

use super::{Action, FaultScript, Trigger};
use crate::outgoing::{Target, WireAction};

fn refusal(script: &str) -> String {
    FaultScript::parse(script).err().map(|why| why.to_string()).unwrap_or_default()
}

#[test]
fn reads_every_fault_that_it_can_inject() {
    let names = [
        "drop_ack",
        "delay",
        "duplicate",
        "reorder",
        "close",
        "half_open",
        "reset",
        "gap",
        "garbage",
        "throttle",
        "ban",
        "unknown_accepted",
        "unknown_dropped",
        "clock_skew",
        "maintenance",
        "stall",
        "slow",
    ];
    for name in names {
        let script = format!("[[fault]]\nprobability = 0.01\ndo = \"{name}\"\n");
        assert_eq!(FaultScript::parse(&script).unwrap().len(), 1, "{name}");
    }
    let script = "[[fault]]\nat = \"1.5s\"\ndo = \"close\"\ntarget = \"market\"\n[[fault]]\nwhen = \"depth#3\"\ndo = \"gap\"\n";
    let faults = FaultScript::parse(script).unwrap().faults;
    assert_eq!(faults[0].trigger, Trigger::At(1_500_000_000));
    assert_eq!(faults[0].action, Action::Wire(Some(Target::Market), WireAction::Close));
    assert_eq!((faults[1].trigger, faults[1].on.as_str()), (Trigger::Nth(3), "depth"));
}

#[test]
fn refuses_with_a_line_and_the_nearest_word() {
    let cases = [
        (
            "[[fault]]\nat = \"3s\"\ndo = \"stal\"\n",
            "line 3: unknown fault stal; the nearest known is stall",
        ),
        (
            "[[fault]]\nat = \"3s\"\ndo = \"stall\"\nforr = \"1s\"\n",
            "line 4: unknown key forr; the nearest known is for",
        ),
        (
            "[[fault]]\nwhen = \"order.plaec#2\"\ndo = \"close\"\n",
            "unknown message order.plaec; the nearest known is order.place",
        ),
        (
            "[[fault]]\nat = \"3s\"\ndo = \"slow\"\nbytes_per_s = 0\n",
            "line 4: bytes_per_s = 0; write a whole number from 1",
        ),
        (
            "[[fault]]\nat = \"3s\"\ndo = \"slow\"\nbytes_per_s = \"1\"\n",
            "line 4: bytes_per_s should",
        ),
        ("[[fault]]\nat = \"-3s\"\ndo = \"close\"\n", "line 2: at counts from the start"),
        ("[[fault]]\nat = 3\ndo = \"close\"\n", "line 2: at should be text in quotes"),
        (
            "[[fault]]\nat = \"3s\"\ndo = \"stall\"\nfor = \"-1s\"\n",
            "line 4: for should be longer than nothing",
        ),
        (
            "[[fault]]\nwhen = \"order.place#1\"\ndo = \"delay\"\nby = \"0s\"\n",
            "line 4: by should be longer than nothing",
        ),
        (
            "[[fault]]\nat = \"3s\"\ndo = \"ban\"\non = \"depth\"\n",
            "line 4: ban with at strikes by itself",
        ),
        (
            "[[fault]]\nwhen = \"order.place#1\"\ndo = \"unknown_accepted\"\ncode = 7\n",
            "line 4: code = 7; it is 503 or -1007",
        ),
        (
            "[[fault]]\nat = \"3s\"\ndo = \"clock_skew\"\nby = \"0s\"\n",
            "line 4: a clock that is off by nothing",
        ),
        (
            "[[fault]]\nat = \"3s\"\ndo = \"reset\"\ntarget = \"markt\"\n",
            "line 4: unknown target markt; the nearest known is market",
        ),
        ("[[fault]]\ndo = \"close\"\n", "exactly one of at, when and probability"),
        ("[[fault]]\nat = \"3 parsecs\"\ndo = \"close\"\n", "is not a span"),
        ("[[fault]]\nwhen = \"depth#0\"\ndo = \"gap\"\n", "its number from 1"),
        ("[[fault]]\nwhen = \"depth#1\"\ndo = \"drop_ack\"\n", "cannot strike depth"),
        ("[[fault]]\nwhen = \"depth#1\"\ndo = \"gap\"\nby = \"1s\"\n", "line 4: gap takes no by"),
        ("[[fault]]\nprobability = 1.5\ndo = \"gap\"\n", "from 0 to 1"),
        ("[[foult]]\n", "unknown key foult"),
        ("[[fault]\n", "is not TOML"),
    ];
    for (script, sentence) in cases {
        let why = refusal(script);
        assert!(why.contains(sentence), "{script:?} gave {why:?}");
    }
}
