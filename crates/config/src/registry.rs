//! What the rest of the engine registers: names and their parameters, passed
//! in as data so that this crate needs none of the crates that own them.
//!
//! Fed by the binary; read by the schema and the documentation page.

use types::ParamSpec;

/// An indicator that a member listens to, by role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its key under the seat's `inputs`.
    pub name: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// The label taken where the seat gives none; `None`: the role may stay empty.
    pub usual: Option<&'static str>,
}

/// A registered indicator, member or rule.
#[derive(Clone, Copy, Debug)]
pub struct Registered<'a> {
    /// Its name in the configuration.
    pub name: &'static str,
    /// What it does, one sentence.
    pub doc: &'static str,
    /// Its parameters, in the order of its registry entry.
    pub params: &'static [ParamSpec],
    /// What it listens to: members only, empty else.
    pub inputs: &'a [Role],
    /// Rules only: why it is off in a file that does not name it; `None`: every
    /// file must name it.
    pub unless_named: Option<&'static str>,
}

/// Everything registered.
#[derive(Clone, Copy, Debug, Default)]
pub struct Registries<'a> {
    /// Indicators: what `indicators.set` may name.
    pub indicators: &'a [Registered<'a>],
    /// Council members: what `[[council.member]] name` may be.
    pub members: &'a [Registered<'a>],
    /// Risk rules, in the order of judgement: each must be in `[risk]`,
    /// save those that say why they are off unless named.
    pub rules: &'a [Registered<'a>],
    /// Dialects that a venue may speak.
    pub dialects: &'a [&'a str],
    /// Links of the shape that `[links]` may deepen; empty: any name passes
    /// and the shape judges it.
    pub links: &'a [&'a str],
}

impl<'a> Registries<'a> {
    /// The registered member of that name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&'a Registered<'a>> {
        self.members.iter().find(|entry| entry.name == name)
    }

    /// The registered indicator of that name.
    #[must_use]
    pub fn indicator(&self, name: &str) -> Option<&'a Registered<'a>> {
        self.indicators.iter().find(|entry| entry.name == name)
    }
}
