//! Serves the codec with one form in the middle, or counts what the form costs.
//!
//!     torq-alternatives NAME                  a server, to be judged
//!     torq-alternatives NAME cost LEVELS COUNT   the form so many times, to be counted

use std::error::Error;
use std::hint::black_box;
use torq_alternatives::{books, padding};
use torq_codec::{Builder, Fault, FixedVec, Message, OrderBook, OrderLevel, Tlv, Trade};
use torq_stdio::Reencode;
use zerocopy::FromZeros;

/// From a value on the wire, by way of a form, to the wire.
type Form = fn(&[u8], &mut [u8]) -> i64;

type CForm = unsafe extern "C" fn(*const u8, *mut u8) -> i64;

unsafe extern "C" {
    fn torq_fixed_book(value: *const u8, out: *mut u8) -> i64;
    fn torq_heap_book(value: *const u8, out: *mut u8) -> i64;
    fn torq_manual_trade(value: *const u8, out: *mut u8) -> i64;
    fn torq_packed_trade(value: *const u8, out: *mut u8) -> i64;
    fn torq_derived_trade(value: *const u8, out: *mut u8) -> i64;
    fn torq_derived_trade_as_a_whole(value: *const u8, out: *mut u8) -> i64;
}

/// Calls C with as many bytes as its struct has.
fn call<const SIZE: usize>(form: CForm, value: &[u8], out: &mut [u8]) -> i64 {
    assert!(value.len() == SIZE && out.len() == SIZE);
    // SAFETY: each form reads and writes exactly the bytes of its type, which SIZE is.
    unsafe { form(value.as_ptr(), out.as_mut_ptr()) }
}

/// Adds the TLVs of a message, those of one number by way of a form.
fn reencode<const NUMBER: u8>(
    form: Form,
    message: &Message,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let mut room = [0; size_of::<OrderBook>()];
    let mut builder = Builder::new(message.header, out)?;
    for tlv in message.tlvs() {
        let value = tlv.value();
        if tlv.number() == NUMBER {
            let out = &mut room[..value.len()];
            black_box(form(value, out));
            builder.push(NUMBER, out)?;
        } else {
            builder.push(tlv.number(), value)?;
        }
    }
    builder.finish()
}

macro_rules! forms {
    ($($name:literal $number:literal $form:expr;)*) => {
        const FORMS: &[(&str, u8, Form, Reencode)] = &[$((
            $name,
            $number,
            $form,
            |message, out| reencode::<$number>($form, message, out),
        )),*];
    };
}

forms! {
    "rust_view_book" 3 books::view;
    "rust_fixed_book" 3 books::fixed;
    "rust_heap_book" 3 books::heap;
    "c_fixed_book" 3 |value, out| call::<6200>(torq_fixed_book, value, out);
    "c_heap_book" 3 |value, out| call::<6200>(torq_heap_book, value, out);
    "rust_view_trade" 1 padding::view;
    "rust_manual_trade" 1 padding::manual;
    "rust_packed_trade" 1 padding::packed;
    "rust_derived_trade" 1 padding::derived;
    "c_manual_trade" 1 |value, out| call::<40>(torq_manual_trade, value, out);
    "c_packed_trade" 1 |value, out| call::<40>(torq_packed_trade, value, out);
    "c_derived_trade" 1 |value, out| call::<40>(torq_derived_trade, value, out);
    // Wrong on purpose: the judge sees it.
    "c_derived_trade_as_a_whole" 1
        |value, out| call::<40>(torq_derived_trade_as_a_whole, value, out);
}

fn book(levels: usize) -> Option<OrderBook> {
    let level = |price: i64| {
        let (price, size) = (price.into(), 1.into());
        OrderLevel { price, size, order_count: 1.into(), reserved: 0.into() }
    };
    let mut book = OrderBook::new_zeroed();
    book.bids = FixedVec::new(&(1..=128).rev().map(level).take(levels).collect::<Vec<_>>())?;
    book.asks = FixedVec::new(&(129..=256).map(level).take(levels).collect::<Vec<_>>())?;
    Some(book)
}

fn cost(number: u8, form: Form, levels: usize, count: usize) -> Result<(), Box<dyn Error>> {
    let trade = Trade::new_zeroed();
    let book = book(levels).ok_or("a side has 128 levels at most")?;
    let tlv = if number == 1 { Tlv::Trade(&trade) } else { Tlv::OrderBook(&book) };
    let mut out = vec![0; tlv.value().len()];
    for _ in 0..count {
        black_box(form(black_box(tlv.value()), black_box(&mut out)));
    }
    if out == tlv.value() { Ok(()) } else { Err("the form changes the value".into()) }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let names = || FORMS.iter().map(|form| form.0).collect::<Vec<_>>().join(", ");
    let known = |name: &str| FORMS.iter().find(|form| form.0 == name);
    let (_, number, form, reencode) = arguments
        .first()
        .and_then(|name| known(name))
        .ok_or_else(|| format!("one of {}", names()))?;
    match arguments.as_slice() {
        [_] => torq_stdio::serve(*reencode),
        [_, "cost", levels, count] => cost(*number, *form, levels.parse()?, count.parse()?),
        _ => Err("NAME, or NAME cost LEVELS COUNT".into()),
    }
}
