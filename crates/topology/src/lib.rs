//! Actors and links as a value: built, validated, drawn, hashed. Starts nothing.
