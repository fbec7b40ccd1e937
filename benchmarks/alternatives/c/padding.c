// A Trade whose padding is declared, is not there for the compiler, or is the compiler's (OPT-002).
// Each reads a value of the wire into its struct, changes nothing, and writes the value again.

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { SIZE = 40, PADDING = 37 };

#define FIELDS                                                                                     \
    uint64_t asset_id;                                                                             \
    int64_t price, volume;                                                                         \
    uint64_t execution_timestamp_ns;                                                               \
    uint16_t venue_id;                                                                             \
    uint8_t asset_type, reserved, side;

typedef struct {
    FIELDS uint8_t padding[SIZE - PADDING];
} manual_trade;

typedef struct __attribute__((packed)) {
    FIELDS
} packed_trade;

typedef struct {
    FIELDS
} derived_trade;

_Static_assert(sizeof(manual_trade) == SIZE, "padding is declared");
_Static_assert(sizeof(packed_trade) == PADDING, "there is none");
_Static_assert(sizeof(derived_trade) == SIZE, "the compiler adds it");

int64_t torq_manual_trade(const uint8_t *value, uint8_t *out) {
    manual_trade trade;
    memcpy(&trade, value, sizeof trade);
    memcpy(out, &trade, sizeof trade);
    return trade.price;
}

int64_t torq_packed_trade(const uint8_t *value, uint8_t *out) {
    packed_trade trade;
    memcpy(&trade, value, sizeof trade);
    memcpy(out, &trade, sizeof trade);
    memset(out + PADDING, 0, SIZE - PADDING);
    return trade.price;
}

// What lies between and behind the fields of a struct has no value that one may rely on, so each
// field is written by itself.
static derived_trade derived_from(const uint8_t *value) {
    derived_trade trade;
    memcpy(&trade.asset_id, value, 8);
    memcpy(&trade.price, value + 8, 8);
    memcpy(&trade.volume, value + 16, 8);
    memcpy(&trade.execution_timestamp_ns, value + 24, 8);
    memcpy(&trade.venue_id, value + 32, 2);
    trade.asset_type = value[34];
    trade.reserved = value[35];
    trade.side = value[36];
    return trade;
}

int64_t torq_derived_trade(const uint8_t *value, uint8_t *out) {
    derived_trade trade = derived_from(value);
    memcpy(out, &trade.asset_id, 8);
    memcpy(out + 8, &trade.price, 8);
    memcpy(out + 16, &trade.volume, 8);
    memcpy(out + 24, &trade.execution_timestamp_ns, 8);
    memcpy(out + 32, &trade.venue_id, 2);
    out[34] = trade.asset_type;
    out[35] = trade.reserved;
    out[36] = trade.side;
    memset(out + PADDING, 0, SIZE - PADDING);
    return trade.price;
}

// The same, written as a whole: the mistake that OPT-002 is about. The stack is not zero.
int64_t torq_derived_trade_as_a_whole(const uint8_t *value, uint8_t *out) {
    union {
        uint8_t stale[SIZE];
        derived_trade trade;
    } memory;
    memset(memory.stale, 0xA5, SIZE);
    memcpy(&memory.trade, value, PADDING);
    memcpy(out, &memory.trade, SIZE);
    return memory.trade.price;
}
