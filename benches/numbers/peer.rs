//! Debian's prometheus-blackbox-exporter, driven over its `/probe` as Prometheus drives it.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::machine;
use super::targets::address;

const PROGRAM: &str = "prometheus-blackbox-exporter";
const CONFIG: &str = "modules:
  http_2xx:
    prober: http
    timeout: 3s
    http:
      preferred_ip_protocol: ip4
";

/// The exporter's process. Killed when dropped.
pub(crate) struct Exporter {
    process: Child,
    url: String,
    client: reqwest::Client,
}

impl Exporter {
    /// Starts it; none where it is not installed.
    pub(crate) async fn start(dir: &Path) -> Option<Self> {
        let config = dir.join("blackbox.yml");
        std::fs::write(&config, CONFIG).unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let at = listener.local_addr().unwrap();
        drop(listener);
        let process = Command::new(PROGRAM)
            .arg(format!("--web.listen-address={at}"))
            .arg(format!("--config.file={}", config.display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let exporter = Self {
            process,
            url: format!("http://{at}"),
            client,
        };
        while exporter.client.get(&exporter.url).send().await.is_err() {
            machine::sleep(Duration::from_millis(50)).await;
        }
        Some(exporter)
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Has it probe the servers one after the other, so many a second, and tells how many it probed.
    pub(crate) async fn probe_for(&self, length: Duration, rate: u64, port: u16) -> u64 {
        let begun = machine::elapsed();
        let mut asked = Vec::new();
        while machine::elapsed() - begun < length {
            let turn = asked.len();
            let url = format!(
                "{}/probe?module=http_2xx&target=http://{}:{port}/health",
                self.url,
                address(turn % 1_000)
            );
            let request = self.client.get(url).send();
            asked.push(tokio::spawn(async move {
                let text = request.await.unwrap().text().await.unwrap();
                assert!(text.contains("probe_success 1"), "{text}");
            }));
            let due = begun + Duration::from_nanos(1_000_000_000 / rate) * asked.len() as u32;
            machine::sleep(due.saturating_sub(machine::elapsed())).await;
        }
        let count = asked.len() as u64;
        for probe in asked {
            probe.await.unwrap();
        }
        count
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
