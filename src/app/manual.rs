//! Completions and pages of the manual, out of the definition that `--help` is made of.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;

use crate::config::Cli;

/// Why a page was not written.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// No command has this name.
    #[error("there is no command {0}: healthbot --help lists them")]
    NoCommand(String),
    /// Whoever should have taken it did not.
    #[error("the page cannot be written: {0}")]
    Io(#[from] io::Error),
}

/// Writes the completions for a shell.
///
/// # Errors
/// Whoever should have taken them did not.
pub fn completions(shell: Shell, to: &mut impl Write) -> io::Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "healthbot", &mut text);
    to.write_all(&text)
}

/// Writes healthbot(1), or the page of one of its commands.
///
/// # Errors
/// [`PageError`].
pub fn page(command: Option<&str>, to: &mut impl Write) -> Result<(), PageError> {
    let mut all = Cli::command();
    all.build();
    let about = match command {
        None => all,
        Some(name) => {
            let found = all.find_subcommand(name);
            let found = found.ok_or_else(|| PageError::NoCommand(name.to_owned()))?;
            found.clone()
        }
    };
    let source = concat!("healthbot ", env!("CARGO_PKG_VERSION"));
    clap_mangen::Man::new(about).source(source).render(to)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Command;

    fn commands() -> Vec<Command> {
        let mut all = Cli::command();
        all.build();
        let named = |command: &&Command| command.get_name() != "help";
        all.get_subcommands().filter(named).cloned().collect()
    }

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut text = Vec::new();
        write(&mut text);
        String::from_utf8(text).expect("a text")
    }

    #[test]
    fn the_completions_of_each_shell_name_every_command_and_option() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = text(|to| completions(shell, to).expect("written"));
            for command in commands() {
                assert!(script.contains(command.get_name()), "{shell}: {command}");
                for option in command.get_arguments().filter_map(|a| a.get_long()) {
                    let written = match shell {
                        Shell::Fish => format!("-l {option}"),
                        _ => format!("--{option}"),
                    };
                    assert!(script.contains(&written), "{shell}: {written}");
                }
            }
        }
    }

    #[test]
    fn the_manual_names_every_command_and_each_page_every_option_with_its_variable() {
        let first = text(|to| page(None, to).expect("written")).replace('\\', "");
        for command in commands() {
            let name = command.get_name();
            assert!(first.contains(&format!("healthbot-{name}(1)")), "{name}");
            let own = text(|to| page(Some(name), to).expect("written")).replace('\\', "");
            assert!(own.contains(&format!("healthbot {name}")), "{own}");
            for argument in command.get_arguments() {
                let option = argument.get_long().unwrap_or_default();
                assert!(own.contains(option), "{name}: {option}");
                let variable = argument.get_env().and_then(|name| name.to_str());
                assert!(own.contains(variable.unwrap_or_default()), "{variable:?}");
            }
        }
    }

    #[test]
    fn a_command_that_does_not_exist_is_named() {
        let error = page(Some("fly"), &mut Vec::new()).expect_err("no such command");
        assert!(error.to_string().contains("fly"));
    }
}
