#include "net/https_curl.h"

#if HAVE_LIBCURL

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "net/certificate.h"
#include "net/https_library.h"
#include "net/https_wait.h"
#include "net/pem.h"

enum {
	CONNECT_PATIENCE = 20000,    /* milliseconds until TLS stands */
	CERTIFICATE_MAX = 64 * 1024, /* bytes; good ones have two thousand */
};

/* A request under way. */
struct transfer {
	struct https_request *request; /* NULL: this place is free */
	CURL *easy;
	struct curl_slist *resolve, *headers;
	CURLcode refused; /* by the first option that this libcurl does not take */
	char error[CURL_ERROR_SIZE];
};

struct https_curl {
	struct https_library library;
	const char *ca_file;
	CURLM *multi;
	struct transfer transfers[HTTPS_AT_ONCE];
	size_t under_way;
	struct https_wait wait;
};

/* ---- setting a transfer up ---- */

static void note(struct transfer *t, CURLcode code)
{
	if (t->refused == CURLE_OK)
		t->refused = code;
}

static void set_long(struct https_curl *c, struct transfer *t, CURLoption option, long value)
{
	note(t, c->library.easy_setopt(t->easy, option, value));
}

static void set_pointer(struct https_curl *c, struct transfer *t, CURLoption option,
                        const void *value)
{
	note(t, c->library.easy_setopt(t->easy, option, value));
}

/* This one exchange with this one host and nothing else, whatever environment and files say. */
static const struct {
	CURLoption option;
	long value;
} numbers[] = {
	{CURLOPT_FOLLOWLOCATION, 0}, /* RFC 8461 3.3 */
	{CURLOPT_NETRC, CURL_NETRC_IGNORED},
	{CURLOPT_NOSIGNAL, 1},
	{CURLOPT_FRESH_CONNECT, 1},
	{CURLOPT_FORBID_REUSE, 1},
	{CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
	{CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2}, /* or later */
	{CURLOPT_SSL_VERIFYPEER, 1},
	{CURLOPT_SSL_VERIFYHOST, 2},
	{CURLOPT_SSL_SESSIONID_CACHE, 0},
	{CURLOPT_CERTINFO, 1},
	{CURLOPT_CONNECTTIMEOUT_MS, CONNECT_PATIENCE},
};

static void set_manners(struct https_curl *c, struct transfer *t)
{
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		set_long(c, t, numbers[i].option, numbers[i].value);
	set_pointer(c, t, CURLOPT_PROTOCOLS_STR, "https");
	set_pointer(c, t, CURLOPT_PROXY, "");
	set_pointer(c, t, CURLOPT_USERAGENT, "sendmx"); /* some hosts refuse who has none */
	if (!c->ca_file)
		return;
	set_pointer(c, t, CURLOPT_CAINFO, c->ca_file);
	set_pointer(c, t, CURLOPT_CAPATH, NULL);
}

/* "host:port:address,address": then libcurl asks no resolver. */
static void set_addresses(struct https_curl *c, struct transfer *t, unsigned port)
{
	const struct https_request *r = t->request;
	char address[IP_TEXT];
	struct buf line;

	buf_init(&line, 4096);
	buf_printf(&line, "%s:%u:", r->host, port);
	for (size_t i = 0; i < r->address_count && i < HTTPS_ADDRESSES; i++) {
		bool six = r->addresses[i].family == AF_INET6;

		buf_printf(&line, "%s%s%s%s", i ? "," : "", six ? "[" : "",
		           ip_print(&r->addresses[i], address), six ? "]" : "");
	}
	t->resolve = line.failed ? NULL : c->library.slist_append(NULL, line.bytes);
	note(t, t->resolve ? CURLE_OK : CURLE_OUT_OF_MEMORY);
	set_pointer(c, t, CURLOPT_RESOLVE, t->resolve);
	buf_free(&line);
}

static void set_place(struct https_curl *c, struct transfer *t)
{
	const struct https_request *r = t->request;
	unsigned port = r->port ? r->port : 443;
	struct buf url;

	buf_init(&url, 4096);
	buf_printf(&url, "https://%s:%u%s", r->host, port, r->path);
	if (url.failed)
		note(t, CURLE_URL_MALFORMAT);
	else
		set_pointer(c, t, CURLOPT_URL, url.bytes);
	buf_free(&url);
	set_addresses(c, t, port);
}

static void set_post(struct https_curl *c, struct transfer *t)
{
	const struct https_request *r = t->request;
	char line[128];

	if (!r->post_type)
		return;
	snprintf(line, sizeof line, "Content-Type: %s", r->post_type);
	t->headers = c->library.slist_append(NULL, line);
	set_pointer(c, t, CURLOPT_HTTPHEADER, t->headers);
	set_long(c, t, CURLOPT_POSTFIELDSIZE, (long)r->post_size);
	set_pointer(c, t, CURLOPT_POSTFIELDS, r->post);
}

static size_t take_body(char *bytes, size_t one, size_t count, void *request)
{
	struct https_request *r = request;

	buf_add(&r->body, bytes, one * count);
	return r->body.failed ? 0 : one * count;
}

static bool set_all(struct https_curl *c, struct transfer *t, struct deadline until)
{
	int64_t patience = deadline_left(deadline_in(until, HTTPS_PATIENCE));

	set_manners(c, t);
	set_place(c, t);
	set_post(c, t);
	set_long(c, t, CURLOPT_TIMEOUT_MS, patience ? (long)patience : 1); /* 0 is for ever */
	note(t, c->library.easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, take_body));
	set_pointer(c, t, CURLOPT_WRITEDATA, t->request);
	set_pointer(c, t, CURLOPT_ERRORBUFFER, t->error);
	set_pointer(c, t, CURLOPT_PRIVATE, t);
	return t->refused == CURLE_OK;
}

/* ---- what came of it ---- */

static bool names_host(const char *pem, const char *host)
{
	uint8_t *der = memory_get(CERTIFICATE_MAX, 1);
	struct der certificate = {der, pem_certificate(pem, der, CERTIFICATE_MAX)};
	bool good = certificate.size && certificate_is_for(certificate, host, true);

	free(der);
	return good;
}

/* libcurl upon GnuTLS is content with a common name (RFC 8461 3.3 is not), so the certificate that
   it has verified is looked at once more. One that it does not show is not good. */
static bool certificate_good(struct https_curl *c, struct transfer *t)
{
	static const char label[] = "Cert:";
	struct curl_certinfo *chain = NULL;
	struct curl_slist *line;

	if (c->library.easy_getinfo(t->easy, CURLINFO_CERTINFO, &chain) || !chain ||
	    chain->num_of_certs < 1)
		return false;
	for (line = chain->certinfo[0]; line; line = line->next) {
		if (strncmp(line->data, label, strlen(label)) == 0)
			return names_host(line->data + strlen(label), t->request->host);
	}
	return false;
}

/* "Text/Plain; charset=utf-8" becomes "text/plain"; one that does not fit is none that we know. */
static void take_type(struct https_curl *c, struct transfer *t)
{
	struct https_request *r = t->request;
	const char *type = NULL;
	size_t size = 0;

	c->library.easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
	while (type && type[size] && !strchr("; \t", type[size]) && size < sizeof r->type - 1) {
		r->type[size] = text_lower(type[size]);
		size++;
	}
}

static void answered(struct https_curl *c, struct transfer *t)
{
	struct https_request *r = t->request;
	long status = 0;

	if (!certificate_good(c, t)) {
		https_fail(r, HTTPS_CERTIFICATE, "its certificate has no dNSName for the host");
		return;
	}
	c->library.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	r->outcome = HTTPS_ANSWERED;
	r->status = (unsigned)status;
	take_type(c, t);
}

static void finish(struct https_curl *c, struct transfer *t, CURLcode code)
{
	bool distrust = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_ISSUER_ERROR;

	if (code == CURLE_OK)
		answered(c, t);
	else if (t->request->body.failed)
		https_fail(t->request, HTTPS_FAILED, "the answer is larger than 64 KiB");
	else
		https_fail(t->request, distrust ? HTTPS_CERTIFICATE : HTTPS_FAILED,
		           t->error[0] ? t->error : c->library.easy_strerror(code));
}

static void give_back(struct https_curl *c, struct transfer *t)
{
	if (t->easy)
		c->library.easy_cleanup(t->easy);
	c->library.slist_free_all(t->resolve);
	c->library.slist_free_all(t->headers);
	memset(t, 0, sizeof *t);
}

static void end(struct https_curl *c, struct transfer *t)
{
	c->library.multi_remove_handle(c->multi, t->easy);
	give_back(c, t);
	c->under_way--;
}

static void collect(struct https_curl *c)
{
	CURLMsg *message;
	int left;

	while ((message = c->library.multi_info_read(c->multi, &left))) {
		struct transfer *t = NULL;
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE ||
		    c->library.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t) || !t)
			continue;
		finish(c, t, code);
		end(c, t);
	}
}

/* ---- all of them ---- */

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *unused)
{
	struct https_curl *c = context;
	short events =
		(short)((what & CURL_POLL_IN ? POLLIN : 0) | (what & CURL_POLL_OUT ? POLLOUT : 0));

	(void)easy, (void)unused;
	https_wait_for(&c->wait, fd, what == CURL_POLL_REMOVE ? 0 : events);
	return 0;
}

static int watch_timer(CURLM *multi, long milliseconds, void *context)
{
	struct https_curl *c = context;

	(void)multi;
	c->wait.timer = milliseconds < 0 ? DEADLINE_NEVER : clock_now() + milliseconds;
	return 0;
}

static void act(struct https_curl *c, int fd, short events)
{
	int running, what = 0;

	if (events & POLLIN)
		what |= CURL_CSELECT_IN;
	if (events & POLLOUT)
		what |= CURL_CSELECT_OUT;
	if (events & (POLLERR | POLLHUP | POLLNVAL))
		what |= CURL_CSELECT_ERR;
	c->library.multi_socket_action(c->multi, fd, what, &running);
}

int https_curl_wait(struct https_curl *c, struct deadline until)
{
	int ready = https_wait(&c->wait, until);
	size_t count = ready > 0 ? c->wait.count : 0;
	/* A copy, since libcurl changes the list while it is told of it */
	struct pollfd *fds = memory_get(count + 1, sizeof *fds);

	if (count)
		memcpy(fds, c->wait.fds, count * sizeof *fds);
	for (size_t i = 0; i < count; i++) {
		if (fds[i].revents)
			act(c, fds[i].fd, fds[i].revents);
	}
	free(fds);
	if (clock_now() >= c->wait.timer) {
		c->wait.timer = DEADLINE_NEVER;
		act(c, CURL_SOCKET_TIMEOUT, 0);
	}
	collect(c);
	return ready;
}

size_t https_curl_under_way(const struct https_curl *c)
{
	return c->under_way;
}

void https_curl_begin(struct https_curl *c, struct https_request *r, struct deadline until)
{
	struct transfer *t = c->transfers;

	while (t->request)
		t++;
	t->request = r;
	t->easy = c->library.easy_init();
	if (t->easy && set_all(c, t, until) && !c->library.multi_add_handle(c->multi, t->easy)) {
		c->under_way++;
		return;
	}
	https_fail(r, HTTPS_FAILED,
	           t->refused == CURLE_UNKNOWN_OPTION ? "the libcurl of this machine is too old"
	                                              : "libcurl refuses the request");
	give_back(c, t);
}

void https_curl_drop(struct https_curl *c, const char *why)
{
	for (size_t i = 0; i < HTTPS_AT_ONCE; i++) {
		struct transfer *t = &c->transfers[i];

		if (!t->request)
			continue;
		https_fail(t->request, HTTPS_GIVEN_UP, why);
		end(c, t);
	}
}

static bool begin(struct https_curl *c)
{
	struct https_library *l = &c->library;

	c->multi = l->multi_init();
	return c->multi && !l->multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, watch_socket) &&
	       !l->multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c) &&
	       !l->multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, watch_timer) &&
	       !l->multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
}

struct https_curl *https_curl_open(const char *ca_file, const char **why)
{
	struct https_curl *c = memory_get(1, sizeof *c);

	c->ca_file = ca_file;
	https_wait_open(&c->wait);
	if (https_library_load(&c->library, why) && begin(c))
		return c;
	https_curl_close(c);
	return NULL;
}

void https_curl_close(struct https_curl *c)
{
	if (!c)
		return;
	if (c->multi)
		c->library.multi_cleanup(c->multi);
	https_library_close(&c->library);
	https_wait_close(&c->wait);
	free(c);
}

#endif
