//! A parsed JSON document as a flat run of nodes, walked by index.
//!
//! The decoder makes it from one frame; each venue reads it. Every access is
//! checked: an index that leaves the run reads as absent.

use simd_json::{Node, StaticNode};

/// A parsed document. Node 0 is its root, so no field's value is ever at 0.
#[derive(Clone, Copy)]
pub(crate) struct Tree<'t, 'i> {
    nodes: &'t [Node<'i>],
}

impl<'t, 'i> Tree<'t, 'i> {
    /// The root's index.
    pub(crate) const ROOT: usize = 0;

    pub(crate) const fn new(nodes: &'t [Node<'i>]) -> Self {
        Self { nodes }
    }

    /// Index behind the value at `at`, nested values included.
    #[inline]
    fn after(self, at: usize) -> usize {
        match self.nodes.get(at) {
            Some(Node::Object { count, .. } | Node::Array { count, .. }) => at + count + 1,
            _ => at + 1,
        }
    }

    /// The entries of the object at `at`; `None` where there is no object.
    #[inline]
    pub(crate) fn object(self, at: usize) -> Option<Entries<'t, 'i>> {
        match self.nodes.get(at) {
            Some(Node::Object { len, .. }) => {
                Some(Entries { tree: self, next: at + 1, left: *len })
            }
            _ => None,
        }
    }

    /// Indexes of the elements of the array at `at`; `None` where there is none.
    #[inline]
    pub(crate) fn array(self, at: usize) -> Option<Elements<'t, 'i>> {
        match self.nodes.get(at) {
            Some(Node::Array { len, .. }) => {
                Some(Elements { tree: self, next: at + 1, left: *len })
            }
            _ => None,
        }
    }

    /// The string at `at`.
    #[inline]
    pub(crate) fn text(self, at: usize) -> Option<&'i [u8]> {
        match self.nodes.get(at) {
            Some(Node::String(text)) => Some(text.as_bytes()),
            _ => None,
        }
    }

    /// The first two strings of the array at `at`: a level's price and quantity.
    /// Further elements, which old interfaces send, are passed over.
    #[inline]
    pub(crate) fn text_pair(self, at: usize) -> Option<(&'i [u8], &'i [u8])> {
        match self.nodes.get(at..at + 3) {
            Some([Node::Array { len: 2.., .. }, Node::String(first), Node::String(second)]) => {
                Some((first.as_bytes(), second.as_bytes()))
            }
            _ => None,
        }
    }

    /// The whole number at `at`, if it is not negative.
    #[inline]
    pub(crate) fn unsigned(self, at: usize) -> Option<u64> {
        match self.nodes.get(at) {
            Some(Node::Static(StaticNode::U64(value))) => Some(*value),
            Some(Node::Static(StaticNode::I64(value))) => u64::try_from(*value).ok(),
            _ => None,
        }
    }

    /// The whole number at `at`.
    pub(crate) fn signed(self, at: usize) -> Option<i64> {
        match self.nodes.get(at) {
            Some(Node::Static(StaticNode::U64(value))) => i64::try_from(*value).ok(),
            Some(Node::Static(StaticNode::I64(value))) => Some(*value),
            _ => None,
        }
    }

    /// The truth value at `at`.
    #[inline]
    pub(crate) fn truth(self, at: usize) -> Option<bool> {
        match self.nodes.get(at) {
            Some(Node::Static(StaticNode::Bool(value))) => Some(*value),
            _ => None,
        }
    }

    /// The value of `key` in the object at `at`; the last one where it repeats.
    pub(crate) fn field(self, at: usize, key: &str) -> Option<usize> {
        let entries = self.object(at)?;
        entries.filter(|(name, _)| *name == key).last().map(|(_, value)| value)
    }
}

/// Keys of an object and the indexes of their values, in the order sent.
pub(crate) struct Entries<'t, 'i> {
    tree: Tree<'t, 'i>,
    next: usize,
    left: usize,
}

impl<'i> Iterator for Entries<'_, 'i> {
    type Item = (&'i str, usize);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let Some(Node::String(key)) = self.tree.nodes.get(self.next) else { return None };
        let value = self.next + 1;
        self.next = self.tree.after(value);
        Some((key, value))
    }
}

/// Indexes of an array's elements.
pub(crate) struct Elements<'t, 'i> {
    tree: Tree<'t, 'i>,
    next: usize,
    left: usize,
}

impl Iterator for Elements<'_, '_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        let value = self.next;
        self.next = self.tree.after(value);
        Some(value)
    }
}

/// Where the one-letter keys of an object have their values: venues of the
/// Binance family name nearly every field by one letter, case included.
pub(crate) struct Letters<'t, 'i> {
    tree: Tree<'t, 'i>,
    /// By letter from `A`; 0 is absent, for nothing but the root is at 0.
    at: [u32; 64],
    /// `pu`, the one key of two letters that is read per message.
    previous: u32,
}

impl<'t, 'i> Letters<'t, 'i> {
    /// Reads the keys of the object at `object`; the last one counts where a
    /// key repeats. `None` where there is no object.
    #[inline]
    pub(crate) fn read(tree: Tree<'t, 'i>, object: usize) -> Option<Self> {
        let mut letters = Self { tree, at: [0; 64], previous: 0 };
        for (key, value) in tree.object(object)? {
            // The parser refuses documents of 4 GiB and more.
            let Ok(index) = u32::try_from(value) else { continue };
            match key.as_bytes() {
                [letter @ b'A'..=b'z'] => letters.at[usize::from(letter - b'A')] = index,
                b"pu" => letters.previous = index,
                _ => {}
            }
        }
        Some(letters)
    }

    /// Index of the value of `letter`, A to z.
    #[inline]
    pub(crate) fn at(&self, letter: u8) -> Option<usize> {
        match self.at.get(usize::from(letter.wrapping_sub(b'A'))) {
            Some(0) | None => None,
            Some(index) => Some(*index as usize),
        }
    }

    /// The string of `letter`.
    #[inline]
    pub(crate) fn text(&self, letter: u8) -> Option<&'i [u8]> {
        self.tree.text(self.at(letter)?)
    }

    /// The whole number of `letter`.
    #[inline]
    pub(crate) fn unsigned(&self, letter: u8) -> Option<u64> {
        self.tree.unsigned(self.at(letter)?)
    }

    /// The truth value of `letter`.
    #[inline]
    pub(crate) fn truth(&self, letter: u8) -> Option<bool> {
        self.tree.truth(self.at(letter)?)
    }

    /// The whole number of `pu`.
    #[inline]
    pub(crate) fn previous(&self) -> Option<u64> {
        if self.previous == 0 { None } else { self.tree.unsigned(self.previous as usize) }
    }
}
