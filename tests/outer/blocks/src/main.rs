//! Holds everything in the snapshots of the gallery against Slack's limits, as somebody else has read them: the crate
//! `slackblocks`. Names each that would be refused, and then ends with 1.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};
use slackblocks::{HomeTabView, MessagePayload, ModalView};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../it/snapshots");
    let (mut read, mut refused) = (0, 0);
    for entry in fs::read_dir(snapshots)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // The errors of forms are no blocks.
        if !name.starts_with("it__looks__") || name.contains("form_errors") {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        let shown = text.splitn(3, "---\n").nth(2).ok_or("a snapshot without a head")?;
        read += 1;
        if let Err(error) = judge(serde_json::from_str(shown)?) {
            refused += 1;
            println!("{name}: {error}");
        }
    }
    println!("{read} read, {refused} refused");
    let sound = refused == 0 && read > 0;
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn judge(mut shown: Value) -> Result<(), Box<dyn Error>> {
    match shown["type"].as_str() {
        Some("modal") => drop(ModalView::try_from(shown)?),
        Some("home") => drop(HomeTabView::try_from(shown)?),
        _ => {
            shown["channel"] = json!("C0OPS");
            drop(MessagePayload::try_from(shown)?);
        }
    }
    Ok(())
}
