/* The codec as a server of the judge: lines of JSON, or frames of bytes, on standard input; answers on standard output.
 *
 * A request that the contract does not know ends the process with one line on standard error: whoever sends it is to
 * notice. A message that is refused is an answer like any other.
 */
#include "json.h"
#include "torq.h"
#include "write.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static torq_buffer input, output;
static torq_buffer structs; /* the values of the message at hand */
static torq_buffer bytes;   /* its bytes */
static torq_buffer refusal; /* why it was refused, as JSON */
static json_document document;
static bool is_in_frames;

static _Noreturn void give_up(const char *why)
{
    fprintf(stderr, "torq-codec: %s\n", why);
    exit(2);
}

static void make_room(torq_buffer *buffer, size_t more)
{
    if (!torq_reserve(buffer, more))
        give_up("no memory");
}

/* ---- Refusals ---- */

static void begin_refusal(torq_kind kind)
{
    refusal.size = 0;
    json_put(&refusal, "{\"kind\":\"");
    json_put(&refusal, torq_kind_of(kind)->name);
    json_put(&refusal, "\",\"context\":{");
}

static bool end_refusal(void)
{
    json_put(&refusal, "}}");
    return false;
}

static bool refuse(const torq_error *error)
{
    if (error->kind == TORQ_NO_MEMORY)
        give_up("no memory");
    const torq_kind_row *row = torq_kind_of(error->kind);
    begin_refusal(error->kind);
    for (size_t i = 0; i < 4 && row->names[i]; i++) {
        put_key(&refusal, i == 0, row->names[i]);
        if (strcmp(row->names[i], "field") == 0 || strcmp(row->names[i], "context") == 0)
            put_text(&refusal, error->text);
        else
            json_put_number(&refusal, error->numbers[i]);
    }
    return end_refusal();
}

/* ---- Integers of any width ---- */

static json_integer minimum_of(const torq_field *field)
{
    if (field->kind == TORQ_UNSIGNED)
        return (json_integer){{0}, false, false};
    return (json_integer){.words = {UINT64_C(1) << (8 * field->size - 1)}, .is_negative = true};
}

static json_integer maximum_of(const torq_field *field)
{
    json_integer maximum = {{0}, false, false};
    for (size_t i = 0; 8 * i < field->size; i++)
        maximum.words[i] = UINT64_MAX;
    if (field->size < 8)
        maximum.words[0] >>= 64 - 8 * field->size;
    if (field->kind == TORQ_SIGNED)
        maximum.words[0] >>= 1;
    return maximum;
}

static bool is_at_most(const json_integer *integer, json_integer bound)
{
    for (int i = 3; i >= 0; i--)
        if (integer->words[i] != bound.words[i])
            return integer->words[i] < bound.words[i];
    return true;
}

static bool fits(const torq_field *field, const json_integer *integer)
{
    if (integer->is_huge)
        return false;
    return is_at_most(integer, integer->is_negative ? minimum_of(field) : maximum_of(field));
}

static void store_integer(const torq_field *field, const json_integer *integer, uint8_t *member)
{
    uint64_t low = integer->is_negative ? 0 - integer->words[0] : integer->words[0];
    switch (field->size) {
    case 1: *member = (uint8_t)low; break;
    case 2: memcpy(member, &(uint16_t){(uint16_t)low}, 2); break;
    case 4: memcpy(member, &(uint32_t){(uint32_t)low}, 4); break;
    case 8: memcpy(member, &low, 8); break;
    default: memcpy(member, integer->words, field->size);
    }
}

/* ---- JSON to structs: here, and only here, a value can be one that its type cannot hold ---- */

/* Where a field is, for refusals: price, or bids[3].price, or reserves[3]. */
typedef struct {
    const char *list; /* NULL: not within one */
    size_t index;
} place;

static void put_path(torq_buffer *out, place where, const char *name)
{
    json_put(out, "\"");
    if (where.list) {
        json_put(out, where.list);
        json_put(out, "[");
        json_put_number(out, where.index);
        json_put(out, name ? "]." : "]");
    }
    json_put(out, name ? name : "");
    json_put(out, "\"");
}

/* The value as it was sent: it may be larger than anything that there is a type for. */
static bool refuse_integer(const torq_field *field, place where, const json_node *sent)
{
    begin_refusal(TORQ_VALUE_OUT_OF_RANGE);
    json_put(&refusal, "\"field\":");
    put_path(&refusal, where, field->name);
    json_put(&refusal, field->size >= 8 ? ",\"value\":\"" : ",\"value\":");
    json_put_bytes(&refusal, sent->text, sent->size);
    json_put(&refusal, field->size >= 8 ? "\",\"minimum\":" : ",\"minimum\":");
    put_integer(&refusal, minimum_of(field), field->size);
    json_put(&refusal, ",\"maximum\":");
    put_integer(&refusal, maximum_of(field), field->size);
    return end_refusal();
}

static size_t need(size_t object, const char *key)
{
    size_t index = json_member(&document, object, key);
    if (!index) {
        fprintf(stderr, "torq-codec: a request without \"%s\"\n", key);
        exit(2);
    }
    return index;
}

static bool read_integer(const torq_field *field, place where, const json_node *node, uint8_t *member)
{
    json_integer integer;
    if (!json_read_integer(node, &integer))
        give_up("a number that is no integer");
    if (!fits(field, &integer))
        return refuse_integer(field, where, node);
    store_integer(field, &integer, member);
    return true;
}

static bool read_bytes(const torq_field *field, place where, const json_node *node, uint8_t *member)
{
    if (node->size != 2 * field->size) {
        begin_refusal(TORQ_VALUE_OUT_OF_RANGE);
        json_put(&refusal, "\"field\":");
        put_path(&refusal, where, field->name);
        json_put(&refusal, ",\"value\":");
        json_put_number(&refusal, node->size / 2);
        json_put(&refusal, ",\"minimum\":");
        json_put_number(&refusal, field->size);
        json_put(&refusal, ",\"maximum\":");
        json_put_number(&refusal, field->size);
        return end_refusal();
    }
    if (!json_read_hex(node, member))
        give_up("bytes that are not in lowercase hex");
    return true;
}

static bool read_value(const torq_layout *layout, place where, size_t index, uint8_t *value);

static bool read_vector(const torq_field *field, size_t index, uint8_t *value)
{
    const json_node *nodes = document.nodes;
    size_t length = json_length(&document, index), slot = 0;
    if (length > field->capacity) {
        torq_error error = {TORQ_CAPACITY_EXCEEDED, {0, field->capacity, length, 0}, field->name};
        return refuse(&error);
    }
    memcpy(value + field->offset, &(uint16_t){(uint16_t)length}, sizeof(uint16_t));
    for (size_t at = index + 1; at < nodes[index].next; at = nodes[at].next, slot++) {
        uint8_t *element = value + field->slots_offset + slot * field->element->struct_size;
        if (!read_value(field->element, (place){field->name, slot}, at, element))
            return false;
    }
    return true;
}

static bool read_field(const torq_field *field, place where, size_t index, uint8_t *value)
{
    switch (field->kind) {
    case TORQ_BYTES: return read_bytes(field, where, &document.nodes[index], value + field->offset);
    case TORQ_VECTOR: return read_vector(field, index, value);
    default: return read_integer(field, where, &document.nodes[index], value + field->offset);
    }
}

static bool read_value(const torq_layout *layout, place where, size_t index, uint8_t *value)
{
    if (is_bare(layout))
        return read_field(layout->fields, where, index, value);
    for (size_t i = 0; i < layout->field_count; i++) {
        const torq_field *field = &layout->fields[i];
        if (field->kind != TORQ_ZEROS && !read_field(field, where, need(index, field->name), value))
            return false;
    }
    return true;
}

/* The layout of a type and how much memory its value takes, rounded up so that the next one is aligned. */
static const torq_layout *measure_value(uint8_t number, const json_node *node, size_t *size)
{
    const torq_type *type = torq_type_of(number);
    const torq_layout *layout = type ? type->layout : NULL;
    *size = (layout ? layout->struct_size : node->size / 2) + _Alignof(max_align_t);
    *size -= *size % _Alignof(max_align_t);
    return layout;
}

static bool read_type(size_t tlv, uint8_t *number)
{
    static const torq_field TYPE = {"type", TORQ_UNSIGNED, 1, 0, 0, 0, NULL};
    return read_field(&TYPE, (place){NULL, 0}, need(tlv, "type"), number);
}

/* Values go into `structs`, which does not grow, and so does not move, while it is filled. */
static bool read_tlvs(size_t list, torq_tlv *tlvs)
{
    const json_node *nodes = document.nodes;
    for (size_t at = list + 1; at < nodes[list].next; at = nodes[at].next, tlvs++) {
        size_t index = need(at, "value"), size;
        const json_node *node = &nodes[index];
        uint8_t *value = structs.data + structs.size;
        if (!read_type(at, &tlvs->type))
            return false;
        const torq_layout *layout = measure_value(tlvs->type, node, &size);
        structs.size += size;
        tlvs->value = value;
        tlvs->size = node->size / 2;
        if (layout) {
            if (!read_value(layout, (place){NULL, 0}, index, value))
                return false;
        } else if (!json_read_hex(node, value))
            give_up("bytes that are not in lowercase hex");
    }
    return true;
}

static bool read_message(size_t index, torq_message *message)
{
    size_t list = need(index, "tlvs"), count = json_length(&document, list);
    size_t memory_size = count * sizeof(torq_tlv) + _Alignof(max_align_t), size;
    for (size_t at = list + 1; at < document.nodes[list].next; at = document.nodes[at].next) {
        uint8_t number;
        if (!read_type(at, &number))
            return false;
        measure_value(number, &document.nodes[need(at, "value")], &size);
        memory_size += size;
    }
    structs.size = 0;
    make_room(&structs, memory_size);
    torq_tlv *tlvs = (torq_tlv *)(void *)structs.data;
    structs.size = count * sizeof *tlvs + _Alignof(max_align_t);
    structs.size -= structs.size % _Alignof(max_align_t);
    message->tlvs = tlvs;
    message->tlv_count = count;
    return read_value(torq_header_layout(), (place){NULL, 0}, need(index, "header"), (uint8_t *)&message->header)
        && read_tlvs(list, tlvs);
}

/* ---- Operations: false when the message is refused; else the answer is in `output` ---- */

static bool decode_data(size_t request, torq_message *message)
{
    const json_node *node = &document.nodes[need(request, "data")];
    torq_error error;
    /* New memory of just that size: where a sanitizer watches, a read of one byte too many is seen. */
    torq_release(&bytes);
    make_room(&bytes, node->size / 2);
    if (!json_read_hex(node, bytes.data))
        give_up("data that is not in lowercase hex");
    return torq_decode(bytes.data, node->size / 2, &structs, message, &error) || refuse(&error);
}

static bool put_encoded(const torq_message *message)
{
    static torq_buffer encoded;
    torq_error error;
    encoded.size = 0;
    if (!torq_encode(message, &encoded, &error))
        return refuse(&error);
    json_put(&output, "\"");
    json_put_hex(&output, encoded.data, encoded.size);
    json_put(&output, "\"");
    return true;
}

static bool hello(size_t request)
{
    (void)request;
    json_put(&output, "{\"name\":\"torq-c\",\"version\":\"1\",\"language\":\"C11\",\"capabilities\":"
                      "[\"decode\",\"encode\",\"error_context\",\"strict_padding\",\"frames\"]}");
    return true;
}

static bool decode(size_t request)
{
    torq_message message;
    if (!decode_data(request, &message))
        return false;
    put_message(&output, &message);
    return true;
}

static bool encode(size_t request)
{
    torq_message message;
    return read_message(need(request, "message"), &message) && put_encoded(&message);
}

static bool roundtrip(size_t request)
{
    torq_message message;
    return decode_data(request, &message) && put_encoded(&message);
}

static bool frames(size_t request)
{
    (void)request;
    is_in_frames = true;
    json_put(&output, "{}");
    return true;
}

static void answer(size_t request);

static bool batch(size_t request)
{
    size_t list = need(request, "requests");
    json_put(&output, "[");
    for (size_t at = list + 1; at < document.nodes[list].next; at = document.nodes[at].next) {
        if (at != list + 1)
            json_put(&output, ",");
        answer(at);
    }
    json_put(&output, "]");
    return true;
}

static const struct {
    const char *name;
    bool (*run)(size_t request);
} OPERATIONS[] = {
    {"hello", hello}, {"decode", decode}, {"encode", encode}, {"roundtrip", roundtrip}, {"batch", batch},
    {"frames", frames},
};

static void answer(size_t request)
{
    size_t id = json_member(&document, request, "id"), operation = 0, count = sizeof OPERATIONS / sizeof *OPERATIONS;
    const json_node *name = &document.nodes[need(request, "op")];
    while (operation < count && !json_equals(name, OPERATIONS[operation].name))
        operation++;
    json_put(&output, "{");
    if (id) { /* as it was sent, whatever it is; only a string's quotes are not in its text */
        const json_node *node = &document.nodes[id];
        bool is_string = node->kind == '"';
        json_put(&output, "\"id\":");
        json_put_bytes(&output, node->text - is_string, node->size + 2 * is_string);
        json_put(&output, ",");
    }
    size_t start = output.size;
    if (operation == count)
        json_put(&output, "\"unsupported\":true");
    else {
        json_put(&output, "\"ok\":");
        if (!OPERATIONS[operation].run(request)) {
            output.size = start;
            json_put(&output, "\"error\":");
            json_put_bytes(&output, refusal.data, refusal.size);
        }
    }
    json_put(&output, "}");
}

/* ---- Input and output ---- */

/* Each of these handles one request, and returns how many bytes it took: 0 when it is not all there yet. */
static size_t take_line(const uint8_t *at, size_t size)
{
    const uint8_t *end = memchr(at, '\n', size);
    if (!end)
        return 0;
    if (!json_read((const char *)at, (size_t)(end - at), &document) || document.nodes[0].kind != '{')
        give_up("a line that is no JSON object");
    answer(0);
    json_put(&output, "\n");
    return (size_t)(end - at) + 1;
}

static void put_u32(uint32_t value)
{
    uint8_t wire[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)};
    json_put_bytes(&output, wire, sizeof wire);
}

static uint32_t get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static size_t take_frame(const uint8_t *at, size_t size)
{
    torq_message message;
    torq_error error;
    if (size < 4)
        return 0;
    uint32_t length = get_u32(at);
    if (length == UINT32_MAX) {
        is_in_frames = false;
        return 4;
    }
    if (size - 4 < length)
        return 0;
    size_t start = output.size;
    put_u32(0);
    if (torq_decode(at + 4, length, &structs, &message, &error) && torq_encode(&message, &output, &error)) {
        size_t end = output.size;
        output.size = start;
        put_u32((uint32_t)(end - start - 4));
        output.size = end;
    } else {
        if (error.kind == TORQ_NO_MEMORY)
            give_up("no memory");
        output.size = start;
        put_u32(UINT32_C(0x80000000) | (uint32_t)error.kind);
    }
    return 4 + (size_t)length;
}

static void write_all(const uint8_t *at, size_t size)
{
    while (size) {
        ssize_t written = write(STDOUT_FILENO, at, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            exit(1); /* nobody reads any more */
        at += written;
        size -= (size_t)written;
    }
}

/* Reads what there is; the room grows with what came, never by a length that somebody claims. */
static bool read_more(void)
{
    make_room(&input, 1 << 18);
    for (;;) {
        ssize_t size = read(STDIN_FILENO, input.data + input.size, input.capacity - input.size);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            give_up("standard input cannot be read");
        input.size += (size_t)size;
        return size > 0;
    }
}

int main(void)
{
    while (read_more()) {
        size_t used = 0, taken;
        do {
            taken = (is_in_frames ? take_frame : take_line)(input.data + used, input.size - used);
            used += taken;
        } while (taken);
        memmove(input.data, input.data + used, input.size - used);
        input.size -= used;
        write_all(output.data, output.size);
        output.size = 0;
    }
    return 0;
}
