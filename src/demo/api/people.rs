//! `auth.*`, `team.*` and `users.*`.

use serde_json::{Value, json};

use super::{ApiError, Reply};
use crate::demo::arguments::Arguments;
use crate::demo::directory::User;
use crate::demo::state::State;

#[expect(clippy::unnecessary_wraps, reason = "one signature for every method")]
pub(super) fn auth_test(state: &mut State, _args: &Arguments) -> Reply {
    let team = &state.team;
    Ok(json!({
        "url": format!("https://{}.slack.test/", team.domain), "team": team.name,
        "user": "healthbot", "team_id": team.id, "user_id": team.bot_user, "bot_id": team.bot_id,
        "is_enterprise_install": false,
    }))
}

#[expect(clippy::unnecessary_wraps, reason = "one signature for every method")]
pub(super) fn team_info(state: &mut State, _args: &Arguments) -> Reply {
    let team = &state.team;
    Ok(json!({ "team": { "id": team.id, "name": team.name, "domain": team.domain } }))
}

pub(super) fn user_info(state: &mut State, args: &Arguments) -> Reply {
    let id = args.needed("user", "user_not_found")?;
    let user = state.users.iter().find(|user| user.id == id);
    let user = user.ok_or_else(|| ApiError::new("user_not_found"))?;
    Ok(json!({ "user": shown(user) }))
}

#[expect(clippy::unnecessary_wraps, reason = "one signature for every method")]
pub(super) fn user_list(state: &mut State, _args: &Arguments) -> Reply {
    let members: Vec<_> = state.users.iter().map(shown).collect();
    Ok(json!({ "members": members, "response_metadata": { "next_cursor": "" } }))
}

fn shown(user: &User) -> Value {
    json!({
        "id": user.id, "team_id": user.team_id, "name": user.name, "deleted": false,
        "real_name": user.real_name, "tz": "Etc/UTC", "tz_label": "UTC", "tz_offset": 0,
        "is_admin": false, "is_owner": false, "is_bot": user.is_bot, "is_app_user": false,
        "profile": {
            "real_name": user.real_name, "display_name": user.name, "team": user.team_id,
        },
    })
}
