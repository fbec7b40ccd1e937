//! OPT-001: levels in arrays of 128 within the book, and in vectors on the heap.

use torq_codec::{OrderBook, OrderLevel, Zeros};
use zerocopy::little_endian::{I64, U64};
use zerocopy::FromBytes;

/// Where it lies: nothing is read into a form of its own.
pub fn view(value: &[u8], out: &mut [u8]) -> i64 {
    let Some(book) = OrderBook::ref_from(value) else { return 0 };
    out.copy_from_slice(book.as_bytes());
    spread(book.bids.as_slice(), book.asks.as_slice())
}

/// A copy of all 6,200 bytes.
pub fn fixed(value: &[u8], out: &mut [u8]) -> i64 {
    let Some(book) = OrderBook::read_from(value) else { return 0 };
    out.copy_from_slice(std::hint::black_box(&book).as_bytes());
    spread(book.bids.as_slice(), book.asks.as_slice())
}

struct HeapBook {
    timestamp_ns: U64,
    sequence: U64,
    precision_factor: I64,
    bids: Vec<OrderLevel>,
    asks: Vec<OrderLevel>,
    asset_id: U64,
    venue_id: u16,
    asset_type: u8,
    reserved: u8,
}

/// Vectors with the levels that there are.
pub fn heap(value: &[u8], out: &mut [u8]) -> i64 {
    let Some(wire) = OrderBook::ref_from(value) else { return 0 };
    let book = std::hint::black_box(HeapBook {
        timestamp_ns: wire.timestamp_ns,
        sequence: wire.sequence,
        precision_factor: wire.precision_factor,
        bids: wire.bids.as_slice().to_vec(),
        asks: wire.asks.as_slice().to_vec(),
        asset_id: wire.asset_id,
        venue_id: wire.venue_id.get(),
        asset_type: wire.asset_type,
        reserved: wire.reserved,
    });
    let Ok(wire) = OrderBook::mut_from_bytes(out) else { return 0 };
    wire.timestamp_ns = book.timestamp_ns;
    wire.sequence = book.sequence;
    wire.precision_factor = book.precision_factor;
    wire.bids.set(&book.bids);
    wire.asks.set(&book.asks);
    wire.asset_id = book.asset_id;
    wire.venue_id = book.venue_id.into();
    wire.asset_type = book.asset_type;
    wire.reserved = book.reserved;
    wire.padding = Zeros::ZEROS;
    spread(&book.bids, &book.asks)
}

fn spread(bids: &[OrderLevel], asks: &[OrderLevel]) -> i64 {
    match (bids.first(), asks.first()) {
        (Some(bid), Some(ask)) => ask.price.get().wrapping_sub(bid.price.get()),
        _ => 0,
    }
}
