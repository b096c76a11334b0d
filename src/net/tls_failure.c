#include "net/tls_failure.h"

#include <stddef.h>

const char *tls_failure_name(enum tls_failure failure)
{
	static const char *const names[] = {
		[TLS_FINE] = NULL,
		[TLS_NOT_SUPPORTED] = "starttls-not-supported",
		[TLS_HOST_MISMATCH] = "certificate-host-mismatch",
		[TLS_EXPIRED] = "certificate-expired",
		[TLS_NOT_TRUSTED] = "certificate-not-trusted",
		[TLS_INVALID] = "validation-failure",
		[TLS_TLSA_INVALID] = "tlsa-invalid",
		[TLS_DNSSEC_INVALID] = "dnssec-invalid",
		[TLS_DANE_REQUIRED] = "dane-required",
		[TLS_STS_FETCH_ERROR] = "sts-policy-fetch-error",
		[TLS_STS_INVALID] = "sts-policy-invalid",
		[TLS_STS_WEBPKI_INVALID] = "sts-webpki-invalid",
	};

	return names[failure];
}
