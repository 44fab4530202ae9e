//! What can be asked for.

use crate::domain::command::{ListFilter, Topic};
use crate::domain::press::Press;
use crate::slack::render::Message;
use crate::slack::render::kit::{self, Button};
use crate::slack::render::reply::{like_this, say};
use crate::slack::render::words::{Words, tr};

pub(super) fn help(words: Words) -> Message {
    let lines: Vec<_> = Topic::ALL
        .iter()
        .map(|topic| format!("`{}`\n{}", topic.usage(), explained(words, *topic)))
        .collect();
    let text = tr!(words, "help");
    let list = Press::List {
        page: 0,
        filter: ListFilter::default(),
    };
    let how = Press::Help(Topic::Add);
    let blocks = vec![
        kit::section(&text),
        kit::section(&lines.join("\n")),
        kit::actions(vec![
            Button::new(tr!(words, "button-status"), Press::Summary).primary(),
            Button::new(tr!(words, "button-list"), list),
            Button::new(tr!(words, "button-how-to-add"), how),
        ]),
    ];
    Message { text, blocks }
}

fn explained(words: Words, topic: Topic) -> String {
    match topic {
        Topic::Add => tr!(words, "help-add"),
        Topic::Edit => tr!(words, "help-edit"),
        Topic::List => tr!(words, "help-list"),
        Topic::Status => tr!(words, "help-status"),
        Topic::Remove => tr!(words, "help-remove"),
        Topic::Check => tr!(words, "help-check"),
        Topic::On => tr!(words, "help-on"),
        Topic::Off => tr!(words, "help-off"),
        Topic::Mute => tr!(words, "help-mute"),
        Topic::Unmute => tr!(words, "help-unmute"),
        Topic::Ack => tr!(words, "help-ack"),
        Topic::History => tr!(words, "help-history"),
        Topic::Settings => tr!(words, "help-settings"),
        Topic::Subscribe => tr!(words, "help-subscribe"),
        Topic::Unsubscribe => tr!(words, "help-unsubscribe"),
        Topic::Channels => tr!(words, "help-channels"),
        Topic::Channel => tr!(words, "help-channel"),
        Topic::Webhook => tr!(words, "help-webhook"),
        Topic::Help => tr!(words, "help-help"),
    }
}

pub(super) fn help_on(words: Words, topic: Topic) -> Message {
    let mut lines = vec![
        format!("`{}`", topic.usage()),
        tr!(words, "help-it", what = explained(words, topic)),
        like_this(words, topic.example()),
    ];
    match topic {
        Topic::Add => lines.extend([tr!(words, "help-keys"), tr!(words, "help-add-form")]),
        Topic::Edit => lines.extend([
            tr!(words, "help-keys"),
            tr!(words, "help-edit-form"),
            tr!(words, "help-edit-default"),
        ]),
        _ => {}
    }
    say(lines.join("\n"))
}
