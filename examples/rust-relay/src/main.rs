//! A relay of Torq Protocol V2: one engine, three logics of a few lines each.

mod checksum;
mod engine;

use engine::{Logic, Relay};
use std::path::PathBuf;
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

static IS_OVER: AtomicBool = AtomicBool::new(false);

extern "C" {
    // Of the C library that the standard library stands on anyway.
    fn signal(number: i32, handler: extern "C" fn(i32)) -> usize;
}

extern "C" fn stop(_: i32) {
    IS_OVER.store(true, Ordering::SeqCst);
}

fn always(_: &[u8]) -> bool {
    true
}

fn logic_of(domain: u8) -> Option<Logic> {
    let (limit, should_forward): (usize, fn(&[u8]) -> bool) = match domain {
        1 => (65_536, always),
        2 => (32_768, checksum::is_right),
        3 => (16_384, checksum::is_right),
        _ => return None,
    };
    Some(Logic { domain, limit, should_forward })
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let given = |name: &str| {
        words.iter().position(|word| word == name).and_then(|at| words.get(at + 1)).cloned()
    };
    let logic = given("--domain").and_then(|text| text.parse().ok()).and_then(logic_of);
    let (Some(logic), Some(path)) = (logic, given("--socket").map(PathBuf::from)) else {
        eprintln!("relay: write --domain 1 --socket PATH");
        exit(2);
    };
    const SIGINT: i32 = 2;
    const SIGTERM: i32 = 15;
    // Writing to a client that is gone is an error here, and no signal: Rust ignores SIGPIPE.
    unsafe {
        signal(SIGTERM, stop);
        signal(SIGINT, stop);
    }
    let relay = match Relay::listening(logic, path) {
        Ok(relay) => relay,
        Err(error) => {
            eprintln!("relay: {error}");
            exit(1);
        }
    };
    while !IS_OVER.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(2));
    }
    relay.stop();
}
