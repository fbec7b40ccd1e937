//! Section 8: the rules that take more than a line, and messages held to all rules.

use crate::macros::validation::first_violation;
use crate::{Fault, FixedVec, Message, OrderBook, OrderLevel, Path, SpreadUpdate};

impl<'a> Message<'a> {
    /// Reports each field that breaks a rule, TLV by TLV.
    pub fn violations(&self, report: &mut dyn FnMut(&Path)) {
        self.tlvs().for_each(|tlv| tlv.violations(report));
    }

    /// The fields that break a rule; a rule about two fields names the first of them.
    pub fn validate(&self) -> Vec<String> {
        let mut fields = Vec::new();
        self.violations(&mut |path| fields.push(path.to_string()));
        fields
    }

    /// Decodes, and refuses as well what breaks a rule; form comes before meaning.
    pub fn decode_validated(data: &'a [u8]) -> Result<Self, Fault> {
        let message = Self::decode(data)?;
        first_violation(|report| message.violations(report))?;
        Ok(message)
    }
}

/// Whether the spread is that of the prices; the difference of two i64 need not be one.
pub(crate) fn is_difference(update: &SpreadUpdate) -> bool {
    let [ask, bid, spread] =
        [update.ask_price, update.bid_price, update.spread].map(|price| i128::from(price.get()));
    ask.saturating_sub(bid) == spread
}

/// Levels have a price and a size, sides are sorted and do not cross.
pub(crate) fn levels_in_order(book: &OrderBook, report: &mut dyn FnMut(&Path)) {
    side("bids", &book.bids, report, |before, level| before > level);
    side("asks", &book.asks, report, |before, level| before < level);
    if let (Some(bid), Some(ask)) = (book.bids.as_slice().first(), book.asks.as_slice().first())
        && ask.price.get() < bid.price.get()
    {
        let asks = Path::Member(&Path::Root, "asks");
        report(&Path::Member(&Path::Index(&asks, 0), "price"));
    }
}

/// What is wrong with one side: its order, and levels without price or size.
fn side<const N: usize>(
    name: &'static str,
    levels: &FixedVec<OrderLevel, N>,
    report: &mut dyn FnMut(&Path),
    is_in_order: impl Fn(i64, i64) -> bool,
) {
    let side = Path::Member(&Path::Root, name);
    let mut before: Option<i64> = None;
    for (index, level) in levels.as_slice().iter().enumerate() {
        let at = Path::Index(&side, index);
        let price = level.price.get();
        if price <= 0 || !before.is_none_or(|last| is_in_order(last, price)) {
            report(&Path::Member(&at, "price"));
        }
        if level.size.get() <= 0 {
            report(&Path::Member(&at, "size"));
        }
        before = Some(price);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TlvLayout;
    use zerocopy::FromZeros;

    fn broken(value: &impl TlvLayout) -> Vec<String> {
        let mut names = Vec::new();
        value.violations(&mut |path| names.push(path.to_string()));
        names
    }

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
        let names = |bids: &[i64], asks: &[i64]| broken(&book(bids, asks));
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
        assert_eq!(broken(&update), ["spread"]);
    }
}
