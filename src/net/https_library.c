#include <stddef.h>

#if HAVE_LIBCURL

#include "net/https_library.h"

#include <dlfcn.h>
#include <string.h>

static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
#define SYMBOL(name) {"curl_" #name, offsetof(struct https_library, name)}
	SYMBOL(global_init),         SYMBOL(easy_init),        SYMBOL(easy_setopt),
	SYMBOL(easy_getinfo),        SYMBOL(easy_strerror),    SYMBOL(easy_cleanup),
	SYMBOL(slist_append),        SYMBOL(slist_free_all),   SYMBOL(multi_init),
	SYMBOL(multi_setopt),        SYMBOL(multi_add_handle), SYMBOL(multi_remove_handle),
	SYMBOL(multi_socket_action), SYMBOL(multi_info_read),  SYMBOL(multi_cleanup),
#undef SYMBOL
};

static bool bind_symbols(struct https_library *l)
{
	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
		void *symbol = dlsym(l->handle, symbols[i].name);

		if (!symbol)
			return false;
		memcpy((char *)l + symbols[i].offset, &symbol, sizeof symbol);
	}
	return true;
}

/* GnuTLS is in our memory already, so Debian's libcurl upon it comes first. It is never unloaded:
   what it and its libraries register with the process would be left dangling. */
bool https_library_load(struct https_library *l, const char **why)
{
	static const char *const names[] = {"libcurl-gnutls.so.4", "libcurl.so.4",
	                                    "libcurl.4.dylib"};

	*why = "libcurl is not installed on this machine";
	for (size_t i = 0; i < sizeof names / sizeof *names && !l->handle; i++)
		l->handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!l->handle)
		return false;
	*why = "the libcurl of this machine cannot be used";
	return bind_symbols(l) && l->global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

void https_library_close(struct https_library *l)
{
	if (l->handle)
		dlclose(l->handle);
	l->handle = NULL;
}

#endif
