//! The `netwright` command.

mod args;
mod cache;
mod commands;
mod draft;
mod error;
mod formats;
mod headers;
mod output;
mod picture;
mod plot;
mod process;
mod program;
mod report;
mod scans;
mod select;
mod store;
mod stress;
mod sure;
mod table;
mod tune;
mod weights;
mod why;

use args::{Args, Command};
use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = match Args::read(&env::args_os().collect::<Vec<_>>()) {
        Ok(args) => args,
        Err(error) => return explain(&error),
    };
    // Nothing below this point reads the environment.
    let place = || cache::place(|name| env::var_os(name));
    let done = match &args.command {
        Command::Check(options) => commands::check::run(options),
        Command::New(options) => commands::new::run(options),
        Command::Explain(options) => commands::explain::run(options),
        Command::Graph(options) => commands::graph::run(options),
        Command::Gradcheck(options) => commands::gradcheck::run(options),
        Command::Build(options) => commands::build::run(options),
        Command::Bundle(options) => place().and_then(|place| commands::bundle::run(options, &place)),
        Command::Data(options) => place().and_then(|place| commands::data::run(options, &place)),
        Command::Train(options) => place().and_then(|place| commands::train::run(options, &place)),
        Command::Report(options) => commands::report::run(options),
        Command::Card(options) => commands::card::run(options),
        Command::Lr(options) => place().and_then(|place| commands::lr::run(options, &place)),
        Command::Tune(options) => place().and_then(|place| commands::tune::run(options, &place)),
        Command::Eval(options) => place().and_then(|place| commands::eval::run(options, &place)),
        Command::Predict(options) => place().and_then(|place| commands::predict::run(options, &place)),
        Command::Why(options) => place().and_then(|place| commands::why::run(options, &place)),
        Command::Show(options) => place().and_then(|place| commands::show::run(options, &place)),
        Command::Uncertain(options) => place().and_then(|place| commands::uncertain::run(options, &place)),
        Command::PseudoLabel(options) => {
            place().and_then(|place| commands::pseudo_label::run(options, &place))
        }
        Command::Stress(options) => place().and_then(|place| commands::stress::run(options, &place)),
        Command::Verify(options) => place().and_then(|place| commands::verify::run(options, &place)),
        Command::Augment(options) => place().and_then(|place| commands::augment::run(options, &place)),
    };
    done.unwrap_or_else(|error| {
        anstream::eprint!("{}", error.render());
        error.exit()
    })
}

/// Shows help or says what is wrong with the arguments.
fn explain(error: &clap::Error) -> ExitCode {
    match error.print().and_then(|()| io::stdout().flush()) {
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        _ => u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from),
    }
}
