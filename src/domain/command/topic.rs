//! The commands by their words: what help explains, and what an error shows an example of.

use crate::domain::command::words::Word;

/// What help can be asked for, and what an error shows an example of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// `add`
    Add,
    /// `edit`
    Edit,
    /// `list`
    List,
    /// `status`
    Status,
    /// `remove`
    Remove,
    /// `check`
    Check,
    /// `on`
    On,
    /// `off`
    Off,
    /// `mute`
    Mute,
    /// `unmute`
    Unmute,
    /// `ack`
    Ack,
    /// `history`
    History,
    /// `subscribe`
    Subscribe,
    /// `unsubscribe`
    Unsubscribe,
    /// `channels`
    Channels,
    /// `channel`
    Channel,
    /// `webhook`
    Webhook,
    /// `settings`
    Settings,
    /// `help`
    Help,
}

impl Topic {
    /// All of them, in the order of the help.
    pub const ALL: [Self; 19] = [
        Self::Add,
        Self::Edit,
        Self::List,
        Self::Status,
        Self::History,
        Self::Check,
        Self::Remove,
        Self::Off,
        Self::On,
        Self::Mute,
        Self::Unmute,
        Self::Ack,
        Self::Subscribe,
        Self::Unsubscribe,
        Self::Channels,
        Self::Channel,
        Self::Webhook,
        Self::Settings,
        Self::Help,
    ];

    /// The word that begins the command.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Edit => "edit",
            Self::List => "list",
            Self::Status => "status",
            Self::Remove => "remove",
            Self::Check => "check",
            Self::On => "on",
            Self::Off => "off",
            Self::Mute => "mute",
            Self::Unmute => "unmute",
            Self::Ack => "ack",
            Self::History => "history",
            Self::Settings => "settings",
            Self::Subscribe => "subscribe",
            Self::Unsubscribe => "unsubscribe",
            Self::Channels => "channels",
            Self::Channel => "channel",
            Self::Webhook => "webhook",
            Self::Help => "help",
        }
    }

    /// The command's form.
    #[must_use]
    pub const fn usage(self) -> &'static str {
        match self {
            Self::Add => "/health add NAME URL [key=value ...]",
            Self::Edit => "/health edit NAME [key=value ...]",
            Self::List => "/health list [down|muted|off] [env=LIVE]",
            Self::Status => "/health status [NAME]",
            Self::Remove => "/health remove NAME",
            Self::Check => "/health check NAME",
            Self::On => "/health on NAME|all",
            Self::Off => "/health off NAME|all",
            Self::Mute => "/health mute NAME 1h",
            Self::Unmute => "/health unmute NAME",
            Self::Ack => "/health ack NAME",
            Self::History => "/health history NAME",
            Self::Settings => {
                "/health settings [interval=30s timeout=3s failures=2 recoveries=1 remind=off]"
            }
            Self::Subscribe => "/health subscribe [#channel] [env=LIVE,STAGE]",
            Self::Unsubscribe => "/health unsubscribe [#channel]",
            Self::Channels => "/health channels",
            Self::Channel => {
                "/health channel create NAME | rename #channel NAME | archive #channel"
            }
            Self::Webhook => "/health webhook add NAME HOOK_URL | rename NAME NEW | remove NAME",
            Self::Help => "/health help [command]",
        }
    }

    /// A line that works.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Self::Add => "/health add api https://10.0.0.5:8080/healthz env=LIVE",
            Self::Edit => "/health edit api url=https://10.0.0.6:8080/healthz interval=10s",
            Self::List => "/health list down env=LIVE",
            Self::Status => "/health status api",
            Self::Remove => "/health remove api",
            Self::Check => "/health check api",
            Self::On => "/health on api",
            Self::Off => "/health off api",
            Self::Mute => "/health mute api 1h",
            Self::Unmute => "/health unmute api",
            Self::Ack => "/health ack api",
            Self::History => "/health history api",
            Self::Settings => "/health settings interval=15s remind=30m",
            Self::Subscribe => "/health subscribe #ops env=LIVE,STAGE",
            Self::Unsubscribe => "/health unsubscribe #ops",
            Self::Channels => "/health channels",
            Self::Channel => "/health channel create ops-alerts",
            Self::Webhook => {
                "/health webhook add pager https://hooks.slack.com/services/T000/B000/XXXX"
            }
            Self::Help => "/health help add",
        }
    }

    /// What a command does that does several things, by the word that says so.
    #[must_use]
    pub const fn acts(self) -> &'static [&'static str] {
        match self {
            Self::Channel => &["create", "rename", "archive"],
            Self::Webhook => &["add", "rename", "remove"],
            _ => &[],
        }
    }

    /// A line that works and does this, where the command does several things.
    #[must_use]
    pub fn example_of(self, act: Option<&str>) -> &'static str {
        match (self, act) {
            (Self::Channel, Some("rename")) => "/health channel rename #ops ops-alerts",
            (Self::Channel, Some("archive")) => "/health channel archive #ops",
            (Self::Webhook, Some("rename")) => "/health webhook rename pager night-pager",
            (Self::Webhook, Some("remove")) => "/health webhook remove pager",
            _ => self.example(),
        }
    }

    pub(super) fn of_word(word: &Word) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| word.is(topic.word()))
    }
}
