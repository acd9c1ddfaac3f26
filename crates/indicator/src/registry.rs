//! Every indicator: one file and one line here.
//!
//! The line declares the module and gives the indicator a variant with static
//! dispatch, an entry in [`ALL`], and a name that the configuration may use.

use crate::input::{Indicator, Input, Overflow, Wants};
use types::{ParamError, ParamSpec, ParamValue, Params, Value};

/// What the registry knows of one indicator.
#[derive(Clone, Copy, Debug)]
pub struct Descriptor {
    /// Its name in the configuration.
    pub name: &'static str,
    /// What it measures.
    pub doc: &'static str,
    /// The parameters that it takes.
    pub params: &'static [ParamSpec],
    /// The inputs that it understands.
    pub wants: Wants,
    /// Inputs that give no value yet, for given parameters.
    pub warm_up: fn(&Params) -> u32,
}

impl Descriptor {
    const fn of<I: Indicator>() -> Self {
        Self { name: I::NAME, doc: I::DOC, params: I::PARAMS, wants: I::WANTS, warm_up: I::warm_up }
    }
}

macro_rules! indicators {
    ($($file:literal $module:ident::$kind:ident;)*) => {
        $(
            #[path = $file]
            mod $module;
            pub use $module::$kind;
        )*

        /// Every indicator, in alphabetical order.
        pub const ALL: &[Descriptor] = &[$(Descriptor::of::<$kind>(),)*];

        /// One indicator of any kind, dispatched statically.
        #[derive(Clone, Debug)]
        #[allow(missing_docs, reason = "each variant is the type of its name")]
        pub enum AnyIndicator { $($kind($kind),)* }

        impl AnyIndicator {
            /// A fresh indicator of the registered `name`, with its parameters
            /// checked and completed.
            ///
            /// # Errors
            /// A name that is not registered; parameters that do not fit.
            pub fn new(name: &str, given: &[(String, ParamValue)]) -> Result<Self, ParamError> {
                $(if name == $kind::NAME {
                    let params = resolve($kind::NAME, $kind::PARAMS, given)?;
                    return Ok(Self::$kind($kind::new(&params)));
                })*
                Err(unknown(name))
            }

            /// Its entry in the registry.
            #[must_use]
            pub const fn descriptor(&self) -> Descriptor {
                match self { $(Self::$kind(_) => Descriptor::of::<$kind>(),)* }
            }

            /// Takes one input: see [`Indicator::apply`].
            ///
            /// # Errors
            /// [`Overflow`]; the input was not taken.
            #[inline]
            pub fn apply(&mut self, input: Input<'_>) -> Result<Option<Value>, Overflow> {
                match self { $(Self::$kind(indicator) => indicator.apply(input),)* }
            }
        }
    };
}

indicators! {
    "ema.rs" ema::Ema;
    "imbalance.rs" imbalance::Imbalance;
    "microprice.rs" microprice::Microprice;
    "rsi.rs" rsi::Rsi;
}

fn resolve(
    name: &str,
    specs: &'static [ParamSpec],
    given: &[(String, ParamValue)],
) -> Result<Params, ParamError> {
    Params::resolve(specs, given)
        .map_err(|error| ParamError { key: format!("{name}.{}", error.key), ..error })
}

fn unknown(name: &str) -> ParamError {
    let known: Vec<_> = ALL.iter().map(|descriptor| descriptor.name).collect();
    ParamError {
        key: name.to_owned(),
        sentence: format!("unknown indicator; known are: {}", known.join(", ")),
    }
}
