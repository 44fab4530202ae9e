//! `/channels`: who is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::channel::{Channel, Destination, HookUrl};
use crate::domain::ids::{ChannelId, ConversationId};
use crate::domain::reply::SubscribeProblem;
use crate::domain::server::Environment;
use crate::http::api::fields::{self, Fields};
use crate::http::api::problem::{Problem, refused};
use crate::http::api::query::{List, Named, NoParameters, PageParameters, Query};
use crate::http::api::shapes::{EnvironmentName, Moment};
use crate::http::api::{API, BASE, Parts};
use crate::service::ChangeError;
use crate::service::channels::{ChannelChange, NewChannel};
use crate::service::reach::reachable;
use crate::slack::hosts::HostRule;

/// The longest name, in characters.
const NAME_CHARS: usize = 255;

/// What Healthbot says of a channel by itself.
const READ_ONLY: [&str; 4] = ["id", "failing", "created_at", "updated_at"];

/// A destination of alerts. It has either a `channel_id` or a `hook_url`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Channel)]
pub(super) struct ChannelBody {
    /// Its identifier.
    #[schema(example = "chn_0192aabbccdd0007")]
    id: String,
    /// What people call it.
    #[schema(example = "ops")]
    name: String,
    /// The Slack conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, example = "C012AB3CD")]
    channel_id: Option<String>,
    /// The incoming webhook, masked: whoever knows the whole URL can post.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    hook_url: Option<String>,
    /// Whether anything is told there.
    notification: bool,
    /// Only servers of these environments are told there; all where it is empty.
    #[schema(value_type = Vec<EnvironmentName>)]
    environments: Vec<&'static str>,
    /// Slack's word for why nothing arrives there; null where all is well.
    #[schema(required = true, example = json!(null))]
    failing: Option<String>,
    /// When it was subscribed.
    created_at: Moment,
    /// When anything about it last changed.
    updated_at: Moment,
}

impl From<&Channel> for ChannelBody {
    fn from(channel: &Channel) -> Self {
        let (channel_id, hook_url) = match &channel.destination {
            Destination::Conversation(id) => (Some(id.to_string()), None),
            Destination::Webhook(url) => (None, Some(url.masked())),
        };
        let environments = channel.environments.iter();
        Self {
            id: channel.id.to_string(),
            name: channel.name.clone(),
            channel_id,
            hook_url,
            notification: channel.notification,
            environments: environments
                .map(|environment| environment.as_str())
                .collect(),
            failing: channel
                .failing
                .as_ref()
                .map(|failing| failing.reason.clone()),
            created_at: channel.created_at.into(),
            updated_at: channel.updated_at.into(),
        }
    }
}

/// A channel that is to be told. It has either a `channel_id` or a `hook_url`.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what `read_new` reads")]
pub(super) struct ChannelToAdd {
    /// What people call it.
    #[schema(min_length = 1, max_length = 255, example = "ops")]
    name: String,
    /// The id of a Slack conversation that the bot can post in.
    #[schema(value_type = String, required = false, pattern = "^[A-Z0-9]{2,64}$", example = "C012AB3CD")]
    channel_id: Option<ConversationId>,
    /// An incoming webhook of Slack's, whole.
    #[schema(value_type = String, required = false, pattern = "^https?://[^/]+/services/")]
    hook_url: Option<HookUrl>,
    /// Whether anything is told there.
    #[schema(default = true, required = false)]
    notification: bool,
    /// Only servers of these environments are told there; all where it is empty.
    #[schema(value_type = Vec<EnvironmentName>, required = false)]
    environments: BTreeSet<Environment>,
}

fn read_new(mut fields: Fields, hosts: &HostRule) -> Result<NewChannel, Problem> {
    let name = fields.required("name", fields::text(name));
    let conversation = fields.optional("channel_id", fields::text(conversation));
    let webhook = fields.optional("hook_url", fields::text(|text| hook_url(text, hosts)));
    let notification = fields.optional("notification", fields::switch);
    let environments = fields.optional("environments", fields::environments);
    fields.read_only(&READ_ONLY);
    let destination = match (conversation, webhook) {
        (Some(conversation), None) => Some(Destination::Conversation(conversation)),
        (None, Some(webhook)) => Some(Destination::Webhook(webhook)),
        (None, None) if fields.is_sound(&["channel_id", "hook_url"]) => {
            fields.wrong("channel_id", "either it or a hook_url must be there");
            None
        }
        (None, None) => None,
        (Some(_), Some(_)) => {
            fields.wrong("channel_id", "there is a hook_url too: send one of the two");
            None
        }
    };
    let whole = name.zip(destination).map(|(name, destination)| NewChannel {
        name,
        destination,
        notification: notification.unwrap_or(true),
        environments: environments.unwrap_or_default(),
    });
    fields.finish(whole)
}

/// What is to change about a channel; what is left out stays.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what `read_change` reads")]
pub(super) struct ChannelPatch {
    /// What people call it.
    #[schema(value_type = String, min_length = 1, max_length = 255, required = false)]
    name: Option<String>,
    /// Another URL, whole, for a channel that is an incoming webhook.
    #[schema(value_type = String, required = false, pattern = "^https?://[^/]+/services/")]
    hook_url: Option<HookUrl>,
    /// Whether anything is told there.
    #[schema(value_type = bool, required = false)]
    notification: Option<bool>,
    /// Only servers of these environments are told there; all where it is empty.
    #[schema(value_type = Vec<EnvironmentName>, required = false)]
    environments: Option<BTreeSet<Environment>>,
}

fn read_change(
    mut fields: Fields,
    channel: &Channel,
    hosts: &HostRule,
) -> Result<ChannelChange, Problem> {
    let change = ChannelChange {
        name: fields.optional("name", fields::text(name)),
        notification: fields.optional("notification", fields::switch),
        environments: fields.optional("environments", fields::environments),
        hook_url: fields.optional("hook_url", fields::text(|text| hook_url(text, hosts))),
    };
    if change.hook_url.is_some() && channel.conversation().is_some() {
        fields.wrong(
            "hook_url",
            "this channel is a Slack conversation and has none",
        );
    }
    fields.read_only(&READ_ONLY);
    fields.read_only(&["channel_id"]);
    fields.finish(Some(change))
}

fn name(text: &str) -> Result<String, &'static str> {
    let sound = text.chars().count() <= NAME_CHARS
        && !text.trim().is_empty()
        && !text.chars().any(char::is_control);
    sound
        .then(|| text.trim().to_owned())
        .ok_or("a channel's name has 1 to 255 characters, and no control characters")
}

/// Slack's ids are letters and digits; whether there is such a conversation only Slack knows.
fn conversation(text: &str) -> Result<ConversationId, &'static str> {
    let sound = (2..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    sound.then(|| ConversationId::new(text)).ok_or(
        "it is a conversation's id such as C012AB3CD, at the foot of Slack's channel details",
    )
}

fn hook_url(text: &str, hosts: &HostRule) -> Result<HookUrl, &'static str> {
    if HookUrl::is_masked(text) {
        return Err("it is masked: send the whole URL, or leave it out to keep it as it is");
    }
    hosts
        .hook_url(text)
        .ok_or("it is an incoming webhook's URL and begins with https://hooks.slack.com/services/")
}

/// The channels, in the order in which they were subscribed.
#[utoipa::path(get, path = "/channels", tag = "channels", operation_id = "listChannels",
    params(PageParameters),
    responses((status = 200, description = "A part of the list", body = List<ChannelBody>)))]
pub(super) async fn list(
    State(parts): State<Arc<Parts>>,
    mut query: Query,
) -> Result<Json<List<ChannelBody>>, Problem> {
    let page = query.page::<ChannelId>();
    let page = query.finish(page)?;
    let channels = parts.fleet.channels();
    let behind = |channel: &&Arc<Channel>| page.after.is_none_or(|after| channel.id > after);
    let mut wanted: Vec<_> = channels.iter().filter(behind).collect();
    let more = wanted.len() > page.limit;
    wanted.truncate(page.limit);
    let last = wanted.last().map(|channel| channel.id);
    let items = wanted.iter().map(|channel| (&***channel).into()).collect();
    Ok(Json(List::new(items, last.filter(|_| more))))
}

/// Tells a channel from now on. A conversation must be one that the bot can post in.
#[utoipa::path(post, path = "/channels", tag = "channels", operation_id = "addChannel",
    request_body = ChannelToAdd,
    responses(
        (status = 201, description = "It is told from now on", body = ChannelBody,
            headers(("Location" = String, description = "Where it is found"))),
        (status = 409, description = "It is told already", body = Problem,
            content_type = "application/problem+json")))]
pub(super) async fn add(
    State(parts): State<Arc<Parts>>,
    _: NoParameters,
    fields: Fields,
) -> Result<Response, Problem> {
    let new = read_new(fields, &parts.hosts)?;
    if let Destination::Conversation(id) = &new.destination {
        reachable(&parts.slack, id).await.map_err(unreachable)?;
    }
    let channel = parts.channels.add(new, &API).await;
    let channel = channel.map_err(|error| not_changed("name", error))?;
    let location = format!("{BASE}/channels/{}", channel.id);
    let body = ChannelBody::from(&channel);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(body)).into_response())
}

/// One channel.
#[utoipa::path(get, path = "/channels/{id}", tag = "channels", operation_id = "getChannel",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The channel", body = ChannelBody)))]
pub(super) async fn get(
    State(parts): State<Arc<Parts>>,
    Named(id): Named<ChannelId>,
    _: NoParameters,
) -> Result<Json<ChannelBody>, Problem> {
    let channel = found(&parts, id)?;
    Ok(Json((&*channel).into()))
}

/// Changes a channel.
#[utoipa::path(patch, path = "/channels/{id}", tag = "channels", operation_id = "changeChannel",
    params(("id" = String, Path, description = "Its id")),
    request_body = ChannelPatch,
    responses(
        (status = 200, description = "The channel as it is now", body = ChannelBody),
        (status = 409, description = "Another channel has that name or URL", body = Problem,
            content_type = "application/problem+json")))]
pub(super) async fn change(
    State(parts): State<Arc<Parts>>,
    Named(id): Named<ChannelId>,
    _: NoParameters,
    fields: Fields,
) -> Result<Json<ChannelBody>, Problem> {
    let channel = found(&parts, id)?;
    let change = read_change(fields, &channel, &parts.hosts)?;
    let changed = parts.channels.change(channel.id, &change, &API).await;
    let changed = changed.map_err(|error| not_changed("name", error))?;
    Ok(Json((&*changed).into()))
}

/// Tells a channel no more, and drops what it was still owed.
#[utoipa::path(delete, path = "/channels/{id}", tag = "channels", operation_id = "removeChannel",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 204, description = "It is told no more")))]
pub(super) async fn remove(
    State(parts): State<Arc<Parts>>,
    Named(id): Named<ChannelId>,
    _: NoParameters,
) -> Result<StatusCode, Problem> {
    let channel = found(&parts, id)?;
    match parts.channels.remove(channel.id, None, &API).await {
        Ok(Some(_)) => Ok(StatusCode::NO_CONTENT),
        Ok(None) => Err(missing()),
        Err(error) => Err(not_changed("id", error)),
    }
}

fn found(parts: &Parts, id: ChannelId) -> Result<Arc<Channel>, Problem> {
    let known = parts.fleet.channel(id);
    known.map(|known| known.channel).ok_or_else(missing)
}

fn missing() -> Problem {
    Problem::not_found("channel")
}

fn unreachable(problem: SubscribeProblem) -> Problem {
    match problem {
        SubscribeProblem::InviteFirst => Problem::field(
            "channel_id",
            "the bot cannot post there: check the id, and invite the bot to the channel first",
        ),
        SubscribeProblem::Archived => {
            Problem::field("channel_id", "the channel is archived: unarchive it first")
        }
        SubscribeProblem::SlackAway(reason) => Problem::unavailable(format!(
            "Slack does not say whether the bot can post there ({reason})"
        )),
    }
}

/// What is taken is said of the field that it stands in; `field` is the one that may be too long.
fn not_changed(field: &str, error: ChangeError) -> Problem {
    match &error {
        ChangeError::WebhookNameTaken(_) => refused("channel", "name", error),
        ChangeError::DestinationTaken { webhook, .. } => {
            let field = if *webhook { "hook_url" } else { "channel_id" };
            Problem::taken(field, format!("{error}; GET /api/v1/channels shows it"))
        }
        _ => refused("channel", field, error),
    }
}
