//! What the tests stand on.

pub(crate) mod api;
pub(crate) mod bot;
pub(crate) mod certificates;
pub(crate) mod company;
pub(crate) mod dice;
pub(crate) mod gallery;
pub(crate) mod knob;
pub(crate) mod knock;
pub(crate) mod launch;
pub(crate) mod mistakes;
pub(crate) mod probing;
pub(crate) mod process;
pub(crate) mod prose;
pub(crate) mod reader;
pub(crate) mod spellings;
pub(crate) mod targets;
pub(crate) mod transport;
pub(crate) mod views;
