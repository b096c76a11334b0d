#ifndef NET_TLS_FAILURE_H
#define NET_TLS_FAILURE_H
/* What kind of thing kept mail from a secure way, in the words of RFC 8460 4.3. */

enum tls_failure {
	TLS_FINE,
	TLS_NOT_SUPPORTED, /* no STARTTLS */
	TLS_HOST_MISMATCH, /* the certificate is for others */
	TLS_EXPIRED,       /* or not yet valid */
	TLS_NOT_TRUSTED,
	TLS_INVALID, /* all else: no handshake, no TLSA match */
	TLS_TLSA_INVALID,
	TLS_DNSSEC_INVALID,
	TLS_DANE_REQUIRED,
	TLS_STS_FETCH_ERROR,
	TLS_STS_INVALID,
	TLS_STS_WEBPKI_INVALID
};

/* "certificate-expired"; NULL for TLS_FINE. */
const char *tls_failure_name(enum tls_failure failure);

#endif
