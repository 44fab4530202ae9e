//! What a message says, read from its words as a person reads them.

use healthbot::slack::render::Message;

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// A server is down since `began`, in seconds of the calendar.
    Down { name: String, began: i64 },
    /// The same message once the incident is over: `removed` where the server was removed from the list.
    Over {
        name: String,
        began: i64,
        removed: bool,
    },
    /// A recovery.
    Recovery { name: String, began: i64 },
    /// It still is down.
    Still { name: String },
    /// A reminder.
    Reminder { name: String },
    /// It is flapping.
    Flapping { name: String },
    /// Many servers in one message.
    Digest {
        down: Vec<String>,
        over: Vec<String>,
    },
    /// Servers of a digest that are back, where nothing can be edited.
    Back { names: Vec<String> },
    /// All servers of a storm are back.
    StormOver,
    /// The prober's own trouble.
    OwnTrouble,
    /// To whoever subscribed a channel that fails.
    Failing,
}

/// Reads a message; what it cannot read is a bug of the reader or of the message.
pub(crate) fn read(message: &Message) -> Said {
    let json = serde_json::to_value(message).unwrap();
    let text = message.text.as_str();
    let name = || {
        let start = text.find(' ').unwrap() + 1;
        let text = text[start..].trim_start_matches("Resolved: ");
        text.split(" (").next().unwrap().to_owned()
    };
    let blocks = json["blocks"].to_string();
    let since = || date_after(&blocks, "*Since*");
    if text.starts_with('👋') {
        panic!("nobody is welcomed in the simulation: {text}")
    } else if text.starts_with("⚠️") {
        Said::Failing
    } else if text.starts_with("🟡 I ") {
        Said::OwnTrouble
    } else if text.starts_with('🔀') {
        Said::Flapping { name: name() }
    } else if text.starts_with('⏰') {
        Said::Reminder { name: name() }
    } else if text.contains(" is still down after ") {
        Said::Still { name: name() }
    } else if text.contains(") is down: ") {
        Said::Down {
            name: name(),
            began: since(),
        }
    } else if text.contains(") was down for ") || text.contains(") was removed from the list") {
        Said::Over {
            name: name(),
            began: since(),
            removed: text.starts_with('⚪'),
        }
    } else if text.contains(" is up again. It was down") {
        Said::Recovery {
            name: name(),
            began: date_after(text, ", from "),
        }
    } else if text.starts_with("🟢 All ") || text.starts_with("🟢 This outage") {
        Said::StormOver
    } else {
        digest(text, &json)
    }
}

/// The first date token after `label`.
fn date_after(text: &str, label: &str) -> i64 {
    let rest = &text[text
        .find(label)
        .unwrap_or_else(|| panic!("{label} in {text}"))..];
    let rest = rest.split("<!date^").nth(1).unwrap();
    rest.split('^').next().unwrap().parse().unwrap()
}

fn digest(text: &str, json: &serde_json::Value) -> Said {
    let sections = json["blocks"].as_array().unwrap().iter();
    let sections = sections.filter_map(|block| block.pointer("/text/text")?.as_str());
    let (mut down, mut over) = (Vec::new(), Vec::new());
    let mut is_down = false;
    for section in sections.skip(1) {
        let names = match section.split_once("): ") {
            Some((title, names)) => {
                is_down = title.starts_with('🔴');
                names
            }
            None => section,
        };
        let names = names.split(", ").filter(|name| !name.is_empty());
        let into = if is_down { &mut down } else { &mut over };
        into.extend(names.map(str::to_owned));
    }
    let news = text.contains("server is up again") || text.contains("servers are up again");
    if news && !text.contains("Resolved") {
        Said::Back { names: over }
    } else {
        assert!(
            ["servers are", "servers is", "server is"]
                .iter()
                .any(|verb| text.contains(verb)),
            "{text}"
        );
        Said::Digest { down, over }
    }
}
