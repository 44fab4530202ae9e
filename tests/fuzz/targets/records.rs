//! Records as they are stored and imported: what can be read is written again as it was, and can be told.
#![no_main]

use std::fmt::Debug;

use healthbot::domain::audit::{Logged, RecentChanges};
use healthbot::domain::channel::Channel;
use healthbot::domain::health::Health;
use healthbot::domain::history::PastIncidents;
use healthbot::domain::incident::Incident;
use healthbot::domain::notice::{Digest, DigestMember, Posting};
use healthbot::domain::server::Server;
use healthbot::domain::settings::Settings;
use healthbot::slack::render::{self, IncidentView};
use healthbot::store::collections::{DestinationOwner, NameOwner, OutboxEntry, SeenEvent};
use healthbot_fuzz::{languages, now};
use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn read<T: Serialize + DeserializeOwned + Debug>(json: &[u8]) -> Option<T> {
    let record: T = serde_json::from_slice(json).ok()?;
    let written = serde_json::to_vec(&record).expect("what was read can be written");
    let again: T = serde_json::from_slice(&written).expect("what was written can be read");
    assert_eq!(format!("{record:?}"), format!("{again:?}"));
    Some(record)
}

fuzz_target!(|data: &[u8]| {
    let Some((table, json)) = data.split_first() else {
        return;
    };
    match table % 14 {
        0 => drop(read::<Server>(json).map(|server| server.url())),
        1 => drop(read::<Health>(json)),
        2 => drop(read::<Channel>(json)),
        3 => {
            // Whatever it says, showing it does not end the process.
            let shown = |incident: &Incident| {
                let server = None;
                let now = now();
                languages().map(|words| {
                    let view = IncidentView { incident, server, now };
                    render::failure(words, view)
                })
            };
            drop(read::<Incident>(json).as_ref().map(shown));
        }
        4 => drop(read::<Posting>(json)),
        5 => drop(read::<OutboxEntry>(json)),
        6 => drop(read::<Digest>(json)),
        7 => drop(read::<DigestMember>(json)),
        8 => drop(read::<Settings>(json)),
        9 => drop(read::<Logged>(json)),
        10 => drop(read::<RecentChanges>(json)),
        11 => drop(read::<PastIncidents>(json)),
        12 => drop(read::<DestinationOwner>(json)),
        _ => {
            drop(read::<NameOwner>(json));
            drop(read::<SeenEvent>(json));
        }
    }
});
