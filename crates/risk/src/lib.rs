//! One file per pre-trade rule; the only maker of Approved.
