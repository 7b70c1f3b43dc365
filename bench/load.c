/* Readers of a server of SSE, thousands in one process: what they get, and when.
 *
 *     load PORT CONNECTIONS REQUESTS RECORDS [frozen]
 *
 * REQUESTS holds whole HTTP requests, one after the other; connection i sends the i-th, and
 * so on round. Says "ready" once all are answered, then obeys lines on its standard input:
 * "start" counts from zero; "stop" prints the counts as JSON and writes to RECORDS, for each
 * event, its stamp and the moment its last byte was read (two uint64). A stamp is the number
 * in `data: {"sent":NUMBER`, or else that after the last colon of `id:`. With "frozen", readers
 * have small buffers and read nothing after the answer's first bytes.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    KEPT = 48,         /* of each line: enough for a stamp */
    CONNECTING = 64,   /* at once, below what any server lets wait */
    PER_ADDRESS = 20000, /* connections from one source address */
    MOST_READY = 256,
};

struct reader {
    uint64_t stamp;
    int fd;
    bool answered, has_data;
    uint8_t kept;
    char line[KEPT];
};

struct record {
    uint64_t stamp, arrived;
};

static struct reader *readers;
static int wanted, opened, answered, lost, port, poller;
static bool frozen;

static const char *requests[4096];
static int request_count;

static struct record *records;
static size_t events, room, bytes, resets;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now); /* as the senders stamp */
    return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static void read_requests(const char *path) {
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;
    if (!file || getdelim(&text, &size, 0, file) < 0)
        die(path);
    fclose(file);
    for (char *end; (end = strstr(text, "\r\n\r\n")) && request_count < 4096; text = end + 4)
        requests[request_count++] = strndup(text, end + 4 - text);
    if (!request_count)
        die("no request");
}

static void open_reader(int number) {
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
    struct reader *reader = &readers[number];
    int one = 1, small = 4096;

    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + number / PER_ADDRESS);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(port);
    reader->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (reader->fd < 0)
        die("socket");
    if (frozen)
        setsockopt(reader->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    /* The port is chosen at connect, where it need be free for this peer only. */
    setsockopt(reader->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(reader->fd, (void *)&from, sizeof from) || connect(reader->fd, (void *)&to, sizeof to))
        die("connect");
    const char *request = requests[number % request_count];
    if (write(reader->fd, request, strlen(request)) < 0)
        die("request");
    fcntl(reader->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = reader};
    epoll_ctl(poller, EPOLL_CTL_ADD, reader->fd, &event);
}

static void open_more(void) {
    while (opened < wanted && opened - answered < CONNECTING)
        open_reader(opened++);
}

static void take_answer(struct reader *reader) {
    if (strncmp(reader->line, "HTTP/1.1 200", 12)) {
        fprintf(stderr, "refused: %s\n", reader->line);
        exit(1);
    }
    reader->answered = true;
    if (frozen)
        epoll_ctl(poller, EPOLL_CTL_DEL, reader->fd, NULL);
    if (++answered == wanted) {
        puts("ready");
        fflush(stdout);
    }
    open_more();
}

static void count_event(struct reader *reader, uint64_t now) {
    if (events == room) {
        room = room ? room * 2 : 1 << 20;
        records = realloc(records, room * sizeof *records);
        if (!records)
            die("records");
    }
    records[events++] = (struct record){reader->stamp, now};
}

static bool starts(const char *line, const char *with) {
    return !strncmp(line, with, strlen(with));
}

/* Chunk sizes, and the CR that ends a chunk, are lines that mean nothing here. */
static void take_line(struct reader *reader, uint64_t now) {
    const char *line = reader->line;

    if (!reader->answered) {
        take_answer(reader);
    } else if (starts(line, "data:")) {
        const char *data = line + 5 + (line[5] == ' ');
        reader->has_data = true;
        if (starts(data, "{\"sent\":"))
            reader->stamp = strtoull(data + 8, NULL, 10);
    } else if (starts(line, "id:")) {
        const char *colon = strrchr(line, ':');
        reader->stamp = strtoull(colon + 1, NULL, 10);
    } else if (starts(line, "event: reset")) {
        resets++;
    } else if (!*line) {
        if (reader->has_data)
            count_event(reader, now);
        reader->has_data = false;
    }
}

static void take_bytes(struct reader *reader, const char *at, const char *end, uint64_t now) {
    while (at < end) {
        const char *newline = memchr(at, '\n', end - at);
        const char *stop = newline ? newline : end;
        size_t fits = KEPT - 1 - reader->kept, length = stop - at;
        if (length < fits)
            fits = length;
        memcpy(reader->line + reader->kept, at, fits);
        reader->kept += fits;
        reader->line[reader->kept] = 0;
        if (!newline)
            return;
        take_line(reader, now);
        reader->kept = 0;
        at = newline + 1;
    }
}

static void read_some(struct reader *reader) {
    static char buffer[1 << 18];
    ssize_t got = read(reader->fd, buffer, frozen ? 64 : sizeof buffer);

    if (got > 0) {
        bytes += got;
        take_bytes(reader, buffer, buffer + got, now_ns());
    } else if (got == 0 || errno != EAGAIN) {
        close(reader->fd);
        lost++;
    }
}

static void obey(const char *path) {
    char line[16];

    if (!fgets(line, sizeof line, stdin))
        exit(0);
    if (starts(line, "start")) {
        events = bytes = resets = 0;
        return;
    }
    FILE *file = fopen(path, "w");
    if (!file || fwrite(records, sizeof *records, events, file) != events || fclose(file))
        die(path);
    printf("{\"events\": %zu, \"bytes\": %zu, \"resets\": %zu, \"lost\": %d}\n",
           events, bytes, resets, lost);
    fflush(stdout);
}

int main(int count, char **arguments) {
    struct rlimit files;
    struct epoll_event ready[MOST_READY], commands = {.events = EPOLLIN};

    if (count < 5)
        return fputs("load PORT CONNECTIONS REQUESTS RECORDS [frozen]\n", stderr), 2;
    port = atoi(arguments[1]);
    wanted = atoi(arguments[2]);
    read_requests(arguments[3]);
    frozen = count > 5;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    readers = calloc(wanted, sizeof *readers);
    poller = epoll_create1(0);
    epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &commands);
    open_more();
    for (;;) {
        int found = epoll_wait(poller, ready, MOST_READY, -1);
        for (int i = 0; i < found; i++) {
            if (ready[i].data.ptr)
                read_some(ready[i].data.ptr);
            else
                obey(arguments[4]);
        }
        /* Who sleeps in epoll is woken for each event, and the sender pays for that. */
        if (found < MOST_READY)
            usleep(1000);
    }
}
