//! Power losses, simulated: what the bot had acknowledged is there afterwards, and the store opens.
//!
//! - `reordered`: every system call of the bot is recorded, and disks are made as they may be at any moment between two
//!   of them: of what no fsync had reached yet, any part may be there, in any order, torn within a page.
//! - `dropped`: a real file system on a loop device, whose content is taken at any moment.
//!
//! `HEALTHBOT_POWER_CUTS` sets how often the power goes.

mod disk;
mod dropped;
mod reordered;
mod trace;

use crate::harness::knob;

fn cuts(without_it: usize) -> usize {
    knob::count("HEALTHBOT_POWER_CUTS").unwrap_or(without_it)
}
