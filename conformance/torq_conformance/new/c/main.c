/* A codec for Torq Protocol V2 of which nothing is written yet but who it is.
 *
 * A line of input holds one request in JSON, a line of output its answer. C has no JSON: this reads id
 * and op alone, which are the first of their name in a line. What stands behind "message" is a whole
 * tree: take a JSON library, or write a reader, before you answer encode. For Trade alone it is enough
 * to look for the names of its fields, TLV after TLV.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Prints what stands beside the id in an answer: "ok", "error" or "unsupported". */
static void answer(const char *op, const char *line) {
    (void)line; /* what is asked, for decode and encode */
    if (strcmp(op, "hello") == 0) {
        printf("\"ok\":{\"name\":\"my-codec\",\"version\":\"0.1\",\"language\":\"C\","
               "\"capabilities\":[\"decode\",\"encode\"],\"types\":[\"Trade\"]}");
    } else {
        /* Where yours begins: decode has "data" in hex and is answered by "ok" with a message, or
         * refused with "error":{"kind":"TruncatedTLV"}; encode has "message", its "ok" is hex. */
        printf("\"unsupported\":true");
    }
}

int main(void) {
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        long long id;
        char op[32];
        const char *id_at = strstr(line, "\"id\""), *op_at = strstr(line, "\"op\"");
        if (!id_at || !op_at || sscanf(id_at + 4, " : %lld", &id) != 1 ||
            sscanf(op_at + 4, " : \"%31[a-z_]\"", op) != 1) {
            fprintf(stderr, "no request: %.200s\n", line);
            return 1;
        }
        printf("{\"id\":%lld,", id);
        answer(op, line);
        printf("}\n");
        fflush(stdout); /* the judge waits for this line */
    }
    free(line);
    return 0;
}
