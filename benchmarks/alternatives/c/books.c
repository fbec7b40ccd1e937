// An OrderBook as a struct of arrays of 128 levels, and as one with levels on the heap (OPT-001).
// The wire is little-endian, and so is whatever this is compiled for.

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LEVELS_MAX = 128 };

typedef struct {
    int64_t price, size;
    uint32_t order_count, reserved;
} level;

typedef struct {
    uint16_t count;
    uint8_t padding[6];
    level slots[LEVELS_MAX];
} fixed_side;

typedef struct {
    uint64_t timestamp_ns, sequence;
    int64_t precision_factor;
    fixed_side bids, asks;
    uint64_t asset_id;
    uint16_t venue_id;
    uint8_t asset_type, reserved, padding[4];
} fixed_book;

_Static_assert(sizeof(fixed_book) == 6200, "an OrderBook has 6,200 bytes");
_Static_assert(offsetof(fixed_book, asks) == 3104, "asks lie at 3,104");

typedef struct {
    uint64_t timestamp_ns, sequence;
    int64_t precision_factor;
    level *bids, *asks;
    uint16_t bid_count, ask_count;
    uint64_t asset_id;
    uint16_t venue_id;
    uint8_t asset_type, reserved;
} heap_book;

// The best prices differ; so nobody may leave the form in memory out.
int64_t torq_fixed_book(const uint8_t *value, uint8_t *out) {
    fixed_book book;
    memcpy(&book, value, sizeof book);
    int64_t spread = book.asks.slots[0].price - book.bids.slots[0].price;
    memcpy(out, &book, sizeof book);
    return spread;
}

static level *side_from(const uint8_t *wire, uint16_t *count) {
    memcpy(count, wire, sizeof *count);
    level *levels = malloc(*count * sizeof *levels + 1);
    if (levels == NULL)
        abort();
    memcpy(levels, wire + offsetof(fixed_side, slots), *count * sizeof *levels);
    return levels;
}

static void side_to(uint8_t *wire, const level *levels, uint16_t count) {
    memcpy(wire, &count, sizeof count);
    memcpy(wire + offsetof(fixed_side, slots), levels, count * sizeof *levels);
}

int64_t torq_heap_book(const uint8_t *value, uint8_t *out) {
    heap_book book;
    memcpy(&book.timestamp_ns, value, 24);
    book.bids = side_from(value + offsetof(fixed_book, bids), &book.bid_count);
    book.asks = side_from(value + offsetof(fixed_book, asks), &book.ask_count);
    memcpy(&book.asset_id, value + offsetof(fixed_book, asset_id), 8);
    memcpy(&book.venue_id, value + offsetof(fixed_book, venue_id), 2);
    book.asset_type = value[offsetof(fixed_book, asset_type)];
    book.reserved = value[offsetof(fixed_book, reserved)];
    int64_t spread = book.bid_count && book.ask_count ? book.asks->price - book.bids->price : 0;

    memset(out, 0, sizeof(fixed_book));
    memcpy(out, &book.timestamp_ns, 24);
    side_to(out + offsetof(fixed_book, bids), book.bids, book.bid_count);
    side_to(out + offsetof(fixed_book, asks), book.asks, book.ask_count);
    memcpy(out + offsetof(fixed_book, asset_id), &book.asset_id, 8);
    memcpy(out + offsetof(fixed_book, venue_id), &book.venue_id, 2);
    out[offsetof(fixed_book, asset_type)] = book.asset_type;
    out[offsetof(fixed_book, reserved)] = book.reserved;
    free(book.bids);
    free(book.asks);
    return spread;
}
