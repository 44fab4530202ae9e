//! What a person does on their Home and in forms, and what they read there.

use healthbot::demo::{Answer, Answered, Call, State, View, plain_blocks};
use healthbot::store::collections::TABLES;
use healthbot::store::{Batch, Options, Store};
use serde_json::Value;

use super::bot::{Bot, DANA};

/// Blocks as a person reads them.
fn read(body: &Value) -> String {
    plain_blocks(body["blocks"].as_array().unwrap())
}

/// The calls that drew a Home.
fn drawn(calls: &[Call]) -> usize {
    let draws = |call: &&Call| call.method == "views.publish" && call.answered == Answered::Ok;
    calls.iter().filter(draws).count()
}

impl Bot {
    /// Opens Dana's Home and waits until it is drawn.
    pub(crate) async fn open_home(&self) -> View {
        let before = self.drawn();
        let told = self.workspace.open_home(DANA).await.unwrap();
        assert!(told.accepted);
        self.workspace
            .wait_for(|state| (drawn(state.journal()) > before).then_some(()))
            .await;
        self.workspace.home(DANA).unwrap()
    }

    /// How often a Home was drawn.
    pub(crate) fn drawn(&self) -> usize {
        drawn(&self.workspace.journal())
    }

    /// Uses a control of Dana's Home, the first or the one beside `near`, and waits until it reads so.
    pub(crate) async fn on_home(
        &self,
        near: Option<&str>,
        label: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> String {
        self.press_home(DANA, near, label).await;
        self.home_reads(wanted).await
    }

    /// Uses a control of somebody's Home.
    pub(crate) async fn press_home(&self, user: &str, near: Option<&str>, label: &str) {
        let pressed = self.workspace.press_home_near(user, near, label).await;
        let pressed = pressed.unwrap();
        assert_eq!((pressed.status, pressed.body.as_str()), (200, ""));
    }

    /// Waits until Dana's Home reads so.
    pub(crate) async fn home_reads(&self, wanted: impl Fn(&str) -> bool) -> String {
        let found = |state: &State| Some(read(state.home(DANA)?)).filter(|text| wanted(text));
        self.workspace.wait_for(found).await
    }

    /// Waits until the form or note above everything else reads so.
    pub(crate) async fn modal_reads(&self, wanted: impl Fn(&str) -> bool) -> View {
        let found = |state: &State| {
            let view = state.modal(DANA)?;
            wanted(&view.plain()).then(|| view.clone())
        };
        self.workspace.wait_for(found).await
    }

    /// Opens the form that adds a server, by the shortcut.
    pub(crate) async fn open_form(&self) -> View {
        let used = self.workspace.shortcut(DANA, "add_server").await.unwrap();
        assert_eq!((used.status, used.body.as_str()), (200, ""));
        self.modal_reads(|text| text.contains("Add a server")).await
    }

    /// Fills in the form that is open and submits it.
    pub(crate) async fn submit(&self, filled: &[(&str, &str)]) -> Answer {
        let answer = self.workspace.submit_view(DANA, filled).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer
    }

    /// Puts records into the bot's store while it does not run.
    pub(crate) async fn restart_with(&mut self, batches: impl IntoIterator<Item = Batch>) {
        self.stop().await;
        let options = Options {
            dir: self.config.data_dir.clone(),
            cache_bytes: 16 * 1024 * 1024,
            tables: TABLES,
        };
        let store = Store::open(options, |_| {}).unwrap();
        for batch in batches {
            store.commit(batch).await.unwrap();
        }
        store.close().await;
        self.start_again().await;
    }
}
