//! Bytes in: a wire polled, each frame stamped and handed on without a second copy.
