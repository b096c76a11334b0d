#include "net/tls.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/gnutls.h>

#include "base/buf.h"
#include "base/memory.h"
#include "net/tls_check.h"

enum {
	/* One record holds 16 KiB at the most (RFC 8446 5.1); its wrapping, a KeyUpdate before it.
	 */
	RECORD_ROOM = 20 * 1024,
	/* Ciphertext that waits to be sent: seven full records in one write cost a seventh of the
	   system calls. One less than a power of two, for a buf doubles and puts a NUL behind. */
	OUT_MAX = 128 * 1024 - 1
};

/* GnuTLS would initialise itself in every run, also in those that never speak TLS. */
GNUTLS_SKIP_GLOBAL_INIT

struct tls {
	struct tls_settings settings;
	pthread_mutex_t lock; /* for the making of the rest, which is only read from then on */
	bool tried, ready;
	gnutls_priority_t any, modern;
	gnutls_certificate_credentials_t anyone; /* trusts no CA, holds no key of ours */
	struct trust *trust;
};

struct layer {
	struct stream stream;
	struct stream *below;
	gnutls_session_t session;
	const struct tls *tls; /* these four during the handshake only */
	const char *host;
	const struct tls_duty *duty;
	struct tls_facts *facts;
	bool checked;   /* the duty was asked about */
	struct buf out; /* ciphertext for the stream below */
	bool mute;      /* below takes no more; what it has received can still be read */
	bool ended;     /* below has no more to be read */
	char trouble[sizeof((struct tls_facts *)NULL)->trouble];
};

static struct layer *layer_of(struct stream *s)
{
	return (struct layer *)s;
}

/* From here on there is nothing to be sent; what was to be sent is lost. */
static void fall_mute(struct layer *l, const char *trouble)
{
	l->mute = true;
	l->stream.trouble = trouble ? trouble : "connection lost";
	buf_clear(&l->out);
}

/* Hand ciphertext down, as much as the stream below takes without waiting. */
static void hand_down(struct layer *l)
{
	ssize_t size = 1;
	size_t gone = 0;

	while (size > 0 && gone < l->out.size) {
		size = l->below->ops->write(l->below, l->out.bytes + gone, l->out.size - gone);
		gone += size > 0 ? (size_t)size : 0;
	}
	buf_drop(&l->out, gone);
	if (size == STREAM_BROKEN)
		fall_mute(l, l->below->trouble);
}

/* Never refuses, so that GnuTLS never holds back half a record of its own and no call has to be
   repeated with the same bytes: our own writes leave room first. What GnuTLS answers by itself is a
   few bytes; only a server that asks thousands of times and reads nothing gets past the ceiling. */
static ssize_t push(gnutls_transport_ptr_t layer, const void *bytes, size_t size)
{
	struct layer *l = layer;

	if (!l->mute)
		buf_add(&l->out, bytes, size);
	if (l->out.failed)
		fall_mute(l, "the server asks and does not listen");
	return (ssize_t)size;
}

static ssize_t pull(gnutls_transport_ptr_t layer, void *into, size_t room)
{
	struct layer *l = layer;
	ssize_t size;

	size = l->below->ops->read(l->below, into, room);
	l->ended = size == STREAM_END;
	if (size >= 0)
		return size;
	hand_down(l); /* the server may need it before it says another word */
	gnutls_transport_set_errno(l->session, size == STREAM_AGAIN ? EAGAIN : ECONNRESET);
	return -1;
}

/* Whoever wants to know shall pull and see: that never blocks. */
static int pull_timeout(gnutls_transport_ptr_t layer, unsigned milliseconds)
{
	(void)layer;
	(void)milliseconds;
	return 1;
}

static const char *reason(const struct layer *l, int code)
{
	const char *words = gnutls_strerror(code);

	if (code == GNUTLS_E_PULL_ERROR)
		words = l->below->trouble;
	if (code == GNUTLS_E_FATAL_ALERT_RECEIVED)
		words = gnutls_alert_get_name(gnutls_alert_get(l->session));
	return words ? words : "unknown";
}

/* What went wrong, without the full stop of GnuTLS' sentences; what says where. */
static const char *describe(const struct layer *l, int code, const char *what, char *text,
                            size_t room)
{
	const char *words = reason(l, code);
	const char *whose = code == GNUTLS_E_FATAL_ALERT_RECEIVED ? "alert from the server: " : "";

	snprintf(text, room, "%s: %s%.*s", what, whose, (int)strcspn(words, "."), words);
	return text;
}

static ssize_t layer_broken(struct layer *l, int code)
{
	gnutls_alert_send_appropriate(l->session, code);
	hand_down(l);
	if (!*l->trouble) /* what follows the first fault says less */
		l->stream.trouble = describe(l, code, "TLS failed", l->trouble, sizeof l->trouble);
	return STREAM_BROKEN;
}

static ssize_t layer_read(struct stream *s, void *into, size_t room)
{
	struct layer *l = layer_of(s);
	ssize_t size = gnutls_record_recv(l->session, into, room);

	if (size >= 0)
		return size; /* 0 after a close_notify: STREAM_END */
	/* RFC 5246 7.4.1.1: a HelloRequest may be declined. */
	if (size == GNUTLS_E_REHANDSHAKE)
		gnutls_alert_send(l->session, GNUTLS_AL_WARNING, GNUTLS_A_NO_RENEGOTIATION);
	/* A session ticket, a KeyUpdate, a warning: nothing for us, and more may be there already.
	   One at a time: a server that sends nothing else shall meet the deadline in wait. */
	if (!gnutls_error_is_fatal((int)size))
		return STREAM_AGAIN;
	if (!l->ended)
		return layer_broken(l, (int)size);
	s->trouble = "the server closed the connection without ending TLS";
	return STREAM_END;
}

static bool has_room(const struct layer *l)
{
	return l->out.size + RECORD_ROOM <= OUT_MAX;
}

static ssize_t layer_write(struct stream *s, const void *from, size_t size)
{
	struct layer *l = layer_of(s);
	const char *bytes = from;
	size_t taken = 0;

	while (taken < size && has_room(l)) {
		/* One record at the most, whatever the size. */
		ssize_t sent = gnutls_record_send(l->session, bytes + taken, size - taken);

		if (sent < 0)
			return layer_broken(l, (int)sent);
		taken += (size_t)sent;
	}
	hand_down(l);
	if (l->mute)
		return STREAM_BROKEN;
	return taken ? (ssize_t)taken : STREAM_AGAIN;
}

/* Who may write but no longer can learns it from write. */
static bool ready_at_once(const struct layer *l, short events)
{
	return (events & POLLIN && gnutls_record_check_pending(l->session) > 0) ||
	       (events & POLLOUT && has_room(l));
}

/* Ciphertext that is left goes down while the answer is waited for, which may not come without it.
   Each turn hands some down or is the last, so this never spins. */
static int layer_wait(struct stream *s, short events, struct deadline until)
{
	struct layer *l = layer_of(s);

	while (!ready_at_once(l, events)) {
		size_t left = l->out.size;
		short below = (short)((events & POLLIN) | (left ? POLLOUT : 0));
		int ready;

		/* poll prefers what is ready to the deadline: a server that sends records without
		   content for ever would hold us for ever. */
		if (deadline_passed(until))
			return 0;
		ready = l->below->ops->wait(l->below, below, until);
		if (ready <= 0 || !left)
			return ready;
		hand_down(l);
		if (l->out.size == left)
			return ready; /* so it was POLLIN */
	}
	return 1;
}

static void layer_free(struct layer *l)
{
	hand_down(l);
	l->below->ops->close(l->below);
	gnutls_deinit(l->session);
	buf_free(&l->out);
	free(l);
}

/* RFC 8446 6.1: our goodbye does not wait for the server's. */
static void layer_close(struct stream *s)
{
	struct layer *l = layer_of(s);

	gnutls_bye(l->session, GNUTLS_SHUT_WR);
	layer_free(l);
}

static struct layer *layer_new(struct stream *below)
{
	static const struct stream_ops ops = {layer_read, layer_write, layer_wait, layer_close};
	struct layer *l = memory_get(1, sizeof *l);

	l->stream.ops = &ops;
	l->below = below;
	buf_init(&l->out, OUT_MAX);
	return l;
}

/* Called with each handshake message before it is acted upon; the certificate has come in one of
   those before. */
static int look_at_key(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
                       const gnutls_datum_t *message)
{
	unsigned count = 0;
	const gnutls_datum_t *chain;

	(void)when;
	(void)message;
	if (!incoming || (type != GNUTLS_HANDSHAKE_CERTIFICATE_VERIFY &&
	                  type != GNUTLS_HANDSHAKE_SERVER_KEY_EXCHANGE &&
	                  type != GNUTLS_HANDSHAKE_SERVER_HELLO_DONE))
		return 0;
	chain = gnutls_certificate_get_peers(session, &count);
	return !chain || !count || certificate_bearable((struct der){chain[0].data, chain[0].size})
	               ? 0
	               : GNUTLS_E_PK_SIG_VERIFY_FAILED;
}

static struct chain chain_of(gnutls_session_t session)
{
	struct chain chain = {.count = 0};
	unsigned count = 0;
	const gnutls_datum_t *sent = gnutls_certificate_get_peers(session, &count);

	for (; sent && chain.count < count && chain.count < CHAIN_MAX; chain.count++)
		chain.certificates[chain.count] =
			(struct der){sent[chain.count].data, sent[chain.count].size};
	return chain;
}

/* As it would be judged if its domain meant it. */
static void watch(const struct layer *l, const struct chain *chain, struct tls_facts *facts)
{
	const struct tls_duty meant = {
		.level = TLS_VERIFY,
		.names = &l->duty->watched,
		.name_count = 1,
		.san_only = true,
	};
	const char *proved;

	facts->watched = tls_check(l->tls->trust, chain, &meant, &proved, facts->watched_words,
	                           sizeof facts->watched_words);
}

/* The server's certificates are there and the handshake is not over: GnuTLS asks whether to go on.
 */
static int look_at_chain(gnutls_session_t session)
{
	struct layer *l = gnutls_session_get_ptr(session);
	const struct chain chain = chain_of(session);
	struct tls_facts *facts = l->facts;
	char words[sizeof facts->proof];

	if (l->tls->settings.examine)
		tls_examine(l->tls->trust, &chain, l->host, &facts->certificate);
	l->checked = true;
	facts->failure =
		tls_check(l->tls->trust, &chain, l->duty, &facts->proved, words, sizeof words);
	if (l->duty->watched)
		watch(l, &chain, facts);
	if (facts->failure == TLS_FINE) {
		memcpy(facts->proof, words, sizeof words);
		return 0;
	}
	snprintf(facts->trouble, sizeof facts->trouble, "%s: %s",
	         l->duty->level == TLS_DANE ? "DANE" : "certificate", words);
	return GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
}

static bool make_session(struct layer *l, const struct tls *t, const char *host)
{
	gnutls_priority_t priority = l->duty->level >= TLS_VERIFY ? t->modern : t->any;
	const unsigned flags =
		GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS | GNUTLS_NO_SIGNAL;

	if (gnutls_init(&l->session, flags) < 0 || gnutls_priority_set(l->session, priority) < 0 ||
	    gnutls_credentials_set(l->session, GNUTLS_CRD_CERTIFICATE, t->anyone) < 0)
		return false;
	gnutls_handshake_set_hook_function(l->session, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_PRE,
	                                   look_at_key);
	gnutls_session_set_verify_function(l->session, look_at_chain);
	gnutls_session_set_ptr(l->session, l);
	gnutls_transport_set_ptr(l->session, l);
	gnutls_transport_set_push_function(l->session, push);
	gnutls_transport_set_pull_function(l->session, pull);
	gnutls_transport_set_pull_timeout_function(l->session, pull_timeout);
	return !host ||
	       gnutls_server_name_set(l->session, GNUTLS_NAME_DNS, host, strlen(host)) >= 0;
}

static const char *why_failed(struct layer *l, int code, struct tls_facts *facts)
{
	bool heard = (int)gnutls_handshake_get_last_in(l->session) >= 0;

	if (l->ended)
		return "the server closed the connection during the TLS handshake";
	if (code == GNUTLS_E_UNEXPECTED_PACKET && !heard)
		return "the server speaks no TLS";
	return describe(l, code, "TLS handshake failed", facts->trouble, sizeof facts->trouble);
}

/* RFC 8446 6.2: in an alert that says what was wrong. */
static void send_alert(struct layer *l, int code, enum tls_failure failure)
{
	static const gnutls_alert_description_t alerts[] = {
		[TLS_EXPIRED] = GNUTLS_A_CERTIFICATE_EXPIRED,
		[TLS_NOT_TRUSTED] = GNUTLS_A_UNKNOWN_CA,
		[TLS_HOST_MISMATCH] = GNUTLS_A_BAD_CERTIFICATE,
	};

	if (failure < sizeof alerts / sizeof *alerts && alerts[failure])
		gnutls_alert_send(l->session, GNUTLS_AL_FATAL, alerts[failure]);
	else
		gnutls_alert_send_appropriate(l->session, code);
}

/* No road through GnuTLS leads past look_at_chain today. Should one open, mail stays here. */
static bool was_checked(const struct layer *l, struct tls_facts *facts, const char **why)
{
	if (l->checked || l->duty->level < TLS_VERIFY)
		return true;
	facts->failure = TLS_INVALID;
	*why = "the server has shown no certificate";
	return false;
}

static bool handshake(struct layer *l, struct deadline until, struct tls_facts *facts,
                      const char **why)
{
	int code;

	while ((code = gnutls_handshake(l->session)) < 0) {
		int ready;

		if (gnutls_error_is_fatal(code)) {
			*why = facts->failure ? facts->trouble : why_failed(l, code, facts);
			send_alert(l, code, facts->failure);
			facts->failure = facts->failure ? facts->failure : TLS_INVALID;
			return false;
		}
		/* Something is missing, or a warning came (unrecognized_name: RFC 6066 3). */
		ready = layer_wait(&l->stream, POLLIN, until);
		if (ready <= 0) {
			*why = ready == 0 ? "no answer in time" : "cancelled";
			facts->failure = ready == 0 ? TLS_INVALID : TLS_FINE;
			return false;
		}
	}
	return was_checked(l, facts, why);
}

static void copy_name(char *into, size_t room, const char *name)
{
	snprintf(into, room, "%s", name ? name : "");
}

static void fill_in(struct tls_facts *facts, gnutls_session_t s)
{
	copy_name(facts->version, sizeof facts->version,
	          gnutls_protocol_get_name(gnutls_protocol_get_version(s)));
	copy_name(facts->cipher, sizeof facts->cipher,
	          gnutls_cipher_get_name(gnutls_cipher_get(s)));
	copy_name(facts->group, sizeof facts->group, gnutls_group_get_name(gnutls_group_get(s)));
}

static bool make_ready(struct tls *t)
{
	static const char modern[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

	/* TLS 1.0 included: to refuse it would turn weak encryption into none (RFC 7435 3). */
	return gnutls_global_init() >= 0 &&
	       gnutls_certificate_allocate_credentials(&t->anyone) >= 0 &&
	       gnutls_priority_init(&t->any, "NORMAL", NULL) >= 0 &&
	       gnutls_priority_init(&t->modern, modern, NULL) >= 0;
}

static bool started(struct tls *t)
{
	bool ready;

	pthread_mutex_lock(&t->lock);
	if (!t->tried)
		t->ready = make_ready(t);
	t->tried = true;
	ready = t->ready;
	pthread_mutex_unlock(&t->lock);
	return ready;
}

struct tls *tls_open(const struct tls_settings *settings)
{
	struct tls *t = memory_get(1, sizeof *t);

	if (settings)
		t->settings = *settings;
	t->trust = trust_open(t->settings.ca_file);
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

void tls_close(struct tls *t)
{
	if (!t)
		return;
	if (t->any)
		gnutls_priority_deinit(t->any);
	if (t->modern)
		gnutls_priority_deinit(t->modern);
	if (t->anyone)
		gnutls_certificate_free_credentials(t->anyone);
	trust_close(t->trust);
	if (t->tried)
		gnutls_global_deinit();
	pthread_mutex_destroy(&t->lock);
	free(t);
}

struct stream *tls_begin(struct tls *t, struct stream *below, const char *host,
                         const struct tls_duty *duty, struct deadline until,
                         struct tls_facts *facts, const char **why)
{
	static const struct tls_duty none = {.level = TLS_MAY};
	struct layer *l = layer_new(below);

	*facts = (struct tls_facts){.proved = "nothing"};
	l->tls = t;
	l->host = host;
	l->duty = duty ? duty : &none;
	l->facts = facts;
	*why = "GnuTLS does not start on this machine";
	if (!started(t) || !make_session(l, t, host) || !handshake(l, until, facts, why)) {
		layer_free(l);
		return NULL;
	}
	fill_in(facts, l->session);
	gnutls_session_set_verify_function(l->session, NULL);
	return &l->stream;
}
