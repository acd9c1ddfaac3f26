//! Frames to fixed-point events, book integrity, and the one sequencer.
