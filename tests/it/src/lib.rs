//! Integration tests: one binary, modules by behaviour.
