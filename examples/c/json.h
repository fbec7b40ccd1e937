/* A reader and a writer of as much JSON as the protocol of the judge needs.
 *
 * Integers are not limited to what a C type or a double holds: they are read from, and written to, four 64-bit words.
 * Keys and strings are compared as they stand: none that the judge sends needs an escape.
 */
#ifndef JSON_H
#define JSON_H

#include "torq.h"

/* A document is a row of nodes: after an object or array come those that it holds, after a key its value. */
typedef struct {
    char kind; /* first character of the text: { [ " or that of a number or word */
    const char *text; /* within the document; without the quotes of a string */
    size_t size;
    size_t next; /* index of the node behind it and all that it holds */
} json_node;

typedef struct {
    json_node *nodes;
    size_t count, capacity;
} json_document;

/* Reads one value that fills the whole text, up to white space. False: it is no JSON, or no memory. */
bool json_read(const char *text, size_t size, json_document *document);

/* The value of a key of the object at that index; 0 when there is none or it is no object. */
size_t json_member(const json_document *document, size_t object, const char *key);

bool json_equals(const json_node *node, const char *text);

size_t json_length(const json_document *document, size_t list);

/* An integer as sign and magnitude, least significant word first. `is_huge`: above 256 bits, `words` mean nothing. */
typedef struct {
    uint64_t words[4];
    bool is_negative, is_huge;
} json_integer;

/* False: the text is no decimal integer. */
bool json_read_integer(const json_node *node, json_integer *integer);

/* Reads lowercase hex into `bytes`, which has room for size / 2 of them; false: it is none. */
bool json_read_hex(const json_node *node, uint8_t *bytes);

/* Writers append to a buffer; they end the process when there is no memory. */
void json_put(torq_buffer *out, const char *text);
void json_put_bytes(torq_buffer *out, const void *bytes, size_t size);
void json_put_integer(torq_buffer *out, json_integer integer);
void json_put_number(torq_buffer *out, uint64_t number);
void json_put_hex(torq_buffer *out, const uint8_t *bytes, size_t size);

#endif
