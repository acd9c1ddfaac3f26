//! The seats: their members, their latest votes, and the shadows' scores.
//!
//! Called by the stage; read by the tally. Never here: a weight, which is the
//! tally's, or a decision.

use crate::config::fault;
use crate::member::{MemberContext, View};
use crate::registry::{AnyMember, descriptor};
use crate::shadow::Shadow;
use crate::tally::Ballot;
use crate::turn::Turn;
use crate::{CouncilCounters, SeatSettings};
use types::{Direction, InstrumentId, Kind, ParamError, Params, Side, Signal, Touch, Vote};

/// All seats on all instruments.
#[derive(Debug)]
pub(crate) struct Seats {
    seats: Vec<Seat>,
    /// By instrument, then by seat.
    ballots: Vec<Ballot>,
}

#[derive(Debug)]
struct Seat {
    member: AnyMember,
    /// Its score, and the index of its gauge.
    shadow: Option<(Shadow, usize)>,
}

impl Seats {
    /// Seats everyone; all memory is taken here.
    pub(crate) fn new(
        settings: &[SeatSettings],
        instruments: usize,
        labels: &[String],
    ) -> Result<Self, ParamError> {
        let mut seats = Vec::with_capacity(settings.len());
        let mut shadows = 0;
        for (at, seat) in settings.iter().enumerate() {
            let context = MemberContext { instruments, labels, inputs: &seat.inputs };
            let named = |error: ParamError| {
                fault(&format!("member[{at}].{}.{}", seat.name, error.key), error.sentence)
            };
            let specs = descriptor(&seat.name).map_or(&[][..], |member| member.params);
            let params = Params::resolve(specs, &seat.params).map_err(named)?;
            let Some(member) = AnyMember::new(&seat.name, &params, &context) else {
                return Err(fault(&format!("member[{at}].name"), "no such member".to_owned()));
            };
            let shadow = seat.shadow.then(|| (Shadow::new(instruments), shadows));
            shadows += usize::from(seat.shadow);
            seats.push(Seat { member: member.map_err(named)?, shadow });
        }
        let ballots = vec![Ballot::default(); instruments * seats.len()];
        Ok(Self { seats, ballots })
    }

    /// An indicator has a new value.
    #[inline]
    pub(crate) fn on_signal(&mut self, instrument: InstrumentId, signal: &Signal) {
        for seat in &mut self.seats {
            seat.member.on_signal(instrument, signal);
        }
    }

    /// The touch has changed.
    #[inline]
    pub(crate) fn on_touch(&mut self, instrument: InstrumentId, touch: &Touch) {
        for seat in &mut self.seats {
            seat.member.on_touch(instrument, touch);
        }
    }

    /// The latest vote of each seat on `instrument`.
    pub(crate) fn ballots(&self, instrument: InstrumentId) -> &[Ballot] {
        let first = instrument.index() * self.seats.len();
        self.ballots.get(first..first + self.seats.len()).unwrap_or(&[])
    }

    /// Asks every member, keeps what they say, and adds it to the group. `qty`
    /// is what a shadow would trade.
    pub(crate) fn ask(
        &mut self,
        view: &View<'_>,
        qty: Option<i64>,
        counters: &CouncilCounters,
        turn: &mut Turn<'_>,
    ) {
        let first = view.instrument.index() * self.seats.len();
        for (at, seat) in self.seats.iter_mut().enumerate() {
            let Some(said) = seat.member.vote(view) else { continue };
            // At most SEATS_MAX seats.
            let vote = Vote { member: u8::try_from(at).unwrap_or(u8::MAX), ..said };
            let kind = match seat.shadow.as_mut() {
                Some((shadow, gauge)) => {
                    score(shadow, &vote, qty, view);
                    shadow.show(&counters.shadows()[*gauge]);
                    Kind::ShadowVote
                }
                None => {
                    self.ballots[first + at] = Ballot { vote, cast: view.now };
                    Kind::Vote
                }
            };
            counters.count_vote(kind == Kind::ShadowVote);
            turn.add(kind, view.instrument, vote);
        }
    }
}

/// A shadow's vote turns its hypothetical position; an abstention, or a vote on
/// a touch that cannot be traded, does not.
fn score(shadow: &mut Shadow, vote: &Vote, qty: Option<i64>, view: &View<'_>) {
    let side = match vote.direction() {
        Direction::Buy => Side::Buy,
        Direction::Sell => Side::Sell,
        Direction::Abstain => return,
    };
    if let Some(qty) = qty.filter(|_| view.touch.usable()) {
        shadow.turn(side, qty, view.spec, view.touch);
    }
}
