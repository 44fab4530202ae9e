//! The variables before clap reads them: whatever stands in one of them, clap does not end the process for it, so that
//! it is told together with everything else that is wrong.

use std::any::TypeId;

use clap::builder::{OsStr, OsStringValueParser, Resettable, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command, CommandFactory, FromArgMatches, Parser};

use super::Cli;

impl Cli {
    /// What this process is told, by its arguments and by its variables. A variable that is set to nothing is not set;
    /// bytes that are no text are replaced by U+FFFD, which no option takes.
    ///
    /// Ends the process where its arguments are wrong, or ask for help.
    #[must_use]
    pub fn told() -> Self {
        let matches = tolerant(Self::command()).try_get_matches();
        match matches.and_then(|matches| Self::from_arg_matches(&matches)) {
            Ok(cli) => cli,
            // It names every variable, those too that are set to nothing.
            Err(error) if error.kind() == ErrorKind::DisplayHelp => Self::parse(),
            Err(error) => error.exit(),
        }
    }
}

fn tolerant(command: Command) -> Command {
    command.mut_args(tolerantly).mut_subcommands(tolerant)
}

fn tolerantly(argument: Arg) -> Arg {
    let Some(value) = argument.get_env().and_then(std::env::var_os) else {
        return argument;
    };
    match value.to_str() {
        Some(text) if text.trim().is_empty() => argument.env(Resettable::<OsStr>::Reset),
        None if argument.get_value_parser().type_id() == TypeId::of::<String>() => {
            let lossy = OsStringValueParser::new();
            argument.value_parser(lossy.map(|value| value.to_string_lossy().into_owned()))
        }
        _ => argument,
    }
}
