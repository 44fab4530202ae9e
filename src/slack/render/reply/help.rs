//! What can be asked for.

use crate::domain::command::{ListFilter, Topic};
use crate::domain::press::Press;
use crate::slack::render::Message;
use crate::slack::render::kit::{self, Button};
use crate::slack::render::reply::say;

pub(super) fn help() -> Message {
    let lines: Vec<_> = Topic::ALL
        .iter()
        .map(|topic| format!("`{}`\n{}", topic.usage(), explained(*topic)))
        .collect();
    let text = "Healthbot watches servers and tells channels when one fails and when it is back.";
    let blocks = vec![
        kit::section(text),
        kit::section(&lines.join("\n")),
        kit::actions(vec![
            Button::new("Show status", Press::Summary).primary(),
            Button::new(
                "List servers",
                Press::List {
                    page: 0,
                    filter: ListFilter::default(),
                },
            ),
            Button::new("How to add a server", Press::Help(Topic::Add)),
        ]),
    ];
    Message {
        text: text.to_owned(),
        blocks,
    }
}

const fn explained(topic: Topic) -> &'static str {
    match topic {
        Topic::Add => "watches a server: http(s)://, ws(s):// or host:port",
        Topic::Edit => "changes a server; what is not named stays",
        Topic::List => "shows the servers",
        Topic::Status => "shows everything at a glance, or one server in detail",
        Topic::Remove => "stops watching a server (asks first)",
        Topic::Check => "checks a server now",
        Topic::On => "switches a server's alerts on",
        Topic::Off => "switches a server's alerts off; checks go on",
        Topic::Mute => "silences a server's alerts for a while; checks go on",
        Topic::Unmute => "ends a server's mute",
        Topic::Ack => "acknowledges a server's failure, for everyone to see",
        Topic::History => "shows a server's last incidents, and what people changed",
        Topic::Settings => "shows the defaults for all servers, or changes them",
        Topic::Subscribe => "tells this channel, or another, when a server fails",
        Topic::Unsubscribe => "stops telling this channel, or another",
        Topic::Channels => "shows who is told, and whether it works",
        Topic::Channel => "makes, renames or archives (asks first) a channel in Slack",
        Topic::Webhook => "tells an incoming webhook, too; remove asks first",
        Topic::Help => "shows this, or more about one command",
    }
}

pub(super) fn help_on(topic: Topic) -> Message {
    let mut text = format!(
        "`{}`\nIt {}.\nLike this: `{}`",
        topic.usage(),
        explained(topic),
        topic.example()
    );
    if matches!(topic, Topic::Add | Topic::Edit) {
        text.push_str(
            "\nKeys: `url=…`, `env=DEV|STAGE|LIVE|UNKNOWN`, `type=1|6` (HTTP) or `type=2|3|4` (WebSocket), \
             `interval=30s`, `timeout=3s`, `failures=2`, `recoveries=1`, `alerts=on|off`. Names with blanks stand in \
             quotes.",
        );
    }
    match topic {
        Topic::Add => text.push_str("\nWithout anything, it opens a form."),
        Topic::Edit => text.push_str("\nWithout keys, it opens a form."),
        _ => {}
    }
    if topic == Topic::Edit {
        text.push_str(
            "\n`interval=default`, and the same for `timeout`, `failures` and `recoveries`, takes the server's own value \
             away.",
        );
    }
    say(text)
}
