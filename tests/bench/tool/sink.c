/* sink: a fast receiving SMTP server that counts what clients do.

   usage: sink [-p PORT] [-r MILLISECONDS] [-H] [-b PREFIX=WORD[,WORD]...]... SOCKET

   Listens on PORT (25) of every address, IPv4 and IPv6, prints "ready", accepts all mail and
   forgets it. One thread, epoll. It always offers PIPELINING, SIZE, 8BITMIME, SMTPUTF8 and
   ENHANCEDSTATUSCODES; -b gives the addresses of a prefix other manners (the first prefix that
   holds the address decides):
     chunking    CHUNKING
     starttls    STARTTLS with a certificate made at start; like OpenSSL it sends two tickets
                 after the client's Finished, where GnuTLS would send them before
     limits:TEXT a line "LIMITS TEXT" ('+' stands for a space)
     421         the greeting is 421, and good bye
     451         MAIL is answered with 451
     silent      never says a word
     most:N      only N connections of this prefix at a time, 421 to the others
     nohash      no hashes here, for measuring sheer speed
   -H hashes the body of every message (content.h).

   Counts are asked for with a datagram at SOCKET (unix): "show" is answered with a JSON object,
   "reset" with the same, and then counts begin anew. SIGTERM prints it on standard output and ends
   the program. Members:
     connections, refused (421), open and peak (at the same time), tls (handshakes), messages,
     recipients, content (bytes)
     accepted_at   clock reading (CLOCK_MONOTONIC, seconds) of the last 250 to a message
     turns         sum over closed connections of the turns until its last message was accepted
     turns_most    of the connection with the most
     turns_all     the sum of turns until the end, QUIT included
     bodies        SHA-256 of body → messages
     last          the last closed connections, each by itself

   A turn is what costs a client a round trip: the server begins to speak (the greeting is the
   first turn, though nothing was heard before). What arrives less than a round trip (-r) after a
   turn began was not said in reaction to it, so answers to it still belong to that turn: a flight
   that comes in several segments counts once. Tickets are no turn: nobody waits for them. With -r 0
   a client that sends each flight at once has the same number of turns on any machine.

   Diagnostics: exit status 1 and one line on standard error when it cannot begin. A client that
   breaks a rule of SMTP gets 500 or 503; one that talks nonsense in TLS is cut off. */

#include "content.h"
#include "counts.h"
#include "manners.h"
#include "prefix.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	RULES = 32,
	LINE_SIZE = 2048,
	INPUT_SIZE = 256 * 1024, /* one read; larger is not faster */
	OUTPUT_MOST = 1 << 20,   /* a client that does not read 1 MB of replies is cut off */
	EVENTS = 256,
};

struct rule {
	struct prefix prefix;
	struct manners manners;
	unsigned open;
};

struct sink {
	struct rule rules[RULES];
	size_t rule_count;
	struct rule plain; /* for all other addresses */
	bool hash;
	int64_t round_trip;
	int epoll;
	gnutls_certificate_credentials_t credentials;
	gnutls_datum_t ticket_key;
	struct counts counts;
};

enum mode { COMMAND, DATA, CHUNK };

struct session {
	int fd;
	struct sink *sink;
	struct rule *rule;
	gnutls_session_t tls;
	bool shaking; /* the handshake is not over */
	bool broken, leaving;
	bool stuck;    /* output waits for room in the socket */
	bool accepted; /* the output has a message's 250 in it */
	enum mode mode;
	char line[LINE_SIZE];
	size_t line_used;
	bool line_long;
	bool mail, last_chunk, receiving;
	unsigned recipients;
	uint64_t chunk_left;
	struct content content;
	const char *input; /* what was read and not yet taken by TLS */
	size_t input_size;
	char *output;
	size_t output_used, output_sent, output_room;
	int64_t heard_at, turn_at;
	bool heard;
	struct record record;
};

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* ---- turns ---- */

static void turn_heard(struct session *s)
{
	s->heard = true;
	s->heard_at = now();
}

static void turn_spoken(struct session *s)
{
	if (!s->heard)
		return;
	s->heard = false;
	if (s->record.turns_all > 0 && s->heard_at - s->turn_at < s->sink->round_trip)
		return;
	s->record.turns_all++;
	s->turn_at = now();
}

/* Not left for the end: some clients keep their connection for later. */
static void turns_count(struct session *s)
{
	struct counts *c = &s->sink->counts;
	s->record.turns = s->record.turns_all;
	c->turns_most = s->record.turns > c->turns_most ? s->record.turns : c->turns_most;
}

/* ---- the byte stream ---- */

static ssize_t stream_push(gnutls_transport_ptr_t p, const void *bytes, size_t size)
{
	struct session *s = p;
	turn_spoken(s);
	ssize_t n = send(s->fd, bytes, size, MSG_NOSIGNAL);
	if (n < 0)
		gnutls_transport_set_errno(s->tls, errno);
	return n;
}

static ssize_t stream_pull(gnutls_transport_ptr_t p, void *bytes, size_t size)
{
	struct session *s = p;
	if (s->input_size == 0) {
		gnutls_transport_set_errno(s->tls, EAGAIN);
		return -1;
	}
	size_t n = size < s->input_size ? size : s->input_size;
	memcpy(bytes, s->input, n);
	s->input += n;
	s->input_size -= n;
	return (ssize_t)n;
}

static bool stream_secure(struct session *s)
{
	unsigned flags = GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL;
	if (gnutls_init(&s->tls, flags | GNUTLS_NO_AUTO_SEND_TICKET) != 0)
		return false;
	gnutls_set_default_priority(s->tls);
	gnutls_credentials_set(s->tls, GNUTLS_CRD_CERTIFICATE, s->sink->credentials);
	gnutls_session_ticket_enable_server(s->tls, &s->sink->ticket_key);
	gnutls_transport_set_ptr(s->tls, s);
	gnutls_transport_set_push_function(s->tls, stream_push);
	gnutls_transport_set_pull_function(s->tls, stream_pull);
	s->shaking = true;
	return true;
}

static ssize_t stream_write(struct session *s, const char *bytes, size_t size)
{
	if (s->tls)
		return gnutls_record_send(s->tls, bytes, size);
	turn_spoken(s);
	return send(s->fd, bytes, size, MSG_NOSIGNAL);
}

static void watch(struct session *s, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = s};
	epoll_ctl(s->sink->epoll, EPOLL_CTL_MOD, s->fd, &e);
}

/* Send what is waiting. While it does not fit, nothing more is read, as a real server would do. */
static void flush(struct session *s)
{
	bool stuck = false;
	while (s->output_sent < s->output_used && !stuck && !s->broken) {
		size_t left = s->output_used - s->output_sent;
		ssize_t n = stream_write(s, s->output + s->output_sent, left);
		stuck = s->tls ? n == GNUTLS_E_AGAIN : n < 0 && errno == EAGAIN;
		if (n > 0)
			s->output_sent += (size_t)n;
		else if (!stuck)
			s->broken = true;
	}
	if (stuck != s->stuck)
		watch(s, stuck ? EPOLLOUT : EPOLLIN);
	s->stuck = stuck;
	if (stuck)
		return;
	s->output_sent = s->output_used = 0;
	if (s->accepted)
		turns_count(s);
	s->accepted = false;
}

__attribute__((format(printf, 2, 3)))
static void say(struct session *s, const char *format, ...)
{
	char text[512];
	va_list arguments;
	va_start(arguments, format);
	int size = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (s->output_used + sizeof text > s->output_room) {
		size_t room = s->output_room ? s->output_room * 2 : 2 * sizeof text;
		char *output = room <= OUTPUT_MOST ? realloc(s->output, room) : NULL;
		if (!output) {
			s->broken = true;
			return;
		}
		s->output = output;
		s->output_room = room;
	}
	memcpy(s->output + s->output_used, text, (size_t)size);
	s->output_used += (size_t)size;
}

/* ---- SMTP ---- */

static void transaction_reset(struct session *s)
{
	unsigned char digest[DIGEST_SIZE];
	content_end(&s->content, digest);
	s->mail = s->receiving = false;
	s->recipients = 0;
}

static void transaction_content(struct session *s)
{
	if (!s->receiving)
		content_begin(&s->content, s->sink->hash && !s->rule->manners.nohash);
	s->receiving = true;
}

static void transaction_accept(struct session *s)
{
	struct counts *c = &s->sink->counts;
	unsigned char digest[DIGEST_SIZE];
	if (content_end(&s->content, digest))
		counts_body(c, digest);
	say(s, "250 2.0.0 accepted %u recipients, %llu bytes\r\n", s->recipients,
	    (unsigned long long)s->content.size);
	s->accepted = true;
	c->messages++;
	c->recipients += s->recipients;
	c->content += s->content.size;
	c->accepted_at = now();
	s->record.messages++;
	s->record.recipients += s->recipients;
	transaction_reset(s);
}

static void say_ehlo(struct session *s, const char *argument)
{
	const struct manners *m = &s->rule->manners;
	(void)argument;
	transaction_reset(s);
	say(s, "250-sink.test\r\n250-PIPELINING\r\n250-SIZE 4294967296\r\n"
	       "250-8BITMIME\r\n250-SMTPUTF8\r\n");
	if (m->chunking)
		say(s, "250-CHUNKING\r\n");
	if (m->starttls && !s->tls)
		say(s, "250-STARTTLS\r\n");
	if (m->limits[0])
		say(s, "250-LIMITS %s\r\n", m->limits);
	say(s, "250 ENHANCEDSTATUSCODES\r\n");
}

static void say_helo(struct session *s, const char *argument)
{
	(void)argument;
	transaction_reset(s);
	say(s, "250 sink.test\r\n");
}

static void say_mail(struct session *s, const char *argument)
{
	(void)argument;
	if (s->rule->manners.mail451) {
		say(s, "451 4.3.0 not now\r\n");
		return;
	}
	transaction_reset(s);
	s->mail = true;
	say(s, "250 2.1.0 sender ok\r\n");
}

static void say_rcpt(struct session *s, const char *argument)
{
	(void)argument;
	if (!s->mail) {
		say(s, "503 5.5.1 MAIL first\r\n");
		return;
	}
	s->recipients++;
	say(s, "250 2.1.5 recipient ok\r\n");
}

static void say_data(struct session *s, const char *argument)
{
	(void)argument;
	if (s->recipients == 0 || s->receiving) {
		say(s, "503 5.5.1 RCPT first\r\n");
		return;
	}
	transaction_content(s);
	s->mode = DATA;
	say(s, "354 go on, end with a dot\r\n");
}

static void chunk_done(struct session *s)
{
	s->mode = COMMAND;
	if (s->recipients == 0)
		say(s, "503 5.5.1 RCPT first\r\n");
	else if (s->last_chunk)
		transaction_accept(s);
	else
		say(s, "250 2.0.0 chunk taken\r\n");
}

static void say_bdat(struct session *s, const char *argument)
{
	char *end;
	errno = 0;
	unsigned long long size = strtoull(argument, &end, 10);
	if (end == argument || errno != 0 || size > UINT32_MAX || !s->rule->manners.chunking) {
		say(s, "501 5.5.4 BDAT what?\r\n");
		s->leaving = true; /* where the next command begins is unknown */
		return;
	}
	s->record.chunking = true;
	s->last_chunk = strcasecmp(end, " LAST") == 0;
	s->chunk_left = size;
	s->mode = CHUNK;
	transaction_content(s);
	if (size == 0)
		chunk_done(s);
}

static void say_starttls(struct session *s, const char *argument)
{
	(void)argument;
	if (!s->rule->manners.starttls || s->tls) {
		say(s, "502 5.5.1 no STARTTLS here\r\n");
		return;
	}
	say(s, "220 2.0.0 go on\r\n");
	flush(s);
	if (s->output_used > 0 || !stream_secure(s))
		s->broken = true;
}

static void say_rset(struct session *s, const char *argument)
{
	(void)argument;
	transaction_reset(s);
	say(s, "250 2.0.0 ok\r\n");
}

static void say_noop(struct session *s, const char *argument)
{
	(void)argument;
	say(s, "250 2.0.0 ok\r\n");
}

static void say_quit(struct session *s, const char *argument)
{
	(void)argument;
	say(s, "221 2.0.0 bye\r\n");
	s->leaving = true;
}

static const struct {
	const char *verb;
	void (*answer)(struct session *s, const char *argument);
} commands[] = {
	{"EHLO", say_ehlo}, {"MAIL", say_mail},         {"RCPT", say_rcpt}, {"DATA", say_data},
	{"BDAT", say_bdat}, {"STARTTLS", say_starttls}, {"QUIT", say_quit}, {"RSET", say_rset},
	{"NOOP", say_noop}, {"HELO", say_helo},
};

static void obey(struct session *s, const char *line)
{
	size_t size = strcspn(line, " ");
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		const char *verb = commands[i].verb;
		if (strlen(verb) == size && strncasecmp(line, verb, size) == 0) {
			commands[i].answer(s, line + size + (line[size] == ' '));
			return;
		}
	}
	say(s, "500 5.5.2 what?\r\n");
}

/* Take one command line, or the beginning of one. Returns how many bytes were used. */
static size_t take_command(struct session *s, const char *bytes, size_t size)
{
	const char *end = memchr(bytes, '\n', size);
	size_t taken = end ? (size_t)(end - bytes) + 1 : size;
	size_t room = sizeof s->line - 1 - s->line_used;
	size_t kept = taken < room ? taken : room;
	memcpy(s->line + s->line_used, bytes, kept);
	s->line_used += kept;
	s->line_long = s->line_long || kept < taken;
	if (!end)
		return taken;

	if (s->line_long) {
		say(s, "500 5.5.6 line too long\r\n");
	} else {
		s->line[s->line_used] = '\0';
		s->line[strcspn(s->line, "\r\n")] = '\0';
		obey(s, s->line);
	}
	s->line_used = 0;
	s->line_long = false;
	return taken;
}

static size_t take_data(struct session *s, const char *bytes, size_t size)
{
	size_t taken;
	if (content_data(&s->content, bytes, size, &taken)) {
		s->mode = COMMAND;
		transaction_accept(s);
	}
	return taken;
}

static size_t take_chunk(struct session *s, const char *bytes, size_t size)
{
	size_t taken = size < s->chunk_left ? size : (size_t)s->chunk_left;
	content_add(&s->content, bytes, taken);
	s->chunk_left -= taken;
	if (s->chunk_left == 0)
		chunk_done(s);
	return taken;
}

static void take(struct session *s, const char *bytes, size_t size)
{
	static size_t (*const takers[])(struct session *, const char *, size_t) = {
		[COMMAND] = take_command, [DATA] = take_data, [CHUNK] = take_chunk,
	};
	bool clear = !s->tls;
	while (size > 0 && !s->broken && !s->leaving) {
		size_t n = takers[s->mode](s, bytes, size);
		bytes += n;
		size -= n;
		if (clear && s->tls && size > 0)
			s->broken = true; /* RFC 3207 4.2: nothing may follow STARTTLS in clear */
	}
}

/* They belong to no turn: the client's next flight may be behind its Finished already, or not yet. */
static bool tickets_send(struct session *s)
{
	bool heard = s->heard;
	s->heard = false;
	bool sent = gnutls_session_ticket_send(s->tls, 2, 0) == 0;
	s->heard = heard;
	return sent;
}

/* Take the handshake further. True when it is complete. */
static bool shake(struct session *s)
{
	int e;
	do
		e = gnutls_handshake(s->tls);
	while (e != GNUTLS_E_SUCCESS && e != GNUTLS_E_AGAIN && !gnutls_error_is_fatal(e));
	s->broken = e != GNUTLS_E_SUCCESS && e != GNUTLS_E_AGAIN;
	if (e != GNUTLS_E_SUCCESS)
		return false;
	s->shaking = false;
	s->record.tls = true;
	s->sink->counts.tls++;
	if (gnutls_protocol_get_version(s->tls) == GNUTLS_TLS1_3)
		s->broken = !tickets_send(s);
	return true;
}

static void take_records(struct session *s, char *room, size_t size)
{
	if (s->shaking && !shake(s))
		return;
	while (!s->broken && !s->leaving) {
		ssize_t n = gnutls_record_recv(s->tls, room, size);
		if (n > 0)
			take(s, room, (size_t)n);
		else if (n == GNUTLS_E_AGAIN)
			return;
		else if (n == 0 || gnutls_error_is_fatal((int)n))
			s->broken = true;
	}
}

/* ---- connections ---- */

static void session_close(struct session *s)
{
	struct counts *c = &s->sink->counts;
	c->last[c->closed++ % LAST] = s->record;
	c->turns += s->record.turns;
	c->turns_all += s->record.turns_all;
	c->open--;
	s->rule->open--;
	transaction_reset(s);
	if (s->tls)
		gnutls_deinit(s->tls);
	close(s->fd);
	free(s->output);
	free(s);
}

static void session_read(struct session *s)
{
	static char input[INPUT_SIZE], plain[INPUT_SIZE]; /* one thread: nothing stays in them */
	ssize_t n = recv(s->fd, input, sizeof input, 0);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		s->broken = true;
	if (n <= 0)
		return;
	turn_heard(s);
	s->input = input;
	s->input_size = (size_t)n;
	if (s->tls)
		take_records(s, plain, sizeof plain);
	else
		take(s, input, (size_t)n);
	if (!s->rule->manners.silent)
		flush(s);
}

static void session_event(struct session *s, uint32_t events)
{
	if (events & EPOLLOUT)
		flush(s);
	else
		session_read(s);
	if (s->broken || (s->leaving && s->output_used == 0))
		session_close(s);
}

static struct rule *rule_find(struct sink *k, int fd)
{
	struct sockaddr_in6 address;
	socklen_t size = sizeof address;
	if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
		return &k->plain;
	bool mapped = IN6_IS_ADDR_V4MAPPED(&address.sin6_addr);
	const unsigned char *bytes = address.sin6_addr.s6_addr + (mapped ? 12 : 0);
	for (size_t i = 0; i < k->rule_count; i++)
		if (prefix_holds(&k->rules[i].prefix, mapped ? AF_INET : AF_INET6, bytes))
			return &k->rules[i];
	return &k->plain;
}

static void session_open(struct sink *k, int fd)
{
	struct session *s = calloc(1, sizeof *s);
	if (!s) {
		close(fd);
		return;
	}
	s->fd = fd;
	s->sink = k;
	s->rule = rule_find(k, fd);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = s};
	epoll_ctl(k->epoll, EPOLL_CTL_ADD, fd, &e);

	struct counts *c = &k->counts;
	c->connections++;
	c->open++;
	c->peak = c->open > c->peak ? c->open : c->peak;
	const struct manners *m = &s->rule->manners;
	bool full = m->most > 0 && s->rule->open >= m->most;
	s->rule->open++;
	if (m->silent)
		return;
	turn_heard(s);
	s->leaving = full || m->greet421;
	c->refused += s->leaving;
	say(s, s->leaving ? "421 4.3.2 too busy\r\n" : "220 sink.test ESMTP\r\n");
	flush(s);
	if (s->broken || (s->leaving && s->output_used == 0))
		session_close(s);
}

static void accept_all(struct sink *k, int listener)
{
	for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;)
		session_open(k, fd);
}

static void control_answer(struct sink *k, int control)
{
	char request[16] = "", text[8192];
	struct sockaddr_un asker;
	struct sockaddr *address = (struct sockaddr *)&asker;
	socklen_t size = sizeof asker;
	ssize_t n = recvfrom(control, request, sizeof request - 1, 0, address, &size);
	FILE *f = n < 0 ? NULL : fmemopen(text, sizeof text, "w");
	if (!f)
		return;
	counts_print(f, &k->counts);
	long length = ftell(f);
	fclose(f);
	sendto(control, text, (size_t)length, MSG_DONTWAIT, address, size);
	if (strcmp(request, "reset") == 0) {
		uint64_t open = k->counts.open;
		k->counts = (struct counts){.open = open, .peak = open};
	}
}

/* ---- beginning ---- */

static bool rule_add(struct sink *k, const char *text)
{
	const char *equals = strchr(text, '=');
	if (!equals || k->rule_count == RULES)
		return false;
	struct rule *r = &k->rules[k->rule_count++];
	return prefix_read(&r->prefix, text, (size_t)(equals - text)) &&
	       manners_read(&r->manners, equals + 1);
}

/* A self-signed P-256 certificate that lives as long as we do. */
static bool certificate_make(gnutls_certificate_credentials_t credentials)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t certificate;
	gnutls_x509_privkey_init(&key);
	gnutls_x509_crt_init(&certificate);
	const unsigned curve = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
	time_t day = 86400, today = time(NULL);
	const char *why = NULL;
	bool made =
		gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, curve, 0) == 0 &&
		gnutls_x509_crt_set_version(certificate, 3) == 0 &&
		gnutls_x509_crt_set_serial(certificate, "\1", 1) == 0 &&
		gnutls_x509_crt_set_dn(certificate, "CN=sink.test", &why) == 0 &&
		gnutls_x509_crt_set_activation_time(certificate, today - day) == 0 &&
		gnutls_x509_crt_set_expiration_time(certificate, today + day) == 0 &&
		gnutls_x509_crt_set_key(certificate, key) == 0 &&
		gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0) == 0 &&
		gnutls_certificate_set_x509_key(credentials, &certificate, 1, key) == 0;
	gnutls_x509_crt_deinit(certificate);
	gnutls_x509_privkey_deinit(key);
	return made;
}

static int listener_open(in_port_t port)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){0}, sizeof(int));
	bool bound = bind(fd, (struct sockaddr *)&any, sizeof any) == 0;
	return bound && listen(fd, 8192) == 0 ? fd : -1;
}

static int control_open(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof address.sun_path)
		return -1;
	memcpy(address.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return bind(fd, (struct sockaddr *)&address, sizeof address) == 0 ? fd : -1;
}

static int end_open(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Serve until SIGTERM. The three fds are told from sessions by the address of their variable. */
static void serve(struct sink *k, int listener, int control, int end)
{
	const int *const own[] = {&listener, &control, &end};
	for (size_t i = 0; i < 3; i++) {
		struct epoll_event e = {.events = EPOLLIN, .data.ptr = (void *)own[i]};
		epoll_ctl(k->epoll, EPOLL_CTL_ADD, *own[i], &e);
	}
	for (;;) {
		struct epoll_event events[EVENTS];
		int count = epoll_wait(k->epoll, events, EVENTS, -1);
		for (int i = 0; i < count; i++) {
			if (events[i].data.ptr == &listener)
				accept_all(k, listener);
			else if (events[i].data.ptr == &control)
				control_answer(k, control);
			else if (events[i].data.ptr == &end)
				return;
			else
				session_event(events[i].data.ptr, events[i].events);
		}
	}
}

static bool options_read(struct sink *k, in_port_t *port, int argc, char **argv)
{
	for (int option; (option = getopt(argc, argv, "p:r:Hb:")) != -1;) {
		switch (option) {
		case 'p': *port = (in_port_t)strtoul(optarg, NULL, 10); break;
		case 'r': k->round_trip = (int64_t)(strtod(optarg, NULL) * 1e6); break;
		case 'H': k->hash = true; break;
		case 'b':
			if (rule_add(k, optarg))
				break;
			fprintf(stderr, "sink: -b %s?\n", optarg);
			return false;
		default: return false;
		}
	}
	return argc - optind == 1;
}

int main(int argc, char **argv)
{
	static struct sink k;
	in_port_t port = 25;
	if (!options_read(&k, &port, argc, argv)) {
		fputs("usage: sink [-p PORT] [-r MILLISECONDS] [-H] [-b PREFIX=WORD]... SOCKET\n",
		      stderr);
		return 2;
	}
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	int end = end_open(), listener = listener_open(port);
	int control = listener < 0 ? -1 : control_open(argv[optind]);
	k.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (end < 0 || control < 0 || k.epoll < 0) {
		fprintf(stderr, "sink: %s: %s\n", listener < 0 ? "port" : argv[optind],
		        strerror(errno));
		return 1;
	}
	if (gnutls_session_ticket_key_generate(&k.ticket_key) != 0 ||
	    gnutls_certificate_allocate_credentials(&k.credentials) != 0 ||
	    !certificate_make(k.credentials)) {
		fputs("sink: no certificate\n", stderr);
		return 1;
	}
	puts("ready");
	fflush(stdout);
	serve(&k, listener, control, end);
	counts_print(stdout, &k.counts);
	unlink(argv[optind]);
	gnutls_free(k.ticket_key.data);
	gnutls_certificate_free_credentials(k.credentials);
	return 0;
}
