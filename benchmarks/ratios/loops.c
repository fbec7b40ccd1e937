/* Builds and reads messages with the C example, many in one call, for benchmarks/reference_ratios.py. */
#include "torq.h"

enum { COUNT = 4096 };

static torq_message messages[COUNT];
static torq_buffer memories[COUNT], written, read;

/* Reads rows of so many bytes and keeps them as structs; false if one is refused. */
bool prepare(const uint8_t *rows, size_t size, size_t count)
{
    torq_error error;
    for (size_t i = 0; i < count; i++)
        if (!torq_decode(rows + i * size, size, &memories[i], &messages[i], &error))
            return false;
    return true;
}

/* Builds them one behind the other; where they lie, or NULL. */
const uint8_t *build(size_t count)
{
    torq_error error;
    written.size = 0;
    for (size_t i = 0; i < count; i++)
        if (!torq_encode(&messages[i], &written, &error))
            return NULL;
    return written.data;
}

/* Reads so many rows; how many were taken. */
size_t parse(const uint8_t *rows, size_t size, size_t count)
{
    torq_error error;
    torq_message message;
    size_t taken = 0;
    for (size_t i = 0; i < count; i++)
        taken += torq_decode(rows + i * size, size, &read, &message, &error);
    return taken;
}
