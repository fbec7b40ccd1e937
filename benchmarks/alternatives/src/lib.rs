//! Other forms of an OrderBook and of a Trade in memory; each goes from the wire to the wire.
//!
//! A form reads a value that was found right and writes it again. What it gives back is calculated
//! from the form, so that no compiler leaves it out.

#[cfg(feature = "books")]
pub mod books;
#[cfg(feature = "padding")]
pub mod padding;
