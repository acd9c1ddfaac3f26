//! The shape: who runs, what flows, how deep each link is and why.

use sha2::{Digest, Sha256};
use std::fmt;

/// What a link carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Venue bytes; the depth counts bytes.
    Frames,
    /// Records; the depth counts records of 64 bytes.
    Records,
    /// Small requests; the depth counts them.
    Requests,
}

impl Payload {
    const fn item_bytes(self) -> usize {
        match self {
            Self::Frames => 1,
            Self::Records => 64,
            Self::Requests => 8,
        }
    }
}

/// What the sender does when the link is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FullPolicy {
    /// It takes no more input, and so does everyone before it.
    HoldBack,
    /// It stops reading its sockets; slots for its own outcomes are reserved.
    StopReading,
    /// It forgets the item and asks again later.
    AskAgain,
}

impl FullPolicy {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::HoldBack => "hold back",
            Self::StopReading => "stop reading",
            Self::AskAgain => "ask again",
        }
    }
}

/// An actor of the shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorDecl {
    /// Unique name.
    pub name: &'static str,
    /// Whether it spins on the hot line; the cold side does not.
    pub hot: bool,
}

/// A link of the shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkDecl {
    /// `sender_receiver`.
    pub name: &'static str,
    /// Who writes.
    pub from: &'static str,
    /// Who reads.
    pub to: &'static str,
    /// What flows.
    pub payload: Payload,
    /// How much fits; a power of two.
    pub depth: usize,
    /// Why that much.
    pub why: &'static str,
    /// What happens when it is full.
    pub full: FullPolicy,
    /// Whether it leads back up the line.
    pub feedback: bool,
}

/// The whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Who runs, in the order of the line.
    pub actors: Vec<ActorDecl>,
    /// What flows.
    pub links: Vec<LinkDecl>,
}

/// Why a shape cannot run, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeError(pub String);

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ShapeError {}

impl Shape {
    /// Adds an actor; its place in the list is its place in the line.
    pub fn actor(&mut self, name: &'static str, hot: bool) -> &mut Self {
        self.actors.push(ActorDecl { name, hot });
        self
    }

    /// Adds a link.
    pub fn link(&mut self, link: LinkDecl) -> &mut Self {
        self.links.push(link);
        self
    }

    /// The link of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&LinkDecl> {
        self.links.iter().find(|link| link.name == name)
    }

    /// Memory that the links take, in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.links.iter().map(|link| link.depth.saturating_mul(link.payload.item_bytes())).sum()
    }

    /// Checks every rule of a shape that can run.
    ///
    /// # Errors
    /// The first rule that is broken, with the names concerned.
    pub fn validate(&self, memory_limit: usize) -> Result<(), ShapeError> {
        self.check_names()?;
        for link in &self.links {
            self.check_link(link)?;
        }
        self.check_reached()?;
        if self.memory() > memory_limit {
            let (has, limit) = (self.memory() >> 20, memory_limit >> 20);
            return Err(ShapeError(format!(
                "the links take {has} MiB, more than the {limit} MiB of [engine] memory_mib; \
                    lower a depth in [links] or raise it"
            )));
        }
        Ok(())
    }

    /// SHA-256 over everything that defines the shape, the reasons left out.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        for actor in &self.actors {
            hasher.update(format!("actor {} {}\n", actor.name, actor.hot));
        }
        for l in &self.links {
            hasher.update(format!(
                "link {} {} {} {:?} {} {:?} {}\n",
                l.name, l.from, l.to, l.payload, l.depth, l.full, l.feedback
            ));
        }
        hasher.finalize().into()
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.actors.iter().position(|actor| actor.name == name)
    }

    fn check_names(&self) -> Result<(), ShapeError> {
        let actors = self.actors.iter().map(|a| a.name);
        let mut names: Vec<_> = actors.chain(self.links.iter().map(|l| l.name)).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => {
                Err(ShapeError(format!("the name {} is used twice in the shape", pair[0])))
            }
            None => Ok(()),
        }
    }

    fn check_link(&self, link: &LinkDecl) -> Result<(), ShapeError> {
        let fault = |text: String| Err(ShapeError(format!("link {}: {text}", link.name)));
        let (Some(from), Some(to)) = (self.position(link.from), self.position(link.to)) else {
            return fault(format!(
                "{} → {} names an actor that does not exist",
                link.from, link.to
            ));
        };
        if from == to {
            return fault(format!("{} would read from itself", link.from));
        }
        if (to < from) != link.feedback {
            return fault(format!(
                "{} → {} {}",
                link.from,
                link.to,
                if link.feedback {
                    "is marked feedback but leads down the line"
                } else {
                    "leads up the line and is not marked feedback"
                }
            ));
        }
        if !link.depth.is_power_of_two() || link.depth < 2 {
            let up = link.depth.max(2).next_power_of_two();
            return fault(format!("depth {} is not a power of two; {up} is the next", link.depth));
        }
        if link.payload == Payload::Frames && link.depth < 4096 {
            return fault(format!(
                "{} bytes are too few for frames; give at least 4096",
                link.depth
            ));
        }
        if link.why.is_empty() {
            return fault("its depth has no reason".to_owned());
        }
        Ok(())
    }

    fn check_reached(&self) -> Result<(), ShapeError> {
        for actor in &self.actors {
            let touches = |link: &LinkDecl| link.from == actor.name || link.to == actor.name;
            if !self.links.iter().any(touches) {
                return Err(ShapeError(format!("actor {} has no link", actor.name)));
            }
        }
        Ok(())
    }
}
