//! With hardly a file descriptor left, no server is blamed for it.

use healthbot::clock::{Clock, SystemClock};
use healthbot::domain::ids::ServerId;
use healthbot::domain::server::{Environment, HostName, Server, Source};
use healthbot::domain::settings::Interval;
use healthbot::domain::target::{Address, Check, ServerType};
use healthbot::store::collections::{NameOwner, TABLES};
use healthbot::store::{Batch, Options, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::harness::process::{serve_with_descriptors, workspace};

const SERVERS: u64 = 500;

/// Answers every request, and counts them.
async fn counting_target() -> (String, watch::Receiver<u64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (counter, count) = watch::channel(0);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let counter = counter.clone();
            tokio::spawn(async move {
                let mut request = [0; 1024];
                if stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                    let _ = stream
                        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                        .await;
                    counter.send_modify(|count| *count += 1);
                }
            });
        }
    });
    (url, count)
}

/// Servers that are all at this address, in a store that the bot is to open.
async fn watch_many(dir: &std::path::Path, url: &str) {
    let options = Options {
        dir: dir.to_owned(),
        cache_bytes: 1 << 20,
        tables: TABLES,
    };
    let store = Store::open(options, |_| {}).unwrap();
    let now = SystemClock::new().now();
    let target = Address::parse(url).unwrap().target;
    let mut batch = Batch::new();
    for n in 1..=SERVERS {
        let id = ServerId::from_raw(n);
        let server = Server {
            id,
            host_name: HostName::parse(&format!("server-{n}")).unwrap(),
            target: target.clone(),
            server_type: ServerType::default_for(Check::Http),
            environment: Environment::Live,
            notification: true,
            interval: Some(Interval::parse("1s").unwrap()),
            timeout: None,
            failures: None,
            recoveries: None,
            source: Source::Manual,
            muted_until: None,
            created_at: now,
            updated_at: now,
        };
        let name = server.host_name.folded();
        batch = batch.put(&id, &server).unwrap();
        batch = batch.put(&name, &NameOwner { server: id }).unwrap();
    }
    store.commit(batch).await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn with_sixty_four_file_descriptors_no_server_of_five_hundred_is_called_down() {
    let workspace = workspace().await;
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let (url, mut probes) = counting_target().await;
    watch_many(&data, &url).await;
    let mut bot = serve_with_descriptors(64, &workspace, &data);
    bot.up(&workspace).await;
    let subscribed = workspace.command("dana", "ops", "/health subscribe").await;
    assert_eq!(subscribed.unwrap().status, 200);
    probes
        .wait_for(|count| *count >= 4 * SERVERS)
        .await
        .unwrap();
    let list = workspace
        .command("dana", "ops", "/health status")
        .await
        .unwrap();
    assert!(list.plain().contains("500"), "{}", list.plain());
    bot.signal("TERM").await;
    let (code, said) = bot.ended().await;
    assert_eq!(code, Some(0), "{said}");
    let messages = workspace.messages("ops");
    let blamed = messages
        .iter()
        .find(|message| message.plain().contains("down"));
    assert!(blamed.is_none(), "{}", blamed.unwrap().plain());
}
