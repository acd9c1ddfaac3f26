//! The last so many items, oldest out first.

/// A window of fixed length. All memory is taken in [`Ring::new`].
#[derive(Clone, Debug)]
pub(crate) struct Ring<T> {
    items: Box<[T]>,
    /// Where the next item goes, which is where the oldest stands when full.
    next: usize,
    held: usize,
}

impl<T: Copy> Ring<T> {
    /// A window of `length` items (0 counts as 1); `blank` fills it until then.
    pub(crate) fn new(length: usize, blank: T) -> Self {
        Self { items: vec![blank; length.max(1)].into(), next: 0, held: 0 }
    }

    /// Whether the next item pushes one out.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.held == self.items.len()
    }

    /// The item that the next one pushes out.
    #[inline]
    pub(crate) fn oldest(&self) -> Option<T> {
        self.is_full().then(|| self.items[self.next])
    }

    /// Puts an item in; the one that it pushed out.
    #[inline]
    pub(crate) fn push(&mut self, item: T) -> Option<T> {
        let old = self.oldest();
        self.items[self.next] = item;
        self.next += 1;
        if self.next == self.items.len() {
            self.next = 0;
        }
        if old.is_none() {
            self.held += 1;
        }
        old
    }

    /// Empties the window.
    pub(crate) const fn clear(&mut self) {
        self.next = 0;
        self.held = 0;
    }
}
