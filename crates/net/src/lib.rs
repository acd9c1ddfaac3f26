//! Wires over sockets (mio, TLS, WebSocket) and over memory.
