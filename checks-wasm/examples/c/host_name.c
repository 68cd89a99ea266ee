/*
 * host-name: a check module in C. It shows all there is to the check ABI: a
 * verb in argv, files below /, lines of JSON on stdout.
 *
 * The check looks at the name of the machine in facts/host.json. Windows cuts
 * NetBIOS names after 15 characters, so two machines whose names begin alike
 * cannot be told apart by them.
 */
#include <stdio.h>
#include <string.h>

enum { EXIT_COMPLETE = 0, EXIT_ABI = 3, EXIT_USAGE = 64 };
enum { MAX_NETBIOS = 15 };

static const char describe[] =
    "{\"abi\":\"1.0\",\"module\":\"host-name\","
    "\"inputs\":[{\"id\":\"host\",\"glob\":\"facts/host.json\",\"required\":true}],"
    "\"checks\":[{\"id\":\"host-name\",\"rev\":1,\"title\":\"The machine's name fits into NetBIOS\","
    "\"severities\":[\"info\"],\"inputs\":[\"host\"],\"since\":\"1.0.0\","
    "\"doc\":\"Names of more than 15 characters are cut off in NetBIOS.\"}]}\n";

/* read_file reads a whole file as a string; -1: it cannot, or it is too long. */
static int read_file(const char *name, char *buf, size_t size) {
    FILE *f = fopen(name, "rb");
    if (f == NULL)
        return -1;
    size_t n = fread(buf, 1, size - 1, f);
    int whole = !ferror(f) && fgetc(f) == EOF;
    fclose(f);
    buf[n] = '\0';
    return whole ? 0 : -1;
}

/*
 * member finds the text of a member with a string value, up to its closing
 * quote. It is no JSON parser: it serves for members that occur once and whose
 * values need no escapes, which holds for those that are read here.
 */
static const char *member(const char *doc, const char *name, size_t *len) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\"", name);
    const char *p = strstr(doc, quoted);
    if (p == NULL)
        return NULL;
    p += strlen(quoted);
    p += strspn(p, " \t\r\n:");
    if (*p++ != '"')
        return NULL;
    *len = strcspn(p, "\"\\");
    return p[*len] == '"' ? p : NULL;
}

/* check writes the lines of the check and gives the number of its findings. */
static int check(void) {
    static char host[1 << 20];
    size_t len;
    const char *name = NULL;
    if (read_file("/bundle/facts/host.json", host, sizeof host) == 0)
        name = member(host, "name", &len);
    if (name == NULL) {
        puts("{\"t\":\"status\",\"check\":\"host-name\",\"outcome\":\"insufficient_data\","
             "\"reason\":\"facts/host.json has no name\"}");
        return 0;
    }
    if (len <= MAX_NETBIOS) {
        puts("{\"t\":\"status\",\"check\":\"host-name\",\"outcome\":\"pass\"}");
        return 0;
    }
    printf("{\"t\":\"finding\",\"check\":\"host-name\",\"key\":\"too-long\",\"severity\":\"info\","
           "\"subject\":\"%.*s\",\"title\":\"The name %.*s has %zu characters\","
           "\"evidence\":[{\"file\":\"facts/host.json\",\"pointer\":\"/name\",\"value\":\"%.*s\"}]}\n",
           (int)len, name, (int)len, name, len, (int)len, name);
    puts("{\"t\":\"status\",\"check\":\"host-name\",\"outcome\":\"findings\"}");
    return 1;
}

static int run(void) {
    static char request[1 << 16];
    size_t len;
    if (read_file("/run/request.json", request, sizeof request) != 0) {
        fputs("cannot read the request\n", stderr);
        return EXIT_USAGE;
    }
    const char *abi = member(request, "abi", &len);
    if (abi == NULL || strncmp(abi, "1.", 2) != 0)
        return EXIT_ABI;
    int statuses = 0, findings = 0;
    if (strstr(request, "\"host-name\"") != NULL) {
        findings = check();
        statuses = 1;
    }
    printf("{\"t\":\"end\",\"findings\":%d,\"statuses\":%d}\n", findings, statuses);
    return EXIT_COMPLETE;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "describe") == 0) {
        fputs(describe, stdout);
        return EXIT_COMPLETE;
    }
    if (argc == 2 && strcmp(argv[1], "run") == 0)
        return run();
    fputs("usage: check describe | run\n", stderr);
    return EXIT_USAGE;
}
