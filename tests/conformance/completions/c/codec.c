#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_SIZE = 32, TRADE_SIZE = 40, LARGEST = 1 << 20 };

/* A name in a message, its size in bytes, and whether it is signed; eight bytes are text in JSON. */
struct field {
    const char *name;
    int size, is_signed;
};

/* The header from byte 4 to byte 23. */
static const struct field HEADER[] = {{"\"relay_domain\"", 1, 0}, {"\"version\"", 1, 0},
                                      {"\"source\"", 1, 0},       {"\"flags\"", 1, 0},
                                      {"\"sequence\"", 8, 0},     {"\"timestamp\"", 8, 0},
                                      {NULL, 0, 0}};
static const struct field TRADE[] = {{"\"asset_id\"", 8, 0},   {"\"price\"", 8, 1},
                                     {"\"volume\"", 8, 1},     {"\"execution_timestamp_ns\"", 8, 0},
                                     {"\"venue_id\"", 2, 0},   {"\"asset_type\"", 1, 0},
                                     {"\"reserved\"", 1, 0},   {"\"side\"", 1, 0},
                                     {NULL, 0, 0}};
static const uint8_t MAGIC[4] = {0xef, 0xbe, 0xad, 0xde};
static const uint8_t SOURCES[] = {1, 2, 3, 4, 5, 20, 21, 22, 23, 40, 41, 42, 60, 61, 62, 80, 81, 82};

static uint64_t get(const uint8_t *data, int size) {
    uint64_t number = 0;
    while (size--) number = number << 8 | data[size];
    return number;
}

static void set(uint8_t *data, int size, uint64_t number) {
    for (int i = 0; i < size; i++) data[i] = (uint8_t)(number >> 8 * i);
}

/* Writes the fields that a text of JSON has; false where one is not there or does not fit. */
static int put(uint8_t *data, const struct field *field, const char *text) {
    for (; field->name; data += field->size, field++) {
        const char *at = strstr(text, field->name);
        if (!at) return 0;
        at += strlen(field->name) + strspn(at + strlen(field->name), " :\"");
        errno = 0;
        uint64_t number = field->is_signed ? (uint64_t)strtoll(at, NULL, 10) : strtoull(at, NULL, 10);
        if (errno || (*at == '-' && !field->is_signed)) return 0;
        if (field->size < 8 && number >> 8 * field->size) return 0;
        set(data, field->size, number);
    }
    return 1;
}

static void print_fields(const uint8_t *data, const struct field *field) {
    for (const char *comma = "{"; field->name; data += field->size, field++, comma = ",") {
        uint64_t number = get(data, field->size);
        printf("%s%s:", comma, field->name);
        if (field->size < 8) printf("%d", (int)number);
        else if (field->is_signed) printf("\"%lld\"", (long long)number);
        else printf("\"%llu\"", (unsigned long long)number);
    }
    printf("}");
}

static uint32_t checksum(const uint8_t *data, size_t size) {
    uint32_t sum = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        if (i >= 28 && i < HEADER_SIZE) continue;
        sum ^= data[i];
        for (int bit = 0; bit < 8; bit++) sum = sum >> 1 ^ (sum & 1 ? 0xedb88320 : 0);
    }
    return ~sum;
}

/* What both ways refuse a header for, or NULL. */
static const char *header_fault(const uint8_t *data) {
    if (data[5] != 1) return "UnsupportedVersion";
    if (data[4] < 1 || data[4] > 4) return "InvalidRelayDomain";
    return memchr(SOURCES, data[6], sizeof SOURCES) ? NULL : "UnknownSource";
}

/* What both ways refuse a type for, or NULL: all but Trade, in any relay but that of MarketData. */
static const char *type_fault(const uint8_t *data, long type) {
    if (type != 1) return "InvalidTLVType";
    return data[4] == 1 ? NULL : "RelayDomainMismatch";
}

static void refuse(const char *kind) { printf("\"error\":{\"kind\":\"%s\"}", kind); }

static const char *encode_into(uint8_t *data, size_t *size, const char *line) {
    const char *fault, *tlv = strstr(line, "\"tlvs\"");
    memcpy(data, MAGIC, sizeof MAGIC);
    if (!put(data + 4, HEADER, line)) return "ValueOutOfRange";
    if ((fault = header_fault(data))) return fault;
    for (*size = HEADER_SIZE; tlv && (tlv = strstr(tlv, "\"type\"")); tlv++) {
        if ((fault = type_fault(data, strtol(tlv + 6 + strspn(tlv + 6, " :"), NULL, 10)))) return fault;
        if (*size + 2 + TRADE_SIZE > LARGEST) return "MessageTooLarge";
        data[(*size)++] = 1;
        data[(*size)++] = TRADE_SIZE;
        if (!put(data + *size, TRADE, tlv)) return "ValueOutOfRange";
        *size += TRADE_SIZE;
    }
    set(data + 24, 4, *size - HEADER_SIZE);
    set(data + 28, 4, checksum(data, *size));
    return NULL;
}

void encode(const char *line) {
    uint8_t *data = calloc(1, LARGEST);
    size_t size;
    const char *fault = encode_into(data, &size, line);
    if (fault) refuse(fault);
    else {
        printf("\"ok\":\"");
        for (size_t i = 0; i < size; i++) printf("%02x", data[i]);
        printf("\"");
    }
    free(data);
}

/* What the bytes are refused for, or NULL; where is_printed, what they hold is printed. */
static const char *decode_from(const uint8_t *data, size_t size, int is_printed) {
    const char *fault;
    if (size < HEADER_SIZE) return "MessageTooSmall";
    if (memcmp(data, MAGIC, sizeof MAGIC) != 0) return "InvalidMagic";
    if ((fault = header_fault(data))) return fault;
    if (HEADER_SIZE + get(data + 24, 4) > LARGEST) return "MessageTooLarge";
    if (HEADER_SIZE + get(data + 24, 4) > size) return "MessageTooSmall";
    if (HEADER_SIZE + get(data + 24, 4) < size) return "ParseError";
    if (get(data + 28, 4) != checksum(data, size)) return "ChecksumMismatch";
    if (is_printed) printf("\"ok\":{\"header\":"), print_fields(data + 4, HEADER), printf(",\"tlvs\":[");
    for (size_t at = HEADER_SIZE; at < size;) {
        int is_extended = data[at] == 255;
        size_t start = at + (is_extended ? 5 : 2);
        if (start > size) return "TruncatedTLV";
        if (is_extended && data[at + 1] != 0) return "InvalidExtendedTLV";
        size_t length = get(data + at + (is_extended ? 3 : 1), is_extended ? 2 : 1);
        if ((fault = type_fault(data, data[at + (is_extended ? 2 : 0)]))) return fault;
        if (length > size - start) return "TruncatedTLV";
        if (length != TRADE_SIZE) return "PayloadSizeMismatch";
        if (is_printed) printf("%s{\"type\":1,\"value\":", at > HEADER_SIZE ? "," : "");
        if (is_printed) print_fields(data + start, TRADE), printf("}");
        at = start + length;
    }
    if (is_printed) printf("]}");
    return NULL;
}

static int digit(char hex) { return hex <= '9' ? hex - '0' : hex - 'a' + 10; }

void decode(const char *line) {
    const char *text = strstr(line, "\"data\"") + 6;
    text += strspn(text, " :\"");
    size_t size = strspn(text, "0123456789abcdef") / 2;
    uint8_t *data = malloc(size + 1);
    for (size_t i = 0; i < size; i++, text += 2) data[i] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
    const char *fault = decode_from(data, size, 0);
    if (fault) refuse(fault);
    else decode_from(data, size, 1);
    free(data);
}
