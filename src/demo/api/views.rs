//! `views.*`.

use serde_json::{Value, json};

use super::{ApiError, Reply};
use crate::demo::arguments::Arguments;
use crate::demo::limits::{self, Surface};
use crate::demo::state::State;
use crate::demo::views::View;

/// As many modals as Slack stacks.
const STACK: usize = 3;

pub(super) fn open(state: &mut State, args: &Arguments) -> Reply {
    let body = body(args, Surface::Modal)?;
    let user = trigger(state, args)?;
    let view = state.new_view(&body, None);
    let shown = shown(state, &view);
    *state.stack(&user) = vec![view];
    Ok(shown)
}

pub(super) fn push(state: &mut State, args: &Arguments) -> Reply {
    let body = body(args, Surface::Modal)?;
    let user = trigger(state, args)?;
    let below = state.stack(&user).last().cloned();
    let below = below.ok_or_else(|| ApiError::new("no_root_view"))?;
    if state.stack(&user).len() >= STACK {
        return Err(ApiError::new("push_limit_reached"));
    }
    let view = state.new_view(&body, Some(&below));
    let shown = shown(state, &view);
    state.stack(&user).push(view);
    Ok(shown)
}

pub(super) fn update(state: &mut State, args: &Arguments) -> Reply {
    let body = body(args, Surface::Modal)?;
    let (id, external) = (args.text("view_id"), args.text("external_id"));
    let meant = |view: &View| {
        Some(&view.id) == id.as_ref()
            || external
                .as_deref()
                .is_some_and(|external| view.body()["external_id"] == external)
    };
    let place = state
        .modals
        .iter()
        .find_map(|(user, stack)| stack.iter().position(meant).map(|at| (user.clone(), at)));
    let Some((user, at)) = place else {
        return Err(ApiError::new("not_found"));
    };
    let mut view = state.stack(&user)[at].clone();
    check_hash(args, &view)?;
    state.renew(&mut view, &body);
    let shown = shown(state, &view);
    state.stack(&user)[at] = view;
    Ok(shown)
}

pub(super) fn publish(state: &mut State, args: &Arguments) -> Reply {
    let body = body(args, Surface::Home)?;
    let user = args.needed("user_id", "user_not_found")?;
    if !state.users.iter().any(|known| known.id == user) {
        return Err(ApiError::new("user_not_found"));
    }
    let view = match state.homes.get(&user).cloned() {
        Some(mut view) => {
            check_hash(args, &view)?;
            state.renew(&mut view, &body);
            view
        }
        None => state.new_view(&body, None),
    };
    let shown = shown(state, &view);
    state.homes.insert(user, view);
    Ok(shown)
}

fn body(args: &Arguments, surface: Surface) -> Result<Value, ApiError> {
    let view = args
        .json("view")
        .ok_or_else(|| ApiError::new("invalid_arguments"))?;
    let kind = if surface == Surface::Home {
        "home"
    } else {
        "modal"
    };
    if view["type"] != kind {
        let problem = format!("view must be of the type {kind}");
        return Err(ApiError::detailed("invalid_arguments", vec![problem]));
    }
    limits::check_view(view, surface)?;
    Ok(view.clone())
}

fn trigger(state: &mut State, args: &Arguments) -> Result<String, ApiError> {
    state.take_trigger(&args.needed("trigger_id", "invalid_trigger_id")?)
}

fn check_hash(args: &Arguments, view: &View) -> Result<(), ApiError> {
    match args.text("hash") {
        Some(hash) if hash != view.hash => Err(ApiError::new("hash_conflict")),
        _ => Ok(()),
    }
}

fn shown(state: &State, view: &View) -> Value {
    json!({ "view": view.wire(state, &json!({})) })
}
