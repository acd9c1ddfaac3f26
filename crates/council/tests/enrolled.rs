//! A member of another crate, in a process of its own, because the list is the
//! process's: it is enrolled once, seated by its name, and known by its reasons.

use council::member::{InputSpec, Member, MemberContext, ReasonSpec, View, abstain, lean, reasons};
use council::{
    CouncilConfig, CouncilStage, Enrolled, Mode, OrderSettings, SeatSettings, Voices, enrol,
    members, reason,
};
use types::{Decimal, InstrumentId, ParamError, ParamSpec, Params, Side, Signal, Touch, Vote};

/// Wants what the larger side of the touch wants.
#[derive(Debug)]
struct Heavier(Voices);

impl Member for Heavier {
    const NAME: &'static str = "heavier";
    const DOC: &'static str = "votes with the larger side of the touch";
    const WARM_UP: &'static str = "none";
    const PARAMS: &'static [ParamSpec] = &[];
    const INPUTS: &'static [InputSpec] = &[];
    const REASONS: &'static [ReasonSpec] =
        &[ReasonSpec { code: reasons::OWN, name: "heavier_side", doc: "one side is larger" }];

    fn new(_params: &Params, context: &MemberContext<'_>) -> Result<Self, ParamError> {
        Ok(Self(Voices::new(context.instruments)))
    }

    fn on_signal(&mut self, _instrument: InstrumentId, _signal: &Signal) {}

    fn on_touch(&mut self, _instrument: InstrumentId, _touch: &Touch) {}

    fn vote(&mut self, view: &View<'_>) -> Option<Vote> {
        let opinion = if view.touch.usable() {
            lean(Side::Buy, reasons::OWN, Vote::SURE, [0; 4])
        } else {
            abstain(reasons::BOOK_NOT_LIVE, [0; 4])
        };
        self.0.say(view.instrument, opinion, true)
    }
}

static ENROLLED: [Enrolled; 1] = [Enrolled::of::<Heavier>()];

#[test]
fn is_seated_by_name_like_any_other_and_enrolled_once() {
    assert_eq!(enrol(&ENROLLED), Ok(()));
    assert_eq!(members().last().map(|member| member.name), Some("heavier"));
    assert_eq!(reason("heavier", 10).map(|reason| reason.name), Some("heavier_side"));
    assert_eq!(reason("heavier", 2).map(|reason| reason.name), Some("book_not_live"));
    let config = |name: &str| CouncilConfig {
        mode: Mode::Solo(name.to_owned()),
        quorum: 1,
        threshold_ppm: 500_000,
        vote_ttl_ms: 1_000,
        strategy: 1,
        order: OrderSettings::new(Decimal::new(1, 2)),
        members: vec![SeatSettings::new(name)],
    };
    assert!(CouncilStage::new(config("heavier"), 1, &[]).is_ok());
    let unknown = CouncilStage::new(config("lighter"), 1, &[]).map(|_| ()).expect_err("unknown");
    assert!(unknown.sentence.contains("momentum") && unknown.sentence.ends_with(", heavier"));
    let again = enrol(&ENROLLED).expect_err("once");
    assert!(again.sentence.contains("first call"), "{again}");
}
