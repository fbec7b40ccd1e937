/* Messages and parts of them as JSON, without spaces: what the server answers. */
#ifndef WRITE_H
#define WRITE_H

#include "json.h"
#include "torq.h"

void put_key(torq_buffer *out, bool is_first, const char *key);
void put_text(torq_buffer *out, const char *text);

/* In JSON, integers of 64 bits and more are decimal strings. */
void put_integer(torq_buffer *out, json_integer integer, size_t size);

/* The neutral value of a message. */
void put_message(torq_buffer *out, const torq_message *message);

/* The only field of a plain integer's layout has no name: it is the value. */
bool is_bare(const torq_layout *layout);

#endif
