//! The members. One file and one line here add one; members of other crates
//! come in through [`enrol`](crate::enrol).
//!
//! The macro declares the modules, the enum with its static dispatch, and the
//! table that the configuration, `why` and the conformance test read. Never
//! here: who sits in the council, which is configuration.

use crate::enrolled::enrolled;
use crate::member::{COMMON_REASONS, InputSpec, Member, MemberContext, ReasonSpec, View};
use types::{InstrumentId, ParamError, ParamSpec, Params, Signal, Touch, Vote};

/// The list, alphabetical, handed to the macro `$then`.
macro_rules! members {
    ($then:ident) => {
        $then! {
            composite: Composite,
            mean_reversion: MeanReversion,
            microstructure: Microstructure,
            momentum: Momentum,
        }
    };
}

/// What is known of a member without seating it.
#[derive(Clone, Copy, Debug)]
pub struct MemberDescriptor {
    /// Its name in `[[council.member]]`.
    pub name: &'static str,
    /// What it looks at and what it wants.
    pub doc: &'static str,
    /// Until when it abstains after a start.
    pub warm_up: &'static str,
    /// Its parameters.
    pub params: &'static [ParamSpec],
    /// The indicators that it listens to, by role.
    pub inputs: &'static [InputSpec],
    /// What its own reason codes mean; the common ones come before these.
    pub reasons: &'static [ReasonSpec],
    /// What a vote's `seen` holds: a name and the words of its unit.
    pub seen: &'static [(&'static str, &'static str)],
}

impl MemberDescriptor {
    /// What is known of `M`.
    pub(crate) const fn of<M: Member>() -> Self {
        Self {
            name: M::NAME,
            doc: M::DOC,
            warm_up: M::WARM_UP,
            params: M::PARAMS,
            inputs: M::INPUTS,
            reasons: M::REASONS,
            seen: M::SEEN,
        }
    }
}

macro_rules! define {
    ($($module:ident: $member:ident,)*) => {
        /// A seated member.
        #[derive(Debug)]
        pub(crate) enum AnyMember {
            $($member(crate::$module::$member),)*
            /// Of another crate.
            Enrolled(Box<dyn crate::enrolled::Seated>),
        }

        /// Every member of this crate, in the order of the alphabet.
        pub const MEMBERS: &[MemberDescriptor] =
            &[$(MemberDescriptor::of::<crate::$module::$member>()),*];

        impl AnyMember {
            /// The member called `name`; `None` when there is no such.
            pub(crate) fn new(
                name: &str,
                params: &Params,
                context: &MemberContext<'_>,
            ) -> Option<Result<Self, ParamError>> {
                $(if name == crate::$module::$member::NAME {
                    let member = crate::$module::$member::new(params, context);
                    return Some(member.map(Self::$member));
                })*
                let other = enrolled().iter().find(|other| other.name() == name)?;
                Some(other.seat(params, context).map(Self::Enrolled))
            }

            /// An indicator has a new value.
            #[inline]
            pub(crate) fn on_signal(&mut self, instrument: InstrumentId, signal: &Signal) {
                match self {
                    $(Self::$member(member) => member.on_signal(instrument, signal),)*
                    Self::Enrolled(member) => member.on_signal(instrument, signal),
                }
            }

            /// The touch has changed.
            #[inline]
            pub(crate) fn on_touch(&mut self, instrument: InstrumentId, touch: &Touch) {
                match self {
                    $(Self::$member(member) => member.on_touch(instrument, touch),)*
                    Self::Enrolled(member) => member.on_touch(instrument, touch),
                }
            }

            /// A decision is due.
            #[inline]
            pub(crate) fn vote(&mut self, view: &View<'_>) -> Option<Vote> {
                match self {
                    $(Self::$member(member) => member.vote(view),)*
                    Self::Enrolled(member) => member.vote(view),
                }
            }
        }
    };
}

members!(define);

/// Every member that may be seated: this crate's, then those of other crates.
pub fn members() -> impl Iterator<Item = &'static MemberDescriptor> {
    MEMBERS.iter().chain(enrolled().iter().map(|other| &other.descriptor))
}

/// The descriptor of `name`.
pub(crate) fn descriptor(name: &str) -> Option<&'static MemberDescriptor> {
    members().find(|member| member.name == name)
}

/// What reason `code` of the member called `name` means; `None` when this
/// version has no such member or code.
#[must_use]
pub fn reason(name: &str, code: u16) -> Option<&'static ReasonSpec> {
    let own = descriptor(name)?.reasons;
    COMMON_REASONS.iter().chain(own).find(|reason| reason.code == code)
}
