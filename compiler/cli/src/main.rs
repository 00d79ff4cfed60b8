//! The `netwright` command.

mod args;
mod cache;
mod commands;
mod error;
mod program;
mod select;
mod table;

use args::{Args, Command};
use clap::Parser;
use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    // Nothing below this point reads the environment.
    let place = || cache::place(|name| env::var_os(name));
    let done = match &args.command {
        Command::Check(options) => commands::check::run(options),
        Command::Explain(options) => commands::explain::run(options),
        Command::Gradcheck(options) => commands::gradcheck::run(options),
        Command::Build(options) => commands::build::run(options),
        Command::Train(options) => place().and_then(|place| commands::train::run(options, &place)),
        Command::Eval(options) => place().and_then(|place| commands::eval::run(options, &place)),
        Command::Predict(options) => place().and_then(|place| commands::predict::run(options, &place)),
        Command::Augment(options) => place().and_then(|place| commands::augment::run(options, &place)),
    };
    done.unwrap_or_else(|error| {
        anstream::eprint!("{}", error.render());
        ExitCode::FAILURE
    })
}
