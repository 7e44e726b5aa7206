/* A Modbus unit on libmodbus, for tests:
 *
 *   unit tcp PORT DELAY_US [LO HI]...      several masters at once
 *   unit rtu DEVICE UNIT DELAY_US [LO HI]...
 *
 * Register n holds n, coil n holds n's lowest bit. Registers LO..HI of both
 * register tables are refused with exception 2. Registers 100 to 107 of the
 * holding table hold 123.456 as ABCD, CDAB, BADC and DCBA. On TCP it prints
 * "ready PORT" once it listens (PORT 0 takes a free one), on RTU "ready".
 */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

enum { PLACES = 65536, MAX_RANGES = 64 };

static int lo[MAX_RANGES], hi[MAX_RANGES], ranges;

static int refused(const uint8_t *pdu) {
    int at = pdu[1] << 8 | pdu[2], n = 1;
    switch (pdu[0]) {
    case 3: case 4: case 16:
        n = pdu[3] << 8 | pdu[4];
    case 6: case 22:
        break;
    default:
        return 0;
    }
    for (int i = 0; i < ranges; i++)
        if (at <= hi[i] && at + n > lo[i])
            return 1;
    return 0;
}

static void answer(modbus_t *ctx, uint8_t *query, int len, modbus_mapping_t *map, int delay) {
    if (delay)
        usleep(delay);
    if (refused(query + modbus_get_header_length(ctx)))
        modbus_reply_exception(ctx, query, MODBUS_EXCEPTION_ILLEGAL_DATA_ADDRESS);
    else
        modbus_reply(ctx, query, len, map);
}

static void serve_tcp(modbus_t *ctx, modbus_mapping_t *map, int delay) {
    int listener = modbus_tcp_listen(ctx, 8), top = listener;
    struct sockaddr_in a;
    socklen_t alen = sizeof a;
    if (listener < 0 || getsockname(listener, (struct sockaddr *)&a, &alen) < 0) {
        perror("listen");
        exit(1);
    }
    printf("ready %d\n", ntohs(a.sin_port));
    fflush(stdout);
    fd_set all, now;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    for (;;) {
        now = all;
        if (select(top + 1, &now, NULL, NULL, NULL) < 0)
            exit(1);
        for (int s = 0; s <= top; s++) {
            if (!FD_ISSET(s, &now))
                continue;
            if (s == listener) {
                int c = accept(listener, NULL, NULL);
                if (c >= 0) {
                    int on = 1; /* or replies to pipelined requests wait for each other */
                    setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                    FD_SET(c, &all);
                    if (c > top)
                        top = c;
                }
                continue;
            }
            modbus_set_socket(ctx, s);
            int len = modbus_receive(ctx, query);
            if (len > 0) {
                answer(ctx, query, len, map, delay);
            } else if (len < 0) {
                close(s);
                FD_CLR(s, &all);
            }
        }
    }
}

static void serve_rtu(modbus_t *ctx, modbus_mapping_t *map, int delay) {
    if (modbus_connect(ctx) < 0) {
        perror("connect");
        exit(1);
    }
    printf("ready\n");
    fflush(stdout);
    uint8_t query[MODBUS_RTU_MAX_ADU_LENGTH];
    for (;;) {
        int len = modbus_receive(ctx, query);
        if (len > 0)
            answer(ctx, query, len, map, delay);
        else if (len < 0 && errno != EMBBADCRC && errno != ETIMEDOUT)
            exit(1);
    }
}

int main(int argc, char **argv) {
    int rtu = argc > 1 && strcmp(argv[1], "rtu") == 0, first = rtu ? 5 : 4;
    if (argc < first) {
        fprintf(stderr, "usage: unit tcp PORT DELAY_US [LO HI]... | rtu DEVICE UNIT DELAY_US [LO HI]...\n");
        return 2;
    }
    for (int i = first; i + 1 < argc && ranges < MAX_RANGES; i += 2, ranges++) {
        lo[ranges] = atoi(argv[i]);
        hi[ranges] = atoi(argv[i + 1]);
    }
    modbus_mapping_t *map = modbus_mapping_new(PLACES, PLACES, PLACES, PLACES);
    if (!map)
        return 1;
    for (int i = 0; i < PLACES; i++) {
        map->tab_registers[i] = map->tab_input_registers[i] = i;
        map->tab_bits[i] = map->tab_input_bits[i] = i & 1;
    }
    const uint16_t floats[] = {0x42F6, 0xE979, 0xE979, 0x42F6, 0xF642, 0x79E9, 0x79E9, 0xF642};
    memcpy(map->tab_registers + 100, floats, sizeof floats);
    if (rtu) {
        modbus_t *ctx = modbus_new_rtu(argv[2], 19200, 'N', 8, 1);
        modbus_set_slave(ctx, atoi(argv[3]));
        serve_rtu(ctx, map, atoi(argv[4]));
    }
    modbus_t *ctx = modbus_new_tcp("127.0.0.1", atoi(argv[2]));
    serve_tcp(ctx, map, atoi(argv[3]));
    return 0;
}
