//! A whole export as somebody hands it to `healthbot import`: taken whole, or not at all. It writes files, so it is a
//! thousand times slower than the others: point `TMPDIR` at a memory disk.
#![no_main]

use healthbot::store::collections::TABLES;
use healthbot::store::{Options, import};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let dir = tempfile::tempdir().expect("a directory");
    let options = Options {
        dir: dir.path().to_owned(),
        cache_bytes: 1 << 20,
        tables: TABLES,
    };
    let _ = import(options, data);
});
