//! Order books from level changes, beside a slow obvious twin.
