//! Which session of an exchange in process each of the orders' connections is.
//!
//! Kept by the lock-step driver, which opens and closes them. Never here: a message.

use gateway::{API, PRIVATE, SPARE};

/// The connections of the orders' wire, as they are opened.
pub const ORDER_CONNECTIONS: [u16; 3] = [API, SPARE, PRIVATE];

/// A connection that opens again is a new session: the old one's logon, subscription
/// and answers are gone with it.
#[derive(Debug)]
pub struct OrderSessions([u32; ORDER_CONNECTIONS.len()]);

impl OrderSessions {
    /// How many there are at a time, and so from one number of a connection to its next.
    const STEP: u32 = 3;

    /// The first of each has its connection's own number.
    #[must_use]
    pub const fn new() -> Self {
        Self([0, 1, 2])
    }

    /// The session that `connection` is now.
    #[must_use]
    pub fn of(&self, connection: u16) -> Option<u32> {
        self.0.get(usize::from(connection)).copied()
    }

    /// The connection that a session is; `None` when that has ended.
    #[must_use]
    pub fn connection(&self, session: u32) -> Option<u16> {
        ORDER_CONNECTIONS.into_iter().find(|at| self.of(*at) == Some(session))
    }

    /// The connection has closed: the session that has ended with it.
    pub fn end(&mut self, connection: u16) -> Option<u32> {
        let number = self.0.get_mut(usize::from(connection))?;
        let ended = *number;
        *number = ended.wrapping_add(Self::STEP);
        Some(ended)
    }
}

impl Default for OrderSessions {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    //! Numbers never come back to another connection.

    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_connection_that_opens_again_is_a_session_that_nobody_had() {
        let mut sessions = OrderSessions::new();
        let mut seen: BTreeSet<u32> =
            ORDER_CONNECTIONS.into_iter().filter_map(|at| sessions.of(at)).collect();
        assert_eq!(seen.len(), ORDER_CONNECTIONS.len());
        for connection in [API, API, PRIVATE, SPARE, API, PRIVATE] {
            let ended = sessions.end(connection).unwrap();
            assert_eq!(sessions.connection(ended), None, "what comes for it is lost");
            let now = sessions.of(connection).unwrap();
            assert_eq!(sessions.connection(now), Some(connection));
            assert!(seen.insert(now), "{now} was another one");
        }
        assert_eq!((sessions.of(9), sessions.end(9)), (None, None));
    }
}
