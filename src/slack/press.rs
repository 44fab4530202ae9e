//! A button's meaning in Slack's two fields for it. The `action_id` is `VERB` or `VERB:SUFFIX`, the suffix only making
//! it unique within its message; the `value` carries the argument.

use crate::domain::command::{Condition, ListFilter, Topic};
use crate::domain::home::HomeState;
use crate::domain::ids::ConversationId;
use crate::domain::inventory::Mark;
use crate::domain::press::Press;

/// The verb of a menu whose options are presses.
pub const MORE: &str = "more";

/// The value of a menu's option that means a press.
#[must_use]
pub fn encode_option(press: &Press) -> String {
    let (action_id, value) = encode(press);
    format!("{} {value}", verb(&action_id))
}

fn verb(action_id: &str) -> &str {
    action_id.split(':').next().unwrap_or_default()
}

/// The `action_id` and `value` of a button.
#[must_use]
pub fn encode(press: &Press) -> (String, String) {
    let server = |verb: &str, server: &crate::domain::ids::ServerId| {
        (format!("{verb}:{server}"), server.to_string())
    };
    match press {
        Press::Alerts {
            server: id,
            on: true,
        } => server("alerts_on", id),
        Press::Alerts {
            server: id,
            on: false,
        } => server("alerts_off", id),
        Press::Acknowledge { server: id } => server("acknowledge", id),
        Press::Mute { server: id } => server("mute", id),
        Press::Unmute { server: id } => server("unmute", id),
        Press::Check { server: id } => server("check", id),
        Press::Remove { server: id } => server("remove", id),
        Press::Keep { server: id } => server("keep", id),
        Press::AllOff => ("all_off".into(), "all".into()),
        Press::KeepAll => ("keep_all".into(), "all".into()),
        Press::InventoryRemove { asked } => ("inventory_remove".into(), mark_value(*asked)),
        Press::InventoryKeep { asked } => ("inventory_keep".into(), mark_value(*asked)),
        Press::Archive { conversation } => ("archive".into(), conversation.to_string()),
        Press::KeepConversation { conversation } => {
            ("keep_conversation".into(), conversation.to_string())
        }
        Press::RemoveWebhook { channel } => ("remove_webhook".into(), channel.to_string()),
        Press::KeepWebhook { channel } => ("keep_webhook".into(), channel.to_string()),
        Press::Unsubscribe => ("unsubscribe".into(), "here".into()),
        Press::Channels { page } => (format!("channels:{page}"), page.to_string()),
        Press::ChannelAlerts { channel, on, page } => {
            let verb = if *on { "channel_on" } else { "channel_off" };
            (format!("{verb}:{channel}"), format!("{channel},{page}"))
        }
        Press::Help(topic) => (format!("help:{}", topic.word()), topic.word().into()),
        Press::List { page, filter } => (format!("list:{page}"), list_value(*page, filter)),
        Press::Summary => ("summary".into(), "all".into()),
        Press::Home(state) => (format!("home:{}", state.page), home_value(state)),
        Press::Find(state) => ("find".into(), home_value(state)),
        Press::AddServer => ("add_server".into(), "new".into()),
        Press::AddMany => ("add_many".into(), "new".into()),
        Press::Edit { server: id } => server("edit", id),
        Press::AskRemove { server: id } => server("ask_remove", id),
    }
}

/// Reads a button; none where it is not one of ours, or from a version that no longer exists.
#[must_use]
pub fn decode(action_id: &str, value: &str) -> Option<Press> {
    let (verb, value) = match verb(action_id) {
        MORE => value.split_once(' ')?,
        verb => (verb, value),
    };
    let server = || value.parse().ok();
    let channel = || value.parse().ok();
    let conversation = || (!value.is_empty()).then(|| ConversationId::new(value));
    Some(match verb {
        "alerts_on" => Press::Alerts {
            server: server()?,
            on: true,
        },
        "alerts_off" => Press::Alerts {
            server: server()?,
            on: false,
        },
        "acknowledge" => Press::Acknowledge { server: server()? },
        "mute" => Press::Mute { server: server()? },
        "unmute" => Press::Unmute { server: server()? },
        "check" => Press::Check { server: server()? },
        "remove" => Press::Remove { server: server()? },
        "keep" => Press::Keep { server: server()? },
        "all_off" => Press::AllOff,
        "keep_all" => Press::KeepAll,
        // A button of an older version did not say what it was about: it still is one, and finds that out.
        "inventory_remove" => Press::InventoryRemove {
            asked: value.parse().ok(),
        },
        "inventory_keep" => Press::InventoryKeep {
            asked: value.parse().ok(),
        },
        "archive" => Press::Archive {
            conversation: conversation()?,
        },
        "keep_conversation" => Press::KeepConversation {
            conversation: conversation()?,
        },
        "remove_webhook" => Press::RemoveWebhook {
            channel: channel()?,
        },
        "keep_webhook" => Press::KeepWebhook {
            channel: channel()?,
        },
        "unsubscribe" => Press::Unsubscribe,
        "channels" => Press::Channels {
            page: value.parse().ok()?,
        },
        "channel_on" => channel_alerts(true, value)?,
        "channel_off" => channel_alerts(false, value)?,
        "help" => Press::Help(Topic::ALL.into_iter().find(|topic| topic.word() == value)?),
        "list" => list_of_value(value)?,
        "summary" => Press::Summary,
        "home" => Press::Home(home_of_value(value)?),
        "find" => Press::Find(home_of_value(value)?),
        "add_server" => Press::AddServer,
        "add_many" => Press::AddMany,
        "edit" => Press::Edit { server: server()? },
        "ask_remove" => Press::AskRemove { server: server()? },
        _ => return None,
    })
}

fn mark_value(asked: Option<Mark>) -> String {
    asked.map_or_else(|| "all".to_owned(), |mark| mark.to_string())
}

fn channel_alerts(on: bool, value: &str) -> Option<Press> {
    let (channel, page) = value.split_once(',')?;
    Some(Press::ChannelAlerts {
        channel: channel.parse().ok()?,
        on,
        page: page.parse().ok()?,
    })
}

fn list_value(page: usize, filter: &ListFilter) -> String {
    let condition = filter.condition.map_or("", Condition::word);
    let environment = filter
        .environment
        .map_or("", |environment| environment.as_str());
    format!("{page},{condition},{environment}")
}

fn list_of_value(value: &str) -> Option<Press> {
    let mut parts = value.split(',');
    let (page, filter) = page_and_filter(&mut parts)?;
    Some(Press::List { page, filter })
}

fn page_and_filter<'a>(parts: &mut impl Iterator<Item = &'a str>) -> Option<(usize, ListFilter)> {
    let page = parts.next()?.parse().ok()?;
    let (condition, environment) = (parts.next()?, parts.next()?);
    let filter = ListFilter {
        condition: Condition::ALL.into_iter().find(|c| c.word() == condition),
        environment: environment.parse().ok(),
    };
    Some((page, filter))
}

/// What a Home shows, as it travels in its buttons and in its metadata.
#[must_use]
pub fn home_value(state: &HomeState) -> String {
    let HomeState {
        page,
        filter,
        search,
    } = state;
    format!("{},{search}", list_value(*page, filter))
}

/// Reads what a Home shows.
#[must_use]
pub fn home_of_value(value: &str) -> Option<HomeState> {
    let mut parts = value.splitn(4, ',');
    let (page, filter) = page_and_filter(&mut parts)?;
    Some(HomeState {
        page,
        filter,
        search: HomeState::search(parts.next().unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ChannelId, ServerId};
    use crate::domain::server::Environment;
    use proptest::prelude::*;

    #[test]
    fn every_press_reads_back() {
        let server = ServerId::from_raw(7);
        let channel = ChannelId::from_raw(8);
        let conversation = ConversationId::new("C1");
        let asked = "00c0ffee00c0ffee".parse().ok();
        assert!(asked.is_some());
        let filter = ListFilter {
            condition: Some(Condition::Muted),
            environment: Some(Environment::Live),
        };
        for press in [
            Press::Alerts { server, on: true },
            Press::Alerts { server, on: false },
            Press::Acknowledge { server },
            Press::Mute { server },
            Press::Unmute { server },
            Press::Check { server },
            Press::Remove { server },
            Press::Keep { server },
            Press::AllOff,
            Press::KeepAll,
            Press::InventoryRemove { asked },
            Press::InventoryKeep { asked },
            Press::InventoryRemove { asked: None },
            Press::InventoryKeep { asked: None },
            Press::Archive {
                conversation: conversation.clone(),
            },
            Press::KeepConversation { conversation },
            Press::RemoveWebhook { channel },
            Press::KeepWebhook { channel },
            Press::Channels { page: 2 },
            Press::ChannelAlerts {
                channel,
                on: true,
                page: 0,
            },
            Press::ChannelAlerts {
                channel,
                on: false,
                page: 3,
            },
            Press::Unsubscribe,
            Press::Help(Topic::Add),
            Press::List { page: 3, filter },
            Press::List {
                page: 0,
                filter: ListFilter::default(),
            },
            Press::Summary,
            Press::Find(HomeState::default()),
            Press::AddServer,
            Press::AddMany,
            Press::Edit { server },
            Press::AskRemove { server },
            Press::Home(HomeState::default()),
            Press::Home(HomeState {
                page: 12,
                filter: ListFilter {
                    condition: Some(Condition::Down),
                    environment: None,
                },
                search: "a, b".to_owned(),
            }),
        ] {
            let (action_id, value) = encode(&press);
            assert_eq!(decode(&action_id, &value), Some(press.clone()));
            let option = encode_option(&press);
            assert_eq!(decode("more:1", &option), Some(press));
        }
    }

    proptest! {
        #[test]
        fn no_button_panics(action_id in "\\PC*", value in "\\PC*") {
            let _ = decode(&action_id, &value);
            let _ = decode("list", &value);
            let _ = decode("home", &value);
            let _ = decode("more", &value);
        }
    }
}
