//! What a person does in the workspace, and what the bot's answer makes known.

use healthbot::demo::Workspace;
use tokio::sync::watch;

use super::facts::{Fact, Facts};
use super::moment::{Fate, Progress};
use crate::harness::bot::DANA;

/// Where commands are typed.
const HERE: &str = "ops";

/// The channels that may be told.
const CHANNELS: [&str; 2] = ["ops", "random"];

/// Someone who types commands and remembers what was answered.
pub(super) struct Person {
    pub(super) workspace: Workspace,
    pub(super) facts: Facts,
    /// How far the present round has come.
    pub(super) progress: watch::Sender<Progress>,
    /// Changes that were acknowledged.
    pub(super) acknowledged: u64,
}

impl Person {
    /// Types `/health TEXT` and reads the answer. None where the process was killed first.
    pub(super) async fn ask(&self, fate: &Fate, text: &str) -> Option<String> {
        if fate.coming.is_cancelled() {
            return None;
        }
        self.progress.send_modify(|now| now.steps += 1);
        let before = self.answers();
        let command = format!("/health {text}");
        match self.workspace.command(DANA, HERE, &command).await {
            Ok(answer) => assert_eq!(answer.status, 200, "{text}: {}", answer.body),
            Err(error) => {
                let killed = fate.excuses();
                assert!(killed, "{text} was not answered without a kill: {error}");
                return None;
            }
        }
        let answered = self.workspace.wait_for(|state| {
            let answer = state.ephemerals(DANA).nth(before)?;
            Some(answer.message.plain())
        });
        self.unless_killed(fate, answered).await
    }

    /// Asks for a change and takes note of it once it is acknowledged with one of these words.
    pub(super) async fn change(
        &mut self,
        fate: &Fate,
        text: &str,
        (fact, so): (Fact, bool),
        words: &[&str],
    ) -> Option<()> {
        if fate.coming.is_cancelled() {
            return None;
        }
        self.facts.asked(&fact);
        let answer = self.ask(fate, text).await?;
        let confirmed = words.iter().any(|words| answer.contains(words));
        assert!(confirmed, "{text}: {answer}");
        self.acknowledge(fact, so);
        Some(())
    }

    pub(super) async fn add(&mut self, fate: &Fate, name: &str, url: &str) -> Option<()> {
        let text =
            format!("add {name} {url} interval=1s timeout=20s failures=1 recoveries=1 env=live");
        let watched = Fact::Watched(name.to_owned());
        self.change(fate, &text, (watched, true), &["is watched from now on"])
            .await?;
        self.facts
            .acknowledged(Fact::AlertsOn(name.to_owned()), true);
        Some(())
    }

    pub(super) async fn switch(&mut self, fate: &Fate, name: &str, on: bool) -> Option<()> {
        let word = if on { "on" } else { "off" };
        let words = [format!("are now {word}"), format!("were already {word}")];
        let fact = Fact::AlertsOn(name.to_owned());
        let words = words.each_ref().map(String::as_str);
        self.change(fate, &format!("{word} {name}"), (fact, on), &words)
            .await
    }

    /// Removes a server, which the bot asks about first.
    pub(super) async fn remove(&mut self, fate: &Fate, name: &str) -> Option<()> {
        let question = self.ask(fate, &format!("remove {name}")).await?;
        assert!(question.contains("Stop watching"), "{name}: {question}");
        if fate.coming.is_cancelled() {
            return None;
        }
        self.progress.send_modify(|now| now.steps += 1);
        let fact = Fact::Watched(name.to_owned());
        self.facts.asked(&fact);
        let at = self.answers() - 1;
        let asked = self
            .workspace
            .read(|state| state.ephemerals(DANA).nth(at).cloned().unwrap());
        let (channel, ts) = (&asked.channel, &asked.message.ts);
        if let Err(error) = self.workspace.press(DANA, channel, ts, "Remove").await {
            let killed = fate.excuses();
            assert!(killed, "Remove was not answered without a kill: {error}");
            return None;
        }
        let answered = self.workspace.wait_for(|state| {
            let mut private = state.ephemerals(DANA).skip(at).map(|it| it.message.plain());
            private.find(|text| text.contains(name) && text.contains("is no longer watched"))
        });
        self.unless_killed(fate, answered).await?;
        self.acknowledge(fact, false);
        Some(())
    }

    /// Has the other channel told, or told no more.
    pub(super) async fn tell(
        &mut self,
        fate: &Fate,
        channel: &'static str,
        told: bool,
    ) -> Option<()> {
        let (word, words) = if told {
            (
                "subscribe",
                ["is told from now on", "is told, as before,"].as_slice(),
            )
        } else {
            (
                "unsubscribe",
                ["is told no more", "was not subscribed"].as_slice(),
            )
        };
        let text = format!("{word} #{channel}");
        self.change(fate, &text, (Fact::Told(channel), told), words)
            .await
    }

    /// Asks for everything that was ever acknowledged or asked for; panics where the bot says otherwise. Counts the
    /// changes that were not acknowledged.
    pub(super) async fn verify(&mut self, fate: &Fate) -> Option<usize> {
        let mut unanswered = 0;
        let mut watched = 0;
        for name in self.facts.servers() {
            let status = self.ask(fate, &format!("status {name}")).await?;
            let there = !status.contains("There is no server called");
            unanswered += usize::from(self.facts.observe(Fact::Watched(name.clone()), there));
            if there {
                watched += 1;
                let on = status.contains("🔔 on");
                assert_ne!(on, status.contains("🔕 off"), "{status}");
                unanswered += usize::from(self.facts.observe(Fact::AlertsOn(name), on));
            } else {
                self.facts.forget(&name);
            }
        }
        let list = self.ask(fate, "list").await?;
        let title = match watched {
            0 => "No server is watched yet".to_owned(),
            1 => "1 server".to_owned(),
            n => format!("{n} servers"),
        };
        assert!(list.starts_with(&title), "{title}: {list}");
        let channels = self.ask(fate, "channels").await?;
        for channel in CHANNELS {
            let id = self.workspace.channel(channel).unwrap().id;
            let told = channels.contains(&id);
            unanswered += usize::from(self.facts.observe(Fact::Told(channel), told));
        }
        assert!(!channels.contains("nothing arrives"), "{channels}");
        Some(unanswered)
    }

    /// Waits for something; none where the process was killed and it has not come by then.
    pub(super) async fn unless_killed<T>(
        &self,
        fate: &Fate,
        something: impl Future<Output = T>,
    ) -> Option<T> {
        tokio::select! {
            biased;
            something = something => Some(something),
            () = fate.sealed.cancelled() => None,
        }
    }

    /// How many answers there are so far; they are not copied for that, as there are many in a long run.
    fn answers(&self) -> usize {
        self.workspace.read(|state| state.ephemerals(DANA).count())
    }

    fn acknowledge(&mut self, fact: Fact, so: bool) {
        self.facts.acknowledged(fact, so);
        self.acknowledged += 1;
    }
}
