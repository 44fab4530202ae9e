//! Modals and Homes.

use serde_json::{Map, Value, json};

use super::api::ApiError;
use super::limits::{self, Surface};
use super::state::State;

/// A modal or a Home that a person has open.
#[derive(Debug, Clone)]
pub struct View {
    /// Its id, `V…`.
    pub id: String,
    /// Changes with every update.
    pub hash: String,
    /// What the bot put up, with every block and control named.
    body: Value,
    /// The errors shown beside its inputs, by `block_id`.
    pub errors: Map<String, Value>,
    root: String,
    previous: Option<String>,
}

impl View {
    /// What the bot put up.
    #[must_use]
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// Its blocks.
    #[must_use]
    pub fn blocks(&self) -> &[Value] {
        self.body["blocks"].as_array().map_or(&[], Vec::as_slice)
    }

    /// What a person reads of it, the title and the errors included.
    #[must_use]
    pub fn plain(&self) -> String {
        let title = self.body["title"]["text"].as_str().map(str::to_owned);
        let errors = self
            .errors
            .values()
            .filter_map(Value::as_str)
            .map(str::to_owned);
        let blocks = super::plain::blocks(self.blocks());
        title
            .into_iter()
            .chain([blocks])
            .chain(errors)
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The labels of its buttons and of what they offer, in order.
    #[must_use]
    pub fn buttons(&self) -> Vec<String> {
        super::controls::labels(self.blocks().iter())
    }

    fn check_errors(&self, errors: &Map<String, Value>) -> Result<(), ApiError> {
        let is_input = |id: &String| {
            let mut blocks = self.blocks().iter();
            blocks.any(|block| block["type"] == "input" && block["block_id"] == **id)
        };
        let lost: Vec<_> = errors.keys().filter(|id| !is_input(id)).cloned().collect();
        if !errors.is_empty() && lost.is_empty() {
            return Ok(());
        }
        let problem = format!("errors must name input blocks, not {lost:?}");
        Err(ApiError::detailed("invalid_arguments", vec![problem]))
    }

    /// The view as Slack shows it to the bot.
    pub(super) fn wire(&self, state: &State, values: &Value) -> Value {
        let mut view = self.body.clone();
        let fixed = json!({
            "id": self.id, "team_id": state.team.id, "hash": self.hash, "app_id": state.team.app_id,
            "bot_id": state.team.bot_id, "root_view_id": self.root,
            "previous_view_id": self.previous, "state": { "values": values },
            "app_installed_team_id": state.team.id,
        });
        let defaults = json!({
            "private_metadata": "", "callback_id": "", "external_id": "", "clear_on_close": false,
            "notify_on_close": false, "submit": null, "close": null, "title": null,
        });
        if let (Some(view), Value::Object(fixed), Value::Object(defaults)) =
            (view.as_object_mut(), fixed, defaults)
        {
            view.extend(fixed);
            for (name, value) in defaults {
                view.entry(name).or_insert(value);
            }
        }
        view
    }
}

impl State {
    /// Makes a view of what the bot sent. `below` is the modal it is put over.
    pub(super) fn new_view(&mut self, body: &Value, below: Option<&View>) -> View {
        let id = self.new_id('V');
        View {
            hash: self.new_hash(),
            body: self.named(body),
            errors: Map::new(),
            root: below.map_or_else(|| id.clone(), |below| below.root.clone()),
            previous: below.map(|below| below.id.clone()),
            id,
        }
    }

    /// Puts another body into a view.
    pub(super) fn renew(&mut self, view: &mut View, body: &Value) {
        view.body = self.named(body);
        view.hash = self.new_hash();
        view.errors.clear();
    }

    fn new_hash(&mut self) -> String {
        format!("{}.hash", self.next_number())
    }

    fn named(&mut self, body: &Value) -> Value {
        let mut body = body.clone();
        if let Some(blocks) = body.get_mut("blocks").and_then(Value::as_array_mut) {
            super::controls::name_blocks(blocks, || self.block_name());
        }
        body
    }

    /// The stack of modals a person has open.
    pub(super) fn stack(&mut self, user: &str) -> &mut Vec<View> {
        self.modals.entry(user.to_owned()).or_default()
    }

    /// Does what the bot answered to a form. Slack shows errors beside inputs only, and holds a new
    /// view to the same limits as any other.
    pub(super) fn take_submission(
        &mut self,
        user: &str,
        view_id: &str,
        body: &Value,
    ) -> Result<(), ApiError> {
        let stack = self.stack(user);
        let Some(at) = stack.iter().position(|view| view.id == view_id) else {
            return Ok(());
        };
        match body["response_action"].as_str() {
            Some("errors") => {
                let errors = body["errors"].as_object().cloned().unwrap_or_default();
                stack[at].check_errors(&errors)?;
                stack[at].errors = errors;
            }
            Some("update") => {
                limits::check_view(&body["view"], Surface::Modal)?;
                let mut view = stack[at].clone();
                self.renew(&mut view, &body["view"]);
                self.stack(user)[at] = view;
            }
            Some("push") => {
                limits::check_view(&body["view"], Surface::Modal)?;
                let below = stack[at].clone();
                let view = self.new_view(&body["view"], Some(&below));
                self.stack(user).push(view);
            }
            Some("clear") => stack.clear(),
            _ => {
                stack.remove(at);
            }
        }
        Ok(())
    }
}
