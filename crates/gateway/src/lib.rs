//! The only way out: the order life, the order bytes, the return ring.
