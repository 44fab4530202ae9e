//! Secrets that stand in files, as containers and service managers hand them out: read at the start, and anew whenever
//! the process is told to, so that one is rotated without a restart.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Config, Secret, checks};

/// No secret is longer, in bytes; a path that leads elsewhere by mistake is not read to its end.
const MOST_BYTES: u64 = 4_096;

/// The files that secrets stand in, each in the place of the variable without `_FILE`.
#[derive(Debug, Clone, Default, Args)]
pub struct SecretFiles {
    /// A file that holds the signing secret; read anew at SIGHUP.
    #[arg(long, env = "SLACK_SIGNING_SECRET_FILE", value_name = "FILE")]
    slack_signing_secret_file: Option<PathBuf>,
    /// A file that holds the bot's token; read anew at SIGHUP.
    #[arg(long, env = "SLACK_BOT_TOKEN_FILE", value_name = "FILE")]
    slack_bot_token_file: Option<PathBuf>,
    /// A file that holds the app-level token of Socket Mode; read anew at SIGHUP.
    #[arg(long, env = "SLACK_APP_TOKEN_FILE", value_name = "FILE")]
    slack_app_token_file: Option<PathBuf>,
    /// A file that holds the admin API's token; read anew at SIGHUP.
    #[arg(long, env = "HEALTHBOT_ADMIN_TOKEN_FILE", value_name = "FILE")]
    admin_token_file: Option<PathBuf>,
}

/// Where a secret comes from.
pub(super) struct Source<'a> {
    name: &'static str,
    plain: Option<&'a str>,
    file: Option<&'a Path>,
}

/// What the files hold now; nothing where there is no file, or one that cannot be used.
#[derive(Debug)]
pub struct Renewed {
    /// What Slack signs with.
    pub signing_secrets: Option<Vec<Secret>>,
    /// What the bot calls Slack with.
    pub bot_token: Option<Secret>,
    /// What the bot opens Socket Mode connections with.
    pub app_token: Option<Secret>,
    /// What opens the admin API.
    pub admin_token: Option<Secret>,
    /// What is wrong with the others, each with the variable's name and how to mend it.
    pub mistakes: Vec<String>,
}

impl SecretFiles {
    /// Whether any secret stands in a file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            slack_signing_secret_file,
            slack_bot_token_file,
            slack_app_token_file,
            admin_token_file,
        } = self;
        [
            slack_signing_secret_file,
            slack_bot_token_file,
            slack_app_token_file,
            admin_token_file,
        ]
        .into_iter()
        .all(Option::is_none)
    }

    pub(super) fn signing_secret<'a>(&'a self, plain: Option<&'a str>) -> Source<'a> {
        let file = self.slack_signing_secret_file.as_deref();
        Source::new("SLACK_SIGNING_SECRET", plain, file)
    }

    pub(super) fn bot_token<'a>(&'a self, plain: Option<&'a str>) -> Source<'a> {
        let file = self.slack_bot_token_file.as_deref();
        Source::new("SLACK_BOT_TOKEN", plain, file)
    }

    pub(super) fn app_token<'a>(&'a self, plain: Option<&'a str>) -> Source<'a> {
        let file = self.slack_app_token_file.as_deref();
        Source::new("SLACK_APP_TOKEN", plain, file)
    }

    pub(super) fn admin_token<'a>(&'a self, plain: Option<&'a str>) -> Source<'a> {
        let file = self.admin_token_file.as_deref();
        Source::new("HEALTHBOT_ADMIN_TOKEN", plain, file)
    }
}

impl<'a> Source<'a> {
    /// A variable that is set to nothing is not given.
    fn new(name: &'static str, plain: Option<&'a str>, file: Option<&'a Path>) -> Self {
        let plain = plain.filter(|text| !text.trim().is_empty());
        Self { name, plain, file }
    }

    /// Whether there is one, be it right or wrong.
    pub(super) const fn is_given(&self) -> bool {
        self.plain.is_some() || self.file.is_some()
    }

    /// The secret by its own rule. Where its file cannot be read that is the mistake, and not that it is missing.
    pub(super) fn check<T>(
        &self,
        rule: impl FnOnce(Option<&str>, &mut Vec<String>) -> T,
        wrong: &mut Vec<String>,
    ) -> T {
        let name = self.name;
        match (self.plain, self.file) {
            (plain, None) => rule(plain, wrong),
            (None, Some(file)) => match read(file) {
                Ok(text) => rule(Some(&text), wrong),
                Err(why) => {
                    wrong.push(format!("{name}_FILE {} {why}", file.display()));
                    rule(None, &mut Vec::new())
                }
            },
            (plain @ Some(_), Some(_)) => {
                wrong.push(format!(
                    "{name} and {name}_FILE are both given: keep one of them"
                ));
                rule(plain, wrong)
            }
        }
    }

    /// The secret that the file holds now, if there is a file and nothing is wrong with it.
    fn anew<T>(
        &self,
        rule: impl FnOnce(Option<&str>, &mut Vec<String>) -> T,
        wrong: &mut Vec<String>,
    ) -> Option<T> {
        self.file?;
        let before = wrong.len();
        let secret = self.check(rule, wrong);
        (wrong.len() == before).then_some(secret)
    }
}

impl Config {
    /// Reads the files of secrets anew, by the rules that held at the start. Blocks.
    #[must_use]
    pub fn read_anew(&self) -> Renewed {
        let files = &self.secret_files;
        let mut wrong = Vec::new();
        let guarded = |text: Option<&str>, wrong: &mut Vec<String>| {
            let config = Self {
                admin_token: checks::admin_token(text, wrong),
                ..self.clone()
            };
            config.guard_admin_api(wrong);
            config.admin_token
        };
        let signing = |text: Option<&str>, wrong: &mut Vec<String>| {
            checks::signing_secrets(text, true, wrong)
        };
        Renewed {
            signing_secrets: files.signing_secret(None).anew(signing, &mut wrong),
            bot_token: files.bot_token(None).anew(checks::bot_token, &mut wrong),
            app_token: files
                .app_token(None)
                .anew(checks::app_token, &mut wrong)
                .flatten(),
            admin_token: files.admin_token(None).anew(guarded, &mut wrong).flatten(),
            mistakes: wrong,
        }
    }
}

/// The content of a file without the line's end that editors and `echo` leave. Why not is said without the content.
fn read(file: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::InvalidData => "holds no text".to_owned(),
        _ => format!("cannot be read: {error}"),
    };
    let mut text = String::new();
    let opened = File::open(file).map_err(unreadable)?;
    let length = opened
        .take(MOST_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    if u64::try_from(length).unwrap_or(u64::MAX) > MOST_BYTES {
        return Err("is too long to be a secret".to_owned());
    }
    if text.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Action, Cli, Mistakes};
    use clap::Parser;
    use std::fs;

    fn check(arguments: &[String]) -> Result<Config, Mistakes> {
        let given = ["healthbot", "serve"].map(str::to_owned);
        let arguments = given.iter().chain(arguments);
        match Cli::try_parse_from(arguments).expect("parses").action {
            Action::Serve(options) => Config::check(&options),
            _ => panic!("another action"),
        }
    }

    /// A directory with a file for each secret, and the flags that name them.
    fn files(signing: &str, bot: &str, admin: &str) -> (tempfile::TempDir, Vec<String>) {
        let dir = tempfile::tempdir().expect("a directory");
        let flag = |name: &str, content: &str| {
            let file = dir.path().join(name);
            fs::write(&file, content).expect("written");
            format!("--{name}-file={}", file.display())
        };
        let flags = vec![
            flag("slack-signing-secret", signing),
            flag("slack-bot-token", bot),
            flag("admin-token", admin),
        ];
        (dir, flags)
    }

    #[test]
    fn a_secret_in_a_file_is_the_same_without_the_ends_of_its_lines() {
        let (_dir, flags) = files("new-hush,old-hush\n", "xoxb-hush\r\n", "hush-hush");
        let config = check(&flags).expect("sound");
        let secrets: Vec<_> = config.signing_secrets.iter().map(Secret::expose).collect();
        assert_eq!(secrets, ["new-hush", "old-hush"]);
        assert_eq!(config.bot_token.expose(), "xoxb-hush");
        let token = config.admin_token.as_ref().map(Secret::expose);
        assert_eq!(token, Some("hush-hush"));
        assert!(!format!("{config:?}").contains("hush"));
    }

    #[test]
    fn both_ways_at_once_and_files_without_a_secret_are_mistakes() {
        let (dir, flags) = files(" \n", "xapp-hush", "two hush");
        let mistakes = check(&flags).expect_err("wrong").to_string();
        for fact in [
            "3 mistakes",
            "is empty",
            "SLACK_BOT_TOKEN",
            "an Authorization header",
        ] {
            assert!(mistakes.contains(fact), "{fact} in {mistakes}");
        }
        assert!(!mistakes.contains("hush"));

        let (_dir, mut flags) = files("hush", "xoxb-hush", "hush");
        flags.push("--slack-bot-token=xoxb-other-hush".to_owned());
        flags[0] = format!("--slack-signing-secret-file={}", dir.path().display());
        let mistakes = check(&flags).expect_err("wrong").to_string();
        for fact in [
            "2 mistakes",
            "SLACK_BOT_TOKEN and SLACK_BOT_TOKEN_FILE are both given",
            "SLACK_SIGNING_SECRET_FILE",
            "cannot be read",
        ] {
            assert!(mistakes.contains(fact), "{fact} in {mistakes}");
        }
        assert!(!mistakes.contains("hush"));
    }

    #[test]
    fn what_is_no_text_or_has_no_end_is_no_secret() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("secret");
        fs::write(&file, [0xff, 0xfe]).expect("written");
        assert_eq!(read(&file), Err("holds no text".to_owned()));
        assert!(read(Path::new("/dev/zero")).is_err_and(|why| why.contains("too long")));
    }

    #[test]
    fn anew_only_what_is_sound_is_taken() {
        let (dir, mut flags) = files("old-hush", "xoxb-hush", &"x".repeat(40));
        flags.push("--listen=0.0.0.0:3000".to_owned());
        let config = check(&flags).expect("sound");
        let write = |name: &str, content: &str| {
            fs::write(dir.path().join(name), content).expect("written");
        };
        write("slack-signing-secret", "new-hush\n");
        write("slack-bot-token", "xapp-wrong-hush");
        write("admin-token", "short-hush");
        let renewed = config.read_anew();
        let secrets = renewed.signing_secrets.expect("taken");
        assert_eq!(secrets[0].expose(), "new-hush");
        assert!(renewed.bot_token.is_none() && renewed.admin_token.is_none());
        assert_eq!(renewed.mistakes.len(), 2, "{:?}", renewed.mistakes);
        assert!(!renewed.mistakes.concat().contains("hush"));
    }
}
