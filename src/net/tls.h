#ifndef NET_TLS_H
#define NET_TLS_H
/* TLS as one more stream (GnuTLS, client side only). Nothing here blocks but the handshake and
   `wait`. What is to be written is gathered, so that the Finished and the EHLO behind it leave in
   one segment; `write` hands it down before it returns, and `wait` for an answer goes on handing
   down what the stream below did not take, so that nobody has to flush. */

#include "net/certificate.h"
#include "net/stream.h"
#include "net/tls_duty.h"
#include "net/tls_failure.h"

/* What all sessions of a run share. Nothing is initialised before the first tls_begin. */
struct tls;

struct tls_settings {
	const char *ca_file; /* PEM; in place of the system's roots; NULL: those. Not copied */
	bool examine;        /* judge every server's certificate, for people to read */
};

struct tls_facts {
	char version[16];   /* "TLS1.3" */
	char cipher[48];    /* "AES-256-GCM" */
	char group[32];     /* key exchange group, "" when there was none */
	const char *proved; /* that the server is who it should be: "nothing", "pkix", "dane" */
	char proof[192];    /* by what ("3 1 1 matches the certificate's key"); "" by nothing */
	enum tls_failure failure;           /* when tls_begin fails, but for who was cancelled */
	struct tls_certificate certificate; /* filled in when it is examined */
	char trouble[256];                  /* where tls_begin puts words that are not static */
	enum tls_failure watched;           /* what duty.watched has shown, with words */
	char watched_words[192];
};

/* The settings are copied; NULL: all zero. */
struct tls *tls_open(const struct tls_settings *settings);

/* When all its streams are closed. NULL is fine. */
void tls_close(struct tls *t);

/* Handshake over below with a host whose name (lower case A-labels, no trailing dot) is sent as
   SNI; NULL: none is sent. duty: what the certificate must prove, or an alert ends the handshake;
   NULL: nothing (TLS_MAY). Returns the new stream, which owns below and closes it, and fills in the
   facts. On failure NULL, below is closed, and why says it in words (static, or in the facts). May
   be called by many threads. The stream ends both with the server's close_notify and without; then
   its trouble says so. */
struct stream *tls_begin(struct tls *t, struct stream *below, const char *host,
                         const struct tls_duty *duty, struct deadline until,
                         struct tls_facts *facts, const char **why);

#endif
