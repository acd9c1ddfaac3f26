//! Books, bars and incremental indicators; events to signals.
