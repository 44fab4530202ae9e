//! Pure and synchronous: what the bot knows and every decision that it makes.
