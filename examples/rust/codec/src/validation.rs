//! Section 8: what values mean, after they were found right in form.

use crate::layouts::PoolMintBurn;
use crate::{Fault, FixedVec, Message, OrderBook, OrderLevel, Tlv};

/// A field and whether it keeps its rule.
type Verdict = (&'static str, bool);

impl<'a> Message<'a> {
    /// The fields that break a rule, TLV by TLV; a rule about two fields names the first of them.
    pub fn validate(&self) -> Vec<String> {
        self.tlvs.iter().flat_map(broken).collect()
    }

    /// Decodes, and refuses as well what breaks a rule; form comes before meaning.
    pub fn decode_validated(data: &'a [u8]) -> Result<Self, Fault> {
        let message = Self::decode(data)?;
        match message.validate().into_iter().next() {
            None => Ok(message),
            Some(field) => Err(Fault::ValidationFailed { field }),
        }
    }
}

/// The fields of a value that break a rule. Types that are not listed have none.
fn broken(tlv: &Tlv) -> Vec<String> {
    match tlv {
        Tlv::Trade(trade) => named(&[
            ("side", trade.side <= 1),
            ("price", trade.price.get() > 0),
            ("volume", trade.volume.get() > 0),
        ]),
        Tlv::Quote(quote) => named(&[
            ("bid_price", quote.bid_price.get() >= 0),
            ("bid_size", quote.bid_size.get() >= 0),
            ("ask_price", quote.ask_price.get() >= 0),
            ("ask_size", quote.ask_size.get() >= 0),
            ("ask_price", quote.ask_price.get() >= quote.bid_price.get()),
        ]),
        Tlv::OrderBook(book) => broken_levels(book),
        Tlv::DepthUpdate(depth) => {
            named(&[("side", depth.side <= 1), ("action", depth.action <= 2)])
        }
        Tlv::SpreadUpdate(update) => {
            // In 128 bits: the difference of two i64 need not be one.
            let spread =
                i128::from(update.ask_price.get()).saturating_sub(update.bid_price.get().into());
            named(&[("spread", i128::from(update.spread.get()) == spread)])
        }
        Tlv::PriceUpdate(update) => named(&[("price_type", update.price_type <= 3)]),
        Tlv::VolumeUpdate(update) => {
            let is_window = update.window_end_ns.get() >= update.window_start_ns.get();
            named(&[("window_end_ns", is_window)])
        }
        Tlv::PoolLiquidity(pool) => named(&[("reserves", !pool.reserves.as_slice().is_empty())]),
        Tlv::PoolMint(range) | Tlv::PoolBurn(range) => named(&[is_range(range)]),
        Tlv::PoolPosition(position) => {
            named(&[("tick_lower", position.tick_lower.get() < position.tick_upper.get())])
        }
        Tlv::PoolCollect(collect) => {
            named(&[("tick_lower", collect.tick_lower.get() < collect.tick_upper.get())])
        }
        Tlv::StateInvalidation(state) => named(&[
            ("instruments", !state.instruments.as_slice().is_empty()),
            ("reason", state.reason <= 5),
        ]),
        _ => Vec::new(),
    }
}

fn is_range(range: &PoolMintBurn) -> Verdict {
    ("tick_lower", range.tick_lower.get() < range.tick_upper.get())
}

/// The names of what does not hold.
fn named(verdicts: &[Verdict]) -> Vec<String> {
    verdicts.iter().filter(|(_, holds)| !holds).map(|(name, _)| (*name).to_owned()).collect()
}

fn broken_levels(book: &OrderBook) -> Vec<String> {
    let (bids, asks) = (book.bids.as_slice(), book.asks.as_slice());
    let mut names = side("bids", &book.bids, |before, level| before > level);
    names.extend(side("asks", &book.asks, |before, level| before < level));
    if let (Some(bid), Some(ask)) = (bids.first(), asks.first())
        && ask.price.get() < bid.price.get()
    {
        names.push("asks[0].price".to_owned());
    }
    names.extend(named(&[("precision_factor", book.precision_factor.get() > 0)]));
    names
}

/// What is wrong with one side: its order, and levels without price or size.
fn side<const N: usize>(
    name: &str,
    levels: &FixedVec<OrderLevel, N>,
    is_in_order: impl Fn(i64, i64) -> bool,
) -> Vec<String> {
    let mut names = Vec::new();
    let mut before: Option<i64> = None;
    for (index, level) in levels.as_slice().iter().enumerate() {
        let price = level.price.get();
        let is_behind = before.is_none_or(|last| is_in_order(last, price));
        if price <= 0 || !is_behind {
            names.push(format!("{name}[{index}].price"));
        }
        if level.size.get() <= 0 {
            names.push(format!("{name}[{index}].size"));
        }
        before = Some(price);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use zerocopy::FromZeros;

    fn book(bids: &[i64], asks: &[i64]) -> OrderBook {
        let levels = |prices: &[i64]| {
            let level = |price: &i64| OrderLevel {
                price: (*price).into(),
                size: 1.into(),
                order_count: 0.into(),
                reserved: 0.into(),
            };
            FixedVec::new(&prices.iter().map(level).collect::<Vec<_>>())
                .unwrap_or_else(FixedVec::new_zeroed)
        };
        let mut book = OrderBook::new_zeroed();
        book.bids = levels(bids);
        book.asks = levels(asks);
        book.precision_factor = 1.into();
        book
    }

    #[test]
    fn sides_are_sorted_and_do_not_cross() {
        let names = |bids: &[i64], asks: &[i64]| broken_levels(&book(bids, asks));
        assert_eq!(names(&[5, 4], &[5, 6]), Vec::<String>::new());
        assert_eq!(names(&[5, 5], &[6]), ["bids[1].price"]);
        assert_eq!(names(&[5], &[6, 5]), ["asks[1].price"]);
        assert_eq!(names(&[5], &[4]), ["asks[0].price"]);
        assert_eq!(names(&[], &[0]), ["asks[0].price"]);
        assert_eq!(names(&[], &[]), Vec::<String>::new());
    }

    #[test]
    fn a_spread_does_not_wrap() {
        let mut update = crate::SpreadUpdate::new_zeroed();
        update.ask_price = i64::MIN.into();
        update.bid_price = i64::MAX.into();
        update.spread = 1.into();
        assert_eq!(broken(&Tlv::SpreadUpdate(&update)), ["spread"]);
    }
}
