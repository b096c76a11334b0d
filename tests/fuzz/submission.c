/* Any bytes as what the caller of -bs says; the first byte chooses a ceiling. Whatever comes, the
   replies are lines with codes and nothing but printable text, a message is posted only for a
   sender and recipients that were taken, and each posted one has been answered. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "cli/submission.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SAID_MAX = 64 << 20 };

struct office {
	struct arena arena;
	bool begun;
	size_t taken, messages;
};

static void must(bool claim)
{
	if (!claim)
		abort();
}

static void is_printable(const char *text)
{
	for (; *text; text++)
		must((unsigned char)*text >= ' ' && *text != 127);
}

static void begin(void *context, struct submission_mail *mail)
{
	struct office *o = context;

	must(mail->sender.kind != DOMAIN_NONE || !*mail->sender.local);
	is_printable(address_wire(mail->arena, &mail->sender));
	o->begun = true;
	o->taken = 0;
}

/* A capital is put off, a digit is unknown, all others are welcome. */
static struct status route(void *context, struct submission_mail *mail,
                           const struct smtp_command *rcpt)
{
	struct office *o = context;
	char first = rcpt->address.local[0];

	must(o->begun && mail->count == o->taken && first);
	is_printable(address_wire(mail->arena, &rcpt->address));
	if (first >= 'A' && first <= 'Z')
		return status_of(FAULT_DNS, STAGE_ROUTE, &o->arena, "no answer");
	if (first >= '0' && first <= '9')
		return status_of(FAULT_NO_DOMAIN, STAGE_ROUTE, &o->arena, "no domain");
	o->taken++;
	return (struct status){.class = 2};
}

static void post_mail(void *context, struct submission_mail *mail, int fd,
                      struct submission_verdict *verdict)
{
	struct office *o = context;
	char byte;

	must(o->begun && o->taken && mail->count == o->taken);
	while (read(fd, &byte, 1) > 0)
		continue;
	o->begun = false;
	o->messages++;
	verdict->fault = status_of(FAULT_LOST, STAGE_DATA, &o->arena, "posted");
}

/* "250-text", "250 text" and so on; returns how many say that something was posted. */
static size_t check_replies(const char *said)
{
	size_t posted = 0;

	for (const char *line = said; *line; line = strchr(line, '\n') + 1) {
		size_t length = strcspn(line, "\r");

		must(line[0] >= '2' && line[0] <= '5' && (line[3] == ' ' || line[3] == '-'));
		must(length <= 510 && line[length + 1] == '\n');
		for (size_t i = 0; i < length; i++)
			must((unsigned char)line[i] >= ' ' && line[i] != 127);
		posted += !strncmp(line, "451 4.4.2 posted", 16);
	}
	return posted;
}

static void read_said(int fd, struct buf *said)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *space = buf_space(said, (size_t)size + 1);

	must(space && pread(fd, space, (size_t)size, 0) == size);
	buf_took(said, (size_t)size);
	buf_add(said, "", 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct office office = {.begun = false};
	struct buf said;
	int in = memfd_create("in", 0), out = memfd_create("out", 0);
	const struct submission_want want = {
		.in = in,
		.out = out,
		.cancel_fd = -1,
		.name = "us.example",
		.mail_name = "own.example",
		.size_max = size && data[0] & 1 ? 100 : 0,
		.temporary_folder = "/tmp",
		.post = {begin, route, post_mail, &office},
	};

	must(in >= 0 && out >= 0);
	if (size)
		must(write(in, data + 1, size - 1) == (ssize_t)size - 1);
	must(lseek(in, 0, SEEK_SET) == 0);
	submission_run(&want);
	buf_init(&said, SAID_MAX);
	read_said(out, &said);
	must(check_replies(said.bytes) == office.messages);
	buf_free(&said);
	arena_free(&office.arena);
	close(in);
	close(out);
	return 0;
}
