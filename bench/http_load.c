/* Asks one server for the same, over and over, on several connections at once.
 *
 * http_load PORT CONNECTIONS SECONDS, with the request's head on its input. Each connection sends
 * the next request when it has the whole answer. An answer has a Content-Length and status 200.
 * Prints how many answers came, in how many seconds, and the times of an answer in nanoseconds, at
 * the 50th and the 99th percentile. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { HEAD = 8192, MOST = 4000000 };

struct connection {
    int socket;
    int64_t sent;       /* when */
    size_t head;        /* bytes of the head that have come */
    size_t body;        /* bytes of the body that are to come; 0 while the head comes */
    char text[HEAD + 1];
};

static char request[HEAD];
static size_t length;
static uint32_t *times;
static size_t answers;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void ask(struct connection *each) {
    each->sent = now();
    each->head = each->body = 0;
    if (write(each->socket, request, length) != (ssize_t)length) fail("write");
}

static void answered(struct connection *each) {
    if (answers < MOST) times[answers++] = (uint32_t)(now() - each->sent);
    ask(each);
}

/* How many bytes of the body are to come, once the head is whole. */
static void read_head(struct connection *each) {
    each->text[each->head] = 0;
    char *end = strstr(each->text, "\r\n\r\n");
    if (end == NULL) {
        if (each->head == HEAD) { fputs("the head is too long\n", stderr); exit(1); }
        return;
    }
    if (strncmp(each->text + 8, " 200", 4) != 0) {
        fprintf(stderr, "%.*s\n", (int)each->head, each->text);
        exit(1);
    }
    char *said = strcasestr(each->text, "\r\nContent-Length:");
    if (said == NULL || said > end) { fputs("there is no Content-Length\n", stderr); exit(1); }
    size_t whole = strtoul(said + 17, NULL, 10), came = each->head - (end + 4 - each->text);
    if (came >= whole) answered(each);
    else each->body = whole - came;
}

static void receive(struct connection *each) {
    static char rest[1 << 16];
    ssize_t came;
    if (each->body == 0) {
        came = read(each->socket, each->text + each->head, HEAD - each->head);
        if (came <= 0) fail("read");
        each->head += came;
        read_head(each);
        return;
    }
    came = read(each->socket, rest, sizeof rest);
    if (came <= 0) fail("read");
    each->body -= (size_t)came < each->body ? (size_t)came : each->body;
    if (each->body == 0) answered(each);
}

static int compare(const void *one, const void *other) {
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return (a > b) - (a < b);
}

int main(int count, char **arguments) {
    if (count != 4) { fputs("http_load PORT CONNECTIONS SECONDS\n", stderr); return 2; }
    int connections = atoi(arguments[2]), one = 1, queue = epoll_create1(0);
    length = fread(request, 1, HEAD, stdin);
    times = malloc(MOST * sizeof *times);
    struct connection *all = calloc(connections, sizeof *all);
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1]))};
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < connections; i++) {
        all[i].socket = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(all[i].socket, (struct sockaddr *)&there, sizeof there)) fail("connect");
        setsockopt(all[i].socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
        if (epoll_ctl(queue, EPOLL_CTL_ADD, all[i].socket, &event)) fail("epoll_ctl");
        ask(&all[i]);
    }
    int64_t began = now(), until = began + (int64_t)(atof(arguments[3]) * 1e9);
    while (now() < until) {
        struct epoll_event events[64];
        int ready = epoll_wait(queue, events, 64, 100);
        for (int i = 0; i < ready; i++) receive(events[i].data.ptr);
    }
    double seconds = (now() - began) / 1e9;
    if (answers == 0) { fputs("no answer came\n", stderr); return 1; }
    qsort(times, answers, sizeof *times, compare);
    printf("%zu %.6f %u %u\n", answers, seconds, times[answers / 2], times[answers * 99 / 100]);
    return 0;
}
