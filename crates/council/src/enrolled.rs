//! Members of other crates: enrolled once, by the program's first line, before
//! anything reads the registry. docs/members.md shows a whole one.
//!
//! Fed by a binary's `main`; read by the registry. Never here: a member that
//! comes or goes while something runs. The list is fixed by its first reader.

use crate::member::{Member, MemberContext, View, reasons};
use crate::registry::{MEMBERS, MemberDescriptor};
use std::fmt;
use std::sync::OnceLock;
use types::{InstrumentId, ParamError, Params, Signal, Touch, Vote};

static ENROLLED: OnceLock<&'static [Enrolled]> = OnceLock::new();

/// A member that this crate does not know: what is known of it, and how it is
/// seated.
#[derive(Clone, Copy)]
pub struct Enrolled {
    pub(crate) descriptor: MemberDescriptor,
    seat: Seat,
}

/// Seats a member: [`Member::new`], in a box.
type Seat = fn(&Params, &MemberContext<'_>) -> Result<Box<dyn Seated>, ParamError>;

impl Enrolled {
    /// The entry of `M`.
    #[must_use]
    pub const fn of<M: Member>() -> Self {
        Self { descriptor: MemberDescriptor::of::<M>(), seat: seat::<M> }
    }

    pub(crate) fn seat(
        &self,
        params: &Params,
        context: &MemberContext<'_>,
    ) -> Result<Box<dyn Seated>, ParamError> {
        (self.seat)(params, context)
    }

    pub(crate) const fn name(&self) -> &'static str {
        self.descriptor.name
    }
}

impl fmt::Debug for Enrolled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Enrolled").field(&self.descriptor.name).finish()
    }
}

fn seat<M: Member>(
    params: &Params,
    context: &MemberContext<'_>,
) -> Result<Box<dyn Seated>, ParamError> {
    Ok(Box::new(M::new(params, context)?))
}

/// A seated member of any crate: [`Member`] without what only the registry asks.
pub(crate) trait Seated: fmt::Debug + Send {
    /// See [`Member::on_signal`].
    fn on_signal(&mut self, instrument: InstrumentId, signal: &Signal);
    /// See [`Member::on_touch`].
    fn on_touch(&mut self, instrument: InstrumentId, touch: &Touch);
    /// See [`Member::vote`].
    fn vote(&mut self, view: &View<'_>) -> Option<Vote>;
}

impl<M: Member> Seated for M {
    fn on_signal(&mut self, instrument: InstrumentId, signal: &Signal) {
        Member::on_signal(self, instrument, signal);
    }

    fn on_touch(&mut self, instrument: InstrumentId, touch: &Touch) {
        Member::on_touch(self, instrument, touch);
    }

    fn vote(&mut self, view: &View<'_>) -> Option<Vote> {
        Member::vote(self, view)
    }
}

/// Adds `members` to those of this crate, for the rest of the process. Call it
/// once and first: whatever reads the list fixes it.
///
/// # Errors
/// A name that is taken, is no key of a configuration, or a reason code that is
/// not its own; a second call, or a call that comes too late.
pub fn enrol(members: &'static [Enrolled]) -> Result<(), ParamError> {
    for (at, member) in members.iter().enumerate() {
        let earlier = members[..at].iter().map(Enrolled::name);
        let taken = MEMBERS.iter().map(|known| known.name).chain(earlier);
        check(&member.descriptor, taken)?;
    }
    ENROLLED.set(members).map_err(|_| ParamError {
        key: "council.member".to_owned(),
        sentence: "members are enrolled once, before anything reads the list; make it the \
            program's first call"
            .to_owned(),
    })
}

fn check(
    member: &MemberDescriptor,
    mut taken: impl Iterator<Item = &'static str>,
) -> Result<(), ParamError> {
    let fault = |sentence: String| {
        Err(ParamError { key: format!("council.member.{}", member.name), sentence })
    };
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if member.name.is_empty() || !member.name.chars().all(fits) {
        return fault("is no name; give lower-case letters, digits and _".to_owned());
    }
    if taken.any(|name| name == member.name) {
        return fault("is registered already; give it another NAME".to_owned());
    }
    for (at, reason) in member.reasons.iter().enumerate() {
        if reason.code < reasons::OWN {
            return fault(format!(
                "numbers a reason {}; its own begin at {}",
                reason.code,
                reasons::OWN
            ));
        }
        if member.reasons[..at].iter().any(|other| other.code == reason.code) {
            return fault(format!("gives code {} two meanings; keep one", reason.code));
        }
    }
    Ok(())
}

/// The members of other crates; the first call fixes the list.
pub(crate) fn enrolled() -> &'static [Enrolled] {
    ENROLLED.get_or_init(|| &[])
}

#[cfg(test)]
mod tests;
