//! Behaviour tests: a file per behaviour, one binary.

mod manifest;
