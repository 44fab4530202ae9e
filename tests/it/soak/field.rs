//! Many servers behind one listener: which of them are well is told by their path and by the minute.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use healthbot::clock::{Clock, SystemClock};
use healthbot::domain::ids::ServerId;
use healthbot::domain::server::{Environment, HostName, Server, Source};
use healthbot::domain::settings::Interval;
use healthbot::domain::target::{Address, ServerType};
use healthbot::store::collections::{NameOwner, TABLES};
use healthbot::store::{Batch, Options, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Servers that are written together.
const BATCH: u64 = 500;

/// One of so many is unwell for a minute.
const UNWELL: u64 = 600;

#[derive(Default)]
struct Weather {
    minute: AtomicU64,
    storm: AtomicBool,
}

pub(super) struct Field {
    base: String,
    servers: u64,
    weather: Arc<Weather>,
}

impl Field {
    pub(super) async fn start(servers: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let weather = Arc::new(Weather::default());
        let told = Arc::clone(&weather);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&told)));
            }
        });
        Self {
            base,
            servers,
            weather,
        }
    }

    pub(super) fn url(&self, server: u64) -> String {
        format!("{}/{server}", self.base)
    }

    /// Others are unwell from now on, in a storm a tenth of all.
    pub(super) fn next_minute(&self, storm: bool) {
        self.weather.minute.fetch_add(1, Ordering::SeqCst);
        self.weather.storm.store(storm, Ordering::SeqCst);
    }

    /// All of them into a store that a bot is to open.
    pub(super) async fn write_into(&self, dir: &Path) {
        let options = Options {
            dir: dir.to_owned(),
            cache_bytes: 1 << 20,
            tables: TABLES,
        };
        let store = Store::open(options, |_| {}).unwrap();
        for first in (1..=self.servers).step_by(usize::try_from(BATCH).unwrap()) {
            let mut batch = Batch::new();
            for n in first..(first + BATCH).min(self.servers + 1) {
                let server = self.server(n);
                let name = server.host_name.folded();
                batch = batch.put(&server.id, &server).unwrap();
                batch = batch.put(&name, &NameOwner { server: server.id }).unwrap();
            }
            store.commit(batch).await.unwrap();
        }
        store.close().await;
    }

    fn server(&self, n: u64) -> Server {
        let address = Address::parse(&self.url(n)).unwrap();
        let now = SystemClock::new().now();
        Server {
            id: ServerId::from_raw(n),
            host_name: HostName::parse(&format!("server-{n}")).unwrap(),
            target: address.target,
            server_type: ServerType::default_for(address.check.unwrap()),
            environment: Environment::Live,
            notification: true,
            interval: Some(Interval::parse("60s").unwrap()),
            timeout: None,
            failures: None,
            recoveries: None,
            source: Source::Manual,
            muted_until: None,
            created_at: now,
            updated_at: now,
        }
    }
}

/// One request, and an answer that fits the server and the minute: 200, 503, a cut, or nothing for ever.
async fn answer(mut stream: TcpStream, weather: Arc<Weather>) {
    let mut head = [0; 1024];
    let Ok(read) = stream.read(&mut head).await else {
        return;
    };
    let line = String::from_utf8_lossy(&head[..read]);
    let path = line.split(' ').nth(1).unwrap_or_default();
    let server: u64 = path.trim_start_matches('/').parse().unwrap_or_default();
    let minute = weather.minute.load(Ordering::SeqCst);
    let stormy = weather.storm.load(Ordering::SeqCst) && server.is_multiple_of(10);
    let status = if stormy || (server + 7 * minute).is_multiple_of(UNWELL) {
        match server % 3 {
            0 => return,
            1 => "503 Service Unavailable",
            _ => {
                // Until the prober gives up.
                let _ = stream.read(&mut head).await;
                return;
            }
        }
    } else {
        "200 OK"
    };
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let _ = stream.write_all(answer.as_bytes()).await;
}
