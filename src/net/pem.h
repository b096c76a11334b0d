#ifndef NET_PEM_H
#define NET_PEM_H
/* Certificates as text (RFC 7468). */

#include <stdint.h>
#include <stddef.h>

/* The bytes of the first certificate in text into der, which has room for size bytes; returns how
   many, 0 when there is none, when it is damaged, or when it is larger than that. */
size_t pem_certificate(const char *text, uint8_t *der, size_t size);

#endif
