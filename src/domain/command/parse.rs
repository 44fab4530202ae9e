//! The grammar: what follows `/health`, read into a [`Command`].

use std::collections::BTreeSet;

use crate::domain::command::fields::{is_address, is_pair};
use crate::domain::command::words::{self, ChannelRef, Word};
use crate::domain::command::{
    Command, CommandError, Condition, ConversationCommand, ListFilter, Problem, Scope, ServerEdit,
    ServerFields, SettingsChange, Topic, TypedHook, WebhookCommand, may_be_a_hook,
};
use crate::domain::server::{Environment, HostName};
use crate::domain::settings::MuteSpan;

/// Reads a command's text as Slack sends it.
///
/// # Errors
/// A [`CommandError`] that names the mistake and a line that would work.
pub fn parse(text: &str) -> Result<Command, CommandError> {
    let words = words::split(text)
        .map_err(|words::UnclosedQuote| CommandError::new(Topic::Help, Problem::UnclosedQuote))?;
    let Some((first, rest)) = words.split_first() else {
        return Ok(Command::Help(None));
    };
    let Some(topic) = Topic::of_word(first) else {
        return Err(CommandError::unknown_command(first));
    };
    let mut arguments = Arguments {
        topic,
        act: None,
        rest,
    };
    let command = arguments.command()?;
    arguments.end()?;
    Ok(command)
}

/// What follows the command's own word.
struct Arguments<'a> {
    topic: Topic,
    /// What is to be done, once that was read.
    act: Option<&'static str>,
    rest: &'a [Word],
}

impl Arguments<'_> {
    fn command(&mut self) -> Result<Command, CommandError> {
        Ok(match self.topic {
            Topic::Help => Command::Help(self.help_topic()?),
            Topic::Add if self.rest.is_empty() => Command::AddForm,
            Topic::Add => {
                let word = self.name()?;
                let name = HostName::parse(&word.typed).map_err(|e| self.error(e.into()))?;
                let fields = ServerFields::parse(self.topic, self.take_all());
                let fields = fields.map_err(|error| match error.problem {
                    // What stands there alone is the address; what lacks is the name.
                    Problem::Missing("URL") if is_address(&word) => {
                        self.error(Problem::Missing("NAME"))
                    }
                    _ => error,
                })?;
                let fields = Box::new(fields);
                Command::Add { name, fields }
            }
            Topic::Edit => {
                let name = self.name()?.typed;
                let edit = Box::new(ServerEdit::parse(self.take_all())?);
                Command::Edit { name, edit }
            }
            Topic::History => Command::History(self.name()?.typed),
            Topic::List => Command::List {
                filter: self.list_filter()?,
            },
            Topic::Status => Command::Status(match self.rest.first() {
                Some(word) if !is_pair(word) => Some(self.name()?.typed),
                _ => None,
            }),
            Topic::Remove => Command::Remove(self.name()?.typed),
            Topic::Check => Command::Check(self.name()?.typed),
            Topic::On | Topic::Off => {
                let word = self.name_or("NAME|all")?;
                let scope = if word.is("all") {
                    Scope::All
                } else {
                    Scope::One(word.typed.clone())
                };
                Command::Alerts {
                    scope,
                    on: self.topic == Topic::On,
                }
            }
            Topic::Mute => {
                let word = self.name()?;
                let is_span = !word.begins_quoted && MuteSpan::parse(&word.typed).is_ok();
                if is_span && self.rest.is_empty() {
                    return Err(self.error(Problem::Missing("NAME")));
                }
                let name = word.typed;
                let span = match self.take().map(|word| MuteSpan::parse(&word.typed)) {
                    Some(span) => span.map_err(|e| self.error(e.into()))?,
                    None => MuteSpan::default(),
                };
                Command::Mute { name, span }
            }
            Topic::Unmute => Command::Unmute(self.name()?.typed),
            Topic::Ack => Command::Ack(self.name()?.typed),
            Topic::Settings => Command::Settings(SettingsChange::parse(self.take_all())?),
            Topic::Subscribe => {
                let channel = self.channel()?;
                Command::Subscribe {
                    channel,
                    environments: self.environments()?,
                }
            }
            Topic::Unsubscribe => Command::Unsubscribe {
                channel: self.channel()?,
            },
            Topic::Channels => Command::Channels,
            Topic::Channel => Command::Conversation(self.conversation()?),
            Topic::Webhook => Command::Webhook(self.webhook()?),
        })
    }

    fn error(&self, problem: Problem) -> CommandError {
        CommandError {
            act: self.act,
            ..CommandError::new(self.topic, problem)
        }
    }

    fn take(&mut self) -> Option<&Word> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    fn take_all(&mut self) -> &[Word] {
        std::mem::take(&mut self.rest)
    }

    fn required(&mut self, what: &'static str) -> Result<Word, CommandError> {
        let word = self
            .take()
            .filter(|word| !word.typed.trim().is_empty())
            .cloned();
        word.ok_or_else(|| self.error(Problem::Missing(what)))
    }

    /// A server's name.
    fn name(&mut self) -> Result<Word, CommandError> {
        self.name_or("NAME")
    }

    /// A server's name, or what else may stand in its place. A pair is none: the name before it was forgotten.
    fn name_or(&mut self, what: &'static str) -> Result<Word, CommandError> {
        if self.rest.first().is_some_and(is_pair) {
            return Err(self.error(Problem::Missing(what)));
        }
        self.required(what)
    }

    fn end(&self) -> Result<(), CommandError> {
        match self.rest.first() {
            Some(word) => Err(self.error(Problem::Unexpected(word.typed.clone()))),
            None => Ok(()),
        }
    }

    fn help_topic(&mut self) -> Result<Option<Topic>, CommandError> {
        let Some(word) = self.take() else {
            return Ok(None);
        };
        let topic = Topic::of_word(word).ok_or_else(|| CommandError::unknown_command(word))?;
        // Of a command that does several things, the help tells all of them.
        if !topic.acts().is_empty() && !self.rest.is_empty() {
            self.act(topic)?;
        }
        Ok(Some(topic))
    }

    fn channel(&mut self) -> Result<Option<ChannelRef>, CommandError> {
        match self.rest.first() {
            Some(word) if word.channel.is_some() => {
                let channel = word.channel.clone();
                self.take();
                Ok(channel)
            }
            Some(word) if word.pair().is_none() => {
                Err(self.error(Problem::NotAChannel(word.typed.clone())))
            }
            _ => Ok(None),
        }
    }

    fn named_channel(&mut self) -> Result<ChannelRef, CommandError> {
        let channel = self.channel()?;
        channel.ok_or_else(|| self.error(Problem::Missing("#channel")))
    }

    fn conversation(&mut self) -> Result<ConversationCommand, CommandError> {
        Ok(match self.act(self.topic)? {
            "create" => ConversationCommand::Create {
                name: self.channel_name()?,
            },
            "rename" => ConversationCommand::Rename {
                channel: self.named_channel()?,
                name: self.channel_name()?,
            },
            _ => ConversationCommand::Archive {
                channel: self.named_channel()?,
            },
        })
    }

    fn webhook(&mut self) -> Result<WebhookCommand, CommandError> {
        Ok(match self.act(self.topic)? {
            "add" => {
                let name = self.webhook_name("NAME")?;
                let url = self.hook()?;
                WebhookCommand::Add { name, url }
            }
            "rename" => WebhookCommand::Rename {
                name: self.webhook_name("NAME")?,
                to: self.webhook_name("NEW")?,
            },
            _ => WebhookCommand::Remove {
                name: self.webhook_name("NAME")?,
            },
        })
    }

    /// What is left is an incoming webhook's URL, and nothing else. What is too much is named, unless it may be a secret.
    fn hook(&mut self) -> Result<TypedHook, CommandError> {
        let words = self.take_all();
        let hook = words.iter().find(|word| may_be_a_hook(&word.address));
        let problem = match (words, hook) {
            ([], _) => Problem::Missing("HOOK_URL"),
            ([_], Some(hook)) => return Ok(TypedHook::new(hook.address.clone())),
            ([first, ..], None) => Problem::of_hook(&first.address),
            (_, Some(_)) => {
                let harmless =
                    |word: &&Word| !may_be_a_hook(&word.address) && !may_be_a_hook(&word.typed);
                let more = words.iter().find(harmless);
                more.map_or(Problem::Twice("HOOK_URL".into()), |word| {
                    Problem::Unexpected(word.typed.clone())
                })
            }
        };
        Err(self.error(problem))
    }

    /// The word that says what is to be done.
    fn act(&mut self, topic: Topic) -> Result<&'static str, CommandError> {
        let acts = topic.acts();
        let Some(word) = self.take().cloned() else {
            return Err(self.error(Problem::NoAct(acts)));
        };
        let Some(act) = acts.iter().copied().find(|act| word.is(act)) else {
            let unknown = Problem::UnknownAct {
                word: word.typed,
                known: acts,
            };
            return Err(self.error(unknown));
        };
        self.act = Some(act);
        Ok(act)
    }

    /// A channel's name to be: Slack shows it with a `#`, so people type one.
    fn channel_name(&mut self) -> Result<String, CommandError> {
        let word = self.required("NAME")?;
        Ok(word.typed.trim().trim_start_matches('#').to_owned())
    }

    /// A webhook's name; whoever turns name and URL round must not read the secret again.
    fn webhook_name(&mut self, what: &'static str) -> Result<String, CommandError> {
        let word = self.required(what)?;
        if may_be_a_hook(&word.address) || may_be_a_hook(&word.typed) {
            return Err(self.error(Problem::NotAHook));
        }
        let name = HostName::parse(&word.typed).map_err(|_| self.error(Problem::WebhookName))?;
        Ok(name.into())
    }

    fn environments(&mut self) -> Result<BTreeSet<Environment>, CommandError> {
        let Some((key, value)) = self.rest.first().and_then(Word::pair) else {
            return Ok(BTreeSet::new());
        };
        if !key.eq_ignore_ascii_case("env") {
            return Err(self.error(Problem::UnknownKey {
                key: key.to_owned(),
                known: &["env"],
            }));
        }
        let environments = value
            .typed
            .split(',')
            .map(|name| name.parse())
            .collect::<Result<_, _>>();
        let environments = environments.map_err(|e| self.error(Problem::Environment(e)))?;
        self.take();
        Ok(environments)
    }

    fn list_filter(&mut self) -> Result<ListFilter, CommandError> {
        let mut filter = ListFilter::default();
        while let Some(word) = self.take().cloned() {
            if let Some((key, value)) = word.pair() {
                if !key.eq_ignore_ascii_case("env") {
                    let key = key.to_owned();
                    return Err(self.error(Problem::UnknownKey {
                        key,
                        known: &["env"],
                    }));
                }
                let environment = value.typed.parse();
                let environment = environment.map_err(|e| self.error(Problem::Environment(e)))?;
                if filter.environment.replace(environment).is_some() {
                    return Err(self.error(Problem::Twice("env".into())));
                }
            } else {
                let condition = Condition::ALL.into_iter().find(|c| word.is(c.word()));
                let problem = || self.error(Problem::UnknownFilter(word.typed.clone()));
                let condition = condition.ok_or_else(problem)?;
                match filter.condition.replace(condition) {
                    None => {}
                    Some(before) if before == condition => {
                        return Err(self.error(Problem::Twice(word.typed)));
                    }
                    Some(_) => return Err(self.error(Problem::SecondFilter(word.typed))),
                }
            }
        }
        Ok(filter)
    }
}
