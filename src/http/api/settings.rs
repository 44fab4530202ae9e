//! `/settings`: what holds for every server that has no value of its own.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::command::SettingsChange;
use crate::domain::settings::{Confirmations, Interval, Remind, Settings, Timeout};
use crate::http::api::fields::{self, Fields};
use crate::http::api::problem::{Problem, refused};
use crate::http::api::query::NoParameters;
use crate::http::api::shapes::Span;
use crate::http::api::{API, Parts};

/// How reminders are switched off.
const OFF: &str = "off";

/// The defaults.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Settings)]
pub(super) struct SettingsBody {
    /// Between two probes.
    #[schema(value_type = Span)]
    interval: Interval,
    /// For a whole probe.
    #[schema(value_type = Span)]
    timeout: Timeout,
    /// So many failed probes in a row confirm a failure.
    #[schema(minimum = 1, maximum = 10)]
    failures: u8,
    /// So many healthy probes in a row confirm a recovery.
    #[schema(minimum = 1, maximum = 10)]
    recoveries: u8,
    /// Between two reminders of an open incident, or `off`.
    #[schema(example = "off")]
    remind: String,
}

impl From<&Settings> for SettingsBody {
    fn from(settings: &Settings) -> Self {
        let remind = settings.remind.map(|remind| remind.to_string());
        Self {
            interval: settings.interval,
            timeout: settings.timeout,
            failures: settings.failures.get(),
            recoveries: settings.recoveries.get(),
            remind: remind.unwrap_or_else(|| OFF.to_owned()),
        }
    }
}

/// What is to change about the defaults; what is left out stays.
#[derive(Debug, ToSchema)]
#[schema(as = SettingsPatch)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what `read` reads")]
pub(super) struct SettingsPatch {
    /// Between two probes, 1s to 1d.
    #[schema(value_type = Span, required = false)]
    interval: Option<Interval>,
    /// For a whole probe, 100ms to 60s.
    #[schema(value_type = Span, required = false)]
    timeout: Option<Timeout>,
    /// So many failed probes in a row confirm a failure.
    #[schema(value_type = u8, required = false, minimum = 1, maximum = 10)]
    failures: Option<Confirmations>,
    /// So many healthy probes in a row confirm a recovery.
    #[schema(value_type = u8, required = false, minimum = 1, maximum = 10)]
    recoveries: Option<Confirmations>,
    /// Between two reminders of an open incident, 1s to 1d; `off` or null for none.
    #[schema(value_type = Option<String>)]
    remind: Option<Option<Remind>>,
}

fn read(mut fields: Fields) -> Result<SettingsChange, Problem> {
    let change = SettingsChange {
        interval: fields.optional("interval", fields::text(Interval::parse)),
        timeout: fields.optional("timeout", fields::text(Timeout::parse)),
        failures: fields.optional("failures", fields::confirmations("failures")),
        recoveries: fields.optional("recoveries", fields::confirmations("recoveries")),
        remind: fields.nullable("remind", remind).map(Option::flatten),
    };
    fields.finish(Some(change))
}

fn remind(value: &Value) -> Result<Option<Remind>, String> {
    fields::text(|text| match text {
        OFF => Ok(None),
        text => Remind::parse(text)
            .map(Some)
            .map_err(|error| format!("{error}, or it is {OFF}")),
    })(value)
}

/// The defaults.
#[utoipa::path(get, path = "/settings", tag = "settings", operation_id = "getSettings",
    responses((status = 200, description = "The defaults", body = SettingsBody)))]
pub(super) async fn get(State(parts): State<Arc<Parts>>, _: NoParameters) -> Json<SettingsBody> {
    Json((&parts.fleet.settings()).into())
}

/// Changes the defaults. They hold at once, without a restart.
#[utoipa::path(patch, path = "/settings", tag = "settings", operation_id = "changeSettings",
    request_body = SettingsPatch,
    responses((status = 200, description = "The defaults as they are now", body = SettingsBody)))]
pub(super) async fn change(
    State(parts): State<Arc<Parts>>,
    _: NoParameters,
    fields: Fields,
) -> Result<Json<SettingsBody>, Problem> {
    let change = read(fields)?;
    if change.is_empty() {
        return Ok(Json((&parts.fleet.settings()).into()));
    }
    let settings = parts.defaults.change(&change, &API).await;
    let settings = settings.map_err(|error| refused("settings", "settings", error))?;
    Ok(Json((&settings).into()))
}
