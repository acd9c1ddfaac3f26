//! How long requests and answers are under way.
//!
//! Asked by order entry and by whatever answers. One draw is one way. Messages of one connection
//! never overtake each other, as on TCP. It never looks at a clock.

use std::collections::BTreeMap;

use crate::config::ExchangeError;
use crate::outgoing::Destination;
use crate::rng::Rng;

/// Where latencies come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Latency {
    /// `order_latency_ns` there and `reply_latency_ns` back, always.
    #[default]
    Constant,
    /// Each way evenly between the two, ends included, ns.
    Uniform {
        /// At least this.
        low_ns: i64,
        /// At most this.
        high_ns: i64,
    },
    /// Recorded ways there and back, ns, in their order and then from the start again.
    Recorded(Vec<(i64, i64)>),
}

impl Latency {
    /// 50 to 200 ms each way: a client far from the venue.
    pub const FAR: Latency = Latency::Uniform { low_ns: 50_000_000, high_ns: 200_000_000 };

    /// Reads `there_ns,back_ns` lines; a first line of names is skipped.
    /// Errors: the line that is not two whole numbers from 0 up, or that there is none.
    pub fn from_csv(text: &str) -> Result<Latency, ExchangeError> {
        let mut rows = Vec::new();
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let parsed = line.split_once(',').and_then(|(there, back)| {
                let ns = |text: &str| text.trim().parse::<i64>().ok().filter(|ns| *ns >= 0);
                Some((ns(there)?, ns(back)?))
            });
            match parsed {
                Some(row) => rows.push(row),
                None if number == 1 => {}
                None => {
                    return Err(ExchangeError::Config(format!(
                        "latency line {number}: {line:?} should be two whole numbers of \
                            nanoseconds, there and back, with a comma between"
                    )));
                }
            }
        }
        let latency = Latency::Recorded(rows);
        latency.check()?;
        Ok(latency)
    }

    /// Refuses what no way can take.
    pub(crate) fn check(&self) -> Result<(), ExchangeError> {
        let why = match self {
            Latency::Uniform { low_ns, high_ns } if *low_ns < 0 || high_ns < low_ns => {
                format!("uniform latency from {low_ns} to {high_ns} ns; give 0 <= low <= high")
            }
            Latency::Recorded(rows) if rows.is_empty() => {
                "recorded latency without a row; give at least one".to_owned()
            }
            _ => return Ok(()),
        };
        Err(ExchangeError::Config(why))
    }
}

/// The draws, and how far each connection has got.
#[derive(Debug)]
pub(crate) struct Trips {
    model: Latency,
    constant: (i64, i64),
    rng: Rng,
    rows: (usize, usize),
    /// When the last request of each session takes effect.
    there: BTreeMap<u32, i64>,
    /// When the last message of each session, and of the private streams (none), leaves.
    back: BTreeMap<Option<u32>, i64>,
}

impl Trips {
    pub(crate) fn new(model: Latency, constant: (i64, i64), seed: u64) -> Trips {
        Trips {
            model,
            constant,
            rng: Rng::new(seed, 0x1A7E),
            rows: (0, 0),
            there: BTreeMap::new(),
            back: BTreeMap::new(),
        }
    }

    /// Whether nothing is ever under way.
    pub(crate) fn are_instant(&self) -> bool {
        self.model == Latency::Constant && self.constant == (0, 0)
    }

    /// When a request that leaves a client at `now` takes effect.
    pub(crate) fn arrives(&mut self, now: i64, session: Option<u32>) -> i64 {
        let span = match &self.model {
            Latency::Constant => self.constant.0,
            Latency::Uniform { low_ns, high_ns } => self.rng.between(*low_ns, *high_ns),
            Latency::Recorded(rows) => {
                self.rows.0 += 1;
                rows[(self.rows.0 - 1) % rows.len()].0
            }
        };
        let at = now.saturating_add(span);
        match session {
            Some(session) => behind(self.there.entry(session).or_insert(at), at),
            None => at,
        }
    }

    /// When what happened at `now` is known at `to`.
    pub(crate) fn returns(&mut self, now: i64, to: Destination) -> i64 {
        let span = match &self.model {
            Latency::Constant => self.constant.1,
            Latency::Uniform { low_ns, high_ns } => self.rng.between(*low_ns, *high_ns),
            Latency::Recorded(rows) => {
                self.rows.1 += 1;
                rows[(self.rows.1 - 1) % rows.len()].1
            }
        };
        let at = now.saturating_add(span);
        match to {
            Destination::Api(session) => behind(self.back.entry(Some(session)).or_insert(at), at),
            Destination::Private => behind(self.back.entry(None).or_insert(at), at),
            _ => at,
        }
    }
}

/// Not before what went before.
fn behind(last: &mut i64, at: i64) -> i64 {
    *last = at.max(*last);
    *last
}

#[cfg(test)]
mod tests {
    //! The three models, and that nothing overtakes.

    use super::*;

    #[test]
    fn constant_and_recorded_give_what_they_say() {
        let mut trips = Trips::new(Latency::Constant, (5, 7), 1);
        assert_eq!((trips.arrives(10, Some(1)), trips.returns(15, Destination::Api(1))), (15, 22));
        let recorded = Latency::from_csv("there_ns,back_ns\n3,1\n9,2\n").unwrap();
        let mut trips = Trips::new(recorded, (5, 7), 1);
        let there: Vec<i64> = (0..3).map(|n| trips.arrives(100 * n, None)).collect();
        assert_eq!(there, [3, 109, 203]);
        assert_eq!(trips.returns(0, Destination::Private), 1);
        for (text, why) in
            [("", "without a row"), ("1,2\nx,3\n", "line 2"), ("1,2\n-1,3", "line 2")]
        {
            assert!(Latency::from_csv(text).err().unwrap().to_string().contains(why), "{text:?}");
        }
    }

    #[test]
    fn uniform_stays_within_its_ends_and_reaches_both_halves() {
        let mut trips = Trips::new(Latency::FAR, (0, 0), 3);
        let spans: Vec<i64> = (0..1_000).map(|_| trips.arrives(0, None)).collect();
        let mean = spans.iter().sum::<i64>() / 1_000;
        assert!(spans.iter().all(|span| (50_000_000..=200_000_000).contains(span)));
        // The mean of 1,000 even draws is 125 ms, give or take three times 1.4 ms.
        assert!((121_000_000..129_000_000).contains(&mean), "{mean}");
        let again = Trips::new(Latency::FAR, (0, 0), 3).arrives(0, None);
        assert_eq!(again, spans[0]);
        assert!(Latency::Uniform { low_ns: 2, high_ns: 1 }.check().is_err());
    }

    #[test]
    fn requests_of_one_session_keep_their_order_and_others_do_not_wait() {
        let rows = vec![(100, 1), (10, 1), (10, 1)];
        let mut trips = Trips::new(Latency::Recorded(rows), (0, 0), 1);
        assert_eq!(trips.arrives(0, Some(1)), 100);
        assert_eq!(trips.arrives(1, Some(1)), 100);
        assert_eq!(trips.arrives(1, Some(2)), 11);
    }
}
