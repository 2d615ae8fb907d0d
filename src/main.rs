//! The binary: everything is in [`guikou::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    guikou::cli::run()
}
