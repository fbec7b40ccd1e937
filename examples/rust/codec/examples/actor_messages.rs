//! Two actors that send each other bytes: `cargo run --release --example actor_messages`
//!
//! Prints the messages in hex; `actors.py` holds them against declarations in the kit.

use std::sync::mpsc;
use std::thread;
use torq_codec::{Bytes, Fault, Header, Zeros, actor_messages};
use zerocopy::little_endian::{I64, U32, U64};

actor_messages! {
    /// What the risk actor is asked.
    pub enum RiskMessage for Risk {
        220 ask(Ask [24]) { order: U64, exposure: I64, trader: Bytes<8> },
    }
}

actor_messages! {
    /// What it answers.
    pub enum OrderMessage for Orders {
        230 allow(Allow [8]) { order: U64 },
        231 deny(Deny [16]) { order: U64, reason: U32, padding: Zeros<4> },
    }
}

/// Allows an order while the exposure is small.
struct Limit(i64, mpsc::Sender<Result<Vec<u8>, Fault>>);

impl Risk for Limit {
    fn ask(&mut self, Ask { order, exposure, .. }: &Ask) {
        let deny = Deny { order: *order, reason: 7.into(), padding: Zeros::ZEROS };
        let allow = Allow { order: *order };
        let is_small = exposure.get() <= self.0;
        let answer = if is_small { OrderMessage::from(&allow) } else { OrderMessage::from(&deny) };
        self.1.send(answer.to_bytes(&header())).ok();
    }
}

/// Keeps what became of each order.
#[derive(Default)]
struct Book(Vec<(u64, bool)>);

impl Orders for Book {
    fn allow(&mut self, allow: &Allow) {
        self.0.push((allow.order.get(), true));
    }

    fn deny(&mut self, deny: &Deny) {
        self.0.push((deny.order.get(), false));
    }
}

fn header() -> Header {
    let (sequence, timestamp) = (1.into(), 2.into());
    Header { relay_domain: 3, version: 1, source: 41, flags: 0, sequence, timestamp }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (questions, asked) = mpsc::channel::<Vec<u8>>();
    let (answers, answered) = mpsc::channel();
    let risk = thread::spawn(move || {
        let mut limit = Limit(100, answers);
        asked.iter().try_for_each(|bytes| RiskMessage::deliver_all(&bytes, &mut limit).map(drop))
    });
    let mut book = Book::default();
    for (order, exposure) in [(1_u64, -100_i64), (2, 101)] {
        let trader = Bytes(*b"trader-1");
        let ask = Ask { order: order.into(), exposure: exposure.into(), trader };
        let question = RiskMessage::from(&ask).to_bytes(&header())?;
        println!("{}", hex::encode(&question));
        questions.send(question)?;
        let answer = answered.recv()??;
        println!("{}", hex::encode(&answer));
        OrderMessage::deliver_all(&answer, &mut book)?;
    }
    drop(questions);
    risk.join().map_err(|_| "the actor panicked")??;
    assert_eq!(book.0, [(1, true), (2, false)]);
    Ok(())
}
