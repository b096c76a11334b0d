/* Any bytes as a message; the first byte chooses -i and -t and how it is cut. What is rendered has
   only CRLF line ends, is the same however the input was cut, and is rendered to itself. */

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

enum { CRUMBS_MAX = 16 }; /* writes that a pipe surely holds */

static const struct deadline forever = {.at = DEADLINE_NEVER, .cancel_fd = -1};

static void must(bool claim)
{
	if (!claim)
		abort();
}

static struct message_want want_of(uint8_t choice)
{
	return (struct message_want){
		.fd = -1,
		.ignore_dots = choice & 1,
		.header_recipients = choice & 2,
		.sender = {.local = "a", .domain = "b.example", .kind = DOMAIN_NAME},
		.full_name = choice & 4 ? "J\xc3\xb6rg, M." : NULL,
		.domain = "d.example",
		.now = 1795168800,
	};
}

static bool read_file(struct message *m, struct message_want want, struct arena *a,
                      const char *text, size_t size)
{
	struct status fault = {0};

	want.fd = memfd_create("message", 0);
	must(want.fd >= 0 && write(want.fd, text, size) == (ssize_t)size);
	must(lseek(want.fd, 0, SEEK_SET) == 0);
	bool good = message_read(m, &want, a, forever, &fault);
	close(want.fd);
	must(good || (fault.class >= 4 && fault.text && *fault.text));
	return good;
}

static bool read_crumbs(struct message *m, struct message_want want, struct arena *a,
                        const char *text, size_t size)
{
	size_t step = size / CRUMBS_MAX + 1;
	struct status fault = {0};
	int ends[2];

	must(pipe2(ends, O_DIRECT) == 0);
	for (size_t i = 0; i < size; i += step)
		must(write(ends[1], text + i, size - i < step ? size - i : step) > 0);
	close(ends[1]);
	want.fd = ends[0];
	bool good = message_read(m, &want, a, forever, &fault);
	close(ends[0]);
	return good;
}

static void check_form(const struct message *m)
{
	const char *all = m->memory;
	size_t size = m->size;

	must(size >= m->header_size && m->header_size >= 2);
	must(memcmp(all + m->header_size - 2, "\r\n", 2) == 0 &&
	     memcmp(all + size - 2, "\r\n", 2) == 0);
	for (size_t i = 0; i < size; i++) {
		must(all[i] != '\0');
		must(all[i] != '\r' || all[i + 1] == '\n');
		must(all[i] != '\n' || (i && all[i - 1] == '\r'));
	}
}

static void must_be_same(const struct message *one, const struct message *other)
{
	must(one->size == other->size && one->header_size == other->header_size);
	must(one->eight_bit == other->eight_bit);
	must(memcmp(one->memory, other->memory, one->size) == 0);
}

static void check_recipients(const struct message *m)
{
	for (size_t i = 0; i < m->recipients.count; i++) {
		const struct address *address = &m->recipients.items[i];

		must(*address->local && !strpbrk(address->local, "\r\n"));
		must((address->kind == DOMAIN_NONE) == !address->domain);
	}
}

static void run(struct arena *a, struct message_want want, const char *text, size_t size)
{
	struct message one, other;
	bool good = read_file(&one, want, a, text, size);

	must(read_crumbs(&other, want, a, text, size) == good);
	if (!good)
		return;
	check_form(&one);
	check_recipients(&one);
	must_be_same(&one, &other);
	message_close(&other);
	want.ignore_dots = true;
	want.header_recipients = false;
	must(read_file(&other, want, a, one.memory, one.size));
	must_be_same(&one, &other);
	message_close(&other);
	message_close(&one);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};

	if (size == 0 || size > 16 * 1024)
		return 0;
	run(&arena, want_of(data[0]), (const char *)data + 1, size - 1);
	arena_free(&arena);
	return 0;
}
