/* What a codec in C does wrong with memory, as little of it as shows. Compiled by test_native.py. */
#include <unistd.h>
#include <stddef.h>
#include <string.h>

static unsigned char scratch[1 << 20];

/* Copies a message of size bytes, and reads BEYOND bytes too many. */
void take(unsigned char *target, const unsigned char *source, size_t size) {
    unsigned char copied[(1 << 16) + BEYOND + 1];
    memcpy(copied, source, size + BEYOND);
    memcpy(target, copied, size);
}

/* Copies a message by way of a buffer that all threads share, and waits so that they meet. */
void take_shared(unsigned char *target, const unsigned char *source, size_t size) {
    for (size_t at = 0; at < size; at++) scratch[at] = source[at];
    usleep(50);
    for (size_t at = 0; at < size; at++) target[at] = scratch[at];
}

/* Writes a message and BEYOND bytes too many. */
void give(unsigned char *target, const unsigned char *source, size_t size) {
    memcpy(target, source, size);
    memset(target + size, 0, BEYOND);
}
