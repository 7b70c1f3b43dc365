/* The floor: an epoll loop that writes one shared buffer to each socket.
 *
 *     floor PORT BYTES MILLISECONDS
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1 << 20 };

static const char answer[] = "HTTP/1.1 200 OK\r\n"
                             "Content-Type: text/event-stream\r\n"
                             "Connection: close\r\n\r\n";
static int poller, timer, listener, clients[MOST], client_count;
static char frame[1 << 16];

static void watch(int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
}

static void broadcast(int size) {
    struct timespec now;
    uint64_t ticks;

    if (read(timer, &ticks, sizeof ticks) < 0)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    int head = sprintf(frame, "data: {\"sent\":%llu,\"pad\":\"",
                       now.tv_sec * 1000000000ull + now.tv_nsec);
    memset(frame + head, 'x', size - head - 4);
    memcpy(frame + size - 4, "\"}\n\n", 4);
    for (int i = 0; i < client_count; i++)
        send(clients[i], frame, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* A request comes in one piece; whatever it asks, it gets the stream. */
static void serve(int fd) {
    char request[4096];

    if (read(fd, request, sizeof request) <= 0) {
        close(fd); /* The benchmark goes all at once, so its place need not be found. */
    } else {
        send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
        clients[client_count++] = fd;
    }
}

static void listen_on(int port) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1;

    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (void *)&here, sizeof here) || listen(listener, 1024)) {
        perror("listen");
        exit(1);
    }
}

int main(int count, char **arguments) {
    struct rlimit files;
    struct epoll_event ready[256];

    if (count < 4)
        return fputs("floor PORT BYTES MILLISECONDS\n", stderr), 2;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    long pause = atol(arguments[3]) * 1000000;
    struct timespec every = {pause / 1000000000, pause % 1000000000};
    poller = epoll_create1(0);
    timer = timerfd_create(CLOCK_MONOTONIC, 0);
    timerfd_settime(timer, 0, &(struct itimerspec){every, every}, NULL);
    listen_on(atoi(arguments[1]));
    watch(listener);
    watch(timer);
    for (;;) {
        int found = epoll_wait(poller, ready, 256, -1);
        for (int i = 0; i < found; i++) {
            int fd = ready[i].data.fd;
            if (fd == listener)
                watch(accept(listener, NULL, NULL));
            else if (fd == timer)
                broadcast(atoi(arguments[2]));
            else
                serve(fd);
        }
    }
}
