//! What people and strangers do meanwhile.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use healthbot::clock::SharedClock;
use healthbot::demo::Workspace;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::harness::knock::Knock;
use crate::harness::process::SIGNING_SECRET;

/// Somebody types something every second: looks mostly, and every few seconds a change. `late` counts what was not
/// answered in Slack's time.
pub(super) async fn type_and_press(
    workspace: Workspace,
    clock: SharedClock,
    url: String,
    late: Arc<AtomicU64>,
) {
    for n in 0_u64.. {
        let server = 1 + n * 37 % 9_000;
        let line = match n % 10 {
            0 => format!("add temporary-{n} {url} interval=1d"),
            1 => "list down".to_owned(),
            2 => format!("status server-{server}"),
            3 => format!("mute server-{server} 1m"),
            4 => "status".to_owned(),
            5 => format!("check server-{server}"),
            6 => format!("history server-{server}"),
            7 => format!("ack server-{server}"),
            8 => format!("off server-{server}"),
            _ => format!("on server-{}", 1 + (n - 1) * 37 % 9_000),
        };
        let typed = format!("/health {line}");
        match workspace.command("dana", "ops", &typed).await {
            Ok(answer) => assert_eq!(answer.status, 200, "{line}"),
            // Slack waits for three seconds. A machine that has other things to do may take longer.
            Err(_) => drop(late.fetch_add(1, Ordering::SeqCst)),
        }
        if n % 10 == 9 {
            let remove = format!("/health remove temporary-{}", n - 9);
            let _ = workspace.command("lee", "ops", &remove).await;
            let asked = workspace.ephemerals("lee").pop();
            if let Some(asked) = asked {
                let _ = workspace
                    .press("lee", &asked.channel, &asked.message.ts, "Remove")
                    .await;
            }
            let _ = workspace.open_home("dana").await;
        }
        clock.sleep(Duration::from_secs(1)).await;
    }
}

/// Forged requests, and connections that are begun and never ended or cut in the middle.
pub(super) async fn strangers(bot: SocketAddr, clock: SharedClock) {
    let url = format!("http://{bot}");
    loop {
        for cut in [false, true] {
            let mut held = Vec::new();
            for _ in 0..20 {
                let Ok(mut stream) = TcpStream::connect(bot).await else {
                    continue;
                };
                let head = "POST /slack/commands HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\n\r\ntext=";
                let part = if cut { head } else { "POST /slack" };
                let _ = stream.write_all(part.as_bytes()).await;
                held.push(stream);
            }
            let good = Knock::signed(
                &url,
                "/slack/commands",
                SIGNING_SECRET,
                b"user_id=U1&text=help",
            );
            assert_eq!(good.but("user_id=U1&text=list").send().await.status, 401);
            clock
                .sleep(Duration::from_secs(if cut { 2 } else { 13 }))
                .await;
        }
    }
}
