//! One file per venue: decode frames, encode orders, sign. Bring your own socket.
