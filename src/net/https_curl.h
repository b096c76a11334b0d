#ifndef NET_HTTPS_CURL_H
#define NET_HTTPS_CURL_H
/* Requests under way in libcurl, which is loaded here. Private to net/https. */

#include "net/https.h"

struct https_curl;

/* NULL with why (static) where there is no libcurl that we can use. */
struct https_curl *https_curl_open(const char *ca_file, const char **why);

size_t https_curl_under_way(const struct https_curl *c);

/* Begin a request; fewer than HTTPS_AT_ONCE are under way. One that cannot be begun has its answer
   when this returns. */
void https_curl_begin(struct https_curl *c, struct https_request *r, struct deadline until);

/* Wait until something moves, and answer the requests that are done. As deadline_poll. */
int https_curl_wait(struct https_curl *c, struct deadline until);

/* Give up all that are under way. */
void https_curl_drop(struct https_curl *c, const char *why);

void https_curl_close(struct https_curl *c); /* nothing is under way; NULL is fine */

/* A request has failed; the words are made printable. */
void https_fail(struct https_request *r, enum https_outcome outcome, const char *why);

#endif
