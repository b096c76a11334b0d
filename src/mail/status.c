#include "mail/status.h"

#include "base/arena.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <sysexits.h>

/* Every verdict that is ours: nobody makes up a code elsewhere. Temporary or permanent is decided
   by the class here. */
static const struct {
	unsigned char class, subject, detail;
	int exit;
} verdicts[FAULT_COUNT] = {
	[FAULT_NONE] = {4, 0, 0, EX_TEMPFAIL},
	[FAULT_ADDRESS] = {5, 1, 3, EX_DATAERR},
	[FAULT_NO_DOMAIN] = {5, 1, 2, EX_NOHOST},
	[FAULT_NULL_MX] = {5, 1, 10, EX_NOHOST}, /* RFC 7505 4.2 */
	[FAULT_DNS] = {4, 4, 3, EX_TEMPFAIL},
	[FAULT_DANGLING] = {5, 4, 4, EX_NOHOST},
	[FAULT_DANGLING_MAYBE] = {4, 4, 4, EX_TEMPFAIL},
	[FAULT_NO_EXCHANGER] = {5, 4, 4, EX_NOHOST},
	[FAULT_LOOP] = {5, 4, 6, EX_UNAVAILABLE},
	[FAULT_CONNECT] = {4, 4, 1, EX_TEMPFAIL},
	[FAULT_LOST] = {4, 4, 2, EX_TEMPFAIL},
	[FAULT_SILENT] = {4, 4, 2, EX_TEMPFAIL},
	[FAULT_UNCERTAIN] = {4, 4, 2, EX_TEMPFAIL},
	[FAULT_EXPIRED] = {4, 4, 7, EX_TEMPFAIL},
	[FAULT_CANCELLED] = {4, 4, 7, EX_TEMPFAIL},
	[FAULT_PROTOCOL] = {4, 5, 0, EX_TEMPFAIL},
	[FAULT_TLS] = {4, 7, 5, EX_TEMPFAIL},
	[FAULT_REQUIRETLS] = {5, 7, 30, EX_NOPERM},
	[FAULT_TOO_LARGE] = {5, 3, 4, EX_DATAERR},
	[FAULT_MESSAGE] = {5, 6, 0, EX_DATAERR},
	[FAULT_ALIAS] = {5, 3, 5, EX_CONFIG},
	[FAULT_UTF8] = {5, 6, 7, EX_DATAERR},
	[FAULT_SYSTEM] = {4, 3, 0, EX_IOERR},
	[FAULT_CONFIG] = {4, 3, 5, EX_CONFIG},
};

/* What a server's permanent verdict means to our caller; the first row that fits (-1: any).
   RULES.md E. */
static const struct {
	int subject, detail, exit;
} meanings[] = {
	{1, 1, EX_NOUSER},
	{1, 2, EX_NOHOST},
	{1, 10, EX_NOHOST},
	{4, 4, EX_NOHOST},
	{1, 3, EX_DATAERR},
	{3, 4, EX_DATAERR},
	{6, -1, EX_DATAERR},
	{7, -1, EX_NOPERM},
	{5, -1, EX_PROTOCOL},
	{-1, -1, EX_UNAVAILABLE},
};

/* Worst first. 75 leads: somebody must try again. Then what is wrong here, then what is wrong
   there. */
static const int exits[] = {
	EX_TEMPFAIL, EX_SOFTWARE, EX_OSERR, EX_IOERR,   EX_CONFIG,      EX_USAGE,
	EX_DATAERR,  EX_NOPERM,   EX_PROTOCOL, EX_UNAVAILABLE, EX_NOHOST, EX_NOUSER,
};

const char *stage_name(enum stage stage)
{
	static const char *const names[] = {
		[STAGE_ROUTE] = "route", [STAGE_CONNECT] = "connect", [STAGE_GREETING] = "greeting",
		[STAGE_HELLO] = "hello", [STAGE_TLS] = "tls",         [STAGE_MAIL] = "mail",
		[STAGE_RCPT] = "rcpt",   [STAGE_DATA] = "data",       [STAGE_DONE] = "done",
	};

	return names[stage];
}

struct status status_of(enum fault fault, enum stage stage, struct arena *a, const char *format,
                        ...)
{
	struct status s = {
		.class = verdicts[fault].class,
		.subject = verdicts[fault].subject,
		.detail = verdicts[fault].detail,
		.fault = fault,
		.stage = stage,
		.maybe_delivered = fault == FAULT_UNCERTAIN,
	};
	char text[2048];
	va_list values;

	va_start(values, format);
	vsnprintf(text, sizeof text, format, values);
	va_end(values);
	s.text = arena_text(a, text);
	return s;
}

struct status status_good(enum stage stage, const char *text, const char *host, const char *address)
{
	return (struct status){
		.class = 2, .stage = stage, .text = text, .host = host, .address = address};
}

/* Up to three digits; returns what follows, NULL when there is no digit. */
static const char *number(const char *text, unsigned short *value)
{
	unsigned sum = 0;
	int digits = 0;

	for (; text_is_digit(*text) && digits < 3; text++, digits++)
		sum = sum * 10 + (unsigned)(*text - '0');
	*value = (unsigned short)sum;
	return digits ? text : NULL;
}

/* RFC 3463 2: class "." subject "." detail, followed by blank or nothing. */
static bool enhanced(const char *text, unsigned char class, unsigned short *subject,
                     unsigned short *detail)
{
	if (text[0] != '0' + class || text[1] != '.')
		return false;
	text = number(text + 2, subject);
	if (!text || *text != '.')
		return false;
	text = number(text + 1, detail);
	return text && (!*text || text_is_blank(*text));
}

struct status status_of_reply(unsigned code, enum stage stage, const char *text)
{
	struct status s = {.class = (unsigned char)(code / 100),
	                   .reply = (unsigned short)code,
	                   .stage = stage};

	if (!enhanced(text, s.class, &s.subject, &s.detail))
		s.subject = s.detail = 0;
	s.text = *text ? text : "(no text)";
	return s;
}

const char *status_code(const struct status *s, char *text)
{
	snprintf(text, 16, "%u.%u.%u", s->class % 10u, s->subject % 1000u, s->detail % 1000u);
	return text;
}

int status_exit(const struct status *s)
{
	size_t row = 0;

	if (s->class == 2)
		return EX_OK;
	if (s->fault != FAULT_NONE)
		return verdicts[s->fault].exit;
	if (s->class != 5)
		return EX_TEMPFAIL;
	while ((meanings[row].subject != -1 && meanings[row].subject != s->subject) ||
	       (meanings[row].detail != -1 && meanings[row].detail != s->detail))
		row++;
	return meanings[row].exit;
}

int status_worse_exit(int one, int other)
{
	for (size_t i = 0; i < sizeof exits / sizeof *exits; i++) {
		if (one == exits[i] || other == exits[i])
			return exits[i];
	}
	return one ? one : other;
}
