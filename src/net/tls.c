#include "net/tls.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/gnutls.h>

#include "base/memory.h"
#include "net/tls_check.h"
#include "net/tls_layer.h"

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

struct handshake {
	struct layer *layer;
	const struct tls *tls;
	const char *host;
	const struct tls_duty *duty;
	struct tls_facts *facts;
	bool checked; /* the duty was asked about */
};

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
static void watch(const struct handshake *h, const struct chain *chain)
{
	const struct tls_duty meant = {
		.level = TLS_VERIFY,
		.names = &h->duty->watched,
		.name_count = 1,
		.san_only = true,
	};
	const char *proved;

	h->facts->watched = tls_check(h->tls->trust, chain, &meant, &proved,
	                              h->facts->watched_words, sizeof h->facts->watched_words);
}

/* The server's certificates are there and the handshake is not over: GnuTLS asks whether to go on.
 */
static int look_at_chain(gnutls_session_t session)
{
	struct handshake *h = gnutls_session_get_ptr(session);
	const struct chain chain = chain_of(session);
	struct tls_facts *facts = h->facts;
	char words[sizeof facts->proof];

	if (h->tls->settings.examine)
		tls_examine(h->tls->trust, &chain, h->host, &facts->certificate);
	h->checked = true;
	facts->failure =
		tls_check(h->tls->trust, &chain, h->duty, &facts->proved, words, sizeof words);
	if (h->duty->watched)
		watch(h, &chain);
	if (facts->failure == TLS_FINE) {
		memcpy(facts->proof, words, sizeof words);
		return 0;
	}
	snprintf(facts->trouble, sizeof facts->trouble, "%s: %s",
	         h->duty->level == TLS_DANE ? "DANE" : "certificate", words);
	return GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
}

static bool session_prepare(struct handshake *h)
{
	gnutls_session_t session = h->layer->session;
	gnutls_priority_t priority = h->duty->level >= TLS_VERIFY ? h->tls->modern : h->tls->any;

	if (!session || gnutls_priority_set(session, priority) < 0 ||
	    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, h->tls->anyone) < 0)
		return false;
	gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_PRE,
	                                   look_at_key);
	gnutls_session_set_verify_function(session, look_at_chain);
	gnutls_session_set_ptr(session, h);
	return !h->host ||
	       gnutls_server_name_set(session, GNUTLS_NAME_DNS, h->host, strlen(h->host)) >= 0;
}

static const char *why_failed(const struct handshake *h, int code)
{
	const struct layer *l = h->layer;
	bool heard = (int)gnutls_handshake_get_last_in(l->session) >= 0;

	if (l->ended)
		return "the server closed the connection during the TLS handshake";
	if (code == GNUTLS_E_UNEXPECTED_PACKET && !heard)
		return "the server speaks no TLS";
	return layer_describe(l, code, "TLS handshake failed", h->facts->trouble,
	                      sizeof h->facts->trouble);
}

/* RFC 8446 6.2: in an alert that says what was wrong. */
static void send_alert(gnutls_session_t session, int code, enum tls_failure failure)
{
	static const gnutls_alert_description_t alerts[] = {
		[TLS_EXPIRED] = GNUTLS_A_CERTIFICATE_EXPIRED,
		[TLS_NOT_TRUSTED] = GNUTLS_A_UNKNOWN_CA,
		[TLS_HOST_MISMATCH] = GNUTLS_A_BAD_CERTIFICATE,
	};

	if (failure < sizeof alerts / sizeof *alerts && alerts[failure])
		gnutls_alert_send(session, GNUTLS_AL_FATAL, alerts[failure]);
	else
		gnutls_alert_send_appropriate(session, code);
}

/* No road through GnuTLS leads past look_at_chain today. Should one open, mail stays here. */
static bool was_checked(const struct handshake *h, const char **why)
{
	if (h->checked || h->duty->level < TLS_VERIFY)
		return true;
	h->facts->failure = TLS_INVALID;
	*why = "the server has shown no certificate";
	return false;
}

static bool shake_hands(struct handshake *h, struct deadline until, const char **why)
{
	struct stream *stream = &h->layer->stream;
	struct tls_facts *facts = h->facts;
	int code;

	while ((code = gnutls_handshake(h->layer->session)) < 0) {
		int ready;

		if (gnutls_error_is_fatal(code)) {
			*why = facts->failure ? facts->trouble : why_failed(h, code);
			send_alert(h->layer->session, code, facts->failure);
			facts->failure = facts->failure ? facts->failure : TLS_INVALID;
			return false;
		}
		/* Something is missing, or a warning came (unrecognized_name: RFC 6066 3). */
		ready = stream->ops->wait(stream, POLLIN, until);
		if (ready <= 0) {
			*why = ready == 0 ? "no answer in time" : "cancelled";
			facts->failure = ready == 0 ? TLS_INVALID : TLS_FINE;
			return false;
		}
	}
	return was_checked(h, why);
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
	struct handshake h = {.tls = t, .host = host, .duty = duty ? duty : &none, .facts = facts};

	*facts = (struct tls_facts){.proved = "nothing"};
	*why = "GnuTLS does not start on this machine";
	if (!started(t)) {
		below->ops->close(below);
		return NULL;
	}
	h.layer = layer_open(below);
	if (!session_prepare(&h) || !shake_hands(&h, until, why)) {
		layer_abandon(h.layer);
		return NULL;
	}
	fill_in(facts, h.layer->session);
	/* The layer outlives the handshake. */
	gnutls_session_set_verify_function(h.layer->session, NULL);
	gnutls_session_set_ptr(h.layer->session, NULL);
	return &h.layer->stream;
}
