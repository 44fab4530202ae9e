//! A small Slack workspace on loopback, for `healthbot demo` and the tests.
