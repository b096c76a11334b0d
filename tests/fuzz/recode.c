/* Any bytes as a message, its lines made longer where the input says so, and its version for
   servers without 8BITMIME: short lines, no 8-bit byte, the delimiters in their places, and nothing
   more to be done to it. */

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/deadline.h"
#include "mail/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LONGER = 300 }; /* times each 0x01 of the input */

static const struct deadline forever = {.at = DEADLINE_NEVER, .cancel_fd = -1};

static void must(bool claim)
{
	if (!claim)
		abort();
}

static bool read_bytes(struct message *m, struct arena *a, const char *text, size_t size)
{
	struct message_want want = {
		.ignore_dots = true,
		.sender = {.local = "a", .domain = "b.example", .kind = DOMAIN_NAME},
		.domain = "d.example",
		.now = 1795168800,
	};
	struct status fault = {0};

	want.fd = memfd_create("message", 0);
	must(want.fd >= 0 && write(want.fd, text, size) == (ssize_t)size);
	must(lseek(want.fd, 0, SEEK_SET) == 0);
	bool good = message_read(m, &want, a, forever, &fault);
	close(want.fd);
	must(good || (fault.class >= 4 && fault.text && *fault.text));
	return good;
}

static size_t count(const struct message *m, const char *what)
{
	size_t size = strlen(what), found = 0;

	for (uint64_t i = 0; i + size <= m->size; i++)
		found += memcmp(m->memory + i, what, size) == 0;
	return found;
}

/* The facts that m states are those of its bytes. Only a signature excuses a long line. */
static void check(const struct message *m)
{
	size_t longest = 0, length = 0;
	bool eight_bit = false;

	for (uint64_t i = 0; i < m->size; i++) {
		char c = m->memory[i];

		must(c != '\r' || m->memory[i + 1] == '\n');
		must(c != '\n' || (i && m->memory[i - 1] == '\r'));
		eight_bit = eight_bit || (unsigned char)c > 127;
		length = c == '\n' ? 0 : length + (c != '\r');
		longest = length > longest ? length : longest;
	}
	must(m->eight_bit == eight_bit);
	must(longest <= 998 || strcasestr(m->memory, "signed"));
	must(m->header_size >= 2 && memcmp(m->memory + m->header_size - 2, "\r\n", 2) == 0);
}

static void run(struct arena *a, const char *text, size_t size)
{
	struct status fault;
	struct message m, again;

	if (!read_bytes(&m, a, text, size))
		return;
	check(&m);
	const struct message *seven = message_seven_bit(&m, a, &fault);
	must(seven);
	check(seven);
	must(!seven->eight_bit || m.needs_utf8);
	/* No line is made that could be a boundary, and none is lost. */
	must(count(seven, "\r\n--") <= count(&m, "\r\n--"));
	must(read_bytes(&again, a, seven->memory, seven->size));
	/* What was no address may look like a local name once it is encoded. */
	must(m.eight_bit_header ||
	     (again.size == seven->size && memcmp(again.memory, seven->memory, again.size) == 0));
	message_close(&again);
	message_close(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	size_t made = 0;

	if (size > 2 * 1024)
		return 0;
	char *text = arena_get(&arena, size * LONGER + 1);
	for (size_t i = 0; i < size; i++) {
		size_t times = data[i] == 1 ? LONGER : 1;

		memset(text + made, data[i] == 1 ? 'x' : data[i], times);
		made += times;
	}
	run(&arena, text, made);
	arena_free(&arena);
	return 0;
}
