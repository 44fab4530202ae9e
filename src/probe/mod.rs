//! A target to an outcome.
