//! The server of torq-codec as it is.

use std::process::ExitCode;

fn main() -> ExitCode {
    match torq_stdio::serve(torq_stdio::in_place) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("torq-codec: {error}");
            ExitCode::FAILURE
        }
    }
}
