//! How much a test does, where somebody wants more of it than the suite has time for.

use std::ffi::OsString;

/// The program that is tested: cargo's own, or the one that `HEALTHBOT_BIN` names, such as what ships.
pub(crate) fn binary() -> OsString {
    std::env::var_os("HEALTHBOT_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_healthbot").into())
}

/// The number in an environment variable; none where it is not set.
pub(crate) fn number(variable: &str) -> Option<u64> {
    let text = std::env::var_os(variable)?;
    let text = text.to_str().unwrap();
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{variable} is a number, not {text}")))
}

/// The same, as a count.
pub(crate) fn count(variable: &str) -> Option<usize> {
    number(variable).map(|number| number.try_into().unwrap())
}
