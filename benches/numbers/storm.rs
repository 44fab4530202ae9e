//! Everything fails at once: a channel hears of all of it, and not ten thousand times.

use std::collections::HashSet;
use std::time::Duration;

use healthbot::clock::Timestamp;

use super::bot::{Bot, CHANNEL, Watched};
use super::machine::{self, either};
use super::report::{note, row, table};
use super::targets::{Kind, Mood, Targets};

pub(crate) async fn measure(numbers: &[u64]) {
    let servers = match numbers {
        [servers] => usize::try_from(*servers).unwrap(),
        _ => either(10_000, 100),
    };
    let dir = tempfile::tempdir().unwrap();
    let mut targets = Targets::start(&[Kind::Http], dir.path());
    let bot = Bot::start(dir.path()).await;
    if machine::quick() {
        bot.set(serde_json::json!({"interval": "2s"})).await;
    }
    let port = targets.ports[0];
    bot.add(Watched {
        first: 0,
        count: servers,
        kind: Kind::Http,
        port,
    })
    .await;
    bot.has_probed(servers).await;
    let before = bot.workspace.read(|state| state.messages(CHANNEL).len());
    targets.set(0, Mood::Failing);
    let (failed, failed_at) = (machine::elapsed(), machine::now());
    let first = bot
        .workspace
        .wait_for(|state| (state.messages(CHANNEL).len() > before).then(machine::elapsed));
    let first = first.await - failed;
    while named(&bot) < servers {
        machine::sleep(Duration::from_millis(250)).await;
    }
    let all = machine::elapsed() - failed;
    let calls = calls(&bot, failed_at);
    let title = format!("{servers} servers fail at once");
    table(&title, &["", "measured", "goal"]);
    row(&[
        "the first message",
        &format!("{:.2} s", first.as_secs_f64()),
        "within 2 s",
    ]);
    row(&[
        "every server named",
        &format!("after {:.0} s", all.as_secs_f64()),
        "",
    ]);
    row(&[
        "calls to Slack until then",
        &calls.to_string(),
        "at most 100",
    ]);
    let messages = bot.workspace.read(|state| state.messages(CHANNEL).len()) - before;
    row(&["messages in the channel", &messages.to_string(), ""]);
    recover(&bot, &mut targets, failed_at).await;
}

/// They all come back, and the messages say so.
async fn recover(bot: &Bot, targets: &mut Targets, failed_at: Timestamp) {
    targets.set(0, Mood::Well);
    let mut last = (0, machine::elapsed());
    let quiet = Duration::from_secs(either(20, 4));
    while machine::elapsed() - last.1 < quiet {
        machine::sleep(Duration::from_millis(500)).await;
        let calls = calls(bot, failed_at);
        if calls != last.0 {
            last = (calls, machine::elapsed());
        }
    }
    row(&[
        "calls until all are back and that is told",
        &last.0.to_string(),
        "at most 100",
    ]);
    note(&format!(
        "the bot holds {:.1} MB",
        machine::resident(bot.id())
    ));
}

/// Servers that the channel's messages name.
fn named(bot: &Bot) -> usize {
    let messages = bot.workspace.messages(CHANNEL);
    let texts: Vec<String> = messages.iter().map(|message| message.plain()).collect();
    let names = texts.iter().flat_map(|text| text.split("web-").skip(1));
    names
        .filter_map(|rest| rest.get(..6))
        .collect::<HashSet<_>>()
        .len()
}

/// Calls about the channel since a moment.
fn calls(bot: &Bot, since: Timestamp) -> usize {
    bot.workspace.read(|state| {
        let channel = state.channel(CHANNEL).unwrap().id.clone();
        let calls = state.journal().iter();
        calls
            .filter(|call| call.at >= since && call.channel() == channel)
            .count()
    })
}
