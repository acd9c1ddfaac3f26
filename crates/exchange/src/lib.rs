//! A simulated exchange: matching, accounts, market, streams, REST and WebSocket order entry.
