#ifndef NET_HTTPS_LIBRARY_H
#define NET_HTTPS_LIBRARY_H
/* libcurl, as far as we need it, loaded and not linked. The one header of ours with a library's
   types in it, since it is a list of them; private to net/https_curl. */

#include <curl/curl.h>
#include <stdbool.h>

/* By their names there. */
struct https_library {
	void *handle; /* of dlopen; NULL: not loaded */
	CURLcode (*global_init)(long);
	CURL *(*easy_init)(void);
	CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
	CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
	const char *(*easy_strerror)(CURLcode);
	void (*easy_cleanup)(CURL *);
	struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
	void (*slist_free_all)(struct curl_slist *);
	CURLM *(*multi_init)(void);
	CURLMcode (*multi_setopt)(CURLM *, CURLMoption, ...);
	CURLMcode (*multi_add_handle)(CURLM *, CURL *);
	CURLMcode (*multi_remove_handle)(CURLM *, CURL *);
	CURLMcode (*multi_socket_action)(CURLM *, curl_socket_t, int, int *);
	CURLMsg *(*multi_info_read)(CURLM *, int *);
	CURLMcode (*multi_cleanup)(CURLM *);
};

/* False with why (static). */
bool https_library_load(struct https_library *l, const char **why);

void https_library_close(struct https_library *l);

#endif
