#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Reading ---- */

enum { DEPTH_MAX = 64 }; /* bounds the recursion, whatever the text is */

typedef struct {
    const char *at, *end;
    json_document *document;
    int depth;
} reader;

static void skip_white_space(reader *in)
{
    while (in->at < in->end && strchr(" \t\r\n", *in->at) && *in->at)
        in->at++;
}

static bool skip(reader *in, char expected)
{
    skip_white_space(in);
    if (in->at == in->end || *in->at != expected)
        return false;
    in->at++;
    return true;
}

static bool add_node(reader *in, char kind, size_t *index)
{
    json_document *document = in->document;
    if (document->count == document->capacity) {
        size_t capacity = document->capacity ? 2 * document->capacity : 256;
        json_node *nodes = realloc(document->nodes, capacity * sizeof *nodes);
        if (!nodes)
            return false;
        document->nodes = nodes;
        document->capacity = capacity;
    }
    *index = document->count++;
    document->nodes[*index] = (json_node){.kind = kind, .text = in->at};
    return true;
}

static void end_node(reader *in, size_t index)
{
    json_node *node = &in->document->nodes[index];
    node->size = (size_t)(in->at - node->text);
    node->next = in->document->count;
}

static bool read_string(reader *in)
{
    size_t index;
    if (!skip(in, '"') || !add_node(in, '"', &index))
        return false;
    for (; in->at < in->end && *in->at != '"'; in->at++)
        if ((unsigned char)*in->at < ' ' || (*in->at == '\\' && ++in->at == in->end))
            return false;
    end_node(in, index);
    return skip(in, '"');
}

static bool read_value(reader *in);

static bool read_members(reader *in, char open, char close)
{
    size_t index;
    if (++in->depth > DEPTH_MAX || !add_node(in, open, &index))
        return false;
    in->at++;
    if (!skip(in, close)) {
        do {
            if (open == '{' && !(read_string(in) && skip(in, ':')))
                return false;
            if (!read_value(in))
                return false;
        } while (skip(in, ','));
        if (!skip(in, close))
            return false;
    }
    end_node(in, index);
    in->depth--;
    return true;
}

/* A number or a word; what a number is made of is looked at by whoever wants one. */
static bool read_plain(reader *in)
{
    size_t index;
    if (!add_node(in, *in->at, &index))
        return false;
    while (in->at < in->end && !strchr(" \t\r\n,]}", *in->at))
        in->at++;
    end_node(in, index);
    const json_node *node = &in->document->nodes[index];
    return strchr("-0123456789", node->kind) || json_equals(node, "true") || json_equals(node, "false")
        || json_equals(node, "null");
}

static bool read_value(reader *in)
{
    skip_white_space(in);
    if (in->at == in->end || *in->at == '\0')
        return false;
    switch (*in->at) {
    case '{': return read_members(in, '{', '}');
    case '[': return read_members(in, '[', ']');
    case '"': return read_string(in);
    default: return read_plain(in);
    }
}

bool json_read(const char *text, size_t size, json_document *document)
{
    reader in = {text, text + size, document, 0};
    document->count = 0;
    if (!read_value(&in))
        return false;
    skip_white_space(&in);
    return in.at == in.end;
}

bool json_equals(const json_node *node, const char *text)
{
    return node->size == strlen(text) && memcmp(node->text, text, node->size) == 0;
}

size_t json_member(const json_document *document, size_t object, const char *key)
{
    const json_node *nodes = document->nodes;
    if (nodes[object].kind != '{')
        return 0;
    for (size_t at = object + 1; at < nodes[object].next; at = nodes[at + 1].next)
        if (json_equals(&nodes[at], key))
            return at + 1;
    return 0;
}

size_t json_length(const json_document *document, size_t list)
{
    size_t count = 0;
    for (size_t at = list + 1; at < document->nodes[list].next; at = document->nodes[at].next)
        count++;
    return count;
}

/* words * factor + more; false when it does not fit. In 32-bit halves, for products of 64 bits need 128. */
static bool multiply_add(uint64_t words[4], uint32_t factor, uint32_t more)
{
    uint64_t carry = more;
    for (int i = 0; i < 4; i++) {
        uint64_t low = (words[i] & UINT32_MAX) * factor + carry;
        uint64_t high = (words[i] >> 32) * factor + (low >> 32);
        words[i] = high << 32 | (low & UINT32_MAX);
        carry = high >> 32;
    }
    return carry == 0;
}

/* Divides words; returns the remainder. */
static uint32_t divide(uint64_t words[4], uint32_t divisor)
{
    uint64_t rest = 0;
    for (int i = 3; i >= 0; i--) {
        uint64_t high = rest << 32 | words[i] >> 32;
        uint64_t low = (high % divisor) << 32 | (words[i] & UINT32_MAX);
        words[i] = (high / divisor) << 32 | low / divisor;
        rest = low % divisor;
    }
    return (uint32_t)rest;
}

bool json_read_integer(const json_node *node, json_integer *integer)
{
    const char *at = node->text, *end = at + node->size;
    *integer = (json_integer){.is_negative = at < end && *at == '-'};
    at += integer->is_negative;
    if (at == end)
        return false;
    for (; at < end; at++) {
        if (*at < '0' || *at > '9')
            return false;
        if (!multiply_add(integer->words, 10, (uint32_t)(*at - '0')))
            integer->is_huge = true;
    }
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool json_read_hex(const json_node *node, uint8_t *bytes)
{
    if (node->kind != '"' || node->size % 2)
        return false;
    for (size_t at = 0; at < node->size; at += 2) {
        int high = hex_digit(node->text[at]), low = hex_digit(node->text[at + 1]);
        if (high < 0 || low < 0)
            return false;
        *bytes++ = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* ---- Writing ---- */

static char *room(torq_buffer *out, size_t size)
{
    if (!torq_reserve(out, size)) {
        fputs("no memory\n", stderr);
        exit(1);
    }
    char *at = (char *)out->data + out->size;
    out->size += size;
    return at;
}

void json_put_bytes(torq_buffer *out, const void *bytes, size_t size)
{
    if (size) /* both pointers may be NULL when nothing is written */
        memcpy(room(out, size), bytes, size);
}

void json_put(torq_buffer *out, const char *text) { json_put_bytes(out, text, strlen(text)); }

void json_put_integer(torq_buffer *out, json_integer integer)
{
    char digits[80]; /* 2^256 has 78 */
    char *at = digits + sizeof digits;
    uint64_t *words = integer.words;
    while (words[1] | words[2] | words[3])
        *--at = (char)('0' + divide(words, 10));
    uint64_t rest = words[0];
    do
        *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (integer.is_negative)
        *--at = '-';
    json_put_bytes(out, at, (size_t)(digits + sizeof digits - at));
}

void json_put_number(torq_buffer *out, uint64_t number)
{
    json_put_integer(out, (json_integer){.words = {number}});
}

void json_put_hex(torq_buffer *out, const uint8_t *bytes, size_t size)
{
    static const char DIGITS[] = "0123456789abcdef";
    char *at = room(out, 2 * size);
    for (size_t i = 0; i < size; i++) {
        *at++ = DIGITS[bytes[i] >> 4];
        *at++ = DIGITS[bytes[i] & 15];
    }
}
