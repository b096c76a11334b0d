/* wan: a long line between two network namespaces.

   usage: wan -r MILLISECONDS [-l PERCENT] [-c FILE] [-d PREFIX[/LENGTH]]... NAMESPACE NAMESPACE

   In each namespace (a path as for nsenter --net=) it opens a TUN device called "wan", prints
   "ready", and carries IPv4 and IPv6 packets between the two until it is ended; each packet is held
   back by half the round trip. Packets to or from an address of a -d prefix vanish: a black hole.
   Of all others, in both directions, -l so many in a hundred, by the same dice in each lab.

   The delay is constant, so a queue is in order by itself, and one thread is enough: a packet costs
   one read and one write. A full queue is not read further; the device's own queue then drops, as a
   router would. There is no offload (no vnet header): no packet is larger than the MTU.

   -c keeps count of DNS over UDP, as the second namespace asks for it: three native 64-bit numbers
   in FILE, which anybody may read and set to zero: questions, those without an answer yet, and
   the most that there were at a time. A question or answer that is lost stays without an answer.

   A path is opened after the namespace before it was entered: /proc/self/ns/net comes first.

   Diagnostics: exit status 1 and one line on standard error when a namespace or device cannot be
   had, or is gone. */

#include "prefix.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum {
	PACKET_SIZE = 1600,    /* the devices' MTU is 1,500 */
	QUEUE_PACKETS = 16384, /* 24 MB on the way; pages are used only when it fills */
	HOLES = 16,
	BATCH = 64, /* packets read from one side before the other has its turn */
	DNS = 53,
};

struct packet {
	int64_t due;
	size_t size;
	unsigned char bytes[PACKET_SIZE];
};

struct questions {
	int64_t asked, open, most;
};

struct direction {
	int from, to;
	size_t port_at; /* of what is counted: 0, the port it comes from; 2, the one it goes to */
	size_t first, count;
	struct packet packets[QUEUE_PACKETS];
};

struct holes {
	size_t count;
	struct prefix prefixes[HOLES];
	unsigned lost_of_million; /* of what falls into none of them */
	uint64_t dice;
};

static struct direction directions[2]; /* static for their size only; passed on as pointers */

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* Knuth's generator for 64 bits; its upper half is good enough to throw packets away. */
static bool lost(struct holes *holes)
{
	holes->dice = holes->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (holes->dice >> 32) % 1000000 < holes->lost_of_million;
}

static bool swallowed(struct holes *holes, const struct packet *p)
{
	bool six = p->bytes[0] >> 4 == 6;
	const unsigned char *source = p->bytes + (six ? 8 : 12);
	const unsigned char *target = source + (six ? 16 : 4);
	int family = six ? AF_INET6 : AF_INET;
	for (size_t i = 0; i < holes->count; i++)
		if (prefix_holds(&holes->prefixes[i], family, source) ||
		    prefix_holds(&holes->prefixes[i], family, target))
			return true;
	return lost(holes);
}

/* UDP without IPv4 options or IPv6 extension headers, which nobody here uses. */
static bool is_dns(const struct packet *p, size_t port_at)
{
	bool six = p->bytes[0] >> 4 == 6;
	const unsigned char *udp = p->bytes + (six ? 40 : 20);
	return p->size >= (six ? 48 : 28) && p->bytes[six ? 6 : 9] == IPPROTO_UDP &&
	       udp[port_at] == 0 && udp[port_at + 1] == DNS;
}

/* A question counts when the asker sends it, an answer when he has it. */
static void question_asked(struct questions *q, const struct direction *d, const struct packet *p)
{
	if (d->port_at != 2 || !is_dns(p, 2))
		return;
	q->asked++;
	q->open++;
	q->most = q->open > q->most ? q->open : q->most;
}

static void question_answered(struct questions *q, const struct direction *d,
                              const struct packet *p)
{
	if (d->port_at == 0 && is_dns(p, 0))
		q->open--;
}

static void take(struct direction *d, struct holes *holes, int64_t delay, struct questions *q)
{
	for (int i = 0; i < BATCH && d->count < QUEUE_PACKETS; i++) {
		struct packet *p = &d->packets[(d->first + d->count) % QUEUE_PACKETS];
		ssize_t size = read(d->from, p->bytes, sizeof p->bytes);
		if (size <= 0)
			return;
		p->size = (size_t)size;
		p->due = now() + delay;
		question_asked(q, d, p);
		if (p->size >= 20 && !swallowed(holes, p))
			d->count++;
	}
}

/* A packet the other side does not take (device down, queue full) is lost, as on any line. */
static void release(struct direction *d, struct questions *q)
{
	int64_t time = now();
	while (d->count > 0 && d->packets[d->first].due <= time) {
		const struct packet *p = &d->packets[d->first];
		ssize_t written = write(d->to, p->bytes, p->size);
		(void)written;
		question_answered(q, d, p);
		d->first = (d->first + 1) % QUEUE_PACKETS;
		d->count--;
	}
	if (d->count == 0)
		d->first = 0; /* the same few pages stay in the cache */
}

static bool first_due(int64_t *due)
{
	bool any = false;
	for (int i = 0; i < 2; i++) {
		const struct direction *d = &directions[i];
		if (d->count > 0 && (!any || d->packets[d->first].due < *due)) {
			*due = d->packets[d->first].due;
			any = true;
		}
	}
	return any;
}

static void carry(struct holes *holes, int64_t delay, struct questions *q)
{
	for (;;) {
		struct pollfd fds[2];
		for (int i = 0; i < 2; i++)
			fds[i] = (struct pollfd){
				.fd = directions[i].count < QUEUE_PACKETS ? directions[i].from : -1,
				.events = POLLIN,
			};
		int64_t due = 0;
		bool any = first_due(&due);
		int64_t left = any ? due - now() : 0;
		left = left > 0 ? left : 0;
		struct timespec wait = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
		if (ppoll(fds, 2, any ? &wait : NULL, NULL) < 0 && errno != EINTR)
			return;
		for (int i = 0; i < 2; i++) {
			if (fds[i].revents & ~POLLIN)
				return; /* the device or its namespace is gone */
			if (fds[i].revents)
				take(&directions[i], holes, delay, q);
			release(&directions[i], q);
		}
	}
}

static bool enter(const char *namespace)
{
	int fd = open(namespace, O_RDONLY | O_CLOEXEC);
	bool entered = fd >= 0 && setns(fd, CLONE_NEWNET) == 0;
	if (fd >= 0)
		close(fd);
	return entered;
}

static int device_open(const char *namespace)
{
	if (!enter(namespace)) {
		fprintf(stderr, "wan: %s: %s\n", namespace, strerror(errno));
		return -1;
	}
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	struct ifreq request = {.ifr_name = "wan", .ifr_flags = IFF_TUN | IFF_NO_PI};
	if (fd >= 0 && ioctl(fd, TUNSETIFF, &request) == 0)
		return fd;
	fprintf(stderr, "wan: /dev/net/tun: %s\n", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static struct questions *questions_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct questions *q = MAP_FAILED;
	if (fd >= 0 && ftruncate(fd, sizeof *q) == 0)
		q = mmap(NULL, sizeof *q, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	if (q != MAP_FAILED)
		return q;
	fprintf(stderr, "wan: %s: %s\n", path, strerror(errno));
	return NULL;
}

static int usage(void)
{
	fputs("usage: wan -r MILLISECONDS [-l PERCENT] [-c FILE] [-d PREFIX[/LENGTH]]... NAMESPACE "
	      "NAMESPACE\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	double round_trip = 0;
	struct holes holes = {0};
	struct questions uncounted = {0}, *questions = &uncounted;
	for (int option; (option = getopt(argc, argv, "r:l:c:d:")) != -1;) {
		if (option == 'r')
			round_trip = strtod(optarg, NULL);
		else if (option == 'l')
			holes.lost_of_million = (unsigned)(strtod(optarg, NULL) * 1e4);
		else if (option == 'c')
			questions = questions_open(optarg);
		else if (option != 'd' || holes.count == HOLES ||
		         !prefix_read(&holes.prefixes[holes.count++], optarg, strlen(optarg)))
			return usage();
	}
	if (argc - optind != 2 || !(round_trip >= 0 && round_trip <= 10000))
		return usage();
	if (!questions)
		return 1;

	int a = device_open(argv[optind]);
	int b = a < 0 ? -1 : device_open(argv[optind + 1]);
	if (b < 0)
		return 1;
	directions[0].from = directions[1].to = a;
	directions[0].to = directions[1].from = b;
	directions[1].port_at = 2;     /* the second namespace asks, the first one answers */
	prctl(PR_SET_TIMERSLACK, 1UL); /* else every packet is up to 50 us late */
	puts("ready");
	fflush(stdout);
	carry(&holes, (int64_t)(round_trip * 1e6 / 2), questions);
	return 1;
}
