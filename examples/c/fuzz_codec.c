/* What the harness of `torq-conformance export fuzz` calls, over torq.h.
 *
 * The memory of each message is its own, so that a sanitizer sees where it ends. */
#include "torq.h"
#include "torq_fuzz.h"

#include <stdlib.h>

typedef struct {
    torq_message message;
    torq_buffer memory, written;
} decoded;

int torq_fuzz_decode(const uint8_t *data, size_t size, void **message)
{
    torq_error error;
    decoded *one = calloc(1, sizeof *one);
    if (!one)
        return TORQ_NO_MEMORY;
    if (torq_decode(data, size, &one->memory, &one->message, &error)) {
        *message = one;
        return 0;
    }
    torq_fuzz_release(one);
    return error.kind;
}

int torq_fuzz_encode(void *message, const uint8_t **data, size_t *size)
{
    decoded *one = message;
    torq_error error;
    if (!torq_encode(&one->message, &one->written, &error))
        return error.kind;
    *data = one->written.data;
    *size = one->written.size;
    return 0;
}

void torq_fuzz_release(void *message)
{
    decoded *one = message;
    torq_release(&one->memory);
    torq_release(&one->written);
    free(one);
}
