#include "torq.h"
#include "torq_crc_x86.h"

#include <stdlib.h>
#include <string.h>

/* ---- The tables: section 5, section 4 and section 6 ---- */

/* The fields of every layout must add up to its size on the wire. */
#define LAYOUT(layout) _Static_assert(0
#define INT(layout, type, name) + sizeof(type)
#define BARE(layout, type) + sizeof(type)
#define BYTES(layout, name, bytes) + (bytes)
#define ADDRESS(layout, name) + 32
#define ZEROS(bytes) + (bytes)
#define VECTOR(layout, name, element, capacity, slots_at) + (slots_at) + (capacity) * TORQ_SIZE_##element
#define END(layout, bytes) == (bytes), #layout);
#include "torq_layouts.def"

#define KIND_OF(type) _Generic(*(type *)0, int32_t: TORQ_SIGNED, int64_t: TORQ_SIGNED, default: TORQ_UNSIGNED)
#define LAYOUT(layout) static const torq_field layout##_fields[] = {
#define INT(layout, type, name) {#name, KIND_OF(type), sizeof(type), offsetof(torq_##layout, name), 0, 0, NULL},
#define BARE(layout, type) {NULL, KIND_OF(type), sizeof(type), offsetof(torq_##layout, value), 0, 0, NULL},
#define BYTES(layout, name, bytes) {#name, TORQ_BYTES, bytes, offsetof(torq_##layout, name), 0, 0, NULL},
#define ADDRESS(layout, name) BYTES(layout, name, 20) ZEROS(12)
#define ZEROS(bytes) {NULL, TORQ_ZEROS, bytes, 0, 0, 0, NULL},
#define VECTOR(layout, name, element, capacity, slots_at) \
    {#name, TORQ_VECTOR, (slots_at) + (capacity) * TORQ_SIZE_##element, offsetof(torq_##layout, name.count), \
     offsetof(torq_##layout, name.slots), capacity, &element##_layout},
#define END(layout, bytes) }; \
    static const torq_layout layout##_layout = { \
        layout##_fields, sizeof layout##_fields / sizeof *layout##_fields, sizeof(torq_##layout), bytes};
#include "torq_layouts.def"

const torq_layout *torq_header_layout(void) { return &header_layout; }

/* 0 is any: the system types from 100 on travel on whichever relay there is. */
#define DOMAIN_OF(number) \
    ((number) < 20 ? 1 : (number) < 40 ? 2 : (number) < 60 ? 3 : (number) < 80 ? 2 : (number) < 100 ? 4 : 0)
#define OPAQUE_BETWEEN(number, smallest, largest) [number] = {true, DOMAIN_OF(number), smallest, largest, NULL},
#define OPAQUE(number, size) OPAQUE_BETWEEN(number, size, size)
#define DECLARED(number, layout) \
    [number] = {true, DOMAIN_OF(number), TORQ_SIZE_##layout, TORQ_SIZE_##layout, &layout##_layout},
static const torq_type TYPES[256] = {
#include "torq_types.def"
};

static const torq_type VENDOR_TYPE = {true, 0, 0, TORQ_VALUE_SIZE_MAX, NULL};

const torq_type *torq_type_of(uint8_t number)
{
    if (number >= 200 && number <= 254)
        return &VENDOR_TYPE;
    return TYPES[number].is_assigned ? &TYPES[number] : NULL;
}

static const bool IS_SOURCE[256] = {
    [1] = true, [2] = true, [3] = true, [4] = true, [5] = true, [20] = true, [21] = true, [22] = true, [23] = true,
    [40] = true, [41] = true, [42] = true, [60] = true, [61] = true, [62] = true, [80] = true, [81] = true, [82] = true,
};

const torq_kind_row *torq_kind_of(torq_kind kind)
{
    static const torq_kind_row ROWS[] = {
        [TORQ_MESSAGE_TOO_SMALL] = {"MessageTooSmall", {"need", "got"}},
        [TORQ_MESSAGE_TOO_LARGE] = {"MessageTooLarge", {"size", "limit"}},
        [TORQ_INVALID_MAGIC] = {"InvalidMagic", {"expected", "actual"}},
        [TORQ_UNSUPPORTED_VERSION] = {"UnsupportedVersion", {"version"}},
        [TORQ_INVALID_RELAY_DOMAIN] = {"InvalidRelayDomain", {"relay_domain"}},
        [TORQ_UNKNOWN_SOURCE] = {"UnknownSource", {"source"}},
        [TORQ_CHECKSUM_MISMATCH] = {"ChecksumMismatch", {"expected", "actual", "message_size", "tlv_count"}},
        [TORQ_TRUNCATED_TLV] = {"TruncatedTLV", {"buffer_size", "required_bytes", "tlv_type", "offset"}},
        [TORQ_INVALID_EXTENDED_TLV] = {"InvalidExtendedTLV", {"offset", "reserved"}},
        [TORQ_INVALID_TLV_TYPE] = {"InvalidTLVType", {"tlv_type", "offset"}},
        [TORQ_RELAY_DOMAIN_MISMATCH] = {"RelayDomainMismatch", {"tlv_type", "expected", "got", "offset"}},
        [TORQ_PAYLOAD_SIZE_MISMATCH] = {"PayloadSizeMismatch", {"tlv_type", "expected", "got", "offset"}},
        [TORQ_CAPACITY_EXCEEDED] = {"CapacityExceeded", {"field", "max_capacity", "attempted"}},
        [TORQ_PAYLOAD_TOO_LARGE] = {"PayloadTooLarge", {"tlv_type", "size", "limit"}},
        [TORQ_VALUE_OUT_OF_RANGE] = {"ValueOutOfRange", {"field", "value", "minimum", "maximum"}},
        [TORQ_INVALID_INSTRUMENT] = {"InvalidInstrument", {"argument", "context"}},
        [TORQ_PARSE_ERROR] = {"ParseError", {"offset", "context"}},
        [TORQ_VALIDATION_FAILED] = {"ValidationFailed", {"field"}},
        [TORQ_NO_MEMORY] = {"NoMemory", {NULL}},
    };
    return &ROWS[kind];
}

/* Four numbers in the order of the row; where the row has a text, its place among the numbers is 0. */
static bool refuse(torq_error *error, torq_kind kind, const char *text, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    *error = (torq_error){kind, {a, b, c, d}, text};
    return false;
}

/* ---- Bytes and integers ---- */

/* Byte by byte: right on hosts of either byte order and at any address. Compilers make one load or store of it. */
static uint16_t load16(const uint8_t *at) { return (uint16_t)(at[0] | at[1] << 8); }

static uint32_t load32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint64_t load64(const uint8_t *at) { return load32(at) | (uint64_t)load32(at + 4) << 32; }

static void store16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static void store32(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)(value >> 16);
    at[3] = (uint8_t)(value >> 24);
}

static void store64(uint8_t *at, uint64_t value)
{
    store32(at, (uint32_t)value);
    store32(at + 4, (uint32_t)(value >> 32));
}

/* Members of structs are reached through memcpy: their bits are copied, whatever their type and sign. */
static void read_integer(const uint8_t *wire, size_t size, void *member)
{
    switch (size) {
    case 1: *(uint8_t *)member = *wire; break;
    case 2: memcpy(member, &(uint16_t){load16(wire)}, 2); break;
    case 4: memcpy(member, &(uint32_t){load32(wire)}, 4); break;
    case 8: memcpy(member, &(uint64_t){load64(wire)}, 8); break;
    default: /* torq_u128 and torq_u256: the least significant word first, here as on the wire */
        for (size_t at = 0; at < size; at += 8)
            memcpy((uint8_t *)member + at, &(uint64_t){load64(wire + at)}, 8);
    }
}

static void write_integer(const void *member, size_t size, uint8_t *wire)
{
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    switch (size) {
    case 1: *wire = *(const uint8_t *)member; break;
    case 2: memcpy(&u16, member, 2); store16(wire, u16); break;
    case 4: memcpy(&u32, member, 4); store32(wire, u32); break;
    default:
        for (size_t at = 0; at < size; at += 8) {
            memcpy(&u64, (const uint8_t *)member + at, 8);
            store64(wire + at, u64);
        }
    }
}

/* ---- CRC-32/ISO-HDLC, eight bytes at a time ---- */

/* The table entry of a byte is the exclusive or of the entries of its bits, so 64 numbers make all 2,048. Row s holds the
 * remainders of the bits 0 to 7 of a byte that s bytes follow. */
#define BIT(n, bit, remainder) (((n) >> (bit) & 1u) * remainder##u)
#define ENTRY(n, b0, b1, b2, b3, b4, b5, b6, b7) \
    BIT(n, 0, b0) ^ BIT(n, 1, b1) ^ BIT(n, 2, b2) ^ BIT(n, 3, b3) ^ \
    BIT(n, 4, b4) ^ BIT(n, 5, b5) ^ BIT(n, 6, b6) ^ BIT(n, 7, b7)
#define FOUR(n, ...) ENTRY(n, __VA_ARGS__), ENTRY(n + 1u, __VA_ARGS__), ENTRY(n + 2u, __VA_ARGS__), ENTRY(n + 3u, __VA_ARGS__)
#define SIXTEEN(n, ...) FOUR(n, __VA_ARGS__), FOUR(n + 4u, __VA_ARGS__), FOUR(n + 8u, __VA_ARGS__), FOUR(n + 12u, __VA_ARGS__)
#define SIXTY_FOUR(n, ...) SIXTEEN(n, __VA_ARGS__), SIXTEEN(n + 16u, __VA_ARGS__), SIXTEEN(n + 32u, __VA_ARGS__), SIXTEEN(n + 48u, __VA_ARGS__)
#define SLICE(...) {SIXTY_FOUR(0u, __VA_ARGS__), SIXTY_FOUR(64u, __VA_ARGS__), SIXTY_FOUR(128u, __VA_ARGS__), SIXTY_FOUR(192u, __VA_ARGS__)}
static const uint32_t CRC[8][256] = {
    SLICE(0x77073096, 0xEE0E612C, 0x076DC419, 0x0EDB8832, 0x1DB71064, 0x3B6E20C8, 0x76DC4190, 0xEDB88320),
    SLICE(0x191B3141, 0x32366282, 0x646CC504, 0xC8D98A08, 0x4AC21251, 0x958424A2, 0xF0794F05, 0x3B83984B),
    SLICE(0x01C26A37, 0x0384D46E, 0x0709A8DC, 0x0E1351B8, 0x1C26A370, 0x384D46E0, 0x709A8DC0, 0xE1351B80),
    SLICE(0xB8BC6765, 0xAA09C88B, 0x8F629757, 0xC5B428EF, 0x5019579F, 0xA032AF3E, 0x9B14583D, 0xED59B63B),
    SLICE(0x3D6029B0, 0x7AC05360, 0xF580A6C0, 0x30704BC1, 0x60E09782, 0xC1C12F04, 0x58F35849, 0xB1E6B092),
    SLICE(0xCB5CD3A5, 0x4DC8A10B, 0x9B914216, 0xEC53826D, 0x03D6029B, 0x07AC0536, 0x0F580A6C, 0x1EB014D8),
    SLICE(0xA6770BB4, 0x979F1129, 0xF44F2413, 0x33EF4E67, 0x67DE9CCE, 0xCFBD399C, 0x440B7579, 0x8816EAF2),
    SLICE(0xCCAA009E, 0x4225077D, 0x844A0EFA, 0xD3E51BB5, 0x7CBB312B, 0xF9766256, 0x299DC2ED, 0x533B85DA),
};

static uint32_t crc_over(uint32_t crc, const uint8_t *data, size_t size)
{
    for (; size >= 8; data += 8, size -= 8) {
        uint32_t low = crc ^ load32(data), high = load32(data + 4);
        crc = CRC[7][low & 255] ^ CRC[6][low >> 8 & 255] ^ CRC[5][low >> 16 & 255] ^ CRC[4][low >> 24]
            ^ CRC[3][high & 255] ^ CRC[2][high >> 8 & 255] ^ CRC[1][high >> 16 & 255] ^ CRC[0][high >> 24];
    }
    if (size >= 4) {
        crc ^= load32(data);
        crc = CRC[3][crc & 255] ^ CRC[2][crc >> 8 & 255] ^ CRC[1][crc >> 16 & 255] ^ CRC[0][crc >> 24];
        data += 4;
        size -= 4;
    }
    while (size--)
        crc = crc >> 8 ^ CRC[0][(crc ^ *data++) & 255];
    return crc;
}

/* Section 2: over bytes 0 to 27 and from 32 on; the four bytes of the checksum itself are left out. */
static uint32_t checksum_of(const uint8_t *message, size_t size)
{
    uint32_t crc = crc_over(UINT32_MAX, message, 28);
    message += TORQ_HEADER_SIZE;
    size -= TORQ_HEADER_SIZE;
    if (can_fold(size)) {
        size_t folded = size & ~(size_t)15;
        crc = crc_folded(crc, message, folded);
        message += folded;
        size -= folded;
    }
    return ~crc_over(crc, message, size);
}

/* ---- Values: one walk along the fields of a layout each way ---- */

static bool are_zeros(const uint8_t *wire, size_t size, size_t offset, const char *text, torq_error *error)
{
    /* All bytes are zero when the first is and each is like the one before it; memcmp is fast where a loop is not. */
    if (size == 0 || (wire[0] == 0 && memcmp(wire, wire + 1, size - 1) == 0))
        return true;
    size_t at = 0;
    while (wire[at] == 0)
        at++;
    return refuse(error, TORQ_PARSE_ERROR, text, offset + at, 0, 0, 0);
}

/* Where the slots of a vector begin on the wire: 8 or 16 bytes behind its first one. */
static size_t slots_at(const torq_field *field) { return field->size - field->capacity * field->element->size; }

/* Whether the struct of a layout has the very bytes of the wire: no gaps, no zeros to check, and a host that puts the
 * least significant byte first. Then any number of them is one copy. It is asked once a vector, never once an element;
 * what it says is found, not assumed: on another host, or with another layout, the walk along the fields remains. */
static bool is_as_on_the_wire(const torq_layout *layout)
{
    const uint16_t one = 1;
    uint8_t first;
    size_t offset = 0;
    memcpy(&first, &one, 1);
    if (first != 1 || layout->struct_size != layout->size)
        return false;
    for (size_t index = 0; index < layout->field_count; index++) {
        const torq_field *field = &layout->fields[index];
        if (field->offset != offset || field->kind == TORQ_ZEROS || field->kind == TORQ_VECTOR)
            return false;
        offset += field->size;
    }
    return true;
}

/* `offset` is that of the first byte of `wire` in the message. */
static bool read_value(
    const torq_layout *layout, const uint8_t *wire, size_t offset, uint8_t *value, torq_error *error);

static bool read_vector(
    const torq_field *field, const uint8_t *wire, size_t offset, uint8_t *value, torq_error *error)
{
    const torq_layout *element = field->element;
    uint16_t count = load16(wire);
    if (count > field->capacity)
        return refuse(error, TORQ_CAPACITY_EXCEEDED, field->name, 0, field->capacity, count, 0);
    memcpy(value + field->offset, &count, sizeof count);
    size_t at = slots_at(field);
    if (!are_zeros(wire + 2, at - 2, offset + 2, "padding is not zero", error))
        return false;
    if (is_as_on_the_wire(element)) {
        memcpy(value + field->slots_offset, wire + at, count * element->size);
        at += count * element->size;
    } else for (size_t index = 0; index < count; index++, at += element->size)
        if (!read_value(element, wire + at, offset + at,
                        value + field->slots_offset + index * element->struct_size, error))
            return false;
    return are_zeros(wire + at, field->size - at, offset + at, "a slot behind the last is not zero", error);
}

static bool read_value(
    const torq_layout *layout, const uint8_t *wire, size_t offset, uint8_t *value, torq_error *error)
{
    for (size_t index = 0; index < layout->field_count; index++) {
        const torq_field *field = &layout->fields[index];
        switch (field->kind) {
        case TORQ_UNSIGNED:
        case TORQ_SIGNED: read_integer(wire, field->size, value + field->offset); break;
        case TORQ_BYTES: memcpy(value + field->offset, wire, field->size); break;
        case TORQ_ZEROS:
            if (!are_zeros(wire, field->size, offset, "padding is not zero", error))
                return false;
            break;
        case TORQ_VECTOR:
            if (!read_vector(field, wire, offset, value, error))
                return false;
        }
        wire += field->size;
        offset += field->size;
    }
    return true;
}

static bool write_value(const torq_layout *layout, const uint8_t *value, uint8_t *wire, torq_error *error);

static bool write_vector(const torq_field *field, const uint8_t *value, uint8_t *wire, torq_error *error)
{
    const torq_layout *element = field->element;
    uint16_t count;
    memcpy(&count, value + field->offset, sizeof count);
    if (count > field->capacity)
        return refuse(error, TORQ_CAPACITY_EXCEEDED, field->name, 0, field->capacity, count, 0);
    size_t at = slots_at(field), used = count * element->size;
    memset(wire, 0, at);
    store16(wire, count);
    memset(wire + at + used, 0, field->size - at - used);
    if (is_as_on_the_wire(element)) {
        memcpy(wire + at, value + field->slots_offset, used);
        return true;
    }
    for (size_t index = 0; index < count; index++)
        if (!write_value(element, value + field->slots_offset + index * element->struct_size,
                         wire + at + index * element->size, error))
            return false;
    return true;
}

static bool write_value(const torq_layout *layout, const uint8_t *value, uint8_t *wire, torq_error *error)
{
    for (size_t index = 0; index < layout->field_count; index++) {
        const torq_field *field = &layout->fields[index];
        switch (field->kind) {
        case TORQ_UNSIGNED:
        case TORQ_SIGNED: write_integer(value + field->offset, field->size, wire); break;
        case TORQ_BYTES: memcpy(wire, value + field->offset, field->size); break;
        case TORQ_ZEROS: memset(wire, 0, field->size); break;
        case TORQ_VECTOR:
            if (!write_vector(field, value, wire, error))
                return false;
        }
        wire += field->size;
    }
    return true;
}

/* ---- Memory ---- */

bool torq_reserve(torq_buffer *buffer, size_t more)
{
    if (more <= buffer->capacity - buffer->size)
        return true;
    if (more > SIZE_MAX / 2 - buffer->size)
        return false;
    size_t capacity = buffer->size + more;
    if (capacity < 2 * buffer->capacity)
        capacity = 2 * buffer->capacity;
    uint8_t *data = realloc(buffer->data, capacity);
    if (!data)
        return false;
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void torq_release(torq_buffer *buffer)
{
    free(buffer->data);
    *buffer = (torq_buffer){NULL, 0, 0};
}

/* ---- Messages ---- */

/* Section 2: what the header may say. */
static bool is_header_legal(const torq_header *header, torq_error *error)
{
    if (header->relay_domain < 1 || header->relay_domain > 4)
        return refuse(error, TORQ_INVALID_RELAY_DOMAIN, NULL, header->relay_domain, 0, 0, 0);
    if (header->version != 1)
        return refuse(error, TORQ_UNSUPPORTED_VERSION, NULL, header->version, 0, 0, 0);
    if (!IS_SOURCE[header->source])
        return refuse(error, TORQ_UNKNOWN_SOURCE, NULL, header->source, 0, 0, 0);
    return true;
}

/* Sections 3 and 4: whether a TLV of that type and size may stand in a message of that domain. */
static const torq_type *legal_type(uint8_t number, size_t size, uint8_t domain, uint64_t offset, torq_error *error)
{
    const torq_type *type = torq_type_of(number);
    if (!type)
        refuse(error, TORQ_INVALID_TLV_TYPE, NULL, number, offset, 0, 0);
    else if (type->relay_domain && type->relay_domain != domain)
        refuse(error, TORQ_RELAY_DOMAIN_MISMATCH, NULL, number, type->relay_domain, domain, offset);
    else if (size < type->size_min)
        refuse(error, TORQ_PAYLOAD_SIZE_MISMATCH, NULL, number, type->size_min, size, offset);
    else if (size > type->size_max)
        refuse(error, TORQ_PAYLOAD_SIZE_MISMATCH, NULL, number, type->size_max, size, offset);
    else
        return type;
    return NULL;
}

enum { STANDARD = 2, EXTENDED = 5, EXTENDED_MARK = 255 };

/* A TLV as its lengths frame it. Offsets count from the first byte of the payload. */
typedef struct {
    size_t value_offset, value_size;
    size_t end; /* what the payload must have: all of the TLV, or of its header if that is cut */
    uint8_t type, reserved;
} frame;

/* Whether the TLV at `offset`, which is less than `size`, is whole. */
static bool measure(const uint8_t *payload, size_t size, size_t offset, frame *tlv)
{
    const uint8_t *at = payload + offset;
    size_t left = size - offset;
    bool is_extended = at[0] == EXTENDED_MARK;
    *tlv = (frame){.value_offset = offset + (is_extended ? EXTENDED : STANDARD)};
    tlv->type = !is_extended ? at[0] : left > 2 ? at[2] : 0;
    tlv->reserved = is_extended && left > 1 ? at[1] : 0;
    tlv->end = tlv->value_offset;
    if (tlv->end > size)
        return false;
    tlv->value_size = is_extended ? load16(at + 3) : at[1];
    tlv->end += tlv->value_size;
    return tlv->end <= size;
}

static size_t count_whole_tlvs(const uint8_t *payload, size_t size)
{
    size_t count = 0;
    frame tlv;
    for (size_t offset = 0; offset < size && measure(payload, size, offset, &tlv); offset = tlv.end)
        count++;
    return count;
}

static bool read_header(const uint8_t *data, size_t size, torq_header *header, torq_error *error)
{
    if (size < TORQ_HEADER_SIZE)
        return refuse(error, TORQ_MESSAGE_TOO_SMALL, NULL, TORQ_HEADER_SIZE, size, 0, 0);
    if (load32(data) != 0xDEADBEEF)
        return refuse(error, TORQ_INVALID_MAGIC, NULL, 0xDEADBEEF, load32(data), 0, 0);
    read_value(&header_layout, data + 4, 4, (uint8_t *)header, error);
    if (!is_header_legal(header, error))
        return false;
    uint32_t payload_size = load32(data + 24);
    uint64_t message_size = (uint64_t)TORQ_HEADER_SIZE + payload_size; /* may not fit 32 bits */
    if (message_size > TORQ_MESSAGE_SIZE_MAX)
        return refuse(error, TORQ_MESSAGE_TOO_LARGE, NULL, message_size, TORQ_MESSAGE_SIZE_MAX, 0, 0);
    if (size < message_size)
        return refuse(error, TORQ_MESSAGE_TOO_SMALL, NULL, message_size, size, 0, 0);
    if (size > message_size)
        return refuse(error, TORQ_PARSE_ERROR, "bytes behind the payload", message_size, 0, 0, 0);
    uint32_t calculated = checksum_of(data, size), written = load32(data + 28);
    if (calculated != written)
        return refuse(error, TORQ_CHECKSUM_MISMATCH, NULL, calculated, written, payload_size,
                      count_whole_tlvs(data + TORQ_HEADER_SIZE, payload_size));
    return true;
}

/* Structs lie one behind the other, each where any type may start. */
static size_t aligned(size_t size)
{
    size_t alignment = _Alignof(max_align_t);
    return (size + alignment - 1) / alignment * alignment;
}

/* Judges the frames of a payload, and says how much memory its TLVs take before any is taken. */
static bool measure_all(
    const uint8_t *payload, size_t size, uint8_t domain, size_t *count, size_t *memory_size, torq_error *error)
{
    frame tlv;
    size_t struct_sizes = 0;
    *count = 0;
    for (size_t offset = 0; offset < size; offset = tlv.end) {
        if (!measure(payload, size, offset, &tlv))
            return refuse(error, TORQ_TRUNCATED_TLV, NULL, size, tlv.end, tlv.type, offset);
        if (tlv.reserved)
            return refuse(error, TORQ_INVALID_EXTENDED_TLV, NULL, offset, tlv.reserved, 0, 0);
        const torq_type *type = legal_type(tlv.type, tlv.value_size, domain, offset, error);
        if (!type)
            return false;
        if (type->layout)
            struct_sizes += aligned(type->layout->struct_size);
        ++*count;
    }
    /* At most half a million TLVs fit a message, and a struct is about as large as its bytes: this cannot overflow. */
    *memory_size = aligned(*count * sizeof(torq_tlv)) + struct_sizes;
    return true;
}

bool torq_decode(const uint8_t *data, size_t size, torq_buffer *memory, torq_message *message, torq_error *error)
{
    size_t memory_size;
    if (!read_header(data, size, &message->header, error))
        return false;
    const uint8_t *payload = data + TORQ_HEADER_SIZE;
    size -= TORQ_HEADER_SIZE;
    if (!measure_all(payload, size, message->header.relay_domain, &message->tlv_count, &memory_size, error))
        return false;
    memory->size = 0;
    if (!torq_reserve(memory, memory_size))
        return refuse(error, TORQ_NO_MEMORY, NULL, 0, 0, 0, 0);
    torq_tlv *tlvs = (torq_tlv *)(void *)memory->data;
    size_t used = aligned(message->tlv_count * sizeof *tlvs), offset = 0;
    message->tlvs = tlvs;
    for (size_t index = 0; index < message->tlv_count; index++) {
        frame tlv;
        measure(payload, size, offset, &tlv);
        const uint8_t *value = payload + tlv.value_offset;
        const torq_layout *layout = torq_type_of(tlv.type)->layout;
        if (layout) {
            uint8_t *read = memory->data + used;
            if (!read_value(layout, value, TORQ_HEADER_SIZE + tlv.value_offset, read, error))
                return false;
            used += aligned(layout->struct_size);
            value = read;
        }
        tlvs[index] = (torq_tlv){tlv.type, value, tlv.value_size};
        offset = tlv.end;
    }
    memory->size = memory_size;
    return true;
}

/* Judges what is to be encoded, and how many bytes its payload has. */
static bool measure_message(const torq_message *message, size_t *payload_size, torq_error *error)
{
    uint64_t offset = 0;
    if (!is_header_legal(&message->header, error))
        return false;
    for (size_t index = 0; index < message->tlv_count; index++) {
        const torq_tlv *tlv = &message->tlvs[index];
        const torq_type *type = torq_type_of(tlv->type);
        size_t size = type && type->layout ? type->layout->size : tlv->size;
        if (size > TORQ_VALUE_SIZE_MAX)
            return refuse(error, TORQ_PAYLOAD_TOO_LARGE, NULL, tlv->type, size, TORQ_VALUE_SIZE_MAX, 0);
        if (!legal_type(tlv->type, size, message->header.relay_domain, offset, error))
            return false;
        offset += (size > 255 ? EXTENDED : STANDARD) + size;
    }
    if (offset > TORQ_MESSAGE_SIZE_MAX - TORQ_HEADER_SIZE)
        return refuse(error, TORQ_MESSAGE_TOO_LARGE, NULL, TORQ_HEADER_SIZE + offset, TORQ_MESSAGE_SIZE_MAX, 0, 0);
    *payload_size = (size_t)offset;
    return true;
}

static uint8_t *write_frame(uint8_t *wire, uint8_t type, size_t size)
{
    if (size <= 255) {
        wire[0] = type;
        wire[1] = (uint8_t)size;
        return wire + STANDARD;
    }
    wire[0] = EXTENDED_MARK;
    wire[1] = 0;
    wire[2] = type;
    store16(wire + 3, (uint16_t)size);
    return wire + EXTENDED;
}

bool torq_encode(const torq_message *message, torq_buffer *out, torq_error *error)
{
    size_t payload_size;
    if (!measure_message(message, &payload_size, error))
        return false;
    if (!torq_reserve(out, TORQ_HEADER_SIZE + payload_size))
        return refuse(error, TORQ_NO_MEMORY, NULL, 0, 0, 0, 0);
    uint8_t *data = out->data + out->size, *wire = data + TORQ_HEADER_SIZE;
    store32(data, 0xDEADBEEF);
    write_value(&header_layout, (const uint8_t *)&message->header, data + 4, error);
    store32(data + 24, (uint32_t)payload_size);
    for (size_t index = 0; index < message->tlv_count; index++) {
        const torq_tlv *tlv = &message->tlvs[index];
        const torq_layout *layout = torq_type_of(tlv->type)->layout;
        size_t size = layout ? layout->size : tlv->size;
        wire = write_frame(wire, tlv->type, size);
        if (layout && !write_value(layout, tlv->value, wire, error))
            return false;
        if (!layout && size) /* memcpy(x, NULL, 0) is undefined */
            memcpy(wire, tlv->value, size);
        wire += size;
    }
    store32(data + 28, checksum_of(data, TORQ_HEADER_SIZE + payload_size));
    out->size += TORQ_HEADER_SIZE + payload_size;
    return true;
}
