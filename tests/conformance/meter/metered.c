/* A program for tests of the meter: every frame comes back as it is. Each costs WORK steps, GREED allocations, and LEAK
 * bytes that are never given back. It refuses nothing, so it cannot be fed what must be refused. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned char data[1 << 21];

int main(int count, char **arguments) {
    long work = atol(arguments[1]), greed = atol(arguments[2]), leak = atol(arguments[3]);
    volatile uint32_t sum = 0;
    uint32_t size;
    char line[256];
    (void)count;
    if (!fgets(line, sizeof line, stdin)) return 1;
    puts("{\"id\":1,\"ok\":{\"name\":\"metered\",\"version\":\"1\",\"language\":\"C\",\"capabilities\":"
         "[\"decode\",\"encode\",\"frames\"]}}");
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin)) return 0;
    puts("{\"id\":2,\"ok\":true}");
    fflush(stdout);
    while (fread(&size, 4, 1, stdin) == 1 && size != 0xFFFFFFFF) {
        if (fread(data, 1, size, stdin) != size) return 1;
        for (long i = 0; i < work; i++) sum += (uint32_t)i;
        for (long i = 0; i < greed; i++) {
            void *volatile one = malloc(100);
            free(one);
        }
        if (leak > 0) memset(malloc((size_t)leak), 1, (size_t)leak);
        fwrite(&size, 4, 1, stdout);
        fwrite(data, 1, size, stdout);
        fflush(stdout);
    }
    return 0;
}
