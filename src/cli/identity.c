#include "cli/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/machine.h"
#include "cli/config.h"

enum {
	PASSWD_ROOM = 1024,
	PASSWD_ROOM_MAX = 1 << 20, /* of one entry; a directory service may be generous */
	MAIL_NAME_MAX = 1024
};

char *identity_full_name(struct arena *a, const char *gecos, const char *login)
{
	struct buf name;
	char *copy;

	buf_init(&name, PASSWD_ROOM_MAX);
	for (; *gecos && *gecos != ','; gecos++) {
		if (*gecos == '&' && *login >= 'a' && *login <= 'z')
			buf_printf(&name, "%c%s", *login - 'a' + 'A', login + 1);
		else if (*gecos == '&')
			buf_text(&name, login);
		else
			buf_add(&name, gecos, 1);
	}
	copy = arena_bytes(a, name.bytes, name.size);
	buf_free(&name);
	return copy;
}

/* The entry of uid and the memory that its texts stand in, to be freed; NULL when there is none. */
static char *passwd_get(uid_t uid, struct passwd *entry)
{
	char *texts = NULL;
	struct passwd *found = NULL;
	size_t room = PASSWD_ROOM;
	int error;

	do {
		room *= 2;
		texts = memory_resize(texts, room, 1);
		error = getpwuid_r(uid, entry, texts, room, &found);
	} while (error == ERANGE && room < PASSWD_ROOM_MAX);
	if (found)
		return texts;
	free(texts);
	return NULL;
}

static void find_user(struct identity *i, struct arena *a, uid_t uid)
{
	struct passwd entry;
	char *texts = passwd_get(uid, &entry);

	if (texts) {
		i->login = arena_text(a, entry.pw_name);
		if (entry.pw_dir && entry.pw_dir[0] == '/')
			i->home = arena_text(a, entry.pw_dir);
		i->full_name =
			entry.pw_gecos ? identity_full_name(a, entry.pw_gecos, i->login) : "";
	} else {
		i->login = arena_printf(a, "uid%lu", (unsigned long)uid);
		i->full_name = "";
	}
	free(texts);
}

/* A name that other machines can tell us by; NULL for anything else. */
static const char *useful_name(struct arena *a, const char *text)
{
	const char *name, *why;

	if (!domain_parse(a, text, &name, &why))
		return NULL;
	return domain_is_localhost(name) ? NULL : name;
}

/* The first word of the file. */
static const char *name_of_file(struct arena *a, const char *path)
{
	char text[MAIL_NAME_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	if (fd >= 0)
		close(fd);
	if (size <= 0)
		return NULL;
	text[size] = 0;
	text[strcspn(text, " \t\r\n")] = 0;
	return useful_name(a, text);
}

/* The host's own name, if it is a full one. */
static const char *name_of_host(struct arena *a, const struct machine *m)
{
	return strchr(m->host_name, '.') ? useful_name(a, m->host_name) : NULL;
}

/* An address of this machine that somebody else might know, as RFC 5321 4.1.3 writes it; NULL for
   none. */
static const char *literal_of_host(struct arena *a, const struct machine *m)
{
	char text[IP_TEXT];

	for (size_t n = 0; n < m->address_count; n++) {
		const struct ip *ip = &m->addresses[n];

		if (!ip_unroutable(ip))
			return arena_printf(a, ip->family == AF_INET6 ? "[IPv6:%s]" : "[%s]",
			                    ip_print(ip, text));
	}
	return NULL;
}

/* A name and where it was found. */
struct found {
	const char *name, *source;
};

/* The first that is one; without, the last. */
static struct found first_of(const struct found *names, size_t count)
{
	size_t n = 0;

	while (n + 1 < count && !names[n].name)
		n++;
	return names[n];
}

void identity_find(struct identity *i, struct arena *a, const struct config *c,
                   const struct machine *m, uid_t uid, const char *mail_name_file)
{
	const char *host = name_of_host(a, m);
	/* A bare host name is better than none, but only behind "@": EHLO wants a full one. */
	const struct found mail_names[] = {
		{c->mail_name, "configured"},
		{name_of_file(a, mail_name_file), mail_name_file},
		{host, "the host's name"},
		{useful_name(a, m->host_name), "the host's name, which is not a full one"},
	};
	/* Without any address we can only reach ourselves, and there this is true. */
	const struct found hellos[] = {
		{c->hostname, "configured"},
		{host, "the host's name"},
		{literal_of_host(a, m), "an address of the host, whose name is not a full one"},
		{"[127.0.0.1]", "the host has neither name nor address"},
	};
	struct found mail_name = first_of(mail_names, sizeof mail_names / sizeof *mail_names);
	struct found hello = first_of(hellos, sizeof hellos / sizeof *hellos);

	find_user(i, a, uid);
	i->mail_name = mail_name.name;
	i->mail_name_source = mail_name.source;
	i->hello = hello.name;
	i->hello_source = hello.source;
}

/* A login name may hold what only a quoted string may (DOMAIN\user); address_parse takes the quotes
   off again. */
static const char *quoted(struct arena *a, const char *local)
{
	char *text = arena_get(a, 2 * strlen(local) + 3), *end = text;

	*end++ = '"';
	for (; *local; local++) {
		if (*local == '"' || *local == '\\')
			*end++ = '\\';
		*end++ = *local;
	}
	*end = '"';
	return text;
}

bool identity_sender(const struct identity *i, struct arena *a, const char *given,
                     struct address *sender, const char **why)
{
	if (!address_parse(a, given ? given : quoted(a, i->login), sender, why))
		return false;
	if (sender->kind != DOMAIN_NONE || !*sender->local)
		return true;
	if (!i->mail_name) {
		*why = "this machine has no name to send from: set mail-name in sendmx.conf";
		return false;
	}
	address_qualify(sender, i->mail_name);
	return true;
}
