//! Servers, their names, and what is believed of them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::health::Health;
use crate::domain::ids::ServerId;
use crate::domain::inventory::Hold;
use crate::domain::server::Server;
use crate::domain::settings::Settings;
use crate::store::{Record, Table};

impl Record for Server {
    type Key = ServerId;
    const TABLE: Table = Table::new(1, "servers", 1);
}

/// Which server has a name, under the folded name: a guard on its absence makes names unique whoever adds them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameOwner {
    /// The server.
    pub server: ServerId,
}

impl Record for NameOwner {
    type Key = Arc<str>;
    const TABLE: Table = Table::new(2, "names", 1);
}

impl Record for Health {
    type Key = ServerId;
    const TABLE: Table = Table::new(3, "health", 1);
}

impl Record for Hold {
    type Key = ();
    const TABLE: Table = Table::new(13, "inventory_hold", 1);
}

impl Record for Settings {
    type Key = ();
    const TABLE: Table = Table::new(9, "settings", 1);
}
