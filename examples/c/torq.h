/* Torq Protocol V2: bytes to structs and back.
 *
 * torq_decode() and torq_encode() keep no state between calls and may be called from several threads, each with buffers
 * of its own. After the first messages of a kind they allocate nothing.
 */
#ifndef TORQ_H
#define TORQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TORQ_HEADER_SIZE = 32, TORQ_MESSAGE_SIZE_MAX = 1048576, TORQ_VALUE_SIZE_MAX = 65535 };

/* C11 has no integers wider than 64 bits: they are kept as words, the least significant first. */
typedef struct { uint64_t low, high; } torq_u128;
typedef struct { uint64_t words[4]; } torq_u256;

/* A struct for each layout of section 5, for instance torq_trade with a member int64_t price. A vector is a struct of
 * `count` and `slots`; slots from `count` on mean nothing. */
#define LAYOUT(layout) typedef struct {
#define INT(layout, type, name) type name;
#define BARE(layout, type) type value;
#define BYTES(layout, name, bytes) uint8_t name[bytes];
#define ADDRESS(layout, name) BYTES(layout, name, 20)
#define ZEROS(bytes)
#define VECTOR(layout, name, element, capacity_, slots_at) struct { uint16_t count; torq_##element slots[capacity_]; } name;
#define END(layout, bytes) } torq_##layout; enum { TORQ_SIZE_##layout = bytes };
#include "torq_layouts.def"

typedef struct {
    uint8_t type;
    const void *value; /* a torq_trade for type 1, and so on; bytes for the types without a layout */
    size_t size;       /* bytes on the wire; encoding a type that has a layout does not look at it */
} torq_tlv;

typedef struct {
    torq_header header;
    const torq_tlv *tlvs;
    size_t tlv_count;
} torq_message;

/* Memory that grows when it must and is used again. All zeros is an empty one; torq_release() makes it that again. */
typedef struct {
    uint8_t *data;
    size_t size, capacity;
} torq_buffer;

/* The rows of section 6, counted from 1. */
typedef enum {
    TORQ_MESSAGE_TOO_SMALL = 1,
    TORQ_MESSAGE_TOO_LARGE,
    TORQ_INVALID_MAGIC,
    TORQ_UNSUPPORTED_VERSION,
    TORQ_INVALID_RELAY_DOMAIN,
    TORQ_UNKNOWN_SOURCE,
    TORQ_CHECKSUM_MISMATCH,
    TORQ_TRUNCATED_TLV,
    TORQ_INVALID_EXTENDED_TLV,
    TORQ_INVALID_TLV_TYPE,
    TORQ_RELAY_DOMAIN_MISMATCH,
    TORQ_PAYLOAD_SIZE_MISMATCH,
    TORQ_CAPACITY_EXCEEDED,
    TORQ_PAYLOAD_TOO_LARGE,
    TORQ_VALUE_OUT_OF_RANGE, /* not of the library: a struct cannot hold a wrong value, */
    TORQ_INVALID_INSTRUMENT, /* and it has no operations on instruments */
    TORQ_PARSE_ERROR,
    TORQ_VALIDATION_FAILED, /* nor does it judge what values mean */
    TORQ_NO_MEMORY, /* no row of the protocol: malloc failed */
} torq_kind;

/* Why a message was refused. Context fields have the names and the order of section 6, `names[i]` is NULL behind the
 * last. Those called field or context are in `text`, the others in `numbers`. */
typedef struct {
    torq_kind kind;
    uint64_t numbers[4];
    const char *text;
} torq_error;

typedef struct {
    const char *name;
    const char *names[4];
} torq_kind_row;

const torq_kind_row *torq_kind_of(torq_kind kind);

/* Reads one whole message. `message` points into `memory` and, for types without a layout, into `data`; it is valid
 * until either changes. False: refused, and `error` says why. */
bool torq_decode(const uint8_t *data, size_t size, torq_buffer *memory, torq_message *message, torq_error *error);

/* Appends the bytes of a message to `out`. False: refused, and `out` has the size that it had. */
bool torq_encode(const torq_message *message, torq_buffer *out, torq_error *error);

/* Makes room for `more` bytes behind `size`; false when there is no memory. */
bool torq_reserve(torq_buffer *buffer, size_t more);
void torq_release(torq_buffer *buffer);

/* The layouts as data, for what walks along structs without knowing them, such as bindings. */
typedef enum { TORQ_UNSIGNED, TORQ_SIGNED, TORQ_BYTES, TORQ_ZEROS, TORQ_VECTOR } torq_field_kind;

typedef struct torq_layout torq_layout;

typedef struct {
    const char *name;           /* NULL for zeros and for the element of a list of plain integers */
    torq_field_kind kind;
    size_t size;                /* bytes on the wire */
    size_t offset;              /* where it is in the struct; of a vector its count */
    size_t slots_offset;        /* the rest is of a vector alone */
    size_t capacity;
    const torq_layout *element;
} torq_field;

struct torq_layout {
    const torq_field *fields;
    size_t field_count;
    size_t struct_size;
    size_t size; /* bytes on the wire */
};

typedef struct {
    bool is_assigned;
    uint8_t relay_domain; /* 0: any */
    size_t size_min, size_max;
    const torq_layout *layout; /* NULL: bytes */
} torq_type;

const torq_layout *torq_header_layout(void);

/* The TLV type of that number; NULL when there is none. */
const torq_type *torq_type_of(uint8_t number);

#endif
