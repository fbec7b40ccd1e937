// cc -O2 -I ../../examples/c accumulated.c ../../examples/c/write.c ../../examples/c/json.c ../../examples/c/torq.c -lz \
//   -o accumulated && ./accumulated < ../torq_vectors/accumulated.txt | sha256sum
#include "write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void choose(uint8_t *at, const char *hex) { sscanf(hex + *at % (strlen(hex) / 2) * 2, "%2hhx", at); }

int main(void) {
    uint8_t m[8192] = {0}, *at; /* 32 bytes of header, 5 of a TLV header, a value */
    char sources[99], domains[9], pieces[99], *p, hash[] = "sha256sum | head -c 64";
    unsigned long seed, count, number, size, part[4]; /* drawn, zeros, slots, bytes of a slot */
    torq_message message; torq_error error; torq_buffer memory = {0}, json = {0}, out = {0};
    if (scanf("%lu %lu %98s %*s %*s", &seed, &count, sources) != 3) return 2;
    while (scanf("%lu %*s %*s %8s %lu %98s", &number, domains, &size, pieces) == 4) {
        FILE *decoded = popen(hash, "w"), *encoded = popen(hash, "w");
        for (uint64_t i = 0, z = 0, state = seed + number; i < count; i++, json.size = out.size = 0) {
            for (size_t n = 5; n < 37 + size; memcpy(m + n, &z, 8), n += 8) {
                z = state += 0x9E3779B97F4A7C15, z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
                z = (z ^ z >> 27) * 0x94D049BB133111EB, z ^= z >> 31, z = (uint64_t)((int64_t)z >> (z >> 20 & 63));
            }
            memmove(m, m + 5, 32), choose(m + 4, domains), choose(m + 6, sources);
            memcpy(m, "\xEF\xBE\xAD\xDE", 4), m[5] = 1, memcpy(m + 24, &(uint32_t){(uint32_t)size + 5}, 4);
            memcpy(m + 32, (uint8_t[]){255, 0, (uint8_t)number, (uint8_t)size, (uint8_t)(size >> 8)}, 5);
            for (at = m + 37, p = pieces; *p; p += *p == ',', at += part[1] + part[2] * part[3]) {
                for (int n = 0; n < 4; n++) part[n] = strtoul(p, &p, 10);
                if (at += part[0], part[2]) z = (at[-2] | at[-1] << 8) % (part[2] + 1), memcpy(at - 2, &z, 2);
                memset(at, 0, part[1]), memset(at + part[1] + z * part[3], 0, (part[2] - z) * part[3]);
            }
            memcpy(m + 28, &(uint32_t){(uint32_t)crc32(crc32(0, m, 28), m + 32, (uInt)size + 5)}, 4);
            if (!torq_decode(m, 37 + size, &memory, &message, &error) || !torq_encode(&message, &out, &error)) return 1;
            put_message(&json, &message), fwrite(json.data, 1, json.size, decoded);
            fwrite(out.data, 1, out.size, encoded);
        }
        printf("%lu ", number), fflush(stdout), pclose(decoded), printf(" "), fflush(stdout), pclose(encoded), puts("");
    }
}
