//! What is news among numbered messages that come several times, over several connections.
//!
//! Fed by `pushed` with the ids of trades and the times of mark prices. One number that is far off
//! must not end the market: it is refused, and only a second one that goes on from it is believed.
//! Never here: what the messages say.

/// A distance that no numbering has from one message to the next while somebody listens: a million
/// trades are a quarter of an hour of the busiest symbol, a million ms of mark prices as long.
const FAR: u64 = 1_000_000;

/// How long after a break, or after a numbering began anew, copies of what was before may still
/// come, ns: more than the slower of two connections is ever behind.
const LATE: i64 = 10_000_000_000;

/// Why a number is none to act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// It has come, or a later one has.
    Repeated,
    /// It is so far from the last one that one of them is wrong.
    Far,
}

/// The newest of what came.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Newest {
    /// Its number and its time in ms; none before the first and after a break.
    last: Option<(i64, i64)>,
    /// A number far from it, which the next one may bear out.
    far: Option<i64>,
    /// The newest before the numbering began anew, and until when its copies may come, ns.
    before: Option<((i64, i64), i64)>,
}

impl Newest {
    /// Takes a message with these first and last numbers (most have one), of `time_ms`, received at
    /// `at`, ns. Errors: it is no news.
    pub(crate) fn take(
        &mut self,
        at: i64,
        (first, last): (i64, i64),
        time_ms: i64,
    ) -> Result<(), News> {
        self.before = self.before.filter(|(_, until)| at < *until);
        // What a venue tells after it began anew is later than all that it told before.
        if self.before.is_some_and(|((id, time), _)| first <= id && time_ms <= time) {
            return Err(News::Repeated);
        }
        if let Some((newest, _)) = self.last {
            if first.abs_diff(newest) > FAR {
                let goes_on = |far: i64| first > far && first.abs_diff(far) <= FAR;
                if !self.far.is_some_and(goes_on) {
                    self.far = Some(last);
                    return Err(News::Far);
                }
                self.forget(at);
            } else if first <= newest {
                return Err(News::Repeated);
            }
        }
        self.far = None;
        let time = self.last.map_or(time_ms, |(_, time)| time.max(time_ms));
        self.last = Some((last, time));
        Ok(())
    }

    /// The numbering may begin anew from here on, at `at`, ns; late copies stay copies.
    pub(crate) fn forget(&mut self, at: i64) {
        if let Some(last) = self.last.take() {
            self.before = Some((last, at.saturating_add(LATE)));
        }
        self.far = None;
    }
}
