//! Does one thing so many times, for `benchmarks/rust_macros.py` and `reference_ratios.py`: `cost STEP COUNT`

#![allow(dead_code)] // of the Trade by hand

#[path = "../tests/by_hand/mod.rs"]
mod by_hand;

use std::error::Error;
use std::hint::black_box;
use torq_codec::{
    Builder, FixedVec, Header, InstrumentId, Message, OrderBook, OrderLevel, TlvLayout, Trade,
};
use zerocopy::FromZeros;

fn message(number: u8, value: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let (sequence, timestamp) = (1.into(), 2.into());
    let header = Header { relay_domain: 1, version: 1, source: 4, flags: 0, sequence, timestamp };
    let mut bytes = Vec::new();
    let mut builder = Builder::new(&header, &mut bytes)?;
    builder.push(number, value)?;
    builder.finish()?;
    Ok(bytes)
}

fn book() -> OrderBook {
    let mut book = OrderBook::new_zeroed();
    let level = |price: i64| {
        let (price, size) = (price.into(), 1.into());
        OrderLevel { price, size, order_count: 1.into(), reserved: 0.into() }
    };
    let bids: Vec<_> = (1..=128).rev().map(level).collect();
    let asks: Vec<_> = (129..=256).map(level).collect();
    book.bids = FixedVec::new(&bids).unwrap_or(book.bids);
    book.asks = FixedVec::new(&asks).unwrap_or(book.asks);
    book.precision_factor = 1.into();
    book
}

/// Whether every one of so many calls says that all is right.
fn all(count: usize, bytes: &[u8], is_right: impl Fn(&[u8]) -> bool) -> bool {
    (0..count).fold(true, |all, _| black_box(is_right(black_box(bytes))) & all)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().collect();
    let [_, step, count] = arguments.as_slice() else { return Err("cost STEP COUNT".into()) };
    let count = count.parse()?;
    let mut trade = Trade::new_zeroed();
    (trade.price, trade.volume) = (1.into(), 1.into());
    let (trade, book) = (trade.as_bytes(), book());
    let book = book.as_bytes();
    let is_right = match step.as_str() {
        "nothing" => all(count, trade, |bytes| !bytes.is_empty()),
        "trade_ref_from" => all(count, trade, |bytes| Trade::ref_from(bytes).is_some()),
        "trade_read_from" => {
            all(count, trade, |bytes| black_box(Trade::read_from(bytes)).is_some())
        }
        "trade_ref_from_checked" => {
            all(count, trade, |bytes| Trade::ref_from_checked(bytes).is_ok())
        }
        "trade_ref_from_validated" => {
            all(count, trade, |bytes| Trade::ref_from_validated(bytes).is_ok())
        }
        "trade_ref_from_validated_by_hand" => {
            all(count, trade, |bytes| by_hand::Trade::ref_from_validated(bytes).is_ok())
        }
        "trade_message" => all(count, &message(1, trade)?, |bytes| Message::decode(bytes).is_ok()),
        "instrument_id" => all(count, b"AAPL", |symbol| {
            std::str::from_utf8(symbol).is_ok_and(|symbol| {
                InstrumentId::stock(2, symbol).is_ok_and(|id| {
                    let back = InstrumentId::from_cache_key(black_box(id.cache_key()));
                    back.asset_id == id.asset_id && back.venue == id.venue
                })
            })
        }),
        "book_ref_from" => all(count, book, |bytes| OrderBook::ref_from(bytes).is_some()),
        "book_read_from" => {
            all(count, book, |bytes| black_box(OrderBook::read_from(bytes)).is_some())
        }
        "book_ref_from_checked" => {
            all(count, book, |bytes| OrderBook::ref_from_checked(bytes).is_ok())
        }
        "book_ref_from_validated" => {
            all(count, book, |bytes| OrderBook::ref_from_validated(bytes).is_ok())
        }
        "book_message" => all(count, &message(3, book)?, |bytes| Message::decode(bytes).is_ok()),
        _ => return Err(format!("there is no step {step}").into()),
    };
    if is_right { Ok(()) } else { Err("something was refused".into()) }
}
