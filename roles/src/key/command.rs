//! Which command does what.

use super::args::KeyCommand;
use super::{export, history, import, make, register, view};
use crate::exit::Outcome;
use crate::output::Report;

/// Does what was asked of `troupe key`.
pub(crate) fn run(command: KeyCommand) -> Outcome<Report> {
    match command {
        KeyCommand::New(args) => make::make(&args),
        KeyCommand::Import(args) => import::import(&args),
        KeyCommand::List(args) => view::list(&args),
        KeyCommand::Export(args) => export::export(&args),
        KeyCommand::Register(args) => register::register(&args),
        KeyCommand::History(args) => history::run(&args),
        KeyCommand::Show(args) => view::show(&args),
    }
}
