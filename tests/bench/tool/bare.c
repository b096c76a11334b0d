/* bare: the least that a client can do for one message, as the floor under all others.

   usage: bare [-t] [-b] ADDRESS SENDER RECIPIENT... < message

   The message stands on standard input as it goes over the wire: CR LF, dots doubled (not with -b).
   It is sent in blocks of 64 KB as they are read; nothing is looked up, looked at or kept.
     -t  STARTTLS, no certificate is checked
     -b  BDAT for each block, its reply not waited for

   Prints nothing. Exit status 1 and a line on standard error when a server's reply is not 2xx or
   3xx, or the connection is lost. */

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BLOCK = 65536,
	HEAD = 32, /* room for "BDAT 65536 LAST" in front of a block */
	REPLIES = 65536,
	COMMANDS = 1 << 20,
};

struct line {
	int fd;
	gnutls_session_t tls; /* NULL: in clear */
	char replies[REPLIES];
	size_t size;
};

static void die(const char *what)
{
	fprintf(stderr, "bare: %s\n", what);
	exit(1);
}

static void put(struct line *l, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = l->tls ? gnutls_record_send(l->tls, bytes, size)
		                   : send(l->fd, bytes, size, MSG_NOSIGNAL);
		if (l->tls && (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED))
			continue;
		if (n <= 0)
			die("the connection is gone");
		bytes += n;
		size -= (size_t)n;
	}
}

static void fill(struct line *l)
{
	ssize_t n;
	do {
		char *room = l->replies + l->size;
		n = l->tls ? gnutls_record_recv(l->tls, room, REPLIES - l->size)
		           : recv(l->fd, room, REPLIES - l->size, 0);
	} while (l->tls && n < 0 && !gnutls_error_is_fatal((int)n));
	if (n <= 0)
		die("the connection is gone");
	l->size += (size_t)n;
}

/* Read so many replies; a line with a space after its code ends one. */
static void get(struct line *l, size_t count)
{
	while (count > 0) {
		char *end = memchr(l->replies, '\n', l->size);
		if (!end) {
			fill(l);
			continue;
		}
		if (l->replies[0] != '2' && l->replies[0] != '3') {
			*end = '\0';
			die(l->replies);
		}
		count -= l->replies[3] != '-';
		size_t taken = (size_t)(end + 1 - l->replies);
		l->size -= taken;
		memmove(l->replies, end + 1, l->size);
	}
}

static void say(struct line *l, const char *text, size_t replies)
{
	put(l, text, strlen(text));
	get(l, replies);
}

static void line_open(struct line *l, const char *address)
{
	struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(25)};
	l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	if (inet_pton(AF_INET, address, &peer.sin_addr) != 1 ||
	    connect(l->fd, (struct sockaddr *)&peer, sizeof peer) != 0)
		die("no connection");
}

static void line_secure(struct line *l)
{
	gnutls_certificate_credentials_t credentials;
	if (gnutls_certificate_allocate_credentials(&credentials) != 0 ||
	    gnutls_init(&l->tls, GNUTLS_CLIENT) != 0 || gnutls_set_default_priority(l->tls) != 0 ||
	    gnutls_credentials_set(l->tls, GNUTLS_CRD_CERTIFICATE, credentials) != 0)
		die("no TLS");
	gnutls_transport_set_int(l->tls, l->fd);
	int e;
	while ((e = gnutls_handshake(l->tls)) != 0)
		if (gnutls_error_is_fatal(e))
			die(gnutls_strerror(e));
}

/* MAIL and RCPT in one flight, with DATA when that is how the message goes. */
static void envelope(struct line *l, char **words, bool chunking)
{
	static char flight[COMMANDS];
	size_t count = 1;
	int used = snprintf(flight, sizeof flight, "MAIL FROM:<%s>\r\n", *words++);
	for (; *words && used < COMMANDS - 1024; words++, count++)
		used += snprintf(flight + used, sizeof flight - (size_t)used,
		                 "RCPT TO:<%.900s>\r\n", *words);
	if (!chunking) {
		used += snprintf(flight + used, sizeof flight - (size_t)used, "DATA\r\n");
		count++;
	}
	put(l, flight, (size_t)used);
	get(l, count);
}

static size_t block_read(char *block)
{
	size_t size = 0;
	for (ssize_t n; size < BLOCK && (n = read(0, block + size, BLOCK - size)) > 0;)
		size += (size_t)n;
	return size;
}

static void content(struct line *l, bool chunking)
{
	static char room[HEAD + BLOCK];
	size_t size, chunks = 0;
	do {
		char head[HEAD];
		size = block_read(room + HEAD);
		bool last = size < BLOCK;
		int used = chunking ? snprintf(head, sizeof head, "BDAT %zu%s\r\n", size,
		                               last ? " LAST" : "")
		                    : 0;
		memcpy(room + HEAD - used, head, (size_t)used);
		put(l, room + HEAD - used, (size_t)used + size);
		chunks++;
	} while (size == BLOCK);
	if (chunking)
		get(l, chunks);
	else
		say(l, ".\r\n", 1);
}

int main(int argc, char **argv)
{
	static struct line l;
	bool tls = false, chunking = false;
	for (int option; (option = getopt(argc, argv, "tb")) != -1;) {
		tls = tls || option == 't';
		chunking = chunking || option == 'b';
	}
	if (argc - optind < 3)
		die("usage: bare [-t] [-b] ADDRESS SENDER RECIPIENT...");
	line_open(&l, argv[optind]);
	get(&l, 1);
	say(&l, "EHLO bare.test\r\n", 1);
	if (tls) {
		say(&l, "STARTTLS\r\n", 1);
		line_secure(&l);
		say(&l, "EHLO bare.test\r\n", 1);
	}
	envelope(&l, argv + optind + 1, chunking);
	content(&l, chunking);
	say(&l, "QUIT\r\n", 1);
	return 0;
}
