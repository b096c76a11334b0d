#include "mail/header_made.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "mail/address_part.h"

enum {
	PLAIN_MAX = 60,   /* a longer name is folded, which only encoded words allow everywhere */
	ENCODED_MAX = 68, /* an encoded word: "From: " and it stay within the 76 of RFC 2047 2 */
	SEQUENCE_MAX = 12 /* a character of UTF-8 in Q encoding */
};

static struct tm broken_down(time_t moment)
{
	struct tm tm = {.tm_mday = 1, .tm_year = 70};

	gmtime_r(&moment, &tm);
	return tm;
}

/* The name without the quotes that some callers put around it, controls as blanks, good UTF-8. */
static const char *name_clean(struct arena *a, const char *name)
{
	size_t size = strlen(name);
	bool quoted = size >= 2 && name[0] == '"' && name[size - 1] == '"' &&
	              !memchr(name + 1, '"', size - 2);
	char *clean = quoted ? arena_bytes(a, name + 1, size - 2) : arena_text(a, name);

	for (char *c = clean; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 127)
			*c = ' ';
	}
	clean += strspn(clean, " ");
	for (size = strlen(clean); size && clean[size - 1] == ' '; size--)
		clean[size - 1] = '\0';
	return text_clean(a, clean, size);
}

static bool is_ascii(const char *name)
{
	while (*name && (unsigned char)*name <= 127)
		name++;
	return !*name;
}

/* A phrase of atoms. What a reader might take for an encoded word is none. */
static bool is_phrase(const char *name)
{
	for (const char *c = name; *c; c++) {
		if (!address_atom_char(*c) && *c != ' ')
			return false;
	}
	return !strstr(name, "=?") && !strstr(name, "  ");
}

static void name_quoted(struct buf *out, const char *name)
{
	buf_text(out, "\"");
	for (; *name; name++) {
		if (*name == '"' || *name == '\\')
			buf_text(out, "\\");
		buf_add(out, name, 1);
	}
	buf_text(out, "\"");
}

/* One byte in the Q encoding, in the narrow form that RFC 2047 5 (3) demands in a phrase. */
static void byte_encoded(struct buf *out, char c)
{
	if (c == ' ')
		buf_text(out, "_");
	else if (text_is_alnum(c))
		buf_add(out, &c, 1);
	else
		buf_printf(out, "=%02X", (unsigned)(unsigned char)c);
}

/* Encoded words, none ending inside a character. */
static void name_encoded(struct buf *out, const char *name)
{
	size_t begin = out->size;

	buf_text(out, "=?UTF-8?Q?");
	for (; *name && !out->failed; name++) {
		bool follows = ((unsigned char)*name & 0xc0) == 0x80;

		if (!follows && out->size - begin > ENCODED_MAX - SEQUENCE_MAX - 2) {
			buf_text(out, "?=\r\n ");
			begin = out->size;
			buf_text(out, "=?UTF-8?Q?");
		}
		byte_encoded(out, *name);
	}
	buf_text(out, "?=");
}

/* The name and the blank behind it. */
static void name_add(struct buf *out, const char *name)
{
	bool plain = is_ascii(name) && strlen(name) <= PLAIN_MAX;

	if (!plain)
		name_encoded(out, name);
	else if (is_phrase(name))
		buf_text(out, name);
	else
		name_quoted(out, name);
	buf_text(out, plain ? " " : "\r\n ");
}

/* RFC 5322 3.3. strftime would say it in the user's language. */
static void date_add(struct buf *out, time_t now, long minutes)
{
	static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	long east = minutes < 0 ? -minutes : minutes;
	struct tm tm = broken_down(now + (time_t)(minutes * 60));

	buf_printf(out, "%s, %d %s %d %02d:%02d:%02d %c%02ld%02ld", days[tm.tm_wday], tm.tm_mday,
	           months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
	           minutes < 0 ? '-' : '+', east / 60, east % 60);
}

void header_made_received(struct buf *out, const struct message_want *want, struct arena *a)
{
	(void)a;
	buf_printf(out, "Received: by %s (sendmx %s, from uid %lu)\r\n\tid %016llx; ",
	           want->received_by, PACKAGE_VERSION, (unsigned long)want->uid,
	           (unsigned long long)want->unique);
	date_add(out, want->now, 0);
	buf_text(out, "\r\n");
}

void header_made_date(struct buf *out, const struct message_want *want, struct arena *a)
{
	(void)a;
	buf_text(out, "Date: ");
	date_add(out, want->now, want->utc_offset / 60);
	buf_text(out, "\r\n");
}

void header_made_id(struct buf *out, const struct message_want *want, struct arena *a)
{
	struct tm tm = broken_down(want->now);

	(void)a;
	buf_printf(out, "Message-ID: <%04d%02d%02d%02d%02d%02d.%016llx@%s>\r\n", tm.tm_year + 1900,
	           tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
	           (unsigned long long)want->unique, want->domain);
}

void header_made_from(struct buf *out, const struct message_want *want, struct arena *a)
{
	const char *name = name_clean(a, want->full_name ? want->full_name : "");
	const char *sender = address_wire(a, &want->sender);

	if (!*sender)
		sender = arena_printf(a, "MAILER-DAEMON@%s", want->domain);
	buf_text(out, "From: ");
	if (*name)
		name_add(out, name);
	buf_printf(out, *name ? "<%s>\r\n" : "%s\r\n", sender);
}
