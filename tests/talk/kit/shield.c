#include "shield.h"

#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

struct shield {
	gnutls_session_t session;
	struct buf in;
	size_t taken;
	struct buf *out;
	bool up;
};

static void sure(int code)
{
	if (code < 0)
		abort();
}

static gnutls_certificate_credentials_t certificate(void)
{
	static gnutls_certificate_credentials_t credentials;
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;

	if (credentials)
		return credentials;
	sure(gnutls_global_init());
	sure(gnutls_x509_privkey_init(&key));
	sure(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
	                                  GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
	sure(gnutls_x509_crt_init(&crt));
	sure(gnutls_x509_crt_set_version(crt, 3));
	sure(gnutls_x509_crt_set_serial(crt, "\1", 1));
	sure(gnutls_x509_crt_set_activation_time(crt, 0));
	sure(gnutls_x509_crt_set_expiration_time(crt, 0x7fffffff));
	sure(gnutls_x509_crt_set_key(crt, key));
	sure(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0));
	sure(gnutls_certificate_allocate_credentials(&credentials));
	sure(gnutls_certificate_set_x509_key(credentials, &crt, 1, key));
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
	return credentials;
}

static ssize_t shield_push(gnutls_transport_ptr_t shield, const void *bytes, size_t size)
{
	struct shield *s = shield;

	buf_add(s->out, bytes, size);
	return (ssize_t)size;
}

static ssize_t shield_pull(gnutls_transport_ptr_t shield, void *into, size_t room)
{
	struct shield *s = shield;
	size_t left = s->in.size - s->taken, part = left < room ? left : room;

	if (!part) {
		gnutls_transport_set_errno(s->session, EAGAIN);
		return -1;
	}
	memcpy(into, s->in.bytes + s->taken, part);
	s->taken += part;
	return (ssize_t)part;
}

static int shield_pull_timeout(gnutls_transport_ptr_t shield, unsigned milliseconds)
{
	(void)shield;
	(void)milliseconds;
	return 1;
}

struct shield *shield_open(struct buf *out)
{
	struct shield *s = memory_get(1, sizeof *s);

	s->out = out;
	buf_init(&s->in, 64 << 20);
	sure(gnutls_init(&s->session,
	                 GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS | GNUTLS_NO_SIGNAL));
	sure(gnutls_set_default_priority(s->session));
	sure(gnutls_credentials_set(s->session, GNUTLS_CRD_CERTIFICATE, certificate()));
	gnutls_transport_set_ptr(s->session, s);
	gnutls_transport_set_push_function(s->session, shield_push);
	gnutls_transport_set_pull_function(s->session, shield_pull);
	gnutls_transport_set_pull_timeout_function(s->session, shield_pull_timeout);
	return s;
}

void shield_close(struct shield *s)
{
	gnutls_deinit(s->session);
	buf_free(&s->in);
	free(s);
}

static bool shake(struct shield *s)
{
	int code = gnutls_handshake(s->session);

	s->up = code == 0;
	return s->up || !gnutls_error_is_fatal(code);
}

bool shield_hear(struct shield *s, const char *bytes, size_t size, struct buf *plain)
{
	char text[16 * 1024];
	ssize_t got = 1;

	buf_add(&s->in, bytes, size);
	if (!s->up && !shake(s))
		return false;
	while (s->up && got > 0) {
		got = gnutls_record_recv(s->session, text, sizeof text);
		if (got > 0)
			buf_add(plain, text, (size_t)got);
	}
	buf_drop(&s->in, s->taken);
	s->taken = 0;
	return got >= 0 || !gnutls_error_is_fatal((int)got);
}

void shield_say(struct shield *s, const char *bytes, size_t size)
{
	sure((int)gnutls_record_send(s->session, bytes, size));
}

bool shield_up(const struct shield *s)
{
	return s->up;
}
