/* TLS against a GnuTLS server in the same thread. Between the two lies a wire in memory, which
   moves as few bytes at a time as a test wants. Whenever our side waits the server has its turn;
   what is not there after that never comes, which stands for a deadline that passes: no test needs
   a clock. */

#include "net/tls.h"

#include "unit/authority.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "base/buf.h"
#include "base/crew.h"
#include "base/memory.h"

enum { WIRE_MAX = 16 << 20, MEBIBYTE = 1 << 20, SERIAL = 1 };

static const struct deadline forever = {.at = DEADLINE_NEVER, .cancel_fd = -1};
static const struct deadline passed = {.at = 0, .cancel_fd = -1};

/* The server's keys. */

enum key { KEY_RSA, KEY_P256, KEY_ED25519, KEY_STRANGE, KEY_ISSUED, KEY_OLD, KEY_COUNT };

static gnutls_certificate_credentials_t servers[KEY_COUNT];

static void make_certificate(gnutls_x509_crt_t *crt, gnutls_x509_privkey_t key)
{
	unsigned char serial = SERIAL;

	assert_int_equal(gnutls_x509_crt_init(crt), 0);
	assert_int_equal(gnutls_x509_crt_set_version(*crt, 3), 0);
	assert_int_equal(gnutls_x509_crt_set_serial(*crt, &serial, 1), 0);
	assert_int_equal(gnutls_x509_crt_set_dn(*crt, "CN=mx.test", NULL), 0);
	assert_int_equal(gnutls_x509_crt_set_activation_time(*crt, 0), 0);
	assert_int_equal(gnutls_x509_crt_set_expiration_time(*crt, INT32_MAX), 0);
	assert_int_equal(gnutls_x509_crt_set_key(*crt, key), 0);
	assert_int_equal(gnutls_x509_crt_sign2(*crt, *crt, key, GNUTLS_DIG_SHA512, 0), 0);
}

/* An RSA key of 2,048 bits whose public exponent has 97: OpenSSL makes one where it is told to. */
static const char strange_key[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MIIExgIBADANBgkqhkiG9w0BAQEFAASCBLAwggSsAgEAAoIBAQCkqTipiiZblycS\n"
	"2exH//TBhI/Xk0E+JkCQQvF8ITqs6XzcO2jCV223X126B9qJguouVUwawPrwYMgf\n"
	"4TPqogQRKoOpiWsyEvvtODP4raoQQ8sRR93LxgxyPZpd64DsfiL6tJwnN12CJzNe\n"
	"a93ciswAwhYxdDgsH/Dc/2VyMbLqZHAiPy9Yp3krjyDGb+tKcRA14Ct3L5yRUG75\n"
	"MgC/cYggu4n2lrEuOI1Ln20comuUutll6XBb2DJkGXHMnJDZhX+gVqYjVLMTrmKQ\n"
	"ZnmGxDY4gybj8naLWS1DHYaZx9LQtWOFXsKd0wCniBvsogDPcS/w+zhIwHF/00Ff\n"
	"k4BMMD7RAg0CAAAAAAAAAAAAAAABAoH/SF+wEIlXvpAKdNg2J4lPWbxjvP34En2z\n"
	"BhockiITm8pwm7BjMr5y33zb1Qsf43zFFingwxignQ88475Aqd/M2E50KBYeh5HZ\n"
	"AmIgFq5Rgh4HDg1Zi3FvqSOyxxiovl0Dq8/gNdBbARWAw3nI0OAa0dqz+q1mdCQb\n"
	"PjIEwpLPiOKSSeM5pK3/qhBvwJboSLkwbR5cEJ0ot8cS/zbMRTFN5aI9iUA+YYhI\n"
	"ez8D4drXYoqYlzlRU6Eu208eXGQVlgJiOHg9OaFkIpBGQ7Xelg9YNxwQJFCXE4gl\n"
	"Q6qxq2jKwnnfFvHciG+FnF9tmsdl4bZmtty67UVbW09eRFXg37T5AoGBANxhhUMc\n"
	"8S9MHE+cJfALXv+qlBi+cZfmvu1iYX7ZTw8a2pJv5AhCZCaZJdRuhLZgN5lmLPCZ\n"
	"yDAVPfmcAmNB+AXJdRggHs6hrk5PhSf20Xjj4LqZmA7ed510Zq/b0rJK848OiKaw\n"
	"QuJyqgzV33aHEykn2ITNs0McI96EdHvFWo35AoGBAL9GO+fOLtKt/nEUjMu5/6zf\n"
	"duAXku+alKNkFRn6K/lO+Y3bazZheOC58LsT2ma9FMcBZc8SMw++uLDr+mfA9Gx5\n"
	"idJ3Uy2EGlEPutLYOIuzcSfu23OioUUE+0R4DWlELI5fk3UEnoxZb9rN3sORbiXh\n"
	"8V3SZks8vmjtvN38qc2ZAoGBAM6blLWzBpKmK5u+eh0PLVFXOyqVftfzCieVrIDZ\n"
	"gmuaOa5JGNmFPq87Q1NCPiPW4953rl1JCBrusdNGS3p7G41IWDkS+xfAq5nobTg8\n"
	"sANXq+D3T+Ibg/Mn3QIj52TkXobt3qS1Dx8X18Aj6RMo1FOxsgsaV47u0PlFMew8\n"
	"vgfZAoGBALJgXPIl5L4bFhEIj0vv7lIm24zgmLHx8Z180Yc0pBunuPeaUaDJVy1R\n"
	"+WGY79wdvV4gKIUp57yjuL684GeTK2j6LZ0tSSmOcB0NG46SU5oMI6SRTTIigElh\n"
	"WHu+u+4E56s0cBpIW1yyhAL3ZxVlFEq/0UulGuce7xdnfchYfs8xAoGALE/x6BJ3\n"
	"nVWPuu6VwBNsbLzJrDrXRIEFWgjJC/CNp+koucCeoLv8HWkMJbwJad/tlYGjKYkB\n"
	"jI5BrtNHV8V978kcbVDBT2FAGe0fU3RVDR/dJIemR/UjAWF9AFrh6WKbV/p6I/i/\n"
	"U7or2tX2pQhZBaclFrf8CTthpkFUDVpYECU=\n"
	"-----END PRIVATE KEY-----\n";

static void serve_with(gnutls_certificate_credentials_t *c, gnutls_x509_privkey_t key)
{
	gnutls_x509_crt_t crt;

	make_certificate(&crt, key);
	assert_int_equal(gnutls_certificate_allocate_credentials(c), 0);
	assert_int_equal(gnutls_certificate_set_x509_key(*c, &crt, 1, key), 0);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

static void make_strange_server(gnutls_certificate_credentials_t *c)
{
	const gnutls_datum_t pem = {(unsigned char *)strange_key, sizeof strange_key - 1};
	gnutls_x509_privkey_t key;

	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_import2(key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0), 0);
	serve_with(c, key);
}

static void make_server(gnutls_certificate_credentials_t *c, gnutls_pk_algorithm_t kind,
                        unsigned bits)
{
	gnutls_x509_privkey_t key;

	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_generate(key, kind, bits, 0), 0);
	serve_with(c, key);
}

/* Certificates by an authority, for mx.test, one of them expired; the file that names it as root.
 */
static struct issued authority, issued, old;
static char ca_file[] = "/tmp/sendmx-roots-XXXXXX";

static void serve_chain(gnutls_certificate_credentials_t *c, const struct issued *of)
{
	gnutls_x509_crt_t chain[] = {of->crt, authority.crt};

	assert_int_equal(gnutls_certificate_allocate_credentials(c), 0);
	assert_int_equal(gnutls_certificate_set_x509_key(*c, chain, 2, of->key), 0);
}

static void make_authority(void)
{
	gnutls_datum_t pem;
	int fd = mkstemp(ca_file);

	issue(&authority, &(struct wish){.subject = "CN=CA", .ca = 1});
	issue(&issued, &(struct wish){.issuer = &authority, .names = {"mx.test"}});
	issue(&old, &(struct wish){.issuer = &authority, .names = {"mx.test"}, .until = LONG_AGO});
	serve_chain(&servers[KEY_ISSUED], &issued);
	serve_chain(&servers[KEY_OLD], &old);
	assert_true(fd >= 0);
	assert_int_equal(gnutls_x509_crt_export2(authority.crt, GNUTLS_X509_FMT_PEM, &pem), 0);
	assert_int_equal(write(fd, pem.data, pem.size), pem.size);
	gnutls_free(pem.data);
	close(fd);
}

static int keys_make(void **state)
{
	(void)state;
	assert_int_equal(gnutls_global_init(),
	                 0); /* tls.c has switched off that it is done at start */
	make_server(&servers[KEY_RSA], GNUTLS_PK_RSA, 2048);
	make_server(&servers[KEY_P256], GNUTLS_PK_ECDSA,
	            GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1));
	make_server(&servers[KEY_ED25519], GNUTLS_PK_EDDSA_ED25519, 0);
	make_strange_server(&servers[KEY_STRANGE]);
	make_authority();
	return 0;
}

static int keys_free(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEY_COUNT; i++)
		gnutls_certificate_free_credentials(servers[i]);
	issued_free(&authority);
	issued_free(&issued);
	issued_free(&old);
	unlink(ca_file);
	gnutls_global_deinit();
	return 0;
}

/* The wire. */

struct queue {
	struct buf buf;
	size_t first; /* bytes that are gone */
	size_t moved; /* bytes that ever were in it */
};

static size_t queue_size(const struct queue *q)
{
	return q->buf.size - q->first;
}

static void queue_put(struct queue *q, const void *bytes, size_t size)
{
	buf_add(&q->buf, bytes, size);
	q->moved += size;
}

static size_t queue_get(struct queue *q, void *into, size_t room)
{
	size_t size = queue_size(q) < room ? queue_size(q) : room;

	if (size)
		memcpy(into, q->buf.bytes + q->first, size);
	q->first += size;
	if (q->first == q->buf.size) {
		buf_clear(&q->buf);
		q->first = 0;
	}
	return size;
}

/* How the wire behaves towards our side; the server always reads and writes all. */
struct manner {
	const char *name;
	size_t piece;    /* the most that one read or write moves; 0: all */
	bool random;     /* 1 to piece */
	bool stutter;    /* every other read or write says AGAIN though it could move something */
	size_t capacity; /* bytes towards the server that it holds; 0: all */
};

static const struct manner whole = {.name = "whole"};
static const struct manner narrow = {.name = "narrow", .capacity = 1000};

static const struct manner manners[] = {
	{.name = "whole"},
	{.name = "byte by byte", .piece = 1},
	{.name = "random pieces", .piece = 1500, .random = true},
	{.name = "stuttering", .piece = 300, .random = true, .stutter = true},
	{.name = "narrow", .capacity = 1000},
	{.name = "narrow and stuttering", .piece = 700, .stutter = true, .capacity = 2000},
};

enum { MANNERS = sizeof manners / sizeof *manners };

struct server;

struct wire {
	struct stream stream; /* our end */
	struct server *server;
	struct manner manner;
	struct queue to_server, to_client;
	uint32_t luck;
	bool stuttered;
	bool server_ended; /* END for us once to_client is empty */
	size_t cut;        /* END for us behind so many bytes; 0: never */
	size_t flip;       /* the byte at this place reaches us changed; 0: none */
	bool reset;        /* what we write breaks */
	bool cancelled;
	bool closed; /* by us */
	unsigned writes, waits;
};

struct server {
	struct wire wire;
	gnutls_session_t session;
	void (*turn)(struct server *s);
	const char *text; /* for turn_text */
	bool up;          /* the handshake is complete */
	int fault;        /* GnuTLS' fatal error */
	int warning;      /* the last alert of that level */
	struct buf got;
};

static struct wire *wire_of(struct stream *s)
{
	return (struct wire *)s;
}

/* How many of size bytes move now. */
static size_t wire_piece(struct wire *w, size_t size)
{
	size_t piece = w->manner.piece;

	w->stuttered = w->manner.stutter && !w->stuttered;
	if (w->stuttered)
		return 0;
	if (!piece)
		return size;
	w->luck = w->luck * 1664525 + 1013904223;
	if (w->manner.random)
		piece = 1 + (w->luck >> 16) % piece;
	return piece < size ? piece : size;
}

static size_t wire_room(const struct wire *w)
{
	if (!w->manner.capacity)
		return WIRE_MAX;
	return w->manner.capacity - queue_size(&w->to_server);
}

/* Bytes that our side has read. */
static size_t wire_heard(const struct wire *w)
{
	return w->to_client.moved - queue_size(&w->to_client);
}

static bool wire_ended(const struct wire *w)
{
	return (w->server_ended && !queue_size(&w->to_client)) ||
	       (w->cut && wire_heard(w) >= w->cut);
}

static ssize_t wire_read(struct stream *s, void *into, size_t room)
{
	struct wire *w = wire_of(s);
	size_t before = wire_heard(w), size;

	if (wire_ended(w))
		return STREAM_END;
	if (w->cut && room > w->cut - before)
		room = w->cut - before;
	size = queue_get(&w->to_client, into, wire_piece(w, room));
	if (w->flip && w->flip >= before && w->flip < before + size)
		((char *)into)[w->flip - before] ^= 0x20;
	return size ? (ssize_t)size : STREAM_AGAIN;
}

static ssize_t wire_write(struct stream *s, const void *from, size_t size)
{
	struct wire *w = wire_of(s);

	w->writes++;
	if (w->reset) {
		s->trouble = "connection reset by the server";
		return STREAM_BROKEN;
	}
	size = wire_piece(w, size < wire_room(w) ? size : wire_room(w));
	queue_put(&w->to_server, from, size);
	return size ? (ssize_t)size : STREAM_AGAIN;
}

static int wire_wait(struct stream *s, short events, struct deadline until)
{
	struct wire *w = wire_of(s);

	(void)until;
	w->waits++;
	w->server->turn(w->server);
	if (w->cancelled)
		return DEADLINE_CANCELLED;
	return (events & POLLIN && (queue_size(&w->to_client) || wire_ended(w))) ||
	       (events & POLLOUT && (wire_room(w) || w->reset));
}

static void wire_close(struct stream *s)
{
	struct wire *w = wire_of(s);

	assert_false(w->closed);
	w->closed = true;
}

static void wire_open(struct wire *w, struct server *s, const struct manner *manner)
{
	static const struct stream_ops ops = {wire_read, wire_write, wire_wait, wire_close};

	*w = (struct wire){.stream.ops = &ops, .server = s, .manner = *manner};
	buf_init(&w->to_server.buf, WIRE_MAX);
	buf_init(&w->to_client.buf, WIRE_MAX);
}

/* The server. */

static ssize_t server_push(gnutls_transport_ptr_t server, const void *bytes, size_t size)
{
	queue_put(&((struct server *)server)->wire.to_client, bytes, size);
	return (ssize_t)size;
}

static ssize_t server_pull(gnutls_transport_ptr_t server, void *into, size_t room)
{
	struct server *s = server;
	size_t size = queue_get(&s->wire.to_server, into, room);

	if (size || s->wire.closed)
		return (ssize_t)size;
	gnutls_transport_set_errno(s->session, EAGAIN);
	return -1;
}

static int server_pull_timeout(gnutls_transport_ptr_t server, unsigned milliseconds)
{
	(void)server;
	(void)milliseconds;
	return 1;
}

static void server_note(struct server *s, ssize_t code)
{
	if (code == GNUTLS_E_WARNING_ALERT_RECEIVED)
		s->warning = gnutls_alert_get(s->session);
	if (code < 0 && gnutls_error_is_fatal((int)code))
		s->fault = (int)code;
}

static void server_say(struct server *s, const void *bytes, size_t size)
{
	const char *p = bytes;

	while (size && !s->fault) {
		ssize_t sent = gnutls_record_send(s->session, p, size);

		server_note(s, sent);
		p += sent > 0 ? sent : 0;
		size -= sent > 0 ? (size_t)sent : 0;
	}
}

static void turn_handshake(struct server *s)
{
	int code = GNUTLS_E_INTERRUPTED;

	while (!s->up && !s->fault && code != GNUTLS_E_AGAIN) {
		code = gnutls_handshake(s->session);
		s->up = code == 0;
		server_note(s, code);
		if (s->fault)
			gnutls_alert_send_appropriate(s->session, code);
	}
}

/* Read all there is, and say it back. */
static void turn_echo(struct server *s)
{
	char bytes[16 * 1024];
	ssize_t size;

	turn_handshake(s);
	do {
		size = s->up && !s->fault ? gnutls_record_recv(s->session, bytes, sizeof bytes) : 0;
		server_note(s, size);
		if (size <= 0)
			continue;
		buf_add(&s->got, bytes, (size_t)size);
		server_say(s, bytes, (size_t)size);
	} while (size > 0 || (size < 0 && !s->fault && queue_size(&s->wire.to_server)));
}

static void turn_nothing(struct server *s)
{
	(void)s;
}

/* Say a text in clear, once. */
static void turn_text(struct server *s)
{
	queue_put(&s->wire.to_client, s->text, strlen(s->text));
	s->turn = turn_nothing;
}

static void turn_text_and_handshake(struct server *s)
{
	turn_text(s);
	s->turn = turn_echo;
	turn_echo(s);
}

static void turn_end(struct server *s)
{
	s->wire.server_ended = true;
}

static void server_open(struct server *s, enum key key, const char *priority,
                        const struct manner *manner)
{
	*s = (struct server){.turn = turn_echo};
	wire_open(&s->wire, s, manner);
	buf_init(&s->got, WIRE_MAX);
	gnutls_init(&s->session, GNUTLS_SERVER | GNUTLS_NONBLOCK);
	if (gnutls_priority_set_direct(s->session, priority, NULL) < 0)
		s->fault = GNUTLS_E_INVALID_REQUEST;
	gnutls_credentials_set(s->session, GNUTLS_CRD_CERTIFICATE, servers[key]);
	gnutls_transport_set_ptr(s->session, s);
	gnutls_transport_set_push_function(s->session, server_push);
	gnutls_transport_set_pull_function(s->session, server_pull);
	gnutls_transport_set_pull_timeout_function(s->session, server_pull_timeout);
}

static void server_free(struct server *s)
{
	gnutls_deinit(s->session);
	buf_free(&s->wire.to_server.buf);
	buf_free(&s->wire.to_client.buf);
	buf_free(&s->got);
}

/* Our side. */

struct talk {
	struct server server;
	struct tls *tls;
	const struct tls_duty *duty;
	struct stream *client;
	struct tls_facts facts;
	const char *why;
};

static const char tls13[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3";
static const char tls12[] = "NORMAL:-VERS-ALL:+VERS-TLS1.2";

static void talk_prepare(struct talk *t, enum key key, const char *priority,
                         const struct manner *manner)
{
	*t = (struct talk){.tls = tls_open(NULL)};
	server_open(&t->server, key, priority, manner);
}

static bool talk_begin(struct talk *t, struct deadline until)
{
	t->client = tls_begin(t->tls, &t->server.wire.stream, "mx.test", t->duty, until, &t->facts,
	                      &t->why);
	return t->client != NULL;
}

static void talk_end(struct talk *t)
{
	if (t->client)
		t->client->ops->close(t->client);
	server_free(&t->server);
	tls_close(t->tls);
}

/* The usual case: the handshake comes about. */
static void talk_open(struct talk *t, const char *priority, const struct manner *manner)
{
	talk_prepare(t, KEY_P256, priority, manner);
	if (!talk_begin(t, forever))
		fail_msg("%s", t->why);
}

/* What most tests begin with. */
struct start {
	const char *priority;
	const struct manner *manner;
};

static const struct start modern = {tls13, &whole};
static const struct start older = {tls12, &whole};
static const struct start tight = {tls13, &narrow};
static const struct start older_tight = {tls12, &narrow};

static int talk_prepare_for(void **state)
{
	const struct start *start = *state;
	struct talk *t = *state = memory_get(1, sizeof *t);

	talk_prepare(t, KEY_P256, start->priority, start->manner);
	return 0;
}

static int talk_open_for(void **state)
{
	const struct start *start = *state;
	struct talk *t = *state = memory_get(1, sizeof *t);

	talk_open(t, start->priority, start->manner);
	return 0;
}

static int talk_finish(void **state)
{
	talk_end(*state);
	free(*state);
	return 0;
}

/* The handshake fails, the stream below is closed, and the reason is this. */
static void assert_fails(struct talk *t, struct deadline until, const char *why)
{
	assert_false(talk_begin(t, until));
	assert_string_equal(t->why, why);
	assert_true(t->server.wire.closed);
}

static ssize_t client_read(struct talk *t, void *into, size_t room)
{
	return t->client->ops->read(t->client, into, room);
}

static ssize_t client_write(struct talk *t, const char *text)
{
	return t->client->ops->write(t->client, text, strlen(text));
}

static int client_wait(struct talk *t, short events)
{
	return t->client->ops->wait(t->client, events, forever);
}

/* Wait and read until there is something, the end, or nothing more to come (STREAM_AGAIN). */
static ssize_t client_hear(struct talk *t, void *into, size_t room)
{
	ssize_t size = client_read(t, into, room);

	while (size == STREAM_AGAIN && client_wait(t, POLLIN) > 0)
		size = client_read(t, into, room);
	return size;
}

static size_t traffic(const struct wire *w)
{
	return w->to_server.moved + wire_heard(w);
}

/* Send size bytes and take the same back, as net/conn does: write until it is full, wait, read.
   Returns the turns in which nothing moved anywhere, which would be a busy loop; SIZE_MAX when the
   answer is not what was sent. */
static size_t exchange(struct stream *client, struct wire *w, const char *bytes, size_t size)
{
	char *answer = memory_get(size, 1);
	size_t sent = 0, heard = 0, idle = 0;

	while (heard < size) {
		size_t before = traffic(w) + sent + heard;
		ssize_t n = sent < size ? client->ops->write(client, bytes + sent, size - sent) : 0;

		sent += n > 0 ? (size_t)n : 0;
		n = client->ops->read(client, answer + heard, size - heard);
		heard += n > 0 ? (size_t)n : 0;
		if (n == STREAM_AGAIN)
			n = client->ops->wait(client, sent < size ? POLLIN | POLLOUT : POLLIN,
			                      forever);
		if (n <= 0)
			break;
		idle += traffic(w) + sent + heard == before;
	}
	if (heard < size || memcmp(answer, bytes, size) != 0)
		idle = SIZE_MAX;
	free(answer);
	return idle;
}

static char *pattern(size_t size)
{
	char *bytes = memory_get(size, 1);

	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)(i * 7 + (i >> 8) * 13);
	return bytes;
}

static bool echoes(struct stream *client, struct wire *w, const char *text)
{
	return exchange(client, w, text, strlen(text)) != SIZE_MAX;
}

/* Handshakes that come about. */

static void one_handshake(enum key key, const char *priority, const struct manner *manner,
                          const char *version)
{
	struct talk t;

	talk_prepare(&t, key, priority, manner);
	if (!talk_begin(&t, forever))
		fail_msg("key %d, %s, %s: %s", (int)key, priority, manner->name, t.why);
	assert_string_equal(t.facts.version, version);
	assert_true(*t.facts.cipher);
	assert_true(echoes(t.client, &t.server.wire, "EHLO client.test\r\n"));
	talk_end(&t);
}

static void every_version_key_and_manner(void **state)
{
	(void)state;
	for (size_t m = 0; m < MANNERS; m++) {
		for (enum key key = 0; key < KEY_STRANGE; key++) {
			one_handshake(key, tls13, &manners[m], "TLS1.3");
			one_handshake(key, tls12, &manners[m], "TLS1.2");
		}
	}
	one_handshake(KEY_RSA, "NORMAL:-VERS-ALL:+VERS-TLS1.1", &whole, "TLS1.1");
	one_handshake(KEY_P256, "NORMAL:-VERS-ALL:+VERS-TLS1.0", &whole, "TLS1.0");
}

static void facts_are_filled_in(void **state)
{
	struct talk t;

	(void)state;
	talk_open(&t, "NORMAL:-GROUP-ALL:+GROUP-X25519:-CIPHER-ALL:+CHACHA20-POLY1305", &whole);
	assert_string_equal(t.facts.version, "TLS1.3");
	assert_string_equal(t.facts.cipher, "CHACHA20-POLY1305");
	assert_string_equal(t.facts.group, "X25519");
	talk_end(&t);
}

/* What people want to know of a certificate that nobody trusts. */
static void certificate_is_examined(void **state)
{
	const struct tls_settings settings = {.examine = true};
	const struct tls_certificate *c;
	struct talk t;

	(void)state;
	talk_prepare(&t, KEY_P256, tls13, &whole);
	tls_close(t.tls);
	t.tls = tls_open(&settings);
	assert_true(talk_begin(&t, forever));
	c = &t.facts.certificate;
	assert_string_equal(c->names, "");
	assert_string_equal(c->subject, "CN=mx.test");
	assert_string_equal(c->issuer, "CN=mx.test");
	assert_string_equal(c->key, "EC 256");
	assert_int_equal(c->not_before, 0);
	assert_int_equal(c->not_after, INT32_MAX);
	assert_int_equal(c->count, 1);
	assert_string_equal(c->chain, "self-signed");
	talk_end(&t);
}

static void certificate_is_not_examined(void **state)
{
	const struct talk *t = *state;

	assert_int_equal(t->facts.certificate.count, 0);
	assert_string_equal(t->facts.certificate.subject, "");
}

static void no_group_with_plain_rsa(void **state)
{
	struct talk t;

	(void)state;
	talk_prepare(&t, KEY_RSA, "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA", &whole);
	assert_true(talk_begin(&t, forever));
	assert_string_equal(t.facts.version, "TLS1.2");
	assert_string_equal(t.facts.group, "");
	talk_end(&t);
}

/* Both key shares that GnuTLS offers are refused: HelloRetryRequest. */
static void group_that_was_not_offered(void **state)
{
	struct talk t;

	(void)state;
	talk_open(&t, "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-SECP521R1", &whole);
	assert_string_equal(t.facts.group, "SECP521R1");
	talk_end(&t);
}

static void name_is_sent(void **state)
{
	struct talk *t = *state;
	char name[64];
	size_t size = sizeof name;
	unsigned type;

	assert_int_equal(gnutls_server_name_get(t->server.session, name, &size, &type, 0), 0);
	assert_string_equal(name, "mx.test");
}

static void no_name_is_sent(void **state)
{
	struct talk *t = *state;
	char name[64];
	size_t size = sizeof name;
	unsigned type;

	t->client =
		tls_begin(t->tls, &t->server.wire.stream, NULL, NULL, forever, &t->facts, &t->why);
	assert_non_null(t->client);
	assert_int_equal(gnutls_server_name_get(t->server.session, name, &size, &type, 0),
	                 GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE);
}

/* A key that is there to keep us computing is refused before its first use, whatever the key
 * exchange. */
static void key_too_large_to_bear(void **state)
{
	static const char *const priorities[] = {
		"NORMAL:-VERS-ALL:+VERS-TLS1.3",
		"NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-RSA",
		"NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA",
	};

	(void)state;
	for (size_t i = 0; i < sizeof priorities / sizeof *priorities; i++) {
		struct talk t;

		talk_prepare(&t, KEY_STRANGE, priorities[i], &whole);
		assert_false(talk_begin(&t, forever));
		assert_non_null(strstr(t.why, "TLS handshake failed"));
		talk_end(&t);
	}
}

/* RFC 6066 3: a server that does not know the name may warn and go on. */
static void warning_in_the_handshake(void **state)
{
	struct talk *t = *state;

	queue_put(&t->server.wire.to_client, "\x15\x03\x03\0\x02\x01\x70", 7);
	assert_true(talk_begin(t, forever));
	assert_true(echoes(t->client, &t->server.wire, "NOOP\r\n"));
}

static void finished_and_first_words_in_one_write(void **state)
{
	struct talk *t = *state;

	assert_int_equal(t->server.wire.writes, 1); /* ClientHello */
	assert_false(t->server.up);
	assert_int_equal(client_write(t, "EHLO"), 4);
	assert_int_equal(t->server.wire.writes, 2);
	turn_echo(&t->server);
	assert_true(t->server.up);
	assert_string_equal(t->server.got.bytes, "EHLO");
}

/* A server that speaks first, after TLS: it must get the Finished though we write nothing. */
static void finished_leaves_before_we_wait(void **state)
{
	struct talk *t = *state;
	char bytes[64];

	assert_int_equal(client_wait(t, POLLIN), 0);
	assert_true(t->server.up);
	server_say(&t->server, "220 hello\r\n", 11);
	assert_int_equal(client_hear(t, bytes, sizeof bytes), 11);
}

static void finished_leaves_when_there_is_nothing_to_read(void **state)
{
	struct talk *t = *state;
	char bytes[64];

	assert_int_equal(client_read(t, bytes, sizeof bytes), STREAM_AGAIN);
	turn_echo(&t->server);
	assert_true(t->server.up);
}

/* Handshakes that do not. */

static void server_that_speaks_no_tls(void **state)
{
	static const char *const texts[] = {
		"220 ready\r\n",    "550 5.7.0 no\r\n",       "HTTP/1.1 400 Bad Request\r\n\r\n",
		"\r\n\r\n\r\n\r\n", "a line that has no end", "502 Command not recognized\r\n",
	};
	struct talk t;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		talk_prepare(&t, KEY_P256, tls13, &whole);
		t.server.turn = turn_text;
		t.server.text = texts[i];
		assert_fails(&t, forever, "the server speaks no TLS");
		talk_end(&t);
	}
}

/* Somebody on the way says something in clear ahead of the ServerHello (as CVE-2021-38371). */
static void words_ahead_of_the_server_hello(void **state)
{
	struct talk *t = *state;

	t->server.turn = turn_text_and_handshake;
	t->server.text = "250 fine\r\n";
	assert_fails(t, forever, "the server speaks no TLS");
	turn_echo(&t->server);
	assert_int_equal(t->server.fault, GNUTLS_E_FATAL_ALERT_RECEIVED);
}

static void server_that_closes_at_once(void **state)
{
	struct talk *t = *state;

	t->server.turn = turn_end;
	assert_fails(t, forever, "the server closed the connection during the TLS handshake");
}

static void connection_that_breaks(void **state)
{
	struct talk *t = *state;

	t->server.wire.reset = true;
	t->server.turn = turn_end;
	assert_fails(t, forever, "the server closed the connection during the TLS handshake");
}

static void server_that_refuses(void **state)
{
	struct talk *t = *state;

	queue_put(&t->server.wire.to_client, "\x15\x03\x03\0\x02\x02\x28", 7);
	assert_fails(t, forever, "TLS handshake failed: alert from the server: Handshake failed");
}

static void server_without_a_common_cipher(void **state)
{
	struct talk t;

	(void)state;
	talk_prepare(&t, KEY_RSA, "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+3DES-CBC", &whole);
	assert_fails(&t, forever, "TLS handshake failed: alert from the server: Handshake failed");
	talk_end(&t);
}

static void silent_server(void **state)
{
	struct talk *t = *state;

	t->server.turn = turn_nothing;
	assert_fails(t, forever, "no answer in time");
}

/* The deadline counts for the whole handshake, also while the server goes on sending. */
static void deadline_though_the_server_speaks(void **state)
{
	struct talk *t = *state;

	assert_fails(t, passed, "no answer in time");
}

static void cancelled_handshake(void **state)
{
	struct talk *t = *state;

	t->server.wire.cancelled = true;
	assert_fails(t, forever, "cancelled");
}

/* Wherever the server's words end, that is a failure, and all is given back. */
static void handshake_cut_anywhere(void **state)
{
	struct talk t;
	size_t cut = 1;

	(void)state;
	for (;; cut += 9) {
		talk_prepare(&t, KEY_P256, tls13, &whole);
		t.server.wire.cut = cut;
		if (talk_begin(&t, forever))
			break;
		assert_string_equal(t.why,
		                    "the server closed the connection during the TLS handshake");
		assert_true(t.server.wire.closed);
		talk_end(&t);
	}
	assert_in_range(cut, 500, 5000);
	talk_end(&t);
}

/* A changed byte may be one that does not count (a record's version); else the handshake fails. */
static void handshake_changed_anywhere(void **state)
{
	const char *const versions[] = {tls12, tls13};

	(void)state;
	for (size_t i = 0; i < 2 * 1200; i += 13) {
		struct talk t;
		bool begun;

		talk_prepare(&t, KEY_P256, versions[i % 2], &whole);
		t.server.wire.flip = 1 + i / 2;
		begun = talk_begin(&t, forever);
		t.server.wire.flip = 0;
		assert_true(begun ? echoes(t.client, &t.server.wire, "NOOP") : *t.why);
		talk_end(&t);
	}
}

/* Duties. */

static const char *const right[] = {"mx.test"};
static const char *const wrong[] = {"mx.example", "mx2.example"};

static const struct tls_duty verify = {.level = TLS_VERIFY, .names = right, .name_count = 1};
static const struct tls_duty verify_other = {.level = TLS_VERIFY, .names = wrong, .name_count = 2};
static const struct tls_duty verify_nobody = {.level = TLS_VERIFY};
static const struct tls_duty encrypt = {.level = TLS_ENCRYPT};

static void talk_owe(struct talk *t, enum key key, const char *priority,
                     const struct tls_duty *duty, const char *roots)
{
	const struct tls_settings settings = {.ca_file = roots};

	talk_prepare(t, key, priority, &whole);
	tls_close(t->tls);
	t->tls = tls_open(&settings);
	t->duty = duty;
}

static void assert_proves(enum key key, const struct tls_duty *duty, const char *proved,
                          const char *proof)
{
	const char *const versions[] = {tls13, tls12};

	for (size_t i = 0; i < 2; i++) {
		struct talk t;

		talk_owe(&t, key, versions[i], duty, ca_file);
		if (!talk_begin(&t, forever))
			fail_msg("%s", t.why);
		assert_string_equal(t.facts.proved, proved);
		assert_string_equal(t.facts.proof, proof);
		assert_int_equal(t.facts.failure, TLS_FINE);
		assert_true(echoes(t.client, &t.server.wire, "EHLO client.test\r\n"));
		talk_end(&t);
	}
}

/* An alert is the last that the server hears, and no word of ours has come before. */
static void assert_owes(enum key key, const struct tls_duty *duty, const char *roots,
                        enum tls_failure failure, gnutls_alert_description_t alert, const char *why)
{
	const char *const versions[] = {tls13, tls12};

	for (size_t i = 0; i < 2; i++) {
		struct talk t;

		talk_owe(&t, key, versions[i], duty, roots);
		assert_fails(&t, forever, why);
		assert_int_equal(t.facts.failure, failure);
		assert_string_equal(t.facts.proved, "nothing");
		assert_string_equal(t.facts.proof, "");
		turn_echo(&t.server);
		assert_false(t.server.up);
		assert_int_equal(t.server.fault, GNUTLS_E_FATAL_ALERT_RECEIVED);
		assert_int_equal(gnutls_alert_get(t.server.session), alert);
		assert_int_equal(t.server.got.size, 0);
		talk_end(&t);
	}
}

static void nothing_is_owed(void **state)
{
	(void)state;
	assert_proves(KEY_P256, NULL, "nothing", "");
	assert_proves(KEY_OLD, &encrypt, "nothing", "");
}

static void path_and_name_are_owed(void **state)
{
	(void)state;
	assert_proves(KEY_ISSUED, &verify, "pkix",
	              "valid for mx.test by the roots, issued by CN=CA");
	assert_owes(KEY_ISSUED, &verify_other, ca_file, TLS_HOST_MISMATCH, GNUTLS_A_BAD_CERTIFICATE,
	            "certificate: not for mx.example, but for mx.test");
	assert_owes(KEY_ISSUED, &verify_nobody, ca_file, TLS_HOST_MISMATCH,
	            GNUTLS_A_BAD_CERTIFICATE, "certificate: not for any name, but for mx.test");
	assert_owes(KEY_OLD, &verify, ca_file, TLS_EXPIRED, GNUTLS_A_CERTIFICATE_EXPIRED,
	            "certificate: expired 2001-09-09");
	assert_owes(KEY_P256, &verify, ca_file, TLS_NOT_TRUSTED, GNUTLS_A_UNKNOWN_CA,
	            "certificate: self-signed");
	assert_owes(KEY_ISSUED, &verify, "/dev/null", TLS_NOT_TRUSTED, GNUTLS_A_UNKNOWN_CA,
	            "certificate: no root certificates in /dev/null");
}

static void common_name_is_not_enough(void **state)
{
	const struct tls_duty cn = {.level = TLS_VERIFY, .names = right, .name_count = 1};
	const struct tls_duty san = {.level = TLS_VERIFY,
	                             .names = right,
	                             .name_count = 1,
	                             .san_only = true};
	struct issued nameless;

	(void)state;
	issue(&nameless, &(struct wish){.issuer = &authority});
	gnutls_certificate_free_credentials(servers[KEY_OLD]);
	serve_chain(&servers[KEY_OLD], &nameless);
	assert_proves(KEY_OLD, &cn, "pkix", "valid for mx.test by the roots, issued by CN=CA");
	assert_owes(KEY_OLD, &san, ca_file, TLS_HOST_MISMATCH, GNUTLS_A_BAD_CERTIFICATE,
	            "certificate: not for mx.test, but for CN=mx.test");
	gnutls_certificate_free_credentials(servers[KEY_OLD]);
	serve_chain(&servers[KEY_OLD], &old);
	issued_free(&nameless);
}

static void record_is_owed(void **state)
{
	uint8_t digest[32] = {0};
	struct certificate_parts parts;
	const struct dane_record end = {3, 1, 1, digest, sizeof digest};
	const struct dane_record issuer = {2, 0, 0, authority.der.data, authority.der.size};
	struct tls_duty duty = {.level = TLS_DANE,
	                        .names = right,
	                        .name_count = 1,
	                        .records = &end,
	                        .record_count = 1};

	(void)state;
	assert_owes(KEY_OLD, &duty, ca_file, TLS_INVALID, GNUTLS_A_BAD_CERTIFICATE,
	            "DANE: no TLSA record matches the certificate");
	assert_true(certificate_split(der_of(&old), &parts));
	gnutls_hash_fast(GNUTLS_DIG_SHA256, parts.key.data, parts.key.size, digest);
	assert_proves(KEY_OLD, &duty, "dane", "3 1 1 matches the certificate's key");
	duty.records = &issuer;
	assert_proves(KEY_ISSUED, &duty, "dane", "2 0 0 is CN=CA; name mx.test");
	assert_owes(KEY_OLD, &duty, ca_file, TLS_EXPIRED, GNUTLS_A_CERTIFICATE_EXPIRED,
	            "DANE: 2 0 0 is CN=CA, but: expired 2001-09-09");
	duty.record_count = 0;
	assert_owes(KEY_ISSUED, &duty, ca_file, TLS_TLSA_INVALID, GNUTLS_A_BAD_CERTIFICATE,
	            "DANE: no TLSA record is usable");
}

/* RFC 8461 7.2: below TLS 1.2 nobody proves anything; where nothing is owed it is welcome. */
static void old_version_is_not_enough(void **state)
{
	static const char tls11[] = "NORMAL:-VERS-ALL:+VERS-TLS1.1";
	struct talk t;

	(void)state;
	talk_owe(&t, KEY_ISSUED, tls11, &verify, ca_file);
	assert_false(talk_begin(&t, forever));
	assert_int_equal(t.facts.failure, TLS_INVALID);
	talk_end(&t);
	talk_owe(&t, KEY_ISSUED, tls11, &encrypt, ca_file);
	assert_true(talk_begin(&t, forever));
	talk_end(&t);
}

static void handshakes_that_fail_have_a_kind(void **state)
{
	struct talk t;

	(void)state;
	talk_owe(&t, KEY_ISSUED, tls13, &verify, ca_file);
	t.server.turn = turn_end;
	assert_false(talk_begin(&t, forever));
	assert_int_equal(t.facts.failure, TLS_INVALID);
	talk_end(&t);
	talk_owe(&t, KEY_ISSUED, tls13, &verify, ca_file);
	t.server.wire.cancelled = true;
	assert_false(talk_begin(&t, forever));
	assert_int_equal(t.facts.failure, TLS_FINE);
	talk_end(&t);
}

/* Data. */

static void mebibyte_there_and_back(void **state)
{
	char *bytes = pattern(MEBIBYTE);

	(void)state;
	for (size_t m = 0; m < MANNERS; m++) {
		const char *priority = m % 2 ? tls12 : tls13;
		struct talk t;
		size_t idle;

		talk_open(&t, priority, &manners[m]);
		idle = exchange(t.client, &t.server.wire, bytes, MEBIBYTE);
		assert_int_not_equal(idle, SIZE_MAX);
		if (!manners[m].stutter)
			assert_int_equal(idle, 0);
		talk_end(&t);
	}
	free(bytes);
}

/* Seven full records, gathered, leave in one write. */
static void large_write_is_gathered(void **state)
{
	char *bytes = pattern(MEBIBYTE);
	struct talk *t = *state;
	ssize_t size;

	assert_true(echoes(t->client, &t->server.wire, "x"));
	t->server.wire.writes = 0;
	size = t->client->ops->write(t->client, bytes, MEBIBYTE);
	assert_in_range(size, 100 * 1024, 128 * 1024);
	assert_int_equal(t->server.wire.writes, 1);
	free(bytes);
}

/* The server allows small records only: counts still are of plaintext, and all of it arrives. */
static void small_records(void **state)
{
	char *bytes = pattern(100000);
	struct talk *t = *state;

	assert_int_equal(gnutls_record_set_max_recv_size(t->server.session, 512), 0);
	assert_true(talk_begin(t, forever));
	assert_int_equal(exchange(t->client, &t->server.wire, bytes, 100000), 0);
	free(bytes);
}

/* All was taken, but the stream below took little: nobody writes again, and still all arrives. */
static void waiting_for_an_answer_sends_what_is_left(void **state)
{
	char bytes[1024];
	char *sent = pattern(100000);
	size_t heard = 0;
	ssize_t size = 1;
	struct talk *t = *state;

	assert_int_equal(t->client->ops->write(t->client, sent, 100000), 100000);
	for (; heard < 100000 && size > 0; heard += (size_t)size) {
		size = client_hear(t, bytes, sizeof bytes);
		assert_true(size > 0);
		assert_memory_equal(bytes, sent + heard, (size_t)size);
	}
	free(sent);
}

static void server_that_does_not_read(void **state)
{
	char *bytes = pattern(MEBIBYTE);
	struct talk *t = *state;
	ssize_t size;

	assert_true(echoes(t->client, &t->server.wire, "x"));
	t->server.turn = turn_nothing;
	do
		size = t->client->ops->write(t->client, bytes, MEBIBYTE);
	while (size > 0);
	assert_int_equal(size, STREAM_AGAIN);
	assert_int_equal(client_wait(t, POLLOUT), 0);
	assert_int_equal(client_wait(t, POLLIN | POLLOUT), 0);
	t->server.turn = turn_echo;
	assert_true(client_wait(t, POLLOUT) > 0);
	assert_true(t->client->ops->write(t->client, bytes, MEBIBYTE) > 0);
	free(bytes);
}

/* What the server says wakes who cannot write. */
static void answer_while_writing_is_stuck(void **state)
{
	char *bytes = pattern(MEBIBYTE), word[8];
	struct talk *t = *state;

	assert_true(echoes(t->client, &t->server.wire, "x"));
	t->server.turn = turn_nothing;
	while (t->client->ops->write(t->client, bytes, MEBIBYTE) > 0)
		;
	server_say(&t->server, "452 full", 8);
	assert_true(client_wait(t, POLLIN | POLLOUT) > 0);
	assert_int_equal(client_read(t, word, sizeof word), 8);
	free(bytes);
}

static void rest_of_a_record_is_ready_at_once(void **state)
{
	char bytes[1000];
	unsigned waits;
	struct talk *t = *state;

	assert_true(echoes(t->client, &t->server.wire, "x"));
	memset(bytes, 'a', sizeof bytes);
	server_say(&t->server, bytes, sizeof bytes);
	assert_int_equal(client_read(t, bytes, 10), 10);
	waits = t->server.wire.waits;
	assert_true(client_wait(t, POLLIN) > 0);
	assert_true(t->client->ops->wait(t->client, POLLIN, passed) > 0);
	assert_int_equal(t->server.wire.waits, waits);
	assert_int_equal(client_read(t, bytes, sizeof bytes), 990);
	assert_int_equal(client_wait(t, POLLIN), 0);
}

static void waits_that_end(void **state)
{
	struct talk *t = *state;

	assert_true(echoes(t->client, &t->server.wire, "x"));
	assert_int_equal(client_wait(t, POLLIN), 0);
	assert_true(client_wait(t, POLLOUT) > 0);
	server_say(&t->server, "x", 1);
	assert_int_equal(t->client->ops->wait(t->client, POLLIN, passed), 0);
	t->server.wire.cancelled = true;
	assert_int_equal(client_wait(t, POLLIN), DEADLINE_CANCELLED);
}

/* What TLS says between the lines. */

static void key_updates(void **state)
{
	struct talk *t = *state;

	for (int i = 0; i < 4; i++) {
		assert_true(echoes(t->client, &t->server.wire, "NOOP\r\n"));
		assert_int_equal(gnutls_session_key_update(t->server.session,
		                                           i % 2 ? GNUTLS_KU_PEER : 0),
		                 0);
	}
	assert_true(echoes(t->client, &t->server.wire, "NOOP\r\n"));
}

static void renegotiation_is_declined(void **state)
{
	char bytes[8];
	struct talk *t = *state;

	assert_true(echoes(t->client, &t->server.wire, "NOOP\r\n"));
	assert_int_equal(gnutls_rehandshake(t->server.session), 0);
	assert_int_equal(client_hear(t, bytes, sizeof bytes), STREAM_AGAIN);
	assert_int_equal(t->server.warning, GNUTLS_A_NO_RENEGOTIATION);
	assert_true(echoes(t->client, &t->server.wire, "NOOP\r\n"));
}

/* It asks for ever, and reads nothing. */
static void renegotiation_without_end(void **state)
{
	struct talk *t = *state;
	char bytes[8];

	assert_true(echoes(t->client, &t->server.wire, "NOOP\r\n"));
	t->server.turn = turn_nothing;
	for (int i = 0; i < 6000; i++) {
		assert_int_equal(gnutls_rehandshake(t->server.session), 0);
		assert_int_equal(client_read(t, bytes, sizeof bytes), STREAM_AGAIN);
	}
	assert_int_equal(client_write(t, "QUIT"), STREAM_BROKEN);
	assert_string_equal(t->client->trouble, "the server asks and does not listen");
}

/* We ask for no tickets; OpenSSL's servers send two all the same. */
static void tickets(void **state)
{
	gnutls_datum_t key;
	struct talk *t = *state;
	char bytes[8];

	assert_int_equal(gnutls_session_ticket_key_generate(&key), 0);
	assert_int_equal(gnutls_session_ticket_enable_server(t->server.session, &key), 0);
	assert_true(talk_begin(t, forever));
	assert_true(echoes(t->client, &t->server.wire, "NOOP"));
	assert_int_equal(gnutls_session_ticket_send(t->server.session, 3, 0), 0);
	assert_true(queue_size(&t->server.wire.to_client) > 300);
	assert_int_equal(client_hear(t, bytes, sizeof bytes), STREAM_AGAIN);
	assert_int_equal(queue_size(&t->server.wire.to_client), 0);
	assert_int_equal(gnutls_session_ticket_send(t->server.session, 2, 0), 0);
	server_say(&t->server, "250 ok", 6);
	assert_int_equal(client_hear(t, bytes, sizeof bytes), 6);
	gnutls_free(key.data);
}

/* Ends. */

static void server_that_says_goodbye(void **state)
{
	char bytes[8];
	struct talk *t = *state;

	assert_true(echoes(t->client, &t->server.wire, "x"));
	gnutls_bye(t->server.session, GNUTLS_SHUT_WR);
	assert_int_equal(client_hear(t, bytes, sizeof bytes), STREAM_END);
	assert_null(t->client->trouble);
	assert_int_equal(client_read(t, bytes, sizeof bytes), STREAM_END);
}

static void server_that_goes_without_goodbye(void **state)
{
	char bytes[8];
	struct talk *t = *state;

	assert_true(echoes(t->client, &t->server.wire, "x"));
	server_say(&t->server, "221 bye", 7);
	t->server.wire.server_ended = true;
	assert_int_equal(client_hear(t, bytes, sizeof bytes), 7);
	assert_int_equal(client_hear(t, bytes, sizeof bytes), STREAM_END);
	assert_string_equal(t->client->trouble,
	                    "the server closed the connection without ending TLS");
}

static void server_that_goes_within_a_record(void **state)
{
	char bytes[8];

	(void)state;
	for (size_t cut = 1; cut < 10; cut++) {
		struct talk t;
		ssize_t size;

		talk_open(&t, tls13, &whole);
		assert_true(echoes(t.client, &t.server.wire, "x"));
		server_say(&t.server, "250 ok", 6);
		t.server.wire.cut = wire_heard(&t.server.wire) + cut;
		size = client_hear(&t, bytes, sizeof bytes);
		assert_int_equal(size, STREAM_END);
		assert_non_null(t.client->trouble);
		talk_end(&t);
	}
}

static void record_changed_on_its_way(void **state)
{
	char bytes[8];
	struct talk *t = *state;

	assert_true(echoes(t->client, &t->server.wire, "x"));
	server_say(&t->server, "250 ok", 6);
	t->server.wire.flip = wire_heard(&t->server.wire) + 8;
	assert_int_equal(client_hear(t, bytes, sizeof bytes), STREAM_BROKEN);
	assert_int_equal(client_read(t, bytes, sizeof bytes), STREAM_BROKEN);
	assert_int_equal(client_write(t, "QUIT"), STREAM_BROKEN);
	assert_string_equal(t->client->trouble, "TLS failed: Decryption has failed");
	turn_echo(&t->server);
	assert_int_equal(t->server.fault, GNUTLS_E_FATAL_ALERT_RECEIVED);
}

/* TLS 1.3: what a server thinks of our having no certificate arrives with the first read. */
static void server_that_wants_a_certificate(void **state)
{
	struct talk *t = *state;
	char bytes[8];

	gnutls_certificate_server_set_request(t->server.session, GNUTLS_CERT_REQUIRE);
	assert_true(talk_begin(t, forever));
	assert_int_equal(client_write(t, "EHLO"), 4);
	assert_int_equal(client_hear(t, bytes, sizeof bytes), STREAM_BROKEN);
	assert_string_equal(t->client->trouble,
	                    "TLS failed: alert from the server: Certificate is required");
}

static void older_server_that_wants_a_certificate(void **state)
{
	struct talk *t = *state;

	gnutls_certificate_server_set_request(t->server.session, GNUTLS_CERT_REQUIRE);
	assert_false(talk_begin(t, forever));
	assert_non_null(strstr(t->why, "TLS handshake failed: alert from the server: "));
}

/* We can no longer write; what the server said before that can be read. */
static void stream_below_that_breaks(void **state)
{
	char bytes[8];
	struct talk *t = *state;

	assert_true(echoes(t->client, &t->server.wire, "x"));
	server_say(&t->server, "421 bye", 7);
	t->server.wire.reset = true;
	assert_int_equal(client_write(t, "NOOP\r\n"), STREAM_BROKEN);
	assert_string_equal(t->client->trouble, "connection reset by the server");
	assert_true(client_wait(t, POLLIN) > 0);
	assert_true(client_wait(t, POLLOUT) > 0);
	assert_int_equal(client_read(t, bytes, sizeof bytes), 7);
	assert_int_equal(client_write(t, "NOOP\r\n"), STREAM_BROKEN);
}

static void we_say_goodbye(void **state)
{
	struct talk *t = *state;
	unsigned waits;

	assert_true(echoes(t->client, &t->server.wire, "x"));
	buf_clear(&t->server.got);
	waits = t->server.wire.waits;
	assert_int_equal(client_write(t, "QUIT\r\n"), 6);
	t->client->ops->close(t->client);
	t->client = NULL;
	assert_int_equal(t->server.wire.waits, waits);
	assert_true(t->server.wire.closed);
	turn_echo(&t->server);
	assert_string_equal(t->server.got.bytes, "QUIT\r\n");
	assert_int_equal(t->server.fault, 0); /* PREMATURE_TERMINATION without a close_notify */
}

/* What sessions share. */

static void nothing_begun(void **state)
{
	(void)state;
	tls_close(tls_open(NULL));
	tls_close(NULL);
}

enum { CROWD = 48, CROWD_THREADS = 8 };

struct crowd {
	struct tls *tls;
	bool echoed[CROWD];
};

static void crowd_work(void *context, size_t job)
{
	struct crowd *crowd = context;
	struct tls_facts facts;
	const char *why;
	struct server server;
	struct stream *client;

	const bool owes = job % 3 == 0;

	server_open(&server, owes ? KEY_ISSUED : job % KEY_STRANGE, job % 2 ? tls12 : tls13,
	            &manners[job % MANNERS]);
	client = tls_begin(crowd->tls, &server.wire.stream, "mx.test", owes ? &verify : NULL,
	                   forever, &facts, &why);
	crowd->echoed[job] = client && echoes(client, &server.wire, "EHLO client.test\r\n");
	if (client)
		client->ops->close(client);
	server_free(&server);
}

static void many_threads(void **state)
{
	/* Half of them are refused by the quick way and so meet at the other. */
	const struct tls_settings settings = {.ca_file = ca_file, .examine = true};
	struct crowd crowd = {.tls = tls_open(&settings)};

	(void)state;
	crew_run(CROWD_THREADS, CROWD, crowd_work, &crowd);
	for (size_t i = 0; i < CROWD; i++)
		assert_true(crowd.echoed[i]);
	tls_close(crowd.tls);
}

#define BEFORE(test, how) \
	cmocka_unit_test_prestate_setup_teardown(test, talk_prepare_for, talk_finish, (void *)(how))
#define WITHIN(test, how) \
	cmocka_unit_test_prestate_setup_teardown(test, talk_open_for, talk_finish, (void *)(how))

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_version_key_and_manner),
		cmocka_unit_test(facts_are_filled_in),
		cmocka_unit_test(certificate_is_examined),
		WITHIN(certificate_is_not_examined, &modern),
		cmocka_unit_test(no_group_with_plain_rsa),
		cmocka_unit_test(key_too_large_to_bear),
		cmocka_unit_test(group_that_was_not_offered),
		WITHIN(name_is_sent, &modern),
		BEFORE(no_name_is_sent, &modern),
		BEFORE(warning_in_the_handshake, &older),
		WITHIN(finished_and_first_words_in_one_write, &modern),
		WITHIN(finished_leaves_before_we_wait, &modern),
		WITHIN(finished_leaves_when_there_is_nothing_to_read, &modern),
		cmocka_unit_test(server_that_speaks_no_tls),
		BEFORE(words_ahead_of_the_server_hello, &older),
		BEFORE(server_that_closes_at_once, &modern),
		BEFORE(connection_that_breaks, &modern),
		BEFORE(server_that_refuses, &modern),
		cmocka_unit_test(server_without_a_common_cipher),
		BEFORE(silent_server, &modern),
		BEFORE(deadline_though_the_server_speaks, &older),
		BEFORE(cancelled_handshake, &modern),
		cmocka_unit_test(handshake_cut_anywhere),
		cmocka_unit_test(handshake_changed_anywhere),
		cmocka_unit_test(nothing_is_owed),
		cmocka_unit_test(path_and_name_are_owed),
		cmocka_unit_test(common_name_is_not_enough),
		cmocka_unit_test(record_is_owed),
		cmocka_unit_test(old_version_is_not_enough),
		cmocka_unit_test(handshakes_that_fail_have_a_kind),
		cmocka_unit_test(mebibyte_there_and_back),
		WITHIN(large_write_is_gathered, &modern),
		BEFORE(small_records, &modern),
		WITHIN(waiting_for_an_answer_sends_what_is_left, &tight),
		WITHIN(server_that_does_not_read, &tight),
		WITHIN(answer_while_writing_is_stuck, &tight),
		WITHIN(rest_of_a_record_is_ready_at_once, &modern),
		WITHIN(waits_that_end, &modern),
		WITHIN(key_updates, &modern),
		WITHIN(renegotiation_is_declined, &older),
		WITHIN(renegotiation_without_end, &older_tight),
		BEFORE(tickets, &modern),
		WITHIN(server_that_says_goodbye, &modern),
		WITHIN(server_that_goes_without_goodbye, &modern),
		cmocka_unit_test(server_that_goes_within_a_record),
		WITHIN(record_changed_on_its_way, &modern),
		BEFORE(server_that_wants_a_certificate, &modern),
		BEFORE(older_server_that_wants_a_certificate, &older),
		WITHIN(stream_below_that_breaks, &modern),
		WITHIN(we_say_goodbye, &modern),
		cmocka_unit_test(nothing_begun),
		cmocka_unit_test(many_threads),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
