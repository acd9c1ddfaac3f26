//! The fetcher: a cold thread that makes a wire's REST calls one after another
//! and tries again what failed, apart from the connector so that a slow
//! snapshot delays no reconnect. Fed with tokens by the polling thread, which
//! reads the answers and gives their memory back.
#![allow(clippy::disallowed_methods, reason = "a cold room: waits between attempts, has a clock")]

use crate::connector::LOOK_EVERY;
use crate::counters::WireCounters;
use crate::plan::{Resolver, RestPlan, WireSettings};
use crate::rest::{Call, Caller, Reply};
use crate::status::StatusBoard;
use crate::wire::{Ends, WireHandle};
use crate::{Backoff, RestSettings};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use std::sync::Arc;
use std::time::{Duration, Instant};
use ureq::Agent;

/// Longest wait that a server may ask for.
const RETRY_AFTER_MAX_S: u64 = 3600;

/// An answer, and the memory that holds it.
pub(crate) struct Answer {
    pub(crate) token: u64,
    pub(crate) body: Vec<u8>,
}

/// The polling thread's end.
pub(crate) struct RestEnd {
    requests: Sender<u64>,
    answers: Receiver<Answer>,
    used: Sender<Vec<u8>>,
    held: Option<Answer>,
}

impl RestEnd {
    /// False when too many wait already.
    pub(crate) fn request(&self, token: u64) -> bool {
        self.requests.try_send(token).is_ok()
    }

    /// Takes the next answer in hand, giving the last one's memory back.
    #[inline]
    pub(crate) fn take(&mut self) -> bool {
        let Ok(answer) = self.answers.try_recv() else { return false };
        if let Some(before) = self.held.replace(answer) {
            // Room is certain, see `Fetcher::start`; else it is freed here.
            let _ = self.used.try_send(before.body);
        }
        true
    }

    /// The answer in hand.
    pub(crate) const fn held(&self) -> Option<&Answer> {
        self.held.as_ref()
    }
}

struct Pending {
    token: u64,
    due: Instant,
    failures: u32,
}

/// Runs on its own thread until the wire is shut.
pub(crate) struct Fetcher {
    caller: Caller,
    resolver: Resolver,
    depth: usize,
    requests: Receiver<u64>,
    answers: Sender<Answer>,
    used: Receiver<Vec<u8>>,
    pending: Vec<Pending>,
    /// Asked to slow down (418, 429): nothing is sent before.
    paused_until: Option<Instant>,
    backoff: Backoff,
    counters: Arc<WireCounters>,
    status: StatusBoard,
    ends: Ends,
}

impl Fetcher {
    /// Starts it. The agent ends a call under way.
    pub(crate) fn start(
        plan: RestPlan,
        settings: &WireSettings,
        handle: &WireHandle,
    ) -> Result<(RestEnd, Agent), String> {
        let rest = RestSettings {
            extra_ca: plan.settings.extra_ca.clone().or_else(|| settings.extra_ca.clone()),
            allow_plaintext: plan.settings.allow_plaintext || settings.allow_plaintext,
            ..plan.settings
        };
        let caller = Caller::new(rest)?;
        let breaker = caller.breaker();
        let depth = plan.depth.max(1);
        let (requests_in, requests) = bounded(depth);
        let (answers_in, answers) = bounded(depth);
        // Memory is taken anew only when none was given back: all of it then is
        // in `answers`, in the polling thread's hand, or in the fetcher's.
        let (used_in, used) = bounded(depth + 2);
        let (counters, status, ends) = handle.parts();
        let fetcher = Self {
            caller,
            resolver: plan.resolver,
            depth,
            requests,
            answers: answers_in,
            used,
            pending: Vec::with_capacity(depth),
            paused_until: None,
            backoff: settings.backoff,
            counters,
            status,
            ends: ends.clone(),
        };
        ends.start(format!("{}-rest", settings.name), || fetcher.run())
            .map_err(|why| format!("the fetcher: {why}"))?;
        Ok((RestEnd { requests: requests_in, answers, used: used_in, held: None }, breaker))
    }

    fn run(mut self) {
        while !self.ends.stop.is_raised() {
            while self.pending.len() < self.depth
                && let Ok(token) = self.requests.try_recv()
            {
                self.pending.push(Pending { token, due: Instant::now(), failures: 0 });
            }
            match self.next_due() {
                Some(pending) => self.fetch(pending),
                None => std::thread::sleep(LOOK_EVERY),
            }
        }
    }

    /// The one that is due longest.
    fn next_due(&mut self) -> Option<Pending> {
        let now = Instant::now();
        if self.paused_until.is_some_and(|until| until > now) {
            return None;
        }
        let due = self.pending.iter().enumerate().filter(|(_, pending)| pending.due <= now);
        let (at, _) = due.min_by_key(|(_, pending)| pending.due)?;
        Some(self.pending.remove(at))
    }

    fn fetch(&mut self, pending: Pending) {
        let token = pending.token;
        let call = (self.resolver)(token);
        let headers: Vec<_> = call.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let request = Call { method: call.method, url: &call.url, headers: &headers, body: &[] };
        let body = self.used.try_recv().unwrap_or_default();
        let mut reply = Reply { body, ..Reply::default() };
        self.counters.cold.rest_requests.count();
        match self.caller.call(&request, &mut reply) {
            Ok(()) if reply.is_ok() => self.answer(Answer { token, body: reply.body }),
            Ok(()) => {
                let place = call.url.split('?').next().unwrap_or_default();
                self.retry(pending, &reply, format!("{place}: status {}", reply.status));
            }
            Err(why) => self.retry(pending, &reply, why.sentence),
        }
    }

    fn retry(&mut self, pending: Pending, reply: &Reply, why: String) {
        // The words first: whoever sees the counter finds them.
        self.status.lock().rest_last_reason = why;
        self.counters.cold.rest_failures.count();
        let asked = reply.retry_after_s.unwrap_or(0).min(RETRY_AFTER_MAX_S);
        let delay = self.backoff.delay(pending.failures, pending.token);
        let due = Instant::now() + delay.max(Duration::from_secs(asked));
        if matches!(reply.status, 418 | 429) {
            self.paused_until = Some(due);
        }
        self.pending.push(Pending { due, failures: pending.failures.saturating_add(1), ..pending });
    }

    /// Hands over, waiting for room as long as the wire lives.
    fn answer(&self, mut answer: Answer) {
        while let Err(TrySendError::Full(back)) = self.answers.try_send(answer) {
            if self.ends.stop.is_raised() {
                return;
            }
            answer = back;
            std::thread::sleep(LOOK_EVERY);
        }
    }
}
