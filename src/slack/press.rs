//! A button's meaning in Slack's two fields for it. The `action_id` is `VERB` or `VERB:SUFFIX`, the suffix only making
//! it unique within its message; the `value` carries the argument.

use crate::domain::command::{Condition, ListFilter, Topic};
use crate::domain::press::Press;

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
        Press::InventoryRemove => ("inventory_remove".into(), "all".into()),
        Press::InventoryKeep => ("inventory_keep".into(), "all".into()),
        Press::Unsubscribe => ("unsubscribe".into(), "here".into()),
        Press::Help(topic) => (format!("help:{}", topic.word()), topic.word().into()),
        Press::List { page, filter } => (format!("list:{page}"), list_value(*page, filter)),
        Press::Summary => ("summary".into(), "all".into()),
    }
}

/// Reads a button; none where it is not one of ours, or from a version that no longer exists.
#[must_use]
pub fn decode(action_id: &str, value: &str) -> Option<Press> {
    let verb = action_id.split(':').next().unwrap_or_default();
    let server = || value.parse().ok();
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
        "inventory_remove" => Press::InventoryRemove,
        "inventory_keep" => Press::InventoryKeep,
        "unsubscribe" => Press::Unsubscribe,
        "help" => Press::Help(Topic::ALL.into_iter().find(|topic| topic.word() == value)?),
        "list" => list_of_value(value)?,
        "summary" => Press::Summary,
        _ => return None,
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
    let page = parts.next()?.parse().ok()?;
    let (condition, environment) = (parts.next()?, parts.next()?);
    let filter = ListFilter {
        condition: Condition::ALL.into_iter().find(|c| c.word() == condition),
        environment: environment.parse().ok(),
    };
    Some(Press::List { page, filter })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::ServerId;
    use crate::domain::server::Environment;
    use proptest::prelude::*;

    #[test]
    fn every_press_reads_back() {
        let server = ServerId::from_raw(7);
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
            Press::InventoryRemove,
            Press::InventoryKeep,
            Press::Unsubscribe,
            Press::Help(Topic::Add),
            Press::List { page: 3, filter },
            Press::List {
                page: 0,
                filter: ListFilter::default(),
            },
            Press::Summary,
        ] {
            let (action_id, value) = encode(&press);
            assert_eq!(decode(&action_id, &value), Some(press));
        }
    }

    proptest! {
        #[test]
        fn no_button_panics(action_id in "\\PC*", value in "\\PC*") {
            let _ = decode(&action_id, &value);
            let _ = decode("list", &value);
        }
    }
}
